"""Student's t: tail probabilities and quantiles.

Of the same numbers as scipy.stats.t, to nine digits (tests/models/test_survey_student.py). That library is
left out of the runtime: it would be its largest part, for one function.
"""

from __future__ import annotations

from functools import lru_cache
from math import exp, lgamma, log, log1p, pi, sqrt

STEPS = 400
TINY = 1e-300
NEAR = 1e-15


def two_sided(t: float, df: float) -> float:
    """The probability of a value at least as far from 0 as `t`, with `df` degrees of freedom.

    Raises ValueError where `df` is not above 0.
    """
    if df <= 0:
        raise ValueError(f"{df} degrees of freedom; at least one is needed")
    return _beta(df / 2, 0.5, df / (df + t * t))


@lru_cache(maxsize=4096)
def quantile(confidence: float, df: float) -> float:
    """The t that two-sided intervals of this confidence reach to, e.g. 2.086 for 0.95 and 20."""
    wanted = 1 - confidence
    # Tails fall ever more slowly: from the left, Newton's steps never pass the root.
    t = 0.0
    for _ in range(STEPS):
        step = (two_sided(t, df) - wanted) / (2 * _density(t, df))
        t += step
        if step <= NEAR * t:
            break
    return t


def _density(t: float, df: float) -> float:
    front = lgamma((df + 1) / 2) - lgamma(df / 2) - log(df * pi) / 2
    return exp(front - (df + 1) / 2 * log1p(t * t / df))


def welch(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Degrees of freedom of a difference, by Welch and Satterthwaite, from each side's variance and df.

    Raises ValueError where both variances are 0.
    """
    total = first[0] + second[0]
    if total <= 0:
        raise ValueError("neither side varies; nothing can be tested")
    parts = sum((variance / total) ** 2 / df for variance, df in (first, second) if variance > 0)
    return 1 / parts


def standard_error(variance: float) -> float:
    """Its square root; rounding may have left a variance a little under 0."""
    return sqrt(max(variance, 0.0))


def _beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function, by its continued fraction (Lentz's method)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1 - x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1 - front * _fraction(b, a, 1 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1 / _away(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _away(1 + term * d)
            c = _away(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < NEAR:
            break
    return value


def _away(value: float) -> float:
    return value if abs(value) > TINY else TINY
