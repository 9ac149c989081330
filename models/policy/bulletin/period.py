"""When a bulletin is about and when it is out: months and years of the district's own calendar."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from models.policy.calendar import Calendar

WRITTEN = re.compile(r"(2\d{3})(?:-(0[1-9]|1[0-2]))?")
ONE_DAY = timedelta(days=1)
LONGEST_HOLIDAY_DAYS = 60
"""A calendar without working days must not put a bulletin off for ever."""


@dataclass(frozen=True, slots=True)
class PublishingTime:
    """From the rulebook: on which day of the following month, and at which minute of that day."""

    day: int
    minute: int


@dataclass(frozen=True, slots=True)
class Period:
    """A month or a year, e.g. "2026-03" or "2026"; both days belong to it."""

    name: str
    first: date
    last: date

    @property
    def monthly(self) -> bool:
        return len(self.name) > len("2026")

    def begins(self, calendar: Calendar) -> datetime:
        """Its first instant, in the district's time."""
        return datetime(self.first.year, self.first.month, self.first.day, tzinfo=calendar.zone)

    def ends(self, calendar: Calendar) -> datetime:
        """The first instant after it: what was recorded before this instant is known at its end."""
        after = self.last + ONE_DAY
        return datetime(after.year, after.month, after.day, tzinfo=calendar.zone)


def month(year: int, number: int) -> Period:
    """A month of a year."""
    after = date(year + number // 12, number % 12 + 1, 1)
    return Period(f"{year}-{number:02}", date(year, number, 1), after - ONE_DAY)


def period(text: str) -> Period | None:
    """The month or year that `text` names; None where it names none."""
    hit = WRITTEN.fullmatch(text)
    if hit is None:
        return None
    if hit[2] is None:
        return Period(text, date(int(text), 1, 1), date(int(text), 12, 31))
    return month(int(hit[1]), int(hit[2]))


def month_before(instant: datetime, calendar: Calendar) -> Period:
    """The month that was over last at `instant`."""
    day = instant.astimezone(calendar.zone).date().replace(day=1) - ONE_DAY
    return month(day.year, day.month)


def publish_at(of: Period, when: PublishingTime, calendar: Calendar) -> datetime:
    """When the bulletin of a month is due: the rulebook's day of the next month, or the next working day.

    A calendar that knows no working day within `LONGEST_HOLIDAY_DAYS` leaves the rulebook's day.
    """
    wanted = of.last + when.day * ONE_DAY
    days = (wanted + n * ONE_DAY for n in range(LONGEST_HOLIDAY_DAYS))
    day = next((day for day in days if calendar.works_on(day)), wanted)
    midnight = datetime(day.year, day.month, day.day, tzinfo=calendar.zone)
    return midnight + timedelta(minutes=when.minute)
