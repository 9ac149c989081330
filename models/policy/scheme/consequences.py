"""What follows from a score: vetoes, ranks, grades and awards. A closed set as well."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from models.policy.scheme.rules import Missing, Parameter


class Comparison(StrEnum):
    AT_LEAST = "AT_LEAST"
    ABOVE = "ABOVE"
    AT_MOST = "AT_MOST"
    BELOW = "BELOW"


@dataclass(frozen=True, slots=True)
class Condition:
    """A figure against a number; neither met nor unmet where the figure is empty."""

    of: str
    comparison: Comparison
    bound: Parameter


@dataclass(frozen=True, slots=True)
class Veto:
    """一票否决: where the condition is met, the score is 0, or the grade is no better than `caps_at`."""

    key: str
    zh: str
    en: str
    when: Condition
    caps_at: str | None = None
    """The key of a grade; None where the score is zeroed."""


class RankTies(StrEnum):
    """What rank follows a tie."""

    COMPETITION = "COMPETITION"
    """1, 2, 2, 4."""
    DENSE = "DENSE"
    """1, 2, 2, 3."""


class Order(StrEnum):
    HIGHEST_FIRST = "HIGHEST_FIRST"
    LOWEST_FIRST = "LOWEST_FIRST"


@dataclass(frozen=True, slots=True)
class Ranking:
    """How subjects are ordered by score. A subject without a score has no rank."""

    ties: RankTies
    order: Order = Order.HIGHEST_FIRST


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade and, where it is paid for, what it is worth (a coefficient)."""

    key: str
    zh: str
    en: str
    worth: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ByThreshold:
    """The first grade whose least score is reached; the last of the scale has none."""

    scale: tuple[Grade, ...]
    at_least: tuple[Parameter, ...]
    """For each grade but the last; they fall."""


class ShareTies(StrEnum):
    """Which grade subjects with one score get that stand across the edge of a share."""

    BETTER = "BETTER"
    WORSE = "WORSE"


class Rounding(StrEnum):
    """How a share of the subjects becomes a whole number of them."""

    DOWN = "DOWN"
    UP = "UP"
    HALF_UP = "HALF_UP"


@dataclass(frozen=True, slots=True)
class ByShare:
    """The best `shares[0]` percent of those ranked get the first grade, and so on; the rest the last."""

    scale: tuple[Grade, ...]
    shares: tuple[Decimal, ...]
    """In percent, for each grade but the last; together at most 100."""
    ties: ShareTies
    rounding: Rounding


@dataclass(frozen=True, slots=True)
class Row:
    """Gives its grade where at least `times` periods `reach` a grade or better, and none is below one."""

    gives: str
    reach: str
    times: int
    none_below: str | None = None


@dataclass(frozen=True, slots=True)
class Combined:
    """The grade of a year from those of its quarters: the first row that holds, else the last grade."""

    scale: tuple[Grade, ...]
    of: tuple[str, ...]
    """Inputs that are grades of this scale."""
    rows: tuple[Row, ...]
    missing: Missing
    """STAYS or LEFT_OUT."""


Grading = ByThreshold | ByShare | Combined


class End(StrEnum):
    """From which end of the ranking places are counted."""

    TOP = "TOP"
    BOTTOM = "BOTTOM"


class AwardTies(StrEnum):
    """What subjects get that share a place."""

    EACH = "EACH"
    """Each the whole award of the best place they share."""
    SPLIT = "SPLIT"
    """Equal parts of the amounts of all places they take up."""
    HELD = "HELD"
    """Nothing yet, where not all of them can have the same: people decide."""


@dataclass(frozen=True, slots=True)
class Award:
    """A consequence: an amount, a title, a flag, a plate, the blacklist.

    Of `places` 0, everybody who meets `when` gets it. A place whose holder does not meet `when` stays
    empty; nobody moves up.
    """

    key: str
    zh: str
    en: str
    places: int = 0
    amounts: tuple[Decimal, ...] = ()
    """One for each place, in `unit`; none for a title."""
    unit: str = ""
    end: End = End.TOP
    ties: AwardTies = AwardTies.EACH
    among: int = 1
    """Given only where at least so many are ranked."""
    when: Condition | None = None
