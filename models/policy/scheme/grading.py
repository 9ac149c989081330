"""Grades: by score, by share of the ranking, or a year's from those of its quarters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from models.policy.scheme.consequences import (
    ByShare,
    ByThreshold,
    Combined,
    Comparison,
    Condition,
    Grade,
    Grading,
    Rounding,
    Row,
    ShareTies,
)
from models.policy.scheme.figures import ARITHMETIC, Gap, RuleRef, settled
from models.policy.scheme.ranking import Place
from models.policy.scheme.rules import HUNDRED, Missing

ROUNDINGS = {
    Rounding.DOWN: ROUND_FLOOR,
    Rounding.UP: ROUND_CEILING,
    Rounding.HALF_UP: ROUND_HALF_UP,
}
REST = "rest"
SIGNS = {
    Comparison.AT_LEAST: "≥",
    Comparison.ABOVE: ">",
    Comparison.AT_MOST: "≤",
    Comparison.BELOW: "<",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """A grade and what decided it, such as `92 ≥ 90`; empty, with the gap, where nothing could decide."""

    rule: RuleRef
    grade: Grade | None
    because: str = ""
    gap: Gap | None = None
    before_veto: Grade | None = None
    """What it was before a veto capped it."""
    vetoes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a subject when it is graded."""

    score: Decimal | None
    place: Place | None
    ranked: int
    """How many subjects have a rank."""
    grades: Mapping[str, str | None]
    """Grades that its scorecard states, by input."""
    on: date


def met(condition: Condition, value: Decimal | None, on: date) -> bool | None:
    """Whether it holds; None where the figure is empty or the bound not yet in force."""
    bound = condition.bound.on(on)
    if value is None or bound is None:
        return None
    left, right = settled(value), settled(bound)
    return {
        Comparison.AT_LEAST: left >= right,
        Comparison.ABOVE: left > right,
        Comparison.AT_MOST: left <= right,
        Comparison.BELOW: left < right,
    }[condition.comparison]


def graded(how: Grading, evidence: Evidence, rule: RuleRef) -> Verdict:
    """The grade that these rules give."""
    match how:
        case ByThreshold():
            return _by_threshold(how, evidence, rule)
        case ByShare():
            return _by_share(how, evidence, rule)
        case Combined():
            return _combined(how, evidence, rule)


def _by_threshold(how: ByThreshold, evidence: Evidence, rule: RuleRef) -> Verdict:
    if evidence.score is None:
        return Verdict(rule, None, gap=Gap.PART_MISSING)
    score = settled(evidence.score)
    for grade, parameter in zip(how.scale, how.at_least, strict=False):
        least = parameter.on(evidence.on)
        if least is None:
            return Verdict(rule, None, gap=Gap.NOT_IN_FORCE)
        if score >= settled(least):
            return Verdict(rule, grade, f"≥ {least}")
    return Verdict(rule, how.scale[-1], REST)


def _by_share(how: ByShare, evidence: Evidence, rule: RuleRef) -> Verdict:
    if evidence.place is None:
        return Verdict(rule, None, gap=Gap.PART_MISSING)
    place = evidence.place
    position = place.first if how.ties is ShareTies.BETTER else place.last
    share = Decimal(0)
    for grade, part in zip(how.scale, how.shares, strict=False):
        share = ARITHMETIC.add(share, part)
        room = _whole(share, evidence.ranked, how.rounding)
        if position <= room:
            return Verdict(rule, grade, f"{position} ≤ {room} of {evidence.ranked}")
    return Verdict(rule, how.scale[-1], REST)


def _whole(share: Decimal, ranked: int, rounding: Rounding) -> int:
    exact = ARITHMETIC.divide(ARITHMETIC.multiply(share, Decimal(ranked)), HUNDRED)
    return int(settled(exact).to_integral_value(ROUNDINGS[rounding]))


def _combined(how: Combined, evidence: Evidence, rule: RuleRef) -> Verdict:
    steps = {grade.key: step for step, grade in enumerate(how.scale)}
    stated = [evidence.grades.get(name) for name in how.of]
    given = [steps[key] for key in stated if key is not None]
    if not given or (how.missing is Missing.STAYS and len(given) < len(stated)):
        return Verdict(rule, None, gap=Gap.PART_MISSING)
    for row in how.rows:
        reason = _holds(row, given, steps)
        if reason:
            return Verdict(rule, how.scale[steps[row.gives]], reason)
    return Verdict(rule, how.scale[-1], REST)


def _holds(row: Row, given: list[int], steps: Mapping[str, int]) -> str:
    """Why the row holds; empty where it does not. A smaller step is a better grade."""
    reached = sum(step <= steps[row.reach] for step in given)
    low = row.none_below is not None and any(step > steps[row.none_below] for step in given)
    if reached < row.times or low:
        return ""
    reason = f"{row.reach}: {reached} ≥ {row.times}"
    return f"{reason}, none below {row.none_below}" if row.none_below else reason


def capped(verdict: Verdict, scale: tuple[Grade, ...], caps: Mapping[str, str]) -> Verdict:
    """The verdict under the vetoes (veto → best grade it leaves) that are met."""
    grade = verdict.grade
    if grade is None or not caps:
        return verdict
    keys = [each.key for each in scale]
    worst = max(keys.index(cap) for cap in caps.values())
    if worst <= keys.index(grade.key):
        return verdict
    vetoes = tuple(veto for veto, cap in caps.items() if keys.index(cap) > keys.index(grade.key))
    return Verdict(verdict.rule, scale[worst], verdict.because, None, grade, vetoes)
