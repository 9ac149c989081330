"""What goes into a scheme and what a figure is: a number that says how it came about.

Scores decide over money and names, so nothing here is ever a float, nothing is rounded before it is
shown, and whatever is not known stays unknown: never 0, never full marks (domain guide 2 and 3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from enum import StrEnum

ARITHMETIC = Context(prec=80, rounding=ROUND_HALF_EVEN)
"""Every sum, product and quotient of a scheme; its last digits are never looked at (see `settled`)."""
QUANTUM = Decimal("1E-24")
LARGEST = Decimal(10) ** 12
ZERO, ONE = Decimal(0), Decimal(1)


class Gap(StrEnum):
    """Why a figure is empty."""

    NOT_GIVEN = "NOT_GIVEN"
    """No number was entered."""
    NOT_ASKED = "NOT_ASKED"
    """The sheet is not about it; a mean over sheets does not even count it as missing."""
    PART_MISSING = "PART_MISSING"
    """Something it is made of is empty, and its rule says that it stays so."""
    NOTHING_TO_DIVIDE = "NOTHING_TO_DIVIDE"
    """Its denominator is 0."""
    SEVERAL = "SEVERAL"
    """More than one sheet of the subject speaks of it; only their sum or mean says something."""
    NOT_IN_FORCE = "NOT_IN_FORCE"
    """A number of its rule holds only from a later day."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One entry of a scorecard: a number, or the key of a grade; neither where it is missing.

    `sources` are opaque ids of what was counted or scored, for drilling down. Raises ValueError for a
    number that is not finite or not under 10**12, TypeError for one that is no Decimal.
    """

    value: Decimal | None = None
    sources: tuple[str, ...] = ()
    grade: str | None = None

    def __post_init__(self) -> None:
        if self.value is None:
            return
        if not isinstance(self.value, Decimal):
            raise TypeError(f"{self.value!r} is a {type(self.value).__name__}; scores are Decimal")
        if not self.value.is_finite() or abs(self.value) >= LARGEST:
            raise ValueError(f"{self.value} is out of range; a finite number under {LARGEST}")


@dataclass(frozen=True, slots=True)
class Scorecard:
    """One sheet about one subject. A subject may have many, e.g. one for each issue it was reviewed on.

    An entry that was asked for and not filled in is a `Reading()`; one that is left out was not asked for.
    """

    subject: str
    id: str
    readings: Mapping[str, Reading] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleRef:
    """The rule that made a figure, and the version of the rulebook it stands in."""

    scheme: str
    rule: str
    version: str

    def __str__(self) -> str:
        return f"{self.scheme}/{self.rule}@{self.version}"


@dataclass(frozen=True, slots=True)
class Term:
    """One summand of a numerator or a denominator: `factor` × `value`."""

    name: str
    value: Decimal
    factor: Decimal = ONE
    sources: tuple[str, ...] = ()

    @property
    def amount(self) -> Decimal:
        return ARITHMETIC.multiply(self.factor, self.value)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and its explanation: `value` = `scale` × `numerator` ÷ `denominator`.

    Where `gap` says why, the value is None and what is known of its parts is still there.
    """

    name: str
    rule: RuleRef
    value: Decimal | None
    terms: tuple[Term, ...] = ()
    basis: tuple[Term, ...] = ()
    """The summands of the denominator; none where nothing is divided."""
    scale: Decimal = ONE
    gap: Gap | None = None
    missing: tuple[str, ...] = ()
    """Parts that were empty, also where the rule left them out or counted something for them."""
    sources: tuple[str, ...] = ()
    """Of a reading; a figure that a rule made names its parts in `terms` instead."""
    places: int = 2

    @classmethod
    def of(
        cls,
        name: str,
        rule: RuleRef,
        terms: tuple[Term, ...],
        basis: tuple[Term, ...] = (),
        *,
        scale: Decimal = ONE,
        gap: Gap | None = None,
        missing: tuple[str, ...] = (),
        places: int = 2,
    ) -> Figure:
        """The figure that these terms make; empty where a gap is known or the basis adds up to 0."""
        above = ARITHMETIC.multiply(scale, added(term.amount for term in terms))
        below = added(term.amount for term in basis) if basis else ONE
        gap = gap or (Gap.NOTHING_TO_DIVIDE if below == 0 else None)
        value = None if gap else ARITHMETIC.divide(above, below)
        return cls(name, rule, value, terms, basis, scale, gap, missing, (), places)

    @property
    def numerator(self) -> Decimal:
        return added(term.amount for term in self.terms)

    @property
    def denominator(self) -> Decimal:
        return added(term.amount for term in self.basis) if self.basis else ONE

    @property
    def shown(self) -> str:
        """As published: rounded half up to `places`, and nothing at all where it is empty."""
        return "" if self.value is None else str(shown(self.value, self.places))


def added(amounts: Iterable[Decimal]) -> Decimal:
    """Their sum, in the arithmetic of schemes."""
    total = ZERO
    for amount in amounts:
        total = ARITHMETIC.add(total, amount)
    return total


def settled(value: Decimal) -> Decimal:
    """The value that is compared: thirds that were divided and multiplied again are whole once more."""
    return value.quantize(QUANTUM, ROUND_HALF_EVEN, ARITHMETIC)


def shown(value: Decimal, places: int) -> Decimal:
    """Rounded half up to `places` decimals: 17.665 is 17.67. Only for showing; nothing counts on with it."""
    rounded = settled(value).quantize(ONE.scaleb(-places), ROUND_HALF_UP, ARITHMETIC)
    return ARITHMETIC.add(rounded, ZERO)  # no "-0.00"
