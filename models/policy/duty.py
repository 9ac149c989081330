"""The clock every cycle is made of (domain guide 2): who must do what by when, and who hears of it.

Pure: `now` is always an argument. What is kept of a duty is the time allowed, the time spent and how
many rungs were told, never a deadline. So a suspension adds to the time spent, an extension changes
the time allowed, every due date follows at once, and each notice is told once because it was counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from models.policy.calendar import MICROSECOND, Calendar
from models.terms import Clock, DutyKind, Light, RungTarget, UnitKind

BREACH = 100
YELLOW_FROM = 80


@dataclass(frozen=True)
class Holder:
    """The body that must act; people are found by their posts only when they are told."""

    kind: UnitKind
    id: str


@dataclass(frozen=True)
class Rung:
    """One notice of a ladder: at `percent` of the time allowed, `target` is told."""

    percent: int
    target: RungTarget


@dataclass(frozen=True)
class Duty:
    """One open responsibility of one case. `allowed` and `spent` are whole microseconds of its clock."""

    key: str
    kind: DutyKind
    holder: Holder
    allowed: int
    opened_at: datetime
    since: datetime | None
    """Running since; None while suspended."""
    rule: str
    """Which line of the rulebook set the time, for the timeline."""
    clock: Clock = Clock.WORKING
    spent: int = 0
    """Time used before `since`."""
    told: int = 0
    """Rungs already told: this count is what makes a notice fire once."""
    ladder: list[Rung] = field(default_factory=list)
    assignment: str | None = None
    """The part of the issue it belongs to, where it belongs to one."""


@dataclass(frozen=True)
class Notice:
    """A rung that fell due: `owed_at` is the instant it was owed, not the instant somebody woke up."""

    duty: Duty
    target: RungTarget
    percent: int
    owed_at: datetime


class NoSuchDutyError(KeyError):
    """No duty with this key is open."""


class Duties:
    """All open duties of one case. `state` is the whole of it: it survives continue-as-new as it is."""

    def __init__(self, calendar: Calendar, state: Iterable[Duty] = ()) -> None:
        self.calendar = calendar
        self._open = {duty.key: duty for duty in state}

    @property
    def state(self) -> list[Duty]:
        return list(self._open.values())

    def get(self, key: str) -> Duty:
        """The open duty `key`; raises NoSuchDutyError."""
        try:
            return self._open[key]
        except KeyError:
            raise NoSuchDutyError(key) from None

    def of(self, kind: DutyKind, assignment: str | None = None) -> Duty | None:
        """The open duty of this kind (and part of the issue), if there is one."""
        matches = (d for d in self.state if d.kind is kind and assignment in (None, d.assignment))
        return next(matches, None)

    # When -----------------------------------------------------------------------------------------

    def instant(self, duty: Duty, percent: int = BREACH) -> datetime | None:
        """When `percent` of the time allowed has been used; None while suspended."""
        if duty.since is None:
            return None
        left = timedelta(microseconds=duty.allowed * percent // 100 - duty.spent)
        return calendar_of(self.calendar, duty.clock).after(duty.since, left)

    def next_instant(self) -> datetime | None:
        """The one timer of the case: when the next rung of any duty falls due."""
        return min((at for duty in self.state if (at := self._next(duty))), default=None)

    def due(self) -> datetime | None:
        """The due time of the case: the earliest of its duties'."""
        return min((at for duty in self.state if (at := self.instant(duty))), default=None)

    def overdue(self, now: datetime) -> bool:
        return any(self.late(duty.key, now) for duty in self.state)

    def late(self, key: str, now: datetime) -> bool:
        """Whether the time is up; computed, never a flag, so that a slow worker changes nothing.

        A duty that was late when it was suspended stays late.
        """
        duty = self.get(key)
        at = self.instant(duty)
        return duty.spent >= duty.allowed if at is None else now >= at

    def used(self, duty: Duty, now: datetime) -> int:
        """Microseconds of its clock used up to `now`."""
        if duty.since is None:
            return duty.spent
        return duty.spent + calendar_of(self.calendar, duty.clock).between(duty.since, now) // MICROSECOND

    def _next(self, duty: Duty) -> datetime | None:
        return self.instant(duty, duty.ladder[duty.told].percent) if duty.told < len(duty.ladder) else None

    # What happens ---------------------------------------------------------------------------------

    def advance(self, now: datetime) -> list[Notice]:
        """Everything owed up to `now`, in the order it was owed. Calling it twice tells nothing twice."""
        notices = []
        for duty in self.state:
            while (at := self._next(duty)) is not None and at <= now:
                rung = duty.ladder[duty.told]
                duty = self._change(duty.key, told=duty.told + 1)
                notices.append(Notice(duty, rung.target, rung.percent, at))
        return sorted(notices, key=lambda notice: notice.owed_at)

    def open(self, duty: Duty) -> Duty:
        self._open[duty.key] = duty
        return duty

    def fulfil(self, key: str) -> Duty:
        """Takes the duty off the list and returns it as it last stood."""
        duty = self.get(key)
        del self._open[key]
        return duty

    def extend(self, key: str, allowed: int, rule: str, clock: Clock | None = None) -> Duty:
        """A new time allowed, counted from the duty's own start: an extension or a regrade.

        Rungs already told stay told, except that a breach which the new time undoes may fall due again.
        A regrade may also bring another clock; time used before a suspension stays as it was counted.
        """
        duty = self.get(key)
        moved = self._change(key, allowed=allowed, rule=rule, clock=clock or duty.clock)
        before, after = self.instant(duty), self.instant(moved)
        if allowed > duty.allowed if before is None or after is None else after > before:
            moved = self._change(key, told=min(duty.told, _reminders(duty)))
        return moved

    def hand_over(self, key: str, holder: Holder, ladder: list[Rung]) -> Duty:
        """Another body must act, on its own ladder; what was told up to some share of the time stays told."""
        duty = self.get(key)
        reached = duty.ladder[duty.told - 1].percent if duty.told else 0
        told = sum(1 for rung in ladder if rung.percent <= reached)
        return self._change(key, holder=holder, ladder=ladder, told=told)

    def recalendar(self, calendar: Calendar) -> None:
        """Another calendar for every duty; what was counted before a suspension stays as it was counted.

        Rungs already told stay told, except that a breach which the new days undo may fall due again.
        """
        before = {key: self.instant(duty) for key, duty in self._open.items()}
        self.calendar = calendar
        for duty in self.state:
            was, is_now = before[duty.key], self.instant(duty)
            if was is not None and is_now is not None and is_now > was:
                self._change(duty.key, told=min(duty.told, _reminders(duty)))

    def suspend(self, now: datetime) -> list[Duty]:
        """Stops every running clock; returns the duties that stopped."""
        running = [duty for duty in self.state if duty.since is not None]
        return [self._change(duty.key, spent=self.used(duty, now), since=None) for duty in running]

    def resume(self, now: datetime) -> list[Duty]:
        """Starts every stopped clock: each deadline has moved by the working time lost."""
        return [self._change(duty.key, since=now) for duty in self.state if duty.since is None]

    def _change(self, key: str, **fields: object) -> Duty:
        duty = replace(self.get(key), **fields)  # type: ignore[arg-type]  # names are this module's own
        self._open[key] = duty
        return duty


def _reminders(duty: Duty) -> int:
    return sum(1 for rung in duty.ladder if rung.percent < BREACH)


def calendar_of(calendar: Calendar, clock: Clock) -> Calendar:
    return calendar if clock is Clock.WORKING else calendar.round_the_clock


def light(now: datetime, yellow_at: datetime, due_at: datetime) -> Light:
    """Green to 80 % of the time, yellow to 100 %, red after; the instants come from `Duties.instant`."""
    if now >= due_at:
        return Light.RED
    return Light.YELLOW if now >= yellow_at else Light.GREEN


OWN_RUNG = {UnitKind.OFFICE: RungTarget.OFFICE, UnitKind.LEADER: RungTarget.LEADER}


def ladder_for(ladder: Iterable[Rung], holder: Holder) -> list[Rung]:
    """The ladder as `holder` climbs it: a rung that is the holder's own is skipped (domain guide 3)."""
    return [rung for rung in ladder if rung.target is not OWN_RUNG.get(holder.kind)]
