"""The satisfaction cycle of a half-year (domain guide 4): six steps, each a duty of the response office.

It knows its items only as counts: thousands of them are thousands of small workflows, and one loop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from models.policy.case import ClosedDuty, Data, DutyView, Note
from models.policy.duty import Duty
from models.policy.item_orders import Advance, RoundFacts
from models.policy.journal import Journal
from models.policy.limits import Limit
from models.policy.rectification_rules import STEP_DUTIES, DutyRules
from models.policy.steps import Refusal, RefusalCode
from models.terms import CycleStep, DutyKind, EntryKind, SurveyStatus

STEPS = tuple(CycleStep)
AFTER_OPEN = (SurveyStatus.CLOSED, SurveyStatus.SCORED, SurveyStatus.PUBLISHED)
AFTER_SCORED = (SurveyStatus.SCORED, SurveyStatus.PUBLISHED)


class Gate(StrEnum):
    """What must be so before a step is left, as timelines and refusals name it."""

    ROUND_CLOSED = "ROUND_CLOSED"
    ROUND_SCORED = "ROUND_SCORED"
    LIST_ISSUED = "LIST_ISSUED"
    """The round is published, and no item is a draft."""
    ALL_RECTIFIED = "ALL_RECTIFIED"
    """Every item was put right once."""
    ALL_CLOSED = "ALL_CLOSED"
    OFFICE_ENDS = "OFFICE_ENDS"


@dataclass(frozen=True)
class Way:
    """How a step is left."""

    gate: Gate
    when: Callable[[RoundFacts], bool]
    by_itself: bool = True
    """Whether the facts alone move it; else the office says so as well."""


WAYS: Mapping[CycleStep, Way] = {
    CycleStep.SOLICIT: Way(Gate.ROUND_CLOSED, lambda facts: facts.survey in AFTER_OPEN),
    CycleStep.ASSESS: Way(Gate.ROUND_SCORED, lambda facts: facts.survey in AFTER_SCORED),
    CycleStep.FEED_BACK: Way(
        Gate.LIST_ISSUED,
        lambda facts: facts.survey is SurveyStatus.PUBLISHED and facts.drafts == 0,
        by_itself=False,  # before the first draft there is none either: the office says the list is whole
    ),
    CycleStep.RECTIFY: Way(Gate.ALL_RECTIFIED, lambda facts: facts.drafts + facts.undone == 0),
    CycleStep.PERCEIVE: Way(Gate.ALL_CLOSED, lambda facts: facts.drafts + facts.open == 0),
    CycleStep.IMPROVE: Way(Gate.OFFICE_ENDS, lambda facts: True, by_itself=False),
}
"""The way out of each step."""


@dataclass(frozen=True)
class LoopState:
    """All there is of a running cycle."""

    id: str
    district: str
    rules: DutyRules
    started_at: datetime
    code: str = ""
    stage: CycleStep = CycleStep.SOLICIT
    seq: int = 0
    opened: int = 0
    suspended: bool = False
    recent: list[str] = field(default_factory=list)
    duties: list[Duty] = field(default_factory=list)


@dataclass(frozen=True)
class LoopBatch:
    """What one write tells the database of a cycle."""

    cycle: str
    seq: int
    step: CycleStep
    calendar: str
    yellow_at: datetime | None
    due_at: datetime | None
    duties: list[DutyView] = field(default_factory=list)
    closed: list[ClosedDuty] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


class LoopCase(Journal[LoopState]):
    """One half-year's cycle."""

    @property
    def ended(self) -> bool:
        return self._state.stage is CycleStep.DONE

    def _time(self, kind: DutyKind) -> tuple[str, Limit]:
        return self._state.rules.allowed(kind)

    def begin(self) -> None:
        """Opinions are solicited from now on."""
        self._owe(self._state.started_at)
        self._note(EntryKind.BEGUN, self._state.started_at)

    def learn(self, facts: RoundFacts, now: datetime) -> None:
        """Moves on as far as the facts alone move it; facts known before change nothing."""
        while not self.ended and (way := WAYS[self._state.stage]).by_itself and way.when(facts):
            self._leave(way, facts, now)

    def refuse_advance(self, order: Advance, now: datetime) -> Refusal | None:
        """Why the cycle cannot move on now: what would have to be so."""
        if self.ended:
            return Refusal(RefusalCode.WRONG_STATUS, "cycle", self._state.stage.value)
        way = WAYS[self._state.stage]
        if way.when(order.facts):
            return None
        return Refusal(RefusalCode.WRONG_STATUS, "cycle", self._state.stage.value, (way.gate.value,))

    def advance(self, order: Advance, now: datetime) -> None:
        """One step by order of the office, and from there as far as the facts move it."""
        self._leave(WAYS[self._state.stage], order.facts, now, order)
        self.learn(order.facts, now)

    def drain(self) -> LoopBatch:
        notes, closed = self._drained()
        views = self.views()
        return LoopBatch(
            cycle=self._state.id,
            seq=self.seq,
            step=self._state.stage,
            calendar=self._state.rules.calendar.version,
            yellow_at=min((view.yellow_at for view in views if view.yellow_at), default=None),
            due_at=self._duties.due(),
            duties=views,
            closed=closed,
            notes=notes,
        )

    def _leave(self, way: Way, facts: RoundFacts, now: datetime, order: Advance | None = None) -> None:
        left = self._state.stage
        self._fulfil(STEP_DUTIES[left], now)
        self._put(stage=STEPS[STEPS.index(left) + 1])
        data: Data = {"left": left.value, "items": facts.items, "open": facts.open, "drafts": facts.drafts}
        kind = EntryKind.ENDED if self.ended else EntryKind.STEPPED
        self._note(kind, now, by=order.by if order else None, rule=way.gate.value, data=data)
        if not self.ended:
            self._owe(now)

    def _owe(self, now: datetime) -> None:
        self._open(STEP_DUTIES[self._state.stage], self._office, now)
