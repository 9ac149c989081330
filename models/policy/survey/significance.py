"""Which differences are more than chance: two-sided tests, corrected by Holm where there are many.

An order is significant only where the test says so (domain guide 4). Tests are made from what is published,
a score with its standard error and degrees of freedom, so that anybody can make them again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import combinations

from models.policy.survey.student import quantile, two_sided, welch

CONFIDENCE = 0.95
LEVEL = Decimal("0.05")
"""An order is significant where its corrected p-value is under this."""
SIX = Decimal("1E-6")


@dataclass(frozen=True, slots=True)
class Measured:
    """A score that was estimated: its value, standard error and degrees of freedom."""

    value: Decimal
    error: Decimal
    df: int

    @property
    def interval(self) -> tuple[Decimal, Decimal]:
        """Of 95 %, by Student's t; not held within any bounds."""
        reach = six(quantile(CONFIDENCE, self.df) * float(self.error))
        return six(float(self.value)) - reach, six(float(self.value)) + reach


@dataclass(frozen=True, slots=True)
class Difference:
    """`first` less `second`, and how likely one as large is where there is none.

    `p` is 1 where neither side varies: then nothing can be tested, and nothing is called significant.
    """

    value: Decimal
    error: Decimal
    df: Decimal
    t: Decimal | None
    p: Decimal


@dataclass(frozen=True, slots=True)
class Pair:
    """Two subjects, the higher one first, and whether their order is significant."""

    higher: str
    lower: str
    difference: Difference
    adjusted: Decimal
    """The p-value corrected for all pairs of the ranking."""

    @property
    def significant(self) -> bool:
        return self.adjusted < LEVEL


@dataclass(frozen=True, slots=True)
class Compared:
    """What the tests say of one subject's place: who is significantly under and over it."""

    over: tuple[str, ...]
    under: tuple[str, ...]
    tier: int
    """1 is the first. A tier begins with the best subject left; who is not significantly under that one
    belongs to it."""


def difference(first: Measured, second: Measured) -> Difference:
    """The test of two independent estimates: Welch's t, two-sided."""
    value = first.value - second.value
    spread = (float(first.error) ** 2, float(second.error) ** 2)
    if sum(spread) == 0 or min(first.df, second.df) < 1:
        return Difference(value, Decimal(0), Decimal(0), None, Decimal(1))
    df = welch((spread[0], first.df), (spread[1], second.df))
    error = sum(spread) ** 0.5
    t = float(value) / error
    return Difference(value, six(error), six(df), six(t), six(two_sided(t, df)))


def holm(values: Sequence[Decimal]) -> list[Decimal]:
    """Holm's step-down correction: each p times how many are no smaller, never under a smaller one's."""
    order = sorted(range(len(values)), key=lambda place: values[place])
    adjusted = [Decimal(1)] * len(values)
    least = Decimal(0)
    for done, place in enumerate(order):
        least = max(least, min(Decimal(1), values[place] * (len(values) - done)))
        adjusted[place] = least
    return adjusted


def pairs(scores: Mapping[str, Measured]) -> tuple[Pair, ...]:
    """All pairs of subjects, tested and corrected together; by subject, whatever the order given."""
    found: list[tuple[str, str, Difference]] = []
    for one, other in combinations(sorted(scores), 2):
        higher, lower = (one, other) if scores[one].value >= scores[other].value else (other, one)
        found.append((higher, lower, difference(scores[higher], scores[lower])))
    adjusted = holm([test.p for _, _, test in found])
    return tuple(Pair(*each, p) for each, p in zip(found, adjusted, strict=True))


def compared(order: Sequence[str], tested: Sequence[Pair]) -> dict[str, Compared]:
    """What the tests say of each subject, in an order from the best to the last."""
    over: dict[str, set[str]] = {subject: set() for subject in order}
    under: dict[str, set[str]] = {subject: set() for subject in order}
    for pair in tested:
        if pair.significant:
            over[pair.higher].add(pair.lower)
            under[pair.lower].add(pair.higher)
    found: dict[str, Compared] = {}
    first, tier = "", 0
    for subject in order:
        if not first or first in under[subject]:
            first, tier = subject, tier + 1
        found[subject] = Compared(tuple(sorted(over[subject])), tuple(sorted(under[subject])), tier)
    return found


def six(value: float) -> Decimal:
    """As kept and published: six decimals, half up."""
    return Decimal(value).quantize(SIX, ROUND_HALF_UP) + Decimal(0)
