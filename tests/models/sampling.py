"""Random samples of answers, and a small instrument to estimate them by."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from random import Random

from models.policy.survey.estimate import Alike, Points
from models.policy.survey.instrument import (
    Choice,
    ChoiceList,
    Dimension,
    Focus,
    Indicator,
    Instrument,
    Question,
    QuestionKind,
    Questionnaire,
)
from models.policy.survey.plan import Plan, plan
from models.policy.survey.strata import Cell
from models.terms import RatedLevel, SurveyMode

STEPS = tuple(map(Decimal, ("100", "80", "60", "30", "0")))
GROUPS = ("elderly", "young", "organisations")
CELLS = tuple(Cell(group, mode) for group in GROUPS for mode in SurveyMode)
SHARES = dict(zip(CELLS, map(Decimal, ("0.06", "0.16", "0.50", "0.20", "0.05", "0.03")), strict=True))
ONE = Decimal(1)


def indicator(key: str, weight: str) -> Indicator:
    return Indicator(key, key, key, Decimal(weight))


DIMENSIONS = (
    Dimension(
        "city",
        "city",
        "city",
        Decimal(3),
        (
            Focus("order", "o", "o", ONE, (indicator("parking", "2"), indicator("noise", "1"))),
            Focus("clean", "c", "c", ONE, (indicator("lanes", "1"),)),
        ),
    ),
    Dimension("life", "life", "life", Decimal(1), (Focus("care", "c", "c", ONE, (indicator("old", "1"),)),)),
)
KEYS = ("parking", "noise", "lanes", "old")


def small_instrument(asks: dict[str, tuple[str, ...]] | None = None) -> Instrument:
    """Four indicators of streets; `asks` names those of each group's questionnaire, else all."""
    points = tuple(Choice(f"s{value}", "", "", value) for value in STEPS)
    sheets = tuple(
        Questionnaire(
            group,
            group,
            group,
            tuple(
                Question(key, QuestionKind.SCALE, key, key, "scale", indicator=key, rates=RatedLevel.STREET)
                for key in (asks or {}).get(group, KEYS)
            ),
        )
        for group in GROUPS
    )
    return Instrument("small", "小", "small", DIMENSIONS, (ChoiceList("scale", points),), sheets)


def small_plan(asks: dict[str, tuple[str, ...]] | None = None) -> Plan:
    return plan(small_instrument(asks), RatedLevel.STREET, SHARES)


def draw(random: Random, size: int, gaps: float = 0.0, asked: Plan | None = None) -> list[Alike]:
    """So many sheets, cells of very different sizes and levels, answers of one sheet alike."""
    scheme = asked or small_plan()
    lean = {cell: random.uniform(0.0, 1.6) for cell in CELLS}
    found: list[tuple[Cell, Points]] = []
    for _ in range(size):
        cell = random.choices(CELLS, (2, 1, 9, 5, 1, 1))[0]
        mood = random.gauss(lean[cell], 1)
        points: list[Decimal | None] = []
        for key in scheme.indicators:
            silent = random.random() < gaps or cell.group not in scheme.asked[key]
            step = min(4, max(0, round(random.gauss(1.6 - mood, 1))))
            points.append(None if silent else STEPS[step])
        found.append((cell, tuple(points)))
    return [Alike(cell, points, count) for (cell, points), count in Counter(found).items()]
