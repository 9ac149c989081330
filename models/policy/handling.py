"""A part from acceptance to completion, and notes on how it goes."""

from __future__ import annotations

from datetime import datetime

from models.policy import orders, steps
from models.policy.casework import Casework
from models.policy.steps import Refusal
from models.terms import AssignmentStatus, DutyKind, EntryKind, Stage, UnitKind


class Handling(Casework):
    """Decisions of whoever handles a part."""

    def accept(self, order: orders.OnAssignment, now: datetime) -> None:
        """The department takes it on. Report-in runs from here, and handling beside it; where several plan
        together, handling runs from the second dispatch."""
        part = self._change(order.assignment, status=AssignmentStatus.ACCEPTED, accepted_at=now)
        self._fulfil(DutyKind.ACCEPT, now, part.id)
        if self.stage is Stage.CALLED:
            self._put(stage=Stage.HANDLING)
        self._open(DutyKind.REPORT_IN, part.unit, now, part.id)
        if self.stage is Stage.HANDLING:
            self._handle(part, now)
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
        self._lapse(part, now)
        self._resolve(now)
        self._on_part(EntryKind.COMPLETED, part, order.by, now)

    def refuse_note(self, order: orders.AddNote, now: datetime) -> Refusal | None:
        return steps.note_refusal(self.facts(), order.assignment)

    def add_note(self, order: orders.AddNote, now: datetime) -> None:
        part = self._parts.get(order.assignment or "")
        department = part.unit.id if part and part.unit.kind is UnitKind.DEPARTMENT else None
        self._note(EntryKind.PROGRESS, now, by=order.by, assignment=order.assignment, department=department)
