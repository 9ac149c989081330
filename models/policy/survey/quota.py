"""配额: a round's quota over streets, groups and modes, in whole responses that add up (domain guide 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from models.policy.survey.spec import SurveySpec
from models.terms import SurveyMode


@dataclass(frozen=True, slots=True)
class Cell:
    """How many responses are wanted of one group by one mode in one street."""

    street: str
    group: str
    mode: SurveyMode
    wanted: int


def cells(spec: SurveySpec) -> tuple[Cell, ...]:
    """Each mode's quota by how many live in a street and by each group's part of that mode.

    What whole numbers leave over goes to the largest remainders, so that the cells of a mode add up to its
    quota exactly. A spec that counts no residents has no cells.
    """
    found: list[Cell] = []
    for mode in spec.modes:
        keys = [(one.street, group.key) for one in spec.residents for group in spec.groups]
        weights = [
            one.residents * spec.share(group.key, mode) for one in spec.residents for group in spec.groups
        ]
        counts = apportioned(spec.wanted(mode), weights)
        found += [Cell(*key, mode, count) for key, count in zip(keys, counts, strict=True)]
    return tuple(found)


def apportioned(total: int, weights: Sequence[Decimal]) -> list[int]:
    """`total` in proportion to `weights`, by largest remainders; earlier ones first where these are equal."""
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    exact = [total * weight / whole for weight in weights]
    counts = [int(part) for part in exact]
    by_remainder = sorted(range(len(exact)), key=lambda place: counts[place] - exact[place])
    for place in by_remainder[: total - sum(counts)]:
        counts[place] += 1
    return counts
