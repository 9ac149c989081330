"""The `rectification` section: times of items and steps, the threshold, how opinions are grouped."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

from models.policy.limits import Limit
from models.policy.rectification_rules import (
    STEP_DUTIES,
    Grouping,
    HalfYear,
    Perceiving,
    RectificationSpec,
)
from models.rulebooks import reader
from models.rulebooks.reader import Fields, Problems
from models.rulebooks.source import Node
from models.rulebooks.times import Compression
from models.terms import Clock, Severity

NEEDED = ("rectify", "perceive", "steps", "satisfied", "group")
MOST_ASKED = 1000
MOST_IN_GROUP = 1000
PERCENT = 100
NO_LIMIT = Limit(0, "")


def read_rectification(
    node: Node, what: str, problems: Problems, day: timedelta, compression: Compression | None
) -> RectificationSpec:
    """The whole section; a demonstration's times are compressed like those of issues."""
    got = Fields(node, what, problems, NEEDED, ("half_year",))
    none: dict[str, Limit] = {}
    spec = RectificationSpec(
        rectify=got.take("rectify", none, _by_name, [severity.value for severity in Severity], day),
        perceive=got.take("perceive", NO_LIMIT, reader.limit, day),
        steps=got.take("steps", none, _by_name, [step.value for step in STEP_DUTIES], day),
        perceiving=got.take("satisfied", Perceiving(), _perceiving),
        grouping=got.take("group", Grouping(), _grouping),
        half_year=got.take("half_year", None, _half_year),
    )
    if compression is None:
        return spec
    return replace(
        spec,
        rectify=compression.over(spec.rectify),
        perceive=compression.of(spec.perceive),
        steps=compression.over(spec.steps),
    )


def _by_name(node: Node, what: str, problems: Problems, names: list[str], day: timedelta) -> dict[str, Limit]:
    got = Fields(node, what, problems, names)
    return {key: reader.limit(value, key, problems, day) for key, value in got.values.items()}


def _perceiving(node: Node, what: str, problems: Problems) -> Perceiving:
    got = Fields(node, what, problems, ("percent", "points", "sample", "answers"))
    usual = Perceiving()
    return Perceiving(
        got.take("percent", usual.satisfied, reader.whole, 1, PERCENT),
        got.take("points", usual.points, reader.whole, 1, PERCENT),
        got.take("sample", usual.sample, reader.whole, 1, MOST_ASKED),
        got.take("answers", usual.answers, reader.whole, 1, MOST_ASKED),
    )


def _grouping(node: Node, what: str, problems: Problems) -> Grouping:
    got = Fields(node, what, problems, ("similar", "low_scores", "moderate", "severe"))
    usual = Grouping()
    return Grouping(
        got.take("similar", usual.similar, reader.whole, 1, PERCENT),
        got.take("low_scores", usual.low_scores, reader.whole, 1, MOST_IN_GROUP),
        got.take("moderate", usual.moderate, reader.whole, 1, MOST_IN_GROUP),
        got.take("severe", usual.severe, reader.whole, 1, MOST_IN_GROUP),
    )


def _half_year(node: Node, what: str, problems: Problems) -> HalfYear:
    got = Fields(node, what, problems, ("months", "time"))
    months = got.take("months", [], _months)
    return HalfYear(months, got.take("time", 0, reader.time_of_day))


def _months(node: Node, what: str, problems: Problems) -> list[int]:
    months = [reader.whole(item, what, problems, 1, 12) for item in reader.items(node, what, problems)]
    if len(months) != 2 or not (months[0] <= 6 < months[1]):
        problems.add(node.at, f"{what} must be one month of each half of the year, such as [4, 10]")
    return months


# JSON ---------------------------------------------------------------------------------------------


def rectification_to_json(spec: RectificationSpec) -> dict[str, Any]:
    """As the rulebook's row keeps it; enums become their values."""
    return asdict(spec)


def rectification_from_json(data: dict[str, Any]) -> RectificationSpec:
    """The section that `rectification_to_json` wrote."""
    return RectificationSpec(
        rectify=_limits(data["rectify"]),
        perceive=_limit(data["perceive"]),
        steps=_limits(data["steps"]),
        perceiving=Perceiving(**data["perceiving"]),
        grouping=Grouping(**data["grouping"]),
        half_year=HalfYear(**data["half_year"]) if data["half_year"] else None,
    )


def _limit(data: dict[str, Any]) -> Limit:
    return Limit(data["allowed"], data["text"], Clock(data["clock"]))


def _limits(data: dict[str, Any]) -> dict[str, Limit]:
    return {key: _limit(one) for key, one in data.items()}
