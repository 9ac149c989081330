"""From estimates to standings: a round's figures go through the scheme of its level (domain guide 4).

The scheme of a rulebook knows one positive part. Here it is opened up into the round's own dimensions,
focuses and indicators, so that every figure between an answer and a rank names its rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from models.policy.scheme.definition import Input, Scheme
from models.policy.scheme.figures import ARITHMETIC, ONE, ZERO, Figure, Reading, Scorecard
from models.policy.scheme.rules import LEFT_OUT, Part, Rule, Weighted
from models.policy.scheme.standings import Standing, standings
from models.policy.survey.estimate import LOWEST, Estimate
from models.policy.survey.instrument import Instrument
from models.policy.survey.plan import POSITIVE, Plan
from models.policy.survey.significance import Measured, six

HUNDRED = Decimal(100)
Names = Mapping[str, tuple[str, str]]
Estimates = Mapping[str, Mapping[str, Estimate]]
"""By subject and figure."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a subject's card says beside its estimates, such as counts of items; by input of the scheme."""

    readings: Mapping[str, Reading] = field(default_factory=dict)


def names(instrument: Instrument) -> dict[str, tuple[str, str]]:
    """Chinese and English names of an instrument's figures, by key of the figure."""
    found: dict[str, tuple[str, str]] = {}
    for dimension in instrument.dimensions:
        found[f"dimension_{dimension.key}"] = dimension.zh, dimension.en
        for focus in dimension.focuses:
            found[f"focus_{focus.key}"] = focus.zh, focus.en
            for indicator in focus.indicators:
                found[f"indicator_{indicator.key}"] = indicator.zh, indicator.en
    return found


def opened(scheme: Scheme, plan: Plan, instrument: Instrument) -> Scheme:
    """The scheme with its positive part put together from the plan's indicators.

    A scheme that has no such input, or a plan that asks nothing, is left as it is.
    """
    positive = next((entry for entry in scheme.inputs if entry.key == POSITIVE), None)
    if positive is None or POSITIVE not in plan.blends:
        return scheme
    known = names(instrument) | {POSITIVE: (positive.zh, positive.en)}
    indicators = tuple(Input(key, *known[key], LOWEST, HUNDRED, places=2) for key in plan.indicators)
    rules = tuple(
        Rule(key, *known[key], Weighted(tuple(Part(*part) for part in parts), LEFT_OUT))
        for key, parts in plan.blends.items()
    )
    others = tuple(entry for entry in scheme.inputs if entry.key != POSITIVE)
    return replace(scheme, inputs=(*indicators, *others), rules=(*rules, *scheme.rules))


def ranked(
    scheme: Scheme,
    plan: Plan,
    round_: str,
    estimates: Estimates,
    known: Mapping[str, Known],
    on: date,
    subjects: Iterable[str],
) -> tuple[Standing, ...]:
    """The standings of one level; `scheme` is opened."""
    listed = list(subjects)
    inputs = {entry.key for entry in scheme.inputs}
    cards = []
    for subject in listed:
        told = {
            key: Reading(estimate.value, (subject,))
            for key in plan.indicators
            if (estimate := estimates.get(subject, {}).get(key))
        }
        asked = dict.fromkeys(inputs, Reading())
        beside = known[subject].readings if subject in known else {}
        cards.append(Scorecard(subject, round_, asked | told | dict(beside)))
    return standings(scheme, cards, on, listed)


def coefficient(figures: Mapping[str, Figure], score: str) -> Decimal:
    """How much the score moves with one point of the positive part; the rest of it is constant.

    0 where the score does not depend on it, as after a veto or where it is empty.
    """
    if score == POSITIVE:
        return ONE
    figure = figures.get(score)
    if figure is None or figure.value is None:
        return ZERO
    found = ZERO
    for term in figure.terms:
        inner = figures.get(term.name)
        if inner is not None and term.name != score:
            moved = ARITHMETIC.multiply(term.factor, coefficient(figures, term.name))
            found = ARITHMETIC.add(found, moved)
    return ARITHMETIC.divide(ARITHMETIC.multiply(figure.scale, found), figure.denominator)


def measured(standing: Standing, estimates: Mapping[str, Estimate], score: str) -> Measured | None:
    """A subject's score as tests take it: only its positive part is estimated. None where it has none."""
    positive = estimates.get(POSITIVE)
    if standing.score is None or standing.score.value is None or positive is None:
        return None
    error = six(float(positive.error) * float(coefficient(standing.figures, score)))
    return Measured(standing.score.value, error, positive.df)


def mean(scores: Iterable[Measured]) -> Measured | None:
    """The plain mean of independent scores: each street counts alike. None of no scores.

    Degrees of freedom by Satterthwaite.
    """
    listed = list(scores)
    if not listed:
        return None
    variances = [float(score.error) ** 2 for score in listed]
    total = sum(variances)
    value = ARITHMETIC.divide(sum((score.value for score in listed), ZERO), Decimal(len(listed)))
    if total == 0:
        return Measured(value, ZERO, min(score.df for score in listed))
    df = total**2 / sum(v**2 / score.df for v, score in zip(variances, listed, strict=True) if v)
    return Measured(value, six(total**0.5 / len(listed)), max(1, int(df)))
