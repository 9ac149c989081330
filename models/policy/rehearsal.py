"""A closed case run again under other rules: what would have breached, climbed, or gone elsewhere.

The people are taken as they were: everybody acts at the instant they acted. What the rules decide, how
long each duty may take, on which calendar, and who hears of it, is reckoned anew by the same clock that
runs cases (`models.policy.duty`). So every way a case can go is covered, and under the rules it ran
under a case tells what it told. A time that a person set (an extension, a task of a plan) stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from models.policy.duty import BREACH, Duties, Duty, Holder, Notice
from models.policy.rulebook import CaseRules, Rulebook, rule_text
from models.terms import Clock, DutyKind, EntryKind, Level, RehearsedChange, RungTarget


@dataclass(frozen=True)
class PastDuty:
    """A duty as it ended."""

    key: str
    kind: DutyKind
    holder: Holder
    opened_at: datetime
    closed_at: datetime
    allowed: int
    rule: str
    clock: Clock = Clock.WORKING
    reached: int = 0
    """The highest share of its time that was told of, in percent."""


@dataclass(frozen=True)
class PastStep:
    """A line of the timeline that moved a clock: a level settled, an extension, a stop, a handover."""

    kind: EntryKind
    at: datetime
    level: Level | None = None
    duty: str | None = None
    holder: Holder | None = None


@dataclass(frozen=True)
class PastCase:
    """A closed case, as far as its clock asks."""

    id: str
    category: str
    suggested: Level
    """The level of the item list, which held until the street assessed."""
    steps: tuple[PastStep, ...] = ()
    duties: tuple[PastDuty, ...] = ()
    departments: tuple[str, ...] = ()
    """Keys of the departments that were called, first called first."""


@dataclass(frozen=True)
class DutyChange:
    """One duty that would have gone otherwise; `before` and `after` are the highest percent told of."""

    key: str
    kind: DutyKind
    change: RehearsedChange
    before: int
    after: int
    due_at: datetime | None
    """When it would have been due."""
    target: RungTarget | None
    """The highest who would have heard."""
    rule: str
    """The line of the new rules that would have set its time."""


@dataclass(frozen=True)
class Elsewhere:
    """The item list would have sent it another way."""

    level: Level
    level_before: Level
    departments: tuple[str, ...]
    departments_before: tuple[str, ...]
    listed: bool = True
    """Whether the new list has the category at all."""


@dataclass(frozen=True)
class Rehearsed:
    """What came of one case."""

    case: str
    duties: tuple[DutyChange, ...] = ()
    elsewhere: Elsewhere | None = None

    @property
    def same(self) -> bool:
        return not self.duties and self.elsewhere is None


@dataclass
class _Told:
    """The highest notice of a duty in the new run."""

    duty: Duty
    due_at: datetime | None
    reached: int = 0
    target: RungTarget | None = None


_Happened = tuple[datetime, int, Callable[[], None]]
"""When, in which order within the instant, and what: what moves a clock comes before what it starts."""


@dataclass
class _Run:
    """One case on the clock of other rules."""

    case: PastCase
    rules: CaseRules
    level: Level
    told: dict[str, _Told] = field(default_factory=dict)
    stopped: bool = False

    def __post_init__(self) -> None:
        self.clock = Duties(self.rules.calendar)
        self.past = {duty.key: duty for duty in self.case.duties}
        self.extended = {s.duty for s in self.case.steps if s.kind is EntryKind.EXTENDED}

    def go(self) -> dict[str, _Told]:
        happened: list[_Happened] = [(step.at, 0, partial(self._step, step)) for step in self.case.steps]
        for duty in self.case.duties:
            happened.append((duty.opened_at, 2, partial(self._open, duty)))
            # A duty that ended at the instant it began still began first.
            last = 1 if duty.closed_at > duty.opened_at else 3
            happened.append((duty.closed_at, last, partial(self._end, duty)))
        for at, _, happens in sorted(happened, key=lambda one: one[:2]):
            self._hear(self.clock.advance(at))  # a breach that came first is told first
            happens()
        return self.told

    def _hear(self, notices: Iterable[Notice]) -> None:
        for notice in notices:
            told = self.told[notice.duty.key]
            told.reached, told.target = notice.percent, notice.target

    def _open(self, past: PastDuty) -> None:
        allowed, rule, clock = past.allowed, past.rule, past.clock
        # A time that no rulebook line sets was set by a person when it began, or later by an extension.
        if self._of_the_book(past) or past.key in self.extended:
            allowed, rule, clock = self._near(past)
        duty = Duty(
            key=past.key,
            kind=past.kind,
            holder=past.holder,
            allowed=allowed,
            opened_at=past.opened_at,
            since=None if self.stopped else past.opened_at,
            rule=rule,
            clock=clock,
            ladder=self.rules.ladder(past.kind, past.holder),
        )
        self.clock.open(duty)
        self.told[past.key] = _Told(duty, self.clock.instant(duty))

    def _end(self, past: PastDuty) -> None:
        duty = self.clock.fulfil(past.key)
        told = self.told[past.key]
        told.duty, told.due_at = duty, self.clock.instant(duty)

    def _step(self, step: PastStep) -> None:
        match step.kind:
            case EntryKind.ASSESSED | EntryKind.REGRADED | EntryKind.DISPATCHED if step.level is not None:
                self._regrade(step.level)
            case EntryKind.EXTENDED if step.duty in self._open_keys:
                past = self.past[step.duty or ""]
                self.clock.extend(past.key, past.allowed, past.rule)
            case EntryKind.HANDED_OVER if step.duty in self._open_keys and step.holder is not None:
                kind = self.past[step.duty or ""].kind
                self.clock.hand_over(step.duty or "", step.holder, self.rules.ladder(kind, step.holder))
            case EntryKind.SUSPENDED:
                self.stopped = True
                self.clock.suspend(step.at)
            case EntryKind.RESUMED:
                self.stopped = False
                self.clock.resume(step.at)

    def _regrade(self, level: Level) -> None:
        if level is self.level:
            return
        self.level = level
        for duty in self.clock.state:
            allowed, rule, clock = self._limit(duty.kind, duty.allowed, duty.rule, duty.clock)
            self.clock.extend(duty.key, allowed, rule, clock)

    def _near(self, past: PastDuty) -> tuple[int, str, Clock]:
        """The new rules' time for a duty that begins; what it was where they know the kind at no level."""
        try:
            level, limit = self.rules.limit_near(self.level, past.kind)
        except KeyError:
            return past.allowed, past.rule, past.clock
        return limit.allowed, rule_text(level, past.kind, limit), limit.clock

    def _limit(self, kind: DutyKind, allowed: int, rule: str, clock: Clock) -> tuple[int, str, Clock]:
        """The new rules' time; what it was where they set none for this level."""
        limit = self.rules.limit(self.level, kind)
        if limit is None:
            return allowed, rule, clock
        return limit.allowed, rule_text(self.level, kind, limit), limit.clock

    @staticmethod
    def _of_the_book(past: PastDuty) -> bool:
        return past.rule.startswith(tuple(f"{past.kind.value.lower()}/{level.value}/" for level in Level))

    @property
    def _open_keys(self) -> set[str]:
        return {duty.key for duty in self.clock.state}


def rehearse(case: PastCase, old: Rulebook, new: Rulebook) -> Rehearsed:
    """The case under `new`, compared with what was told; `old` is what its item list is compared with."""
    elsewhere = _elsewhere(case, old, new)
    item = new.item(case.category)
    if item is None:
        return Rehearsed(case.id, elsewhere=elsewhere)
    rules = new.slice_for(case.category)
    was = old.item(case.category)
    # Until it is assessed a case runs at the level its list suggests.
    begun = item.level if was is None or was.level is case.suggested else case.suggested
    told = _Run(case, rules, begun).go()
    changes = (_changed(past, told[past.key]) for past in case.duties)
    return Rehearsed(case.id, tuple(change for change in changes if change), elsewhere)


def summed(found: Sequence[Rehearsed]) -> dict[RehearsedChange, int]:
    """How many cases have a duty that changed so."""
    return {
        change: sum(1 for one in found if any(duty.change is change for duty in one.duties))
        for change in RehearsedChange
    }


def _changed(past: PastDuty, told: _Told) -> DutyChange | None:
    before, after = past.reached, told.reached
    if (before if before >= BREACH else 0) == (after if after >= BREACH else 0):
        return None
    if before < BREACH:
        change = RehearsedChange.BREACHED
    elif after < BREACH:
        change = RehearsedChange.RELIEVED
    else:
        change = RehearsedChange.CLIMBED if after > before else RehearsedChange.SETTLED
    return DutyChange(past.key, past.kind, change, before, after, told.due_at, told.target, told.duty.rule)


def _elsewhere(case: PastCase, old: Rulebook, new: Rulebook) -> Elsewhere | None:
    was, item = old.item(case.category), new.item(case.category)
    level = was.level if was else case.suggested
    departments = tuple(was.departments) if was else case.departments
    if item is None:
        return Elsewhere(level, level, (), departments, listed=False)
    # The first is who is called by default; who was called against the list has not gone by the list.
    moved = bool(departments) and item.departments[0] != departments[0]
    dropped = any(key in departments and key not in item.departments for key in case.departments)
    if item.level is level and not moved and not dropped:
        return None
    return Elsewhere(item.level, level, tuple(item.departments), departments)
