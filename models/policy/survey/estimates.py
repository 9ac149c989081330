"""Post-stratified estimates, with what is not known about them (docs/surveys-scores.md gives the formulas).

Answers are weighted so that each group reached by each mode counts for its share of the district's
population. Variances are those of the linearised estimator, stratified by the same cells, with replacement:
the residents of a street are many beside its respondents. Point estimates are exact; standard errors are
floats until they are shown, and kept to six decimals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from math import fsum

from models.policy.scheme.figures import ARITHMETIC, added
from models.policy.survey.estimate import Alike, Estimate, Weighed, told
from models.policy.survey.plan import Plan
from models.policy.survey.strata import Cell, Stratum, merged


def estimated(
    plan: Plan, sheets: Iterable[Alike], figures: Sequence[str] | None = None
) -> dict[str, Estimate]:
    """The figures of one unit from the answers about it.

    An indicator that fewer than `plan.least` answered is left out, and so is what would be made of it alone.
    """
    # In an order of their own, so that sums of floats come to the same whatever the order given.
    ordered = sorted(
        (sheet for sheet in sheets if sheet.cell in plan.shares),
        key=lambda sheet: (sheet.cell, [-1 if p is None else p for p in sheet.points], sheet.count),
    )
    indicators = _indicators(plan, ordered)
    lines = _Lines(plan, ordered, indicators)
    found: dict[str, Estimate] = {}
    for figure in figures or plan.figures:
        weights = plan.weights(figure, indicators)
        if weights:
            found[figure] = lines.estimate(figure, weights)
    return found


def _indicators(plan: Plan, sheets: Sequence[Alike]) -> dict[str, tuple[Weighed, ...]]:
    """Of each indicator that enough people answered its strata; exact."""
    counts: list[dict[Cell, int]] = [defaultdict(int) for _ in plan.indicators]
    totals: list[dict[Cell, Decimal]] = [defaultdict(Decimal) for _ in plan.indicators]
    for sheet in sheets:
        for place, points in enumerate(sheet.points):
            if points is not None:
                counts[place][sheet.cell] += sheet.count
                totals[place][sheet.cell] += sheet.count * points
    found: dict[str, tuple[Weighed, ...]] = {}
    for place, key in enumerate(plan.indicators):
        strata = merged(counts[place], plan.cells([key]), plan.least)
        if min(stratum.n for stratum in strata) >= plan.least and any(one.share for one in strata):
            found[key] = tuple(
                Weighed(stratum, added(totals[place].get(cell, Decimal(0)) for cell in stratum.cells))
                for stratum in strata
            )
    return found


def put_together(weighed: Sequence[Weighed]) -> Decimal:
    """The mean of strata by their shares of the population."""
    above = added(ARITHMETIC.multiply(one.stratum.share, one.mean) for one in weighed)
    return ARITHMETIC.divide(above, added(one.stratum.share for one in weighed))


class _Lines:
    """Every answer sheet as numbers: what it adds to each estimate, and how far it is off the mean."""

    def __init__(
        self, plan: Plan, sheets: Sequence[Alike], indicators: Mapping[str, tuple[Weighed, ...]]
    ) -> None:
        self._plan = plan
        self._sheets = sheets
        self._indicators = indicators
        self._place = {key: place for place, key in enumerate(plan.indicators)}
        self.values = {key: put_together(weighed) for key, weighed in indicators.items()}
        self._factor = {key: _factors(weighed) for key, weighed in indicators.items()}
        self._points = [[None if p is None else float(p) for p in sheet.points] for sheet in sheets]

    def estimate(self, figure: str, weights: Mapping[str, Decimal]) -> Estimate:
        parts = [(self._place[key], key, float(weight)) for key, weight in weights.items()]
        rows = [
            (sheet, points)
            for sheet, points in zip(self._sheets, self._points, strict=True)
            if any(points[place] is not None for place, _, _ in parts)
        ]
        counts: dict[Cell, int] = defaultdict(int)
        for sheet, _ in rows:
            counts[sheet.cell] += sheet.count
        strata = merged(counts, self._plan.cells(weights), self._plan.least)
        value = added(ARITHMETIC.multiply(weight, self.values[key]) for key, weight in weights.items())
        stratum_of = {cell: place for place, stratum in enumerate(strata) for cell in stratum.cells}
        variance = self._variance(rows, parts, strata, stratum_of)
        simple = self._simple(rows, parts, strata, stratum_of)
        return told(value, variance, simple, strata, self._indicators.get(figure, ()))

    def _variance(
        self,
        rows: Sequence[tuple[Alike, list[float | None]]],
        parts: Sequence[tuple[int, str, float]],
        strata: Sequence[Stratum],
        stratum_of: Mapping[Cell, int],
    ) -> float:
        """Of the linearised estimator: within each stratum the spread of what each sheet adds."""
        first: list[list[float]] = [[] for _ in strata]
        second: list[list[float]] = [[] for _ in strata]
        for sheet, points in rows:
            z = 0.0
            for place, key, weight in parts:
                y = points[place]
                if y is not None:
                    factor, mean = self._factor[key][sheet.cell]
                    z += weight * factor * (y - mean)
            at = stratum_of[sheet.cell]
            first[at].append(sheet.count * z)
            second[at].append(sheet.count * z * z)
        return fsum(
            stratum.n / (stratum.n - 1) * (fsum(squares) - fsum(sums) ** 2 / stratum.n)
            for stratum, sums, squares in zip(strata, first, second, strict=True)
        )

    def _simple(
        self,
        rows: Sequence[tuple[Alike, list[float | None]]],
        parts: Sequence[tuple[int, str, float]],
        strata: Sequence[Stratum],
        stratum_of: Mapping[Cell, int],
    ) -> float:
        """The variance of a simple random sample of the same size, from the spread of the population."""
        whole = float(added(stratum.share for stratum in strata))
        weight_of = [float(stratum.share) / whole / stratum.n for stratum in strata]
        by_sheet = [sheet.count * weight_of[stratum_of[sheet.cell]] for sheet, _ in rows]
        answering = {
            place: fsum(w for w, (_, points) in zip(by_sheet, rows, strict=True) if points[place] is not None)
            for place, _, _ in parts
        }
        means = {place: float(self.values[key]) for place, key, _ in parts}
        sums, squares = [], []
        for w, (_, points) in zip(by_sheet, rows, strict=True):
            u = 0.0
            for place, _, weight in parts:
                y = points[place]
                if y is not None:
                    u += weight * (y - means[place]) / answering[place]
            sums.append(w * u)
            squares.append(w * u * u)
        n = sum(stratum.n for stratum in strata)
        return (fsum(squares) - fsum(sums) ** 2) / (n - 1)


def _factors(weighed: Sequence[Weighed]) -> dict[Cell, tuple[float, float]]:
    """By cell: what one answer counts for, and the mean of its stratum."""
    whole = float(added(one.stratum.share for one in weighed))
    return {
        cell: (float(one.stratum.share) / whole / one.stratum.n, float(one.mean))
        for one in weighed
        for cell in one.stratum.cells
        if one.stratum.n
    }
