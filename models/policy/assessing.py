"""From the report until somebody has a part: assessment, call, dispatch; regrading and cancelling."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from models.policy import orders, steps
from models.policy.case import Data, Part
from models.policy.duty import Holder
from models.policy.planning import Planning
from models.policy.steps import Refusal, RefusalCode
from models.terms import (
    AssignmentStatus,
    DutyKind,
    DutyStatus,
    EntryKind,
    Level,
    Role,
    Stage,
)

NOT_YET = (DutyKind.ASSESS, DutyKind.DISPATCH)
"""What is owed while nobody has a part."""


class Assessing(Planning):
    """Decisions on level and route (domain guide 3)."""

    def begin(self) -> None:
        """The case is collected; the street owes an assessment from the instant it was reported."""
        self._open(DutyKind.ASSESS, self._street, self._state.opened_at)
        self._note(EntryKind.COLLECTED, self._state.opened_at, request=self._state.request)

    def refuse_assess(self, order: orders.Assess, now: datetime) -> Refusal | None:
        return steps.assessment_refusal(order.level, order.team.kind if order.team else None)

    def assess(self, order: orders.Assess, now: datetime) -> None:
        """Sets the level. SIMPLE goes to the street's own team at once, CRITICAL to the leader, the others
        wait for the call.

        The assess duty ends when the issue is on its way, so that no issue is ever nobody's.
        """
        before, rules = self.level, order.rules or self._state.rules
        regraded = (order.level, rules) != (before, self._state.rules)
        self._put(level=order.level, stage=Stage.ASSESSED, rules=rules)
        self._wait(now, DutyStatus.FULFILLED)
        if regraded:
            self._recompute()
        self._note(
            EntryKind.ASSESSED, now, by=order.by, data={"level": order.level.value, "suggested": before.value}
        )
        if order.level is Level.SIMPLE and order.team is not None:
            self._send_own_team(order.team, order.by, now)

    def _send_own_team(self, team: Holder, by: orders.Actor, now: datetime) -> None:
        self._fulfil(DutyKind.ASSESS, now)
        part = Part(
            self._part_id(team), team, AssignmentStatus.ON_SITE, now, None, now, now, dispatched_at=now
        )
        self._parts[part.id] = part
        self._put(stage=Stage.HANDLING)
        self._handle(part, now)
        self._note(EntryKind.DISPATCHED, now, by=by, assignment=part.id, data={"team": team.kind.value})

    def refuse_call(self, order: orders.CallDepartments, now: datetime) -> Refusal | None:
        """A GENERAL call is for one department; a COMPLEX one names each concerned once."""
        most = 1 if self.level is Level.GENERAL else None
        return _departments_refusal(order.departments, most)

    def call(self, order: orders.CallDepartments, now: datetime) -> None:
        """GENERAL: offers the department its part. COMPLEX: the office owes the dispatch."""
        self._fulfil(DutyKind.ASSESS, now)
        self._put(stage=Stage.CALLED)
        assignment = None
        if self.level is Level.GENERAL:
            part = self._offer(order.departments[0], now, call=order.call)
            assignment = self._change(part.id, dispatched_at=now).id
        else:
            self._open(DutyKind.DISPATCH, self._office, now)
        self._note(
            EntryKind.CALLED,
            now,
            by=order.by,
            department=order.departments[0],
            assignment=assignment,
            data={"call": order.call, "departments": order.departments},
        )

    def refuse_dispatch(self, order: orders.Dispatch, now: datetime) -> Refusal | None:
        return _departments_refusal(order.departments)

    def dispatch(self, order: orders.Dispatch, now: datetime) -> None:
        """The first dispatch: everyone concerned must accept and report in; together they plan.

        A district leader's makes the issue CRITICAL, and whoever is named first leads.
        """
        top_down = order.by.role is Role.DISTRICT_LEADER
        self._end(DutyKind.ASSESS, now)
        self._fulfil(DutyKind.DISPATCH, now)
        if top_down:
            self._put(level=Level.CRITICAL)
        self._put(stage=Stage.PLANNING)
        for position, department in enumerate(order.departments):
            part = self._offer(department, now)
            part = self._change(part.id, lead=top_down and position == 0)
            self._on_part(
                EntryKind.DISPATCHED, part, order.by, now, {"dispatch": 1, "level": self.level.value}
            )
        self._convene(now)

    def refuse_regrade(self, order: orders.Regrade, now: datetime) -> Refusal | None:
        if order.level is not self.level:
            return None
        others = tuple(sorted(level.value for level in Level if level is not self.level))
        return Refusal(RefusalCode.WRONG_LEVEL, "level", order.level.value, others)

    def regrade(self, order: orders.Regrade, now: datetime) -> None:
        """The office's other judgement of the level: every open duty is recomputed from its own start."""
        before = self.level
        self._put(level=order.level)
        if not self.facts().routed:
            self._put(stage=Stage.ASSESSED)
            self._wait(now, DutyStatus.CANCELLED)
        self._recompute()
        data: Data = {"level": order.level.value, "before": before.value}
        self._note(EntryKind.REGRADED, now, by=order.by, data=data)

    def cancel(self, order: orders.Cancel, now: datetime) -> None:
        """Ends the issue; the reason is every reporter's answer."""
        self._stop(Stage.CANCELLED, now)
        reports = [report.id for report in self._state.reports]
        self._put(reports=[replace(report, answered=True) for report in self._state.reports])
        data: Data = {"reports": reports, "round": self._state.round}
        self._note(EntryKind.CANCELLED, now, by=order.by, data=data)

    def _wait(self, now: datetime, ended: DutyStatus) -> None:
        """Nobody has a part: leaves the one duty that fits the level, and ends any other as `ended`."""
        critical = self.level is Level.CRITICAL
        kind, holder = (DutyKind.DISPATCH, self._leader) if critical else (DutyKind.ASSESS, self._street)
        for duty in self._duties.state:
            if duty.kind in NOT_YET and (duty.kind, duty.holder) != (kind, holder):
                self._close(duty, ended if duty.kind is DutyKind.ASSESS else DutyStatus.CANCELLED, now)
        if self._duties.of(kind) is None:
            self._open(kind, holder, now)


def _departments_refusal(departments: list[str], most: int | None = None) -> Refusal | None:
    """Departments are named at least, and each at most, once."""
    count = len(departments)
    if 1 <= count == len(set(departments)) and (most is None or count <= most):
        return None
    return Refusal(RefusalCode.BAD_INPUT, "departments", str(count), (str(most or "1.."),))
