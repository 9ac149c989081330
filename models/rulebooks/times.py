"""What a rulebook says of time: working hours, the limits of each step, the ladders, compression."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from models.policy.bulletin.period import PublishingTime
from models.policy.calendar import MICROSECOND, Calendar
from models.policy.duty import BREACH, Rung
from models.policy.rulebook import DEFAULT_LADDER, Limit, limit_key
from models.rulebooks import official, reader
from models.rulebooks.reader import Fields, Problems
from models.rulebooks.source import Mapping, Node, Place, Scalar
from models.terms import Clock, DutyKind, Level, RungTarget

HOUR, SHORTEST_HOUR = timedelta(hours=1), timedelta(milliseconds=1)
SHORTEST_COMPRESSED = timedelta(seconds=10)
"""A shorter duty would be over before its notices can be told one by one."""
HIGHEST_PERCENT = 1000
LATEST_DAY = 28
"""Every month has it."""
EVERY_LEVEL = "every_level"

CALLED = (
    DutyKind.ASSESS,
    DutyKind.ACCEPT,
    DutyKind.REPORT_IN,
    DutyKind.HANDLE,
    DutyKind.VERIFY,
    DutyKind.REVIEW,
)
STEPS: dict[Level, tuple[DutyKind, ...]] = {
    Level.SIMPLE: (DutyKind.ASSESS, DutyKind.HANDLE, DutyKind.VERIFY),
    Level.GENERAL: CALLED,
    Level.COMPLEX: (*CALLED, DutyKind.DISPATCH, DutyKind.PLAN),
    Level.CRITICAL: (*CALLED, DutyKind.DISPATCH, DutyKind.PLAN),
}
"""The steps a level goes through, each of which needs a limit (domain guide 3)."""
FURTHER = (
    DutyKind.ADJUDICATE_RETURN,
    DutyKind.DECIDE_EXTENSION,
    DutyKind.DECIDE_PLAN,
    DutyKind.ANSWER,
    DutyKind.FOLLOW_UP,
    DutyKind.APPEAL,
)
"""Duties beside the steps; each level has all of them, so that a regrade finds a limit for what is open."""


@dataclass(frozen=True)
class Hours:
    """The `calendar` section: the calendar as worked, and the one that deadlines run on."""

    worked: Calendar
    running: Calendar


@dataclass(frozen=True)
class Compression:
    """Makes a demonstration quick: an hour of any limit lasts `hour_lasts`, no limit under `at_least`."""

    hour_lasts: timedelta
    at_least: timedelta

    def over(self, limits: dict[str, Limit]) -> dict[str, Limit]:
        """The same limits, compressed."""
        return {key: self.of(limit) for key, limit in limits.items()}

    def of(self, limit: Limit) -> Limit:
        """The shorter limit; its text names the real one too."""
        scaled = limit.allowed * (self.hour_lasts // MICROSECOND) // (HOUR // MICROSECOND)
        allowed = max(scaled, self.at_least // MICROSECOND)
        return replace(limit, allowed=allowed, text=f"{limit.text} as {allowed / 1e6:g} s")


def working_time(text: str, day: timedelta) -> int | None:
    """Microseconds of working time written as in a rulebook, `4 h` or `2 d`; None for anything else."""
    problems = Problems()
    found = reader.limit(Scalar(Place("text"), text), "time", problems, day)
    return None if problems.found or found.clock is not Clock.WORKING else found.allowed


def read_hours(node: Node, what: str, problems: Problems, version: str) -> Hours:
    """The `calendar` section; the calendar's version names the official days and the rulebook."""
    got = Fields(node, what, problems, ("official", "hours"), ("weekdays", "round_the_clock"))
    days = got.take("official", official.NONE, official.read_official)
    worked = official.extended(days, got.take("hours", [], reader.hours), version)
    worked = replace(worked, weekdays=got.take("weekdays", worked.weekdays, official.read_weekdays))
    round_the_clock = got.take("round_the_clock", False, reader.flag)
    return Hours(worked, worked.round_the_clock if round_the_clock else worked)


# Limits -------------------------------------------------------------------------------------------


def read_limits(node: Node, what: str, problems: Problems, day: timedelta) -> dict[str, Limit]:
    """The `limits` table: a row for each level, and one for what is the same at every level."""
    got = Fields(node, what, problems, [*Level, EVERY_LEVEL])
    limits: dict[str, Limit] = {}
    for level in Level:
        row = got.take(level.value, {}, read_row, level, day, required=STEPS[level])
        limits |= row
    for kind, limit in got.take(EVERY_LEVEL, {}, read_kinds, FURTHER, day, required=FURTHER).items():
        for level in Level:
            limits.setdefault(limit_key(level, kind), limit)
    return limits


def read_row(
    node: Node,
    what: str,
    problems: Problems,
    level: Level,
    day: timedelta,
    required: tuple[DutyKind, ...] = (),
) -> dict[str, Limit]:
    """Limits of one level, by `limit_key`; a level has none for a step it does not go through."""
    kinds = read_kinds(node, what, problems, (*STEPS[level], *FURTHER), day, required)
    return {limit_key(level, kind): limit for kind, limit in kinds.items()}


def read_kinds(
    node: Node,
    what: str,
    problems: Problems,
    allowed: tuple[DutyKind, ...],
    day: timedelta,
    required: tuple[DutyKind, ...] = (),
) -> dict[DutyKind, Limit]:
    """Limits by kind of duty, e.g. `{accept: 4 h, report_in: 1 d}`."""
    needed = [kind.value.lower() for kind in required]
    optional = [kind.value.lower() for kind in allowed if kind not in required]
    got = Fields(node, f"limits of {what}", problems, needed, optional)
    return {
        DutyKind(key.upper()): reader.limit(value, key, problems, day) for key, value in got.values.items()
    }


def read_item_limits(
    node: Node, what: str, problems: Problems, level: Level, day: timedelta
) -> dict[str, Limit]:
    """An item's own limits: `{handle: 1 d}` at its suggested level, or a row for each level it names."""
    if isinstance(node, Mapping) and node.values and set(node.values) <= set(Level):
        rows = [read_row(row, key, problems, Level(key), day) for key, row in node.values.items()]
        return {key: limit for row in rows for key, limit in row.items()}
    return read_row(node, what, problems, level, day)


# Ladders ------------------------------------------------------------------------------------------


def read_ladders(node: Node, what: str, problems: Problems) -> dict[str, list[Rung]]:
    """The `ladders` section: `default`, and one for each kind of duty that has its own."""
    default = DEFAULT_LADDER.lower()
    got = Fields(node, what, problems, (default,), [kind.value.lower() for kind in DutyKind])
    return {key.upper(): _ladder(value, key, problems) for key, value in got.values.items()}


def _ladder(node: Node, what: str, problems: Problems) -> list[Rung]:
    before = len(problems.found)
    rungs: list[Rung] = []
    for item in reader.items(node, f"ladder {what}", problems):
        got = Fields(item, f"a rung of ladder {what}", problems, ("at", "tell"))
        percent = got.take("at", 0, reader.whole, 1, HIGHEST_PERCENT)
        target = got.take("tell", RungTarget.HOLDER, reader.choice, RungTarget, RungTarget.HOLDER)
        if rungs and 0 < percent <= rungs[-1].percent:
            problems.add(item.at, f"rung at {percent} follows one at {rungs[-1].percent}; percents rise")
        rungs.append(Rung(percent, target))
    if len(problems.found) == before and all(rung.percent != BREACH for rung in rungs):
        problems.add(node.at, f"ladder {what} has no rung at {BREACH}; somebody must hear of the breach")
    return rungs


# Bulletin -------------------------------------------------------------------------------------------


def read_publishing(node: Node, what: str, problems: Problems) -> PublishingTime:
    """The `bulletin` section: the day of the following month, and the time of that day."""
    got = Fields(node, what, problems, ("day", "time"))
    day = got.take("day", 1, reader.whole, 1, LATEST_DAY)
    return PublishingTime(day, got.take("time", 0, reader.time_of_day))


# Compression --------------------------------------------------------------------------------------


def read_compression(node: Node, what: str, problems: Problems) -> Compression:
    """The `compress` section of a demonstration's rulebook."""
    got = Fields(node, what, problems, ("hour_lasts", "at_least"))
    return Compression(
        got.take("hour_lasts", HOUR, reader.seconds, SHORTEST_HOUR, HOUR),
        got.take("at_least", HOUR, reader.seconds, SHORTEST_COMPRESSED, HOUR),
    )
