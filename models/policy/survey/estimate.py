"""One estimated figure: its value, and how well it is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from models.policy.scheme.figures import ARITHMETIC
from models.policy.survey.significance import Measured, six
from models.policy.survey.strata import Cell, Stratum
from models.policy.survey.student import quantile, standard_error

CONFIDENCE = 0.95
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
    """One figure, and how well it is known. What is None could not be said from so few answers."""

    value: Decimal
    n: int
    """Respondents who answered any of its questions."""
    strata: int
    error: Decimal | None = None
    """The standard error."""
    low: Decimal | None = None
    high: Decimal | None = None
    """The 95 % interval: Student's t with n − strata degrees of freedom, within 0 and 100."""
    deff: Decimal | None = None
    """The variance as many times that of a simple random sample of the same size (with replacement)."""
    effective: Decimal | None = None
    """n ÷ deff: the simple random sample that would say as much."""
    own: Decimal = Decimal(1)
    """The part of the population asked whose own cell had answers enough, so that it was not merged."""
    weighed: tuple[Weighed, ...] = ()
    """Of an indicator: what it was put together from."""

    @property
    def df(self) -> int:
        return self.n - self.strata

    @property
    def measured(self) -> Measured | None:
        """As tests take it; None where no error is known."""
        return None if self.error is None else Measured(self.value, self.error, self.df)


def told(made: Estimate, variance: float, simple: float, strata: Sequence[Stratum]) -> Estimate:
    """The estimate with its error and interval, from its variance and that of a simple random sample."""
    error = six(standard_error(variance))
    if error == 0:
        low, high = _unvaried(made, strata)
        return replace(made, error=error, low=low, high=high, effective=Decimal(made.n))
    reach = six(quantile(CONFIDENCE, made.df) * float(error))
    low, high = max(LOWEST, made.value - reach), min(HIGHEST, made.value + reach)
    deff = six(variance / simple) if simple > 0 else None
    effective = six(made.n * simple / variance) if simple > 0 else None
    return replace(made, error=error, low=low, high=high, deff=deff, effective=effective)


def _unvaried(made: Estimate, strata: Sequence[Stratum]) -> tuple[Decimal, Decimal]:
    """The interval where all answers of each stratum are the same, which does not make it certain.

    Those who would answer otherwise are at most a part q of the population, where (1 − q) to the power of
    the least n ÷ share is 2.5 %; they move the mean by q of the scale at most.
    """
    whole = sum((stratum.share for stratum in strata), Decimal(0))
    least = min(float(stratum.n * whole / stratum.share) for stratum in strata if stratum.share)
    away = six(1 - ((1 - CONFIDENCE) / 2) ** (1 / least))
    return made.value - away * (made.value - LOWEST), made.value + away * (HIGHEST - made.value)
