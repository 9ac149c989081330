"""Takes a tree apart and notes every mistake on the way, so that an author sees all of them at once.

Each function answers with a usable value even where it complained: reading goes on, and the loader
refuses the whole at the end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from datetime import date, timedelta
from difflib import get_close_matches
from enum import StrEnum
from typing import Concatenate, ParamSpec, TypeVar

from models.policy.calendar import MICROSECOND
from models.policy.rulebook import Limit
from models.rulebooks.source import Listing, Mapping, Node, Place, Problem, Scalar
from models.terms import Clock

LONGEST_TEXT = 200
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
HOURS = re.compile(r"([01]\d|2[0-4]):([0-5]\d)\s*[-–]\s*([01]\d|2[0-4]):([0-5]\d)")
TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
AMOUNT = re.compile(r"(\d{1,6}(?:\.\d{1,3})?) ?(s|min|h|d)( clock)?")
UNITS = {"s": timedelta(seconds=1), "min": timedelta(minutes=1), "h": timedelta(hours=1)}
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=366)

P = ParamSpec("P")
T = TypeVar("T")
Choice = TypeVar("Choice", bound=StrEnum)


class Problems:
    """The mistakes found so far."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, at: Place, message: str) -> None:
        self.found.append(Problem(at, message))


class Fields:
    """A mapping whose keys the format fixes; complains of those missing and unknown."""

    def __init__(
        self,
        node: Node,
        what: str,
        problems: Problems,
        needed: Collection[str],
        optional: Collection[str] = (),
    ) -> None:
        self.problems = problems
        self.values: dict[str, Node] = {}
        if not isinstance(node, Mapping):
            problems.add(node.at, f"{what} must be a mapping with {_list(needed)}")
            return
        allowed = [*needed, *optional]
        for key, value in node.values.items():
            if key in allowed:
                self.values[key] = value
            else:
                problems.add(node.keys[key], f"unknown key `{_short(key)}` in {what}; {_meant(key, allowed)}")
        for key in needed:
            if key not in node.values:
                problems.add(node.at, f"{what} lacks `{key}`")

    def take(
        self,
        key: str,
        default: T,
        read: Callable[Concatenate[Node, str, Problems, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """What `read` makes of the value of `key`; `default` where there is none."""
        node = self.values.get(key)
        return default if node is None else read(node, key, self.problems, *args, **kwargs)


def entries(node: Node, what: str, problems: Problems) -> Iterable[tuple[str, Place, Node]]:
    """Key, place and value of each entry of a mapping whose keys the author chooses."""
    if not isinstance(node, Mapping) or not node.values:
        problems.add(node.at, f"{what} must be a mapping with at least one entry")
        return
    for key, value in node.values.items():
        if not KEY.fullmatch(key):
            problems.add(
                node.keys[key],
                f"`{_short(key)}` in {what} is not a key; use a-z, 0-9 and _, at most 40, a letter first",
            )
        yield key, node.keys[key], value


def items(node: Node, what: str, problems: Problems) -> list[Node]:
    """The values of a list that has at least one."""
    if not isinstance(node, Listing) or not node.items:
        problems.add(node.at, f"{what} must be a list with at least one value")
        return []
    return node.items


def text(node: Node, what: str, problems: Problems, longest: int = LONGEST_TEXT) -> str:
    """A text of 1 to `longest` characters."""
    if not isinstance(node, Scalar) or not node.text.strip():
        problems.add(node.at, f"{what} must be a text")
        return ""
    if len(node.text) > longest:
        problems.add(node.at, f"{what} has {len(node.text)} characters; at most {longest}")
    return node.text


def matching(node: Node, what: str, problems: Problems, pattern: str, right: str) -> str:
    """A text that matches `pattern`; `right` says what would."""
    value = text(node, what, problems)
    if value and not re.fullmatch(pattern, value):
        problems.add(node.at, f"{what} `{_short(value)}` is not right; {right}")
    return value


def known(node: Node, value: str, what: str, problems: Problems, names: Collection[str]) -> bool:
    """Whether `value` is one of `names`; complains, with the nearest of them, where it is not."""
    if value and value not in names:
        problems.add(node.at, f"{what} `{_short(value)}` is unknown; {_meant(value, names)}")
    return value in names


def choice(node: Node, what: str, problems: Problems, of: type[Choice], default: Choice) -> Choice:
    """A member of an enum, by its name; `default` keeps reading going after a complaint."""
    value = text(node, what, problems)
    return of(value) if known(node, value, what, problems, [member.value for member in of]) else default


def whole(node: Node, what: str, problems: Problems, low: int, high: int) -> int:
    """A whole number from `low` to `high`."""
    value = text(node, what, problems)
    if value and not (re.fullmatch(r"\d{1,9}", value) and low <= int(value) <= high):
        problems.add(node.at, f"{what} `{_short(value)}` is not right; a whole number from {low} to {high}")
        return low
    return int(value or low)


def decimal(node: Node, what: str, problems: Problems, low: float, high: float) -> float:
    """A number from `low` to `high`."""
    value = text(node, what, problems)
    if value and not (re.fullmatch(r"-?\d{1,9}(\.\d{1,9})?", value) and low <= float(value) <= high):
        problems.add(node.at, f"{what} `{_short(value)}` is not right; a number from {low:g} to {high:g}")
        return low
    return float(value or low)


def flag(node: Node, what: str, problems: Problems) -> bool:
    """`true` or `false`, nothing else."""
    value = text(node, what, problems)
    if value not in ("", "true", "false"):
        problems.add(node.at, f"{what} `{_short(value)}` is not right; true or false")
    return value == "true"


def iso_date(node: Node, what: str, problems: Problems) -> str:
    """An ISO date such as 2026-10-01."""
    value = text(node, what, problems)
    try:
        return date.fromisoformat(value).isoformat() if value else ""
    except ValueError:
        problems.add(node.at, f"{what} `{_short(value)}` is not a date; write it as 2026-10-01")
        return ""


def seconds(node: Node, what: str, problems: Problems, low: timedelta, high: timedelta) -> timedelta:
    """A length of time in seconds from `low` to `high`, such as `2.5 s`."""
    value = text(node, what, problems)
    hit = AMOUNT.fullmatch(value)
    length = _length(hit[1], UNITS["s"]) if hit and hit[2] == "s" and not hit[3] else None
    if value and length is None:
        problems.add(node.at, f"{what} `{_short(value)}` is not a length in seconds; write it as `2.5 s`")
    elif length is not None and not low <= length <= high:
        span = f"from {low.total_seconds():g} s to {high.total_seconds():g} s"
        problems.add(node.at, f"{what} `{value}` is out of range; {span}")
    return length or high


def limit(node: Node, what: str, problems: Problems, day: timedelta) -> Limit:
    """A time allowed such as `4 h` or `30 min clock`; 1 d is `day` of working time, or 24 h of clock."""
    value = text(node, what, problems)
    hit = AMOUNT.fullmatch(value)
    if not hit or hit[2] == "s":
        if value:
            problems.add(
                node.at, f"{what} `{_short(value)}` is not a time; write it as `4 h`, `3 d` or `30 min clock`"
            )
        return Limit(SHORTEST // MICROSECOND, value)
    clock = Clock.CLOCK if hit[3] else Clock.WORKING
    unit = UNITS.get(hit[2]) or (timedelta(days=1) if hit[3] else day)
    length = _length(hit[1], unit)
    if not SHORTEST <= length <= LONGEST:
        problems.add(node.at, f"{what} `{value}` is out of range; from 1 min to 366 d clock")
    return Limit(length // MICROSECOND, f"{hit[1]} {hit[2]}{hit[3] or ''}", clock)


def time_of_day(node: Node, what: str, problems: Problems) -> int:
    """A time such as `09:00`, as minutes of the day."""
    value = text(node, what, problems)
    hit = TIME.fullmatch(value)
    if value and not hit:
        problems.add(node.at, f"{what} `{_short(value)}` is not a time of day; write it as `09:00`")
    return int(hit[1]) * 60 + int(hit[2]) if hit else 0


def hours(node: Node, what: str, problems: Problems) -> list[tuple[int, int]]:
    """Spans such as `09:00-12:00` as minutes of the day; they rise and do not overlap, 24:00 ends the day."""
    spans: list[tuple[int, int]] = []
    for item in items(node, what, problems):
        value = text(item, what, problems)
        hit = HOURS.fullmatch(value)
        opens, closes = (int(hit[1]) * 60 + int(hit[2]), int(hit[3]) * 60 + int(hit[4])) if hit else (0, 0)
        if not hit or closes > 1440:
            problems.add(
                item.at,
                f"{what} `{_short(value)}` is not a span; write it as `09:00-12:00`, 24:00 ends the day",
            )
        elif opens >= closes:
            problems.add(
                item.at, f"{what} `{value}` ends before it begins; a span rises, the day ends at 24:00"
            )
        elif spans and opens < spans[-1][1]:
            problems.add(
                item.at, f"{what} `{value}` overlaps the one before; list spans in order, without overlap"
            )
        else:
            spans.append((opens, closes))
    return spans


def _length(number: str, unit: timedelta) -> timedelta:
    """`number` times `unit` without passing through a float."""
    head, _, tail = number.partition(".")
    parts: int = 10 ** len(tail)
    return unit * int(head + tail) / parts


def _list(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _meant(word: str, names: Collection[str]) -> str:
    close = get_close_matches(word.lower(), [name.lower() for name in names], 1)
    meant = [name for name in names if name.lower() in close]
    return f"did you mean `{meant[0]}`?" if meant else f"one of {_list(sorted(names))}"


def _short(value: str) -> str:
    return value if len(value) <= 40 else value[:40] + "…"
