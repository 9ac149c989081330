"""One estimated figure: its value, and how well it is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from models.policy.scheme.figures import ARITHMETIC, added
from models.policy.survey.significance import CONFIDENCE, Measured, six
from models.policy.survey.strata import Cell, Stratum
from models.policy.survey.student import quantile, standard_error

LOWEST, HIGHEST = Decimal(0), Decimal(100)
Points = tuple[Decimal | None, ...]


@dataclass(frozen=True, slots=True)
class Alike:
    """So many answer sheets of one cell that gave the same points, in the order of a plan's indicators.

    None is an indicator that was not asked, not answered or of which the respondent could not say.
    """

    cell: Cell
    points: Points
    count: int = 1


@dataclass(frozen=True, slots=True)
class Weighed:
    """One stratum of an estimate and what was answered in it."""

    stratum: Stratum
    total: Decimal
    """The points of all its answers together."""

    @property
    def mean(self) -> Decimal:
        return ARITHMETIC.divide(self.total, Decimal(self.stratum.n))


@dataclass(frozen=True, slots=True)
class Estimate:
    """One figure, and how well it is known."""

    value: Decimal
    n: int
    """Respondents who answered any of its questions."""
    strata: int
    error: Decimal
    """The standard error, to six decimals like all that comes from it."""
    low: Decimal
    high: Decimal
    """The 95 % interval: Student's t with n − strata degrees of freedom, within 0 and 100."""
    deff: Decimal | None
    """The variance as many times that of a simple random sample of the same size (with replacement); None
    where no answers differ."""
    effective: Decimal
    """n ÷ deff: the simple random sample that would say as much."""
    own: Decimal
    """The part of the population asked whose own cell had answers enough, so that it was not merged."""
    weighed: tuple[Weighed, ...] = ()
    """Of an indicator: what it was put together from."""

    @property
    def df(self) -> int:
        return self.n - self.strata

    @property
    def measured(self) -> Measured:
        """As tests take it."""
        return Measured(self.value, self.error, self.df)


def told(
    value: Decimal,
    variance: float,
    simple: float,
    strata: Sequence[Stratum],
    weighed: tuple[Weighed, ...],
) -> Estimate:
    """The estimate with its error and interval, from its variance and that of a simple random sample."""
    n = sum(stratum.n for stratum in strata)
    whole = added(stratum.share for stratum in strata)
    own = six(float(added(one.share for one in strata if len(one.cells) == 1) / whole))
    error = six(standard_error(variance))
    if error == 0:
        low, high = _unvaried(value, strata, whole)
        return Estimate(value, n, len(strata), error, low, high, None, Decimal(n), own, weighed)
    reach = quantile(CONFIDENCE, n - len(strata)) * float(error)
    low = max(LOWEST, six(float(value) - reach))
    high = min(HIGHEST, six(float(value) + reach))
    deff, effective = six(variance / simple), six(n * simple / variance)
    return Estimate(value, n, len(strata), error, low, high, deff, effective, own, weighed)


def _unvaried(value: Decimal, strata: Sequence[Stratum], whole: Decimal) -> tuple[Decimal, Decimal]:
    """The interval where all answers of each stratum are the same, which does not make it certain.

    Those who would answer otherwise are at most a part q of the population, where (1 − q) to the power of
    the least n ÷ share is 2.5 %; they move the mean by q of the scale at most.
    """
    least = min(float(stratum.n * whole / stratum.share) for stratum in strata if stratum.share)
    away = six(1 - ((1 - CONFIDENCE) / 2) ** (1 / least))
    low, high = value - away * (value - LOWEST), value + away * (HIGHEST - value)
    return six(float(low)), six(float(high))
