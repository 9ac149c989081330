"""Time counted the plain way: a table of minutes, and for each duty the stretches it ran and stood.

Nothing here comes from `models.policy`. Instants are whole microseconds since the midnight,
by the district's clock, at which the table begins.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from itertools import accumulate

from models.terms import Clock, DutyKind, RungTarget, UnitKind

MICROSECOND = timedelta(microseconds=1)
MINUTE = 60_000_000
DAYS = 1200
ZONE = timezone(timedelta(hours=8))

Unit = tuple[UnitKind, str]
LADDER = [
    (50, RungTarget.HOLDER),
    (80, RungTarget.HOLDER),
    (100, RungTarget.HEAD),
    (120, RungTarget.OFFICE),
    (140, RungTarget.LEADER),
]
"""Domain guide 3."""
OWN = {UnitKind.OFFICE: RungTarget.OFFICE, UnitKind.LEADER: RungTarget.LEADER}


class Minutes:
    """Which minutes of the coming `DAYS` are worked, and how many were before each."""

    def __init__(self, first: date, off: Iterable[str], on: Iterable[str], weekdays: Iterable[int]) -> None:
        self._midnight = datetime(first.year, first.month, first.day, tzinfo=ZONE)
        off, on, weekdays = set(off), set(on), set(weekdays)
        worked = []
        for day in (first + timedelta(days=n) for n in range(DAYS)):
            open_today = str(day) in on or (day.weekday() in weekdays and str(day) not in off)
            worked += [open_today and (540 <= m < 720 or 810 <= m < 1050) for m in range(1440)]
        self._before = {
            Clock.WORKING: [0, *accumulate(int(one) for one in worked)],
            Clock.CLOCK: list(range(DAYS * 1440 + 1)),
        }

    def of(self, instant: datetime) -> int:
        return (instant - self._midnight) // MICROSECOND

    def instant(self, at: int) -> datetime:
        return self._midnight + at * MICROSECOND

    def counted(self, clock: Clock, start: int, end: int) -> int:
        """Microseconds of this clock from `start` to `end`."""
        return self._until(clock, end) - self._until(clock, start)

    def after(self, clock: Clock, start: int, amount: int) -> int:
        """The first instant by which `amount` has been counted since `start`."""
        if amount <= 0:
            return start
        target = self._until(clock, start) + amount
        full = -(-target // MINUTE)  # the minute in which it is reached, counting worked minutes from 1
        minute = bisect_left(self._before[clock], full) - 1
        return minute * MINUTE + target - (full - 1) * MINUTE

    def _until(self, clock: Clock, at: int) -> int:
        minute, rest = divmod(at, MINUTE)
        before = self._before[clock]
        return before[minute] * MINUTE + (rest if before[minute + 1] > before[minute] else 0)


@dataclass
class Owed:
    """One duty: who owes what, and every stretch of time it ran, with the clock that counted it, or stood."""

    kind: DutyKind
    holder: Unit
    part: int | None
    allowed: int
    clock: Clock
    opened: int
    ran: list[tuple[int, int, Clock]] = field(default_factory=list)
    stood: list[tuple[int, int]] = field(default_factory=list)
    since: int | None = None
    """The start of the stretch that lasts; `halted` likewise."""
    halted: int | None = None
    reached: int = 0
    """The share of the time up to which everybody concerned was told."""
    number: int = 0

    @property
    def ladder(self) -> list[tuple[int, RungTarget]]:
        """Without the holder's own rung; a plan's ends with its breach, which the office takes over."""
        most = 100 if self.kind is DutyKind.PLAN else 1000
        own = OWN.get(self.holder[0])
        return [(percent, who) for percent, who in LADDER if who is not own and percent <= most]

    def halt(self, now: int) -> None:
        if self.since is not None:
            self.ran.append((self.since, now, self.clock))
            self.since, self.halted = None, now

    def go_on(self, now: int) -> None:
        if self.halted is not None:
            self.stood.append((self.halted, now))
            self.since, self.halted = now, None

    def used(self, time: Minutes, now: int) -> int:
        lasting = time.counted(self.clock, self.since, now) if self.since is not None else 0
        return self._used_before(time) + lasting

    def stood_still(self, time: Minutes, now: int) -> int:
        lasting = [(self.halted, now)] if self.halted is not None else []
        return sum(time.counted(self.clock, start, end) for start, end in self.stood + lasting)

    @property
    def one_clock(self) -> bool:
        """Whether all it ran was counted by the clock it has."""
        return all(clock is self.clock for _, _, clock in self.ran)

    def due(self, time: Minutes, percent: int = 100) -> int | None:
        """When this share of its time is used; None while it stands. Not before it last went on."""
        if self.since is None:
            return None
        left = self.allowed * percent // 100 - self._used_before(time)
        return time.after(self.clock, self.since, left)

    def late(self, time: Minutes, now: int) -> bool:
        due = self.due(time)
        return self._used_before(time) >= self.allowed if due is None else now >= due

    def next_rung(self, time: Minutes) -> tuple[int, int, RungTarget] | None:
        """When the next one is told, at which share, and who."""
        for percent, who in self.ladder:
            if percent > self.reached:
                due = self.due(time, percent)
                return None if due is None else (due, percent, who)
        return None

    def pass_to(self, holder: Unit) -> None:
        """Another must act, told from where the one before was; a rung that was skipped is not passed."""
        self.reached = max((percent for percent, _ in self.ladder if percent <= self.reached), default=0)
        self.holder = holder

    def allow(self, time: Minutes, allowed: int, clock: Clock) -> None:
        """Another time allowed from its own start. A breach that is undone by it may come again."""
        before, had = self.due(time), self.allowed
        self.allowed, self.clock = allowed, clock
        after = self.due(time)
        more = allowed > had if before is None or after is None else after > before
        if more and self.reached >= 100:
            self.reached = 99

    def _used_before(self, time: Minutes) -> int:
        return sum(time.counted(clock, start, end) for start, end, clock in self.ran)
