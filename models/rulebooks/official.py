"""Official calendars: which days of a country are worked, without any district's working hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from enum import StrEnum
from pathlib import Path

from models.policy.calendar import Calendar
from models.rulebooks import reader
from models.rulebooks.reader import Fields, Problems
from models.rulebooks.source import MAX_BYTES, Mapping, Node, Place, RulebookError, fault, parse, read_tree

CALENDARS = Path(__file__).parent / "calendars"
NEEDED = ("version", "official_until", "utc_offset", "weekdays", "years")
NONE = Calendar("", [])


class Weekday(StrEnum):
    """Days of the week by name, Monday first as in Python."""

    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"


def load_calendar(path: Path, name: str | None = None) -> Calendar:
    """The calendar of a file, called `name` in messages; raises RulebookError."""
    return _read(read_tree(path, name))


def load_calendar_text(text: str, name: str) -> Calendar:
    """The calendar of a text; raises RulebookError with every mistake, each with its line and column."""
    if len(text.encode()) > MAX_BYTES:
        raise fault(Place(name), f"{len(text.encode())} bytes; a calendar has at most {MAX_BYTES}")
    return _read(parse(text, name))


def _read(tree: Mapping) -> Calendar:
    problems = Problems()
    got = Fields(tree, "the calendar", problems, NEEDED)
    weekdays = got.take("weekdays", [], read_weekdays)
    off, on = got.take("years", ([], []), _years, weekdays)
    calendar = Calendar(
        version=got.take(
            "version", "", reader.matching, r"[a-z0-9][a-z0-9.-]{0,18}", "such as china-2026.1, at most 19"
        ),
        hours=[],
        weekdays=weekdays,
        off=off,
        on=on,
        official_until=got.take("official_until", "", reader.iso_date),
        utc_offset_minutes=got.take("utc_offset", 0, _offset),
    )
    if problems.found:
        raise RulebookError(problems.found)
    return calendar


def read_official(node: Node, what: str, problems: Problems) -> Calendar:
    """The shipped calendar that a rulebook names."""
    names = sorted(path.stem for path in CALENDARS.glob("*.yaml"))
    name = reader.text(node, what, problems)
    if name in names:
        return load_calendar(CALENDARS / f"{name}.yaml", f"calendars/{name}.yaml")
    if name:
        problems.add(node.at, f"{what} calendar `{name}` is unknown; one of {', '.join(names)}")
    return NONE


def read_weekdays(node: Node, what: str, problems: Problems) -> list[int]:
    """Days of the week, Monday as 0."""
    days = [
        list(Weekday).index(reader.choice(item, what, problems, Weekday, Weekday.MONDAY))
        for item in reader.items(node, what, problems)
    ]
    if len(set(days)) != len(days):
        problems.add(node.at, f"{what} names a day twice; each once")
    return sorted(set(days))


def extended(calendar: Calendar, hours: list[tuple[int, int]], version: str) -> Calendar:
    """The official days with a district's hours; the version names both, since either changes deadlines."""
    return replace(calendar, hours=hours, version=f"{calendar.version}/{version}")


def _offset(node: Node, what: str, problems: Problems) -> int:
    before = len(problems.found)
    value = reader.matching(node, what, problems, r"[+-](0\d|1[0-4]):[0-5]\d", 'such as "+08:00"')
    if not value or len(problems.found) > before:
        return 0
    minutes = int(value[1:3]) * 60 + int(value[4:6])
    return -minutes if value[0] == "-" else minutes


def _years(node: Node, what: str, problems: Problems, weekdays: list[int]) -> tuple[list[str], list[str]]:
    days: dict[str, list[str]] = {"off": [], "on": []}
    years = node.values if isinstance(node, Mapping) else {}
    if not years:
        problems.add(node.at, f"{what} must be a mapping such as `2026: {{off: {{…}}, on: {{…}}}}`")
    for year, value in years.items():
        for kind, named in Fields(value, f"year {year}", problems, ("off",), ("on",)).values.items():
            for _, _, listed in reader.entries(named, kind, problems):
                for item in reader.items(listed, kind, problems):
                    days[kind].append(_day(item, kind, problems, year, weekdays))
    return sorted(filter(None, days["off"])), sorted(filter(None, days["on"]))


def _day(node: Node, kind: str, problems: Problems, year: str, weekdays: list[int]) -> str:
    """A day that differs from the weekly rule; one that does not is a slip of the pen."""
    text = reader.iso_date(node, kind, problems)
    if text and not text.startswith(f"{year}-"):
        problems.add(node.at, f"{text} stands under {year}; move it to its own year")
    if text and (date.fromisoformat(text).weekday() in weekdays) is not (kind == "off"):
        right = "`off` lists days worked by the weekly rule, `on` days that are not"
        problems.add(node.at, f"{text} changes nothing under `{kind}`; {right}")
    return text
