"""Working time of a district: which minutes count, and the arithmetic on them (domain guide 3).

Pure and carried by every case, so that no deadline waits for the database and new holiday data never
changes what an old history replays to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from functools import cached_property, lru_cache

ZERO = timedelta()
MICROSECOND = timedelta(microseconds=1)
LONGEST_SEARCH_DAYS = 1500
"""A calendar without working time must not spin for ever; no limit of the field is this long."""


class NoWorkingTimeError(ValueError):
    """The calendar has no working time within `LONGEST_SEARCH_DAYS` of the start."""


@dataclass(frozen=True)
class Calendar:
    """A district's working time as plain data: it travels in a Temporal payload (two years are under 1 kB).

    `hours` are minutes of the local day, e.g. 09:00-12:00 is (540, 720); 1440 ends the day. `off` are
    public holidays, `on` make-up working days, both as ISO dates. Days after `official_until` follow
    the weekly rule only, so a deadline there is provisional.
    """

    version: str
    hours: list[tuple[int, int]]
    weekdays: list[int] = field(default_factory=lambda: [0, 1, 2, 3, 4])
    off: list[str] = field(default_factory=list)
    on: list[str] = field(default_factory=list)
    official_until: str = ""
    utc_offset_minutes: int = 480

    @cached_property
    def zone(self) -> timezone:
        return timezone(timedelta(minutes=self.utc_offset_minutes))

    @cached_property
    def _off(self) -> frozenset[str]:
        return frozenset(self.off)

    @cached_property
    def _on(self) -> frozenset[str]:
        return frozenset(self.on)

    @cached_property
    def day_length(self) -> timedelta:
        """Working time of one day; a limit of "3 d" is three of these."""
        return timedelta(minutes=sum(closes - opens for opens, closes in self.hours))

    def works_on(self, day: date) -> bool:
        """Whether `day` is worked: make-up days first, then holidays, then the weekly rule."""
        text = day.isoformat()
        return text in self._on or (day.weekday() in self.weekdays and text not in self._off)

    @property
    def runs_round_the_clock(self) -> bool:
        """Whether every minute of every day is worked, so that no notice can change anything."""
        return self.hours == [(0, 1440)] and len(self.weekdays) == 7 and not self.off

    def provisional(self, instant: datetime) -> bool:
        """Whether `instant` lies beyond the days for which the official notice is known."""
        day = instant.astimezone(self.zone).date().isoformat()
        return bool(self.official_until) and day > self.official_until

    def after(self, start: datetime, amount: timedelta) -> datetime:
        """The instant at which `amount` of working time has passed since `start`.

        Raises NoWorkingTimeError when the calendar holds too little working time.
        """
        return self._remembered(start, amount).astimezone(start.tzinfo)

    @cached_property
    def _remembered(self) -> Callable[[datetime, timedelta], datetime]:
        """`_after`, kept for a while: of a few duties a case asks for the same instants ten times a step."""
        return lru_cache(maxsize=256)(self._after)

    def _after(self, start: datetime, amount: timedelta) -> datetime:
        if amount <= ZERO:
            return start
        for opens, closes in self._spans(start):
            begin = max(opens, start)
            if begin + amount <= closes:
                return begin + amount
            amount -= max(closes - begin, ZERO)
        raise NoWorkingTimeError(f"calendar {self.version} has no working time after {start.isoformat()}")

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Working time from `start` to `end`; zero when `end` is not later."""
        total = ZERO
        if end <= start:
            return total
        for opens, closes in self._spans(start, (end - start).days + 2):
            if opens >= end:
                break
            total += max(min(closes, end) - max(opens, start), ZERO)
        return total

    def _spans(self, start: datetime, days: int = LONGEST_SEARCH_DAYS) -> Iterator[tuple[datetime, datetime]]:
        first = start.astimezone(self.zone).date()
        for day in (first + timedelta(days=n) for n in range(days)):
            if self.works_on(day):
                midnight = datetime(day.year, day.month, day.day, tzinfo=self.zone)
                for opens, closes in self.hours:
                    yield midnight + timedelta(minutes=opens), midnight + timedelta(minutes=closes)

    @cached_property
    def round_the_clock(self) -> Calendar:
        """The same district on clock time: every minute of every day counts, so no notice can move it."""
        return replace(self, hours=[(0, 1440)], weekdays=list(range(7)), off=[], on=[], official_until="")
