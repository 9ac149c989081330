"""What is estimated at one level: indicators as asked there, and the figures put together from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from models.policy.scheme.figures import ARITHMETIC, added
from models.policy.survey.instrument import Focus, Instrument, Question, QuestionKind
from models.policy.survey.strata import LEAST, Cell
from models.terms import RatedLevel

POSITIVE = "positive"
Blends = Mapping[str, tuple[tuple[str, Decimal], ...]]
"""By figure: what it is the weighted mean of."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The figures of one level, from indicators up to the positive part."""

    level: RatedLevel
    indicators: tuple[str, ...]
    """Keys of figures, such as `indicator_parking`, in the order of the instrument."""
    asked: Mapping[str, frozenset[str]]
    """By indicator: the groups whose questionnaire asks it at this level."""
    blends: Blends
    """Focuses, dimensions and the positive part, each after what it is made from."""
    shares: Mapping[Cell, Decimal]
    """The part of the district's population that each cell stands for, in the rulebook's order."""
    least: int = LEAST
    """A cell with fewer answers is merged."""

    def cells(self, indicators: Iterable[str]) -> dict[Cell, Decimal]:
        """The cells whose respondents are asked any of these, with their shares."""
        groups = frozenset[str]().union(*(self.asked[key] for key in indicators))
        return {cell: share for cell, share in self.shares.items() if cell.group in groups}

    def weights(self, figure: str, known: Iterable[str]) -> dict[str, Decimal]:
        """What each indicator counts for in a figure, together 1, where only some are known.

        An indicator without answers is left out, and the weights beside it grow in proportion.
        """
        known = frozenset(known)
        if figure not in self.blends:
            return {figure: Decimal(1)} if figure in known else {}
        below = [(weight, self.weights(part, known)) for part, weight in self.blends[figure]]
        whole = added(weight for weight, found in below if found)
        return {
            key: ARITHMETIC.divide(ARITHMETIC.multiply(weight, part), whole)
            for weight, found in below
            for key, part in found.items()
        }

    @property
    def figures(self) -> tuple[str, ...]:
        return (*self.indicators, *self.blends)


def scored(instrument: Instrument, level: RatedLevel) -> dict[str, dict[str, list[Question]]]:
    """By group and indicator: the questions on a scale that score it at this level."""
    found: dict[str, dict[str, list[Question]]] = {}
    for sheet in instrument.questionnaires:
        for question in sheet.questions:
            if question.kind is QuestionKind.SCALE and question.indicator and question.rates is level:
                found.setdefault(sheet.group, {}).setdefault(question.indicator, []).append(question)
    return found


def plan(
    instrument: Instrument, level: RatedLevel, shares: Mapping[Cell, Decimal], least: int = LEAST
) -> Plan:
    """What of the instrument is asked at this level; nothing at all where no question rates it."""
    groups = {cell.group for cell in shares}
    by_group = {group: found for group, found in scored(instrument, level).items() if group in groups}
    asked = {
        f"indicator_{indicator.key}": frozenset(g for g, found in by_group.items() if indicator.key in found)
        for indicator in instrument.indicators()
    }
    asked = {key: groups for key, groups in asked.items() if groups}
    blends: dict[str, tuple[tuple[str, Decimal], ...]] = {}
    top: list[tuple[str, Decimal]] = []
    for dimension in instrument.dimensions:
        focuses = [(f"focus_{focus.key}", focus.weight, _parts(focus, asked)) for focus in dimension.focuses]
        blends |= {key: parts for key, _, parts in focuses if parts}
        below = tuple((key, weight) for key, weight, parts in focuses if parts)
        if below:
            blends[f"dimension_{dimension.key}"] = below
            top.append((f"dimension_{dimension.key}", dimension.weight))
    if top:
        blends[POSITIVE] = tuple(top)
    return Plan(level, tuple(asked), asked, blends, shares, least)


def _parts(focus: Focus, asked: Mapping[str, object]) -> tuple[tuple[str, Decimal], ...]:
    keys = [(f"indicator_{indicator.key}", indicator.weight) for indicator in focus.indicators]
    return tuple((key, weight) for key, weight in keys if key in asked)
