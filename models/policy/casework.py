"""A case of the calling cycle as its mechanisms share it: parts, what belongs to them, how it moves on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from models.policy import orders
from models.policy.case import (
    CaseState,
    Data,
    Extension,
    Handover,
    Part,
    Plan,
    Returned,
)
from models.policy.duty import Holder
from models.policy.journal import CaseJournal
from models.policy.rulebook import rule_text
from models.policy.steps import CaseFacts, PartFacts
from models.terms import (
    AssignmentStatus,
    DutyKind,
    EntryKind,
    ExtensionStatus,
    HandoverStatus,
    Stage,
    UnitKind,
    derived_id,
)


class Casework(CaseJournal[CaseState]):
    """One issue's calling cycle, without its commands: those are mixed in, a mechanism a file."""

    def __init__(self, state: CaseState) -> None:
        super().__init__(state)
        self._parts = {part.id: part for part in state.parts}
        self._plans: dict[str, Plan] = {}
        self._returns: dict[str, Returned] = {}
        self._extensions: dict[str, Extension] = {}
        self._handovers: dict[str, Handover] = {}

    @property
    def state(self) -> CaseState:
        return self._with(duties=self._duties.state, parts=list(self._parts.values()))

    @property
    def departments(self) -> list[str]:
        """Those at work on it, or that were; the lead first, then as they were called."""
        mine = [p for p in self._parts.values() if p.unit.kind is UnitKind.DEPARTMENT]
        ordered = sorted(mine, key=lambda p: (not p.active, not p.lead))
        return list(dict.fromkeys(p.unit.id for p in ordered))

    def facts(self) -> CaseFacts:
        """For the state table."""
        return CaseFacts(
            self.stage,
            self.level,
            tuple(
                PartFacts(p.id, p.unit.kind, p.unit.id, p.status, p.handler, p.bound)
                for p in self._parts.values()
            ),
            tuple((duty.kind, duty.assignment) for duty in self._duties.state),
            self._state.suspended,
        )

    # Parts ----------------------------------------------------------------------------------------------

    @property
    def _street(self) -> Holder:
        return Holder(UnitKind.STREET, self._state.street)

    @property
    def _active(self) -> list[Part]:
        return [part for part in self._parts.values() if part.active]

    def _concerned(self, department: str | None) -> bool:
        """Whether this department has a part already."""
        return any(part.unit.id == department for part in self._active)

    def _offer(self, department: str, now: datetime, *, call: str | None = None, bound: bool = False) -> Part:
        """A part for a department, which must accept it in time."""
        unit = Holder(UnitKind.DEPARTMENT, department)
        part = Part(self._part_id(unit), unit, AssignmentStatus.OFFERED, now, call, bound=bound)
        self._parts[part.id] = part
        self._open(DutyKind.ACCEPT, unit, now, part.id)
        return part

    def _part_id(self, unit: Holder) -> str:
        return str(derived_id(self._state.id, "assignment", len(self._parts), unit.id))

    def _change(self, assignment: str, **fields: object) -> Part:
        part = replace(self._parts[assignment], **fields)  # type: ignore[arg-type]  # this package's own names
        self._parts[assignment] = part
        return part

    def _handle(self, part: Part, now: datetime) -> None:
        """Handling with its full time, unless it runs already."""
        if self._duties.of(DutyKind.HANDLE, part.id) is None:
            self._open(DutyKind.HANDLE, part.unit, now, part.id)

    def _resolve(self, now: datetime) -> None:
        """With the last part done, the street owes a verification."""
        undecided = self._duties.of(DutyKind.ADJUDICATE_RETURN) is not None
        done = all(part.status is AssignmentStatus.DONE for part in self._active)
        if self.stage is Stage.HANDLING and self._active and done and not undecided:
            self._put(stage=Stage.VERIFYING)
            self._open(DutyKind.VERIFY, self._street, now)

    def _again(self, by: orders.Actor, now: datetime) -> None:
        """Handling reopens for every part that was done, with its full time, and counts against it."""
        self._put(stage=Stage.HANDLING)
        for part in self._active:
            again = self._change(
                part.id, status=AssignmentStatus.ON_SITE, done_at=None, reworks=part.reworks + 1
            )
            self._open(DutyKind.HANDLE, again.unit, now, again.id)
            self._on_part(EntryKind.REWORK, again, by, now, {"reworks": again.reworks})

    # What belongs to a part --------------------------------------------------------------------------------

    def _ask_of(self, assignment: str) -> Extension | None:
        """The request for more time that the office has not decided."""
        asks = (e for e in self._state.extensions if e.assignment == assignment)
        return next((e for e in asks if e.status is ExtensionStatus.ASKED), None)

    def _keep_extension(self, extension: Extension) -> None:
        """Takes a request up as it stands now; of duties that have ended none is kept."""
        self._extensions[extension.id] = extension
        open_keys = {duty.key for duty in self._duties.state}
        kept = [e for e in self._state.extensions if e.id != extension.id]
        self._put(extensions=[e for e in [*kept, extension] if e.duty in open_keys])

    def _offer_of(self, assignment: str) -> Handover | None:
        """The hand-over offered and not answered."""
        return next((o for o in self._state.handovers if o.assignment == assignment), None)

    def _keep_handover(self, offer: Handover) -> None:
        self._handovers[offer.id] = offer
        others = [o for o in self._state.handovers if o.id != offer.id]
        self._put(handovers=[*others, offer] if offer.status is HandoverStatus.OFFERED else others)

    def _lapse(self, part: Part, now: datetime) -> None:
        """What was asked for a part that has ended, or is returned, is moot."""
        ask, offer = self._ask_of(part.id), self._offer_of(part.id)
        if ask is not None:
            self._keep_extension(replace(ask, status=ExtensionStatus.LAPSED, settled_at=now))
            self._end(DutyKind.DECIDE_EXTENSION, now, part.id)
        if offer is not None:
            self._keep_handover(replace(offer, status=HandoverStatus.LAPSED, settled_at=now))

    # Level and end ------------------------------------------------------------------------------------------

    def _recompute(self) -> None:
        """After a regrade: each open duty gets its new limit, counted from its own start.

        A kind that the new level does not know keeps the time it has.
        """
        self._duties.calendar = self._state.rules.calendar
        for duty in self._duties.state:
            limit = self._state.rules.limit(self.level, duty.kind)
            if limit is not None:
                rule = rule_text(self.level, duty.kind, limit)
                self._duties.extend(duty.key, limit.allowed, rule, limit.clock)

    def _stop(self, stage: Stage, now: datetime) -> None:
        """The case is at its end: nothing is owed any more, and nothing waits for an answer."""
        self._close_all(now)
        for part in self._active:
            self._lapse(part, now)
        self._put(stage=stage, extensions=[])

    # Lines -------------------------------------------------------------------------------------------------

    def _on_part(
        self, kind: EntryKind, part: Part, by: orders.Actor, now: datetime, data: Data | None = None
    ) -> None:
        department = part.unit.id if part.unit.kind is UnitKind.DEPARTMENT else None
        self._note(kind, now, by=by, department=department, assignment=part.id, data=data)
