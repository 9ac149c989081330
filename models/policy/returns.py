"""退单: a department returns its part with grounds; the office adjudicates (domain guide 3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from models.policy import orders
from models.policy.assessing import Assessing
from models.policy.case import Data, Part, Returned
from models.policy.steps import Refusal, RefusalCode
from models.terms import AssignmentStatus, DutyKind, DutyStatus, EntryKind, ReturnOutcome, Stage

BOUND = "BOUND"


class Returning(Assessing):
    """Decisions on whose duty it is."""

    def refuse_send_back(self, order: orders.Return, now: datetime) -> Refusal | None:
        """Within the accept limit, and not by whom a return was adjudicated against."""
        if self._parts[order.assignment].bound:
            free = (AssignmentStatus.OFFERED.value,)
            return Refusal(RefusalCode.WRONG_STATUS, "assignment", BOUND, free)
        duty = self._duties.of(DutyKind.ACCEPT, order.assignment)
        if duty is not None and self._duties.late(duty.key, now):
            return Refusal(RefusalCode.TOO_LATE, "assignment", order.assignment)
        return None

    def send_back(self, order: orders.Return, now: datetime) -> None:
        """The part is nobody's until the office has adjudicated, on a duty of its own."""
        part = self._change(order.assignment, status=AssignmentStatus.RETURNED, returned_at=now)
        self._fulfil(DutyKind.ACCEPT, now, part.id)
        self._end(DutyKind.HANDLE, now, part.id)
        self._lapse(part, now)
        self._keep_return(Returned(order.by.command, part.id, now, order.suggested))
        self._open(DutyKind.ADJUDICATE_RETURN, self._office, now, part.id)
        self._void_plan(now)
        self._convene(now)
        data: Data = {"suggested": order.suggested} if order.suggested else {}
        self._on_part(EntryKind.RETURNED, part, order.by, now, data)

    def refuse_adjudicate(self, order: orders.Adjudicate, now: datetime) -> Refusal | None:
        """Only a department that has no part yet is named; solving first names one, a rejection none."""
        returner = self._parts[order.assignment].unit.id
        named, solve = order.department, order.outcome is ReturnOutcome.SOLVE_FIRST
        free = named is not None and not self._concerned(named)
        right = {
            ReturnOutcome.UPHELD: named is None or (free and named != returner),
            ReturnOutcome.REJECTED: named is None,
            ReturnOutcome.SOLVE_FIRST: free,
        }[order.outcome]
        if right:
            return None
        return Refusal(RefusalCode.BAD_INPUT, "department", named or "", ("DEPARTMENT",) if solve else ())

    def adjudicate(self, order: orders.Adjudicate, now: datetime) -> None:
        """Upheld, it goes to whom the office names, or back to the street; otherwise somebody is bound."""
        part = self._parts[order.assignment]
        self._fulfil(DutyKind.ADJUDICATE_RETURN, now, part.id)
        settled = self._return_of(part.id)
        if settled is not None:
            self._keep_return(
                replace(settled, outcome=order.outcome, department=order.department, settled_at=now)
            )
        data: Data = {"outcome": order.outcome.value, "returned": part.id}
        if order.department:
            data["named"] = order.department
        after = self._named_part(order, part, now)
        self._void_plan(now)
        if after is None and not self.facts().routed:
            self._back_to_street(now)
        self._convene(now)
        self._resolve(now)
        self._on_part(EntryKind.ADJUDICATED, after or part, order.by, now, data)

    def _named_part(self, order: orders.Adjudicate, part: Part, now: datetime) -> Part | None:
        """Whose it is now: the returner's again, another department's, or nobody's."""
        bound = order.outcome is not ReturnOutcome.UPHELD
        if bound and order.department in (None, part.unit.id):
            again = self._change(
                part.id, status=AssignmentStatus.OFFERED, offered_at=now, returned_at=None, bound=True
            )
            self._open(DutyKind.ACCEPT, again.unit, now, again.id)
            return again
        if order.department is None:
            return None
        other = self._offer(order.department, now, bound=bound)
        dispatched = now if self.stage is not Stage.PLANNING else None
        return self._change(other.id, dispatched_at=dispatched)

    def _back_to_street(self, now: datetime) -> None:
        self._put(stage=Stage.ASSESSED)
        for kind in (DutyKind.PLAN, DutyKind.DECIDE_PLAN):
            self._end(kind, now)
        self._wait(now, DutyStatus.CANCELLED)

    def _return_of(self, assignment: str) -> Returned | None:
        return next((one for one in self._state.returns if one.assignment == assignment), None)

    def _keep_return(self, one: Returned) -> None:
        self._returns[one.id] = one
        others = [other for other in self._state.returns if other.id != one.id]
        self._put(returns=[*others, one] if one.settled_at is None else others)
