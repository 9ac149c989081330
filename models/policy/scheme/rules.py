"""The kinds of rules that make figures: a closed set, each plain data (docs/schemes.md shows each).

There is no expression language on purpose: an operator can read, compare and print every rule, and a
rule can only be wrong in ways that the loader finds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from models.policy.scheme.figures import ONE

HUNDRED = Decimal(100)
COUNTS_AS_NEEDS = "COUNTS_AS, and nothing else, needs `counts_as` and `full`"


# Numbers ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """A number, and the day from which it holds."""

    since: date
    value: Decimal


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number of a rule that may change on a day; its steps rise by day."""

    steps: tuple[Step, ...]

    def on(self, day: date) -> Decimal | None:
        """The number in force on `day`; None before the first step."""
        return next((step.value for step in reversed(self.steps) if step.since <= day), None)


def always(value: Decimal) -> Parameter:
    """A number that never changes."""
    return Parameter((Step(date.min, value),))


class Missing(StrEnum):
    """What becomes of a figure when a part of it is empty."""

    STAYS = "STAYS"
    """The figure is empty too."""
    LEFT_OUT = "LEFT_OUT"
    """The rest counts alone, in a weighted figure with its weights grown in proportion."""
    COUNTS_AS = "COUNTS_AS"
    """A given number stands in, less than full marks."""


@dataclass(frozen=True, slots=True)
class IfMissing:
    """The declared treatment of empty parts. Raises ValueError where full marks would stand in."""

    what: Missing
    counts_as: Decimal | None = None
    full: Decimal | None = None

    def __post_init__(self) -> None:
        if (self.what is Missing.COUNTS_AS) != (self.counts_as is not None and self.full is not None):
            raise ValueError(COUNTS_AS_NEEDS)
        if self.counts_as is not None and self.full is not None and self.counts_as >= self.full:
            raise ValueError(
                f"counts_as {self.counts_as} is not under {self.full}; missing is never full marks"
            )


STAYS, LEFT_OUT = IfMissing(Missing.STAYS), IfMissing(Missing.LEFT_OUT)


# Kinds of figures ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Linear:
    """base + slope × (of − origin), not under `floor`, not over `cap`.

    `max(12.5, 25 − 0.5·(T − r))` is base 25, slope 0.5, origin T, floor 12.5.
    """

    of: str
    base: Parameter
    slope: Parameter
    origin: Parameter
    floor: Parameter | None = None
    cap: Parameter | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """scale × sum of `numerator` ÷ sum of `denominator`; empty where the denominator is 0."""

    numerator: tuple[str, ...]
    denominator: tuple[str, ...]
    scale: Decimal = HUNDRED


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a weighted figure. Only the proportion of weights matters: 7 and 3 are 0.7 and 0.3."""

    of: str
    weight: Decimal


@dataclass(frozen=True, slots=True)
class Weighted:
    """Sum of weight × part ÷ sum of weights."""

    parts: tuple[Part, ...]
    missing: IfMissing


@dataclass(frozen=True, slots=True)
class Mean:
    """The plain mean of several figures."""

    of: tuple[str, ...]
    missing: IfMissing


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of several figures, not over `cap`."""

    of: tuple[str, ...]
    missing: IfMissing
    cap: Parameter | None = None


@dataclass(frozen=True, slots=True)
class SheetMean:
    """The mean of one figure over all sheets of a subject."""

    of: str
    missing: IfMissing


@dataclass(frozen=True, slots=True)
class SheetSum:
    """The sum of one figure over all sheets of a subject, not over `cap`."""

    of: str
    missing: IfMissing
    cap: Parameter | None = None


@dataclass(frozen=True, slots=True)
class Penalty:
    """How many points each of what `of` counts costs."""

    of: str
    points: Parameter


@dataclass(frozen=True, slots=True)
class Deduction:
    """`start` less points for each thing counted, not under `floor`; with `per`, for each `each` of that.

    A count that is missing leaves the figure empty: counted as none it would be full marks.
    """

    start: Parameter
    penalties: tuple[Penalty, ...]
    floor: Parameter | None = None
    per: str | None = None
    each: Decimal = ONE


Kind = Linear | Rate | Weighted | Mean | Sum | SheetMean | SheetSum | Deduction


@dataclass(frozen=True, slots=True)
class Rule:
    """A named figure: its names, how it is made, and to how many decimals it is shown."""

    key: str
    zh: str
    en: str
    how: Kind
    places: int = 2


def used(how: Kind) -> tuple[str, ...]:
    """The figures of its own level that a rule is made from; those of sheets are a level below."""
    match how:
        case Linear():
            return (how.of,)
        case Rate():
            return (*how.numerator, *how.denominator)
        case Weighted():
            return tuple(part.of for part in how.parts)
        case Mean() | Sum():
            return how.of
        case SheetMean() | SheetSum():
            return ()
        case Deduction():
            return (*(penalty.of for penalty in how.penalties), *([how.per] if how.per else []))
