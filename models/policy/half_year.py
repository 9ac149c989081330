"""When a half-year's cycle begins by itself, and what its round is called (domain guide 4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from models.policy.bulletin.period import PublishingTime, month_before, publish_at
from models.policy.calendar import Calendar
from models.policy.duty import calendar_of
from models.policy.limits import Limit
from models.policy.rectification_rules import HalfYear

FIRST_HALF_ENDS = 6
FIRST_DAY = 1


@dataclass(frozen=True, slots=True)
class RoundDue:
    """The round of a half-year, e.g. 2026H1, and the first working day it begins on."""

    year: int
    half: int
    at: datetime

    @property
    def code(self) -> str:
        return f"{self.year}H{self.half}"


def round_due(meant: datetime, when: HalfYear, calendar: Calendar) -> RoundDue:
    """The round that a schedule means which fires at `meant`, on the first day of one of its months."""
    local = meant.astimezone(calendar.zone)
    at = publish_at(month_before(meant, calendar), PublishingTime(FIRST_DAY, when.minute), calendar)
    return RoundDue(local.year, 1 if local.month <= FIRST_HALF_ENDS else 2, at)


def closes_at(opens_at: datetime, solicit: Limit, calendar: Calendar) -> datetime:
    """When a round closes that opens at an instant: after the time that soliciting is given."""
    length = timedelta(microseconds=solicit.allowed)
    return calendar_of(calendar, solicit.clock).after(opens_at, length)
