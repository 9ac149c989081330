"""Exact numbers of a scheme: plain, dated, and as the bound of a condition."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal

from models.policy.scheme.consequences import Comparison, Condition
from models.policy.scheme.figures import ZERO
from models.policy.scheme.rules import Parameter, Step, always
from models.rulebooks import reader
from models.rulebooks.reader import Fields, Problems
from models.rulebooks.source import Mapping, Node

NUMBER = re.compile(r"-?\d{1,11}(\.\d{1,12})?")


def number(
    node: Node, what: str, problems: Problems, above: int | None = None, least: int | None = None
) -> Decimal:
    """A decimal number, exactly as written; over `above` and not under `least` where these are given."""
    value = reader.text(node, what, problems)
    exact = Decimal(value) if NUMBER.fullmatch(value) else None
    low = f" over {above}" if above is not None else f" of at least {least}" if least is not None else ""
    if exact is None or (above is not None and exact <= above) or (least is not None and exact < least):
        if value:
            problems.add(node.at, f"{what} `{value[:40]}` is not right; a number{low} such as 12.5")
        return Decimal(least or (above or 0) + 1)
    return exact


def parameter(node: Node, what: str, problems: Problems) -> Parameter:
    """A number, or numbers by the day from which each holds: `{2025-01-01: 95, 2026-07-01: 98}`."""
    if not isinstance(node, Mapping):
        return always(number(node, what, problems))
    steps: dict[date, Step] = {}
    for key, value in node.values.items():
        day = _day(key)
        if day is None or day in steps:
            wrong = "is not a date" if day is None else "stands twice"
            problems.add(node.keys[key], f"`{key[:40]}` in {what} {wrong}; each day once, as 2026-07-01")
        else:
            steps[day] = Step(day, number(value, what, problems))
    if not steps:
        problems.add(node.at, f"{what} must be a number, or numbers by day such as `{{2026-07-01: 98}}`")
        return always(ZERO)
    return Parameter(tuple(steps[day] for day in sorted(steps)))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else None
    except ValueError:
        return None


def in_order(lower: Parameter, upper: Parameter) -> bool:
    """Whether `lower` is never over `upper` on a day when both are in force."""
    for day in days((lower, upper)):
        low, high = lower.on(day), upper.on(day)
        if low is not None and high is not None and low > high:
            return False
    return True


def days(parameters: Iterable[Parameter]) -> list[date]:
    """Every day on which one of them changes."""
    return sorted({step.since for parameter in parameters for step in parameter.steps})


def condition(node: Node, what: str, problems: Problems, names: Collection[str]) -> Condition:
    """A figure against a number: `{of: deaths, at_least: 1}`."""
    comparisons = {member.value.lower(): member for member in Comparison}
    got = Fields(node, what, problems, ("of",), list(comparisons))
    of = got.take("of", "", name, names)
    given = [key for key in comparisons if key in got.values]
    if len(given) != 1:
        listed = ", ".join(f"`{key}`" for key in comparisons)
        problems.add(node.at, f"{what} must have one of {listed}")
        return Condition(of, Comparison.AT_LEAST, always(ZERO))
    return Condition(of, comparisons[given[0]], got.take(given[0], always(ZERO), parameter))


def name(node: Node, what: str, problems: Problems, names: Collection[str]) -> str:
    """The key of a figure that may be used here."""
    value = reader.text(node, what, problems)
    reader.known(node, value, f"figure in {what}", problems, names)
    return value


def names_of(node: Node, what: str, problems: Problems, names: Collection[str]) -> tuple[str, ...]:
    """Keys of figures, each once."""
    found: list[str] = []
    for item in reader.items(node, what, problems):
        key = name(item, what, problems, names)
        if key and key in found:
            problems.add(item.at, f"`{key}` stands twice in {what}; name each figure once")
        found.append(key)
    return tuple(found)
