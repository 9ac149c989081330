"""The calling cycle as decisions (domain guide 3): what an order changes, which duties it ends and opens.

A `CallingCase` is one issue's whole state. It never waits, reads no clock and does no IO: every method
takes `now`. The workflow only calls it in the right order and writes down what it noted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from models.policy import orders, steps
from models.policy.case import Batch, CaseState, ClosedDuty, DutyView, Note, Part, notice_kind
from models.policy.duty import BREACH, YELLOW_FROM, Duties, Duty, Holder, calendar_of
from models.policy.leverage import Leverage
from models.policy.rulebook import rule_text
from models.policy.steps import CaseFacts, PartFacts, Refusal
from models.terms import (
    AssignmentStatus,
    Command,
    Criterion,
    DutyKind,
    DutyStatus,
    EntryKind,
    Level,
    Stage,
    UnitKind,
    derived_id,
)

RECENT_COMMANDS = 50
REVIEW_POINTS: Mapping[str, int] = {criterion.value: 20 for criterion in Criterion}


class CallingCase(Leverage):
    """One issue's calling cycle."""

    def __init__(self, state: CaseState) -> None:
        self._state = state
        self._duties = Duties(state.rules.calendar, state.duties)
        self._parts = {part.id: part for part in state.parts}
        self._notes: list[Note] = []
        self._closed: list[ClosedDuty] = []

    # What it is -----------------------------------------------------------------------------------

    @property
    def state(self) -> CaseState:
        return replace(self._state, duties=self._duties.state, parts=list(self._parts.values()))

    @property
    def title(self) -> str:
        """Code and category: all that operators are told of what it is about."""
        return f"{self._state.code} · {self._state.rules.category}"

    @property
    def stage(self) -> Stage:
        return self._state.stage

    @property
    def level(self) -> Level:
        return self._state.level

    @property
    def seq(self) -> int:
        return self._state.seq

    @property
    def duties(self) -> Duties:
        return self._duties

    @property
    def departments(self) -> list[str]:
        """Ids of the departments concerned, first called first."""
        return [p.unit.id for p in self._parts.values() if p.unit.kind is UnitKind.DEPARTMENT]

    @property
    def noted(self) -> bool:
        """Whether anything waits to be written."""
        return bool(self._notes)

    def drain(self) -> Batch:
        """What happened since the last drain, with the case as it stands now."""
        notes, closed, self._notes, self._closed = self._notes, self._closed, [], []
        views = self.views()
        return Batch(
            case=self._state.id,
            seq=self.seq,
            stage=self.stage,
            level=self.level,
            category=self._state.rules.category,
            rulebook=self._state.rules.rulebook,
            calendar=self._state.rules.calendar.version,
            department=next(iter(self.departments), None),
            yellow_at=min((v.yellow_at for v in views if v.yellow_at), default=None),
            due_at=self._duties.due(),
            duties=views,
            parts=list(self._parts.values()),
            closed=closed,
            notes=notes,
        )

    def views(self) -> list[DutyView]:
        """Every open duty with its instants."""
        return [self._view(duty) for duty in self._duties.state]

    def facts(self) -> CaseFacts:
        return CaseFacts(
            self.stage,
            self.level,
            tuple(PartFacts(p.id, p.unit.kind, p.unit.id, p.status, p.handler) for p in self._parts.values()),
            tuple((duty.kind, duty.assignment) for duty in self._duties.state),
            any(duty.since is None for duty in self._duties.state),
        )

    def took(self, command: str) -> bool:
        """Whether this command was taken before; asked first, because the stage has moved on since."""
        return command in self._state.recent

    def remember(self, command: str) -> None:
        self._put(recent=[*self._state.recent[-RECENT_COMMANDS:], command])

    # What may be ordered ----------------------------------------------------------------------------

    def refuse_assess(self, order: orders.Assess) -> Refusal | None:
        team = order.team.kind if order.team else None
        return steps.refusal(Command.ASSESS, self.facts()) or steps.assessment_refusal(order.level, team)

    def refuse_call(self, order: orders.CallDepartments) -> Refusal | None:
        return steps.refusal(Command.CALL, self.facts())

    def refuse_step(self, command: Command, order: orders.OnAssignment) -> Refusal | None:
        return steps.refusal(command, self.facts(), order.assignment)

    def refuse_verify(self, order: orders.Verify) -> Refusal | None:
        facts = self.facts()
        return steps.refusal(Command.VERIFY, facts) or steps.verification_refusal(facts, order.by.person)

    def refuse_review(self, order: orders.Review) -> Refusal | None:
        return steps.refusal(Command.REVIEW, self.facts(), order.assignment) or steps.review_refusal(
            order.scores, REVIEW_POINTS
        )

    def refuse_note(self, order: orders.AddNote) -> Refusal | None:
        facts = self.facts()
        return steps.refusal(Command.NOTE, facts) or steps.note_refusal(facts, order.assignment)

    def refuse_pause(self, stopping: bool) -> Refusal | None:
        """Whether a suspension (`stopping`), or a resumption, would find nothing to change."""
        return steps.refusal(Command.SUSPEND if stopping else Command.RESUME, self.facts())

    # What happens -----------------------------------------------------------------------------------

    def begin(self) -> None:
        """The case is collected; the street owes an assessment from the instant it was reported."""
        self._open(DutyKind.ASSESS, self._street, self._state.opened_at)
        self._note(EntryKind.COLLECTED, self._state.opened_at, request=self._state.request)

    def tell(self, now: datetime) -> None:
        """Notes every reminder, breach and rung that fell due up to `now`, in the order owed."""
        for notice in self._duties.advance(now):
            duty = notice.duty
            self._note(
                notice_kind(notice.percent),
                now,
                owed_at=notice.owed_at,
                department=duty.holder.id if duty.holder.kind is UnitKind.DEPARTMENT else None,
                assignment=duty.assignment,
                duty=duty.key,
                holder=duty.holder,
                target=notice.target,
                rule=duty.rule,
                data={"percent": notice.percent, "duty": duty.kind.value},
            )

    def assess(self, order: orders.Assess, now: datetime) -> None:
        """Sets the level. SIMPLE goes to the street's own team at once; GENERAL waits for the call.

        The assess duty ends when the issue is on its way, so that no issue is ever nobody's.
        """
        before, rules = self.level, order.rules or self._state.rules
        regraded = (order.level, rules) != (before, self._state.rules)
        self._put(level=order.level, stage=Stage.ASSESSED, rules=rules)
        if regraded:
            self._recompute()
        self._note(
            EntryKind.ASSESSED, now, by=order.by, data={"level": order.level.value, "suggested": before.value}
        )
        if order.level is Level.SIMPLE and order.team is not None:
            self._fulfil(DutyKind.ASSESS, now)
            part = Part(self._part_id(order.team), order.team, AssignmentStatus.ON_SITE, now, None, now, now)
            self._parts[part.id] = part
            self._put(stage=Stage.HANDLING)
            self._open(DutyKind.HANDLE, order.team, now, part.id)
            self._note(
                EntryKind.DISPATCHED,
                now,
                by=order.by,
                assignment=part.id,
                data={"team": order.team.kind.value},
            )

    def call(self, order: orders.CallDepartments, now: datetime) -> None:
        """Offers the department its part; it must accept in time."""
        unit = Holder(UnitKind.DEPARTMENT, order.departments[0])
        part = Part(self._part_id(unit), unit, AssignmentStatus.OFFERED, now, order.call)
        self._parts[part.id] = part
        self._fulfil(DutyKind.ASSESS, now)
        self._put(stage=Stage.CALLED)
        self._open(DutyKind.ACCEPT, unit, now, part.id)
        self._note(EntryKind.CALLED, now, by=order.by, department=order.departments[0], assignment=part.id)

    def accept(self, order: orders.OnAssignment, now: datetime) -> None:
        """The department takes it on: report-in and handling run from here, side by side."""
        part = self._change(order.assignment, status=AssignmentStatus.ACCEPTED, accepted_at=now)
        self._fulfil(DutyKind.ACCEPT, now, part.id)
        self._put(stage=Stage.HANDLING)
        self._open(DutyKind.REPORT_IN, part.unit, now, part.id)
        self._open(DutyKind.HANDLE, part.unit, now, part.id)
        self._on_part(EntryKind.ACCEPTED, part, order.by, now)

    def report_in(self, order: orders.OnAssignment, now: datetime) -> None:
        part = self._change(order.assignment, status=AssignmentStatus.ON_SITE, on_site_at=now)
        self._fulfil(DutyKind.REPORT_IN, now, part.id)
        self._on_part(EntryKind.REPORTED_IN, part, order.by, now)

    def complete(self, order: orders.OnAssignment, now: datetime) -> None:
        """The handler says it is done; with the last part done, the street owes a verification."""
        part = self._change(
            order.assignment, status=AssignmentStatus.DONE, done_at=now, handler=order.by.person
        )
        self._fulfil(DutyKind.HANDLE, now, part.id)
        if all(p.status is AssignmentStatus.DONE for p in self._parts.values()):
            self._put(stage=Stage.VERIFYING)
            self._open(DutyKind.VERIFY, self._street, now)
        self._on_part(EntryKind.COMPLETED, part, order.by, now)

    def verify(self, order: orders.Verify, now: datetime) -> None:
        """Passed: SIMPLE is filed, the others are reviewed. Failed: handling reopens with its full time."""
        self._fulfil(DutyKind.VERIFY, now)
        if not order.passed:
            self._rework(order.by, now)
            return
        if self.level is Level.SIMPLE:
            self._note(EntryKind.VERIFIED, now, by=order.by, data={"photos": len(order.evidence)})
            self._file(order.by, now)
            return
        self._put(stage=Stage.REVIEWING)
        for part in self._parts.values():
            self._open(DutyKind.REVIEW, self._street, now, part.id)
        self._note(EntryKind.VERIFIED, now, by=order.by, data={"photos": len(order.evidence)})

    def review(self, order: orders.Review, now: datetime) -> None:
        """One scorecard for each department; with the last one the issue is filed."""
        part = self._parts[order.assignment]
        self._fulfil(DutyKind.REVIEW, now, part.id)
        total = sum(order.scores[key] for key in REVIEW_POINTS)
        data: dict[str, str | int | bool] = {"total": total, **order.scores}
        self._on_part(EntryKind.REVIEWED, part, order.by, now, data)
        if self._duties.of(DutyKind.REVIEW) is None:
            self._file(order.by, now)

    def add_note(self, order: orders.AddNote, now: datetime) -> None:
        part = self._parts.get(order.assignment or "")
        department = part.unit.id if part and part.unit.kind is UnitKind.DEPARTMENT else None
        self._note(EntryKind.PROGRESS, now, by=order.by, assignment=order.assignment, department=department)

    # The clock --------------------------------------------------------------------------------------

    def extend(self, order: orders.Extend, now: datetime) -> None:
        duty = self._duties.extend(order.duty, order.allowed, order.rule)
        self._on_duty(EntryKind.EXTENDED, duty, order.by, now)

    def hand_over(self, order: orders.HandOver, now: datetime) -> None:
        ladder = self._state.rules.ladder(self._duties.get(order.duty).kind, order.holder)
        duty = self._duties.hand_over(order.duty, order.holder, ladder)
        self._on_duty(EntryKind.HANDED_OVER, duty, order.by, now)

    def suspend(self, order: orders.Pause, now: datetime) -> None:
        self._duties.suspend(now)
        self._note(EntryKind.SUSPENDED, now, by=order.by)

    def resume(self, order: orders.Pause, now: datetime) -> None:
        self._duties.resume(now)
        self._note(EntryKind.RESUMED, now, by=order.by)

    # How ----------------------------------------------------------------------------------------------

    @property
    def _street(self) -> Holder:
        return Holder(UnitKind.STREET, self._state.street)

    def _part_id(self, unit: Holder) -> str:
        return str(derived_id(self._state.id, "assignment", len(self._parts), unit.id))

    def _put(self, **fields: object) -> None:
        self._state = replace(self._state, **fields)  # type: ignore[arg-type]  # this module's own names

    def _change(self, assignment: str, **fields: object) -> Part:
        part = replace(self._parts[assignment], **fields)  # type: ignore[arg-type]  # as above
        self._parts[assignment] = part
        return part

    def _open(self, kind: DutyKind, holder: Holder, now: datetime, assignment: str | None = None) -> None:
        rules, level = self._state.rules, self.level
        limit = rules.limit(level, kind)
        self._put(opened=self._state.opened + 1)
        self._duties.open(
            Duty(
                key=f"{kind.value.lower()}-{self._state.opened}",
                kind=kind,
                holder=holder,
                allowed=limit.allowed,
                opened_at=now,
                since=now,
                rule=rule_text(level, kind, limit),
                clock=limit.clock,
                ladder=rules.ladder(kind, holder),
                assignment=assignment,
            )
        )

    def _fulfil(self, kind: DutyKind, now: datetime, assignment: str | None = None) -> None:
        duty = self._duties.of(kind, assignment)
        if duty is not None:
            self._close(duty, DutyStatus.FULFILLED, now)

    def _close(self, duty: Duty, status: DutyStatus, now: datetime) -> None:
        self._closed.append(ClosedDuty(self._view(duty), status, now, self._duties.used(duty, now)))
        self._duties.fulfil(duty.key)

    def _view(self, duty: Duty) -> DutyView:
        due_at = self._duties.instant(duty, BREACH)
        calendar = calendar_of(self._state.rules.calendar, duty.clock)
        provisional = due_at is not None and calendar.provisional(due_at)
        return DutyView(duty, self._duties.instant(duty, YELLOW_FROM), due_at, provisional)

    def _recompute(self) -> None:
        """After a regrade: each open duty gets its new limit, counted from its own start."""
        self._duties.calendar = self._state.rules.calendar
        for duty in self._duties.state:
            limit = self._state.rules.limit(self.level, duty.kind)
            rule = rule_text(self.level, duty.kind, limit)
            self._duties.extend(duty.key, limit.allowed, rule, limit.clock)

    def _rework(self, by: orders.Actor, now: datetime) -> None:
        self._put(stage=Stage.HANDLING)
        for part in list(self._parts.values()):
            again = self._change(
                part.id, status=AssignmentStatus.ON_SITE, done_at=None, reworks=part.reworks + 1
            )
            self._open(DutyKind.HANDLE, again.unit, now, again.id)
            self._on_part(EntryKind.REWORK, again, by, now, {"reworks": again.reworks})

    def _file(self, by: orders.Actor, now: datetime) -> None:
        for duty in self._duties.state:
            self._close(duty, DutyStatus.CANCELLED, now)
        self._put(stage=Stage.FILED)
        self._note(EntryKind.FILED, now, by=by)

    def _on_part(
        self,
        kind: EntryKind,
        part: Part,
        by: orders.Actor,
        now: datetime,
        data: dict[str, str | int | bool] | None = None,
    ) -> None:
        department = part.unit.id if part.unit.kind is UnitKind.DEPARTMENT else None
        self._note(kind, now, by=by, department=department, assignment=part.id, data=data or {})

    def _on_duty(self, kind: EntryKind, duty: Duty, by: orders.Actor, now: datetime) -> None:
        due = self._duties.instant(duty)
        self._note(
            kind,
            now,
            by=by,
            duty=duty.key,
            holder=duty.holder,
            assignment=duty.assignment,
            rule=duty.rule,
            data={"duty": duty.kind.value, "due": due.isoformat() if due else ""},
        )

    def _note(self, kind: EntryKind, at: datetime, by: orders.Actor | None = None, **fields: object) -> None:
        if by is not None:
            fields |= {"command": by.command, "request": by.request, "post": by.post, "person": by.person}
        self._put(seq=self._state.seq + 1)
        note = Note(self._state.seq, kind, at, self.stage, **fields)  # type: ignore[arg-type]  # our own names
        self._notes.append(note)
