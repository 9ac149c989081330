"""Estimates are those of the `svy` package, and say what they do not know."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

import polars
import pytest
import svy

from models.policy.survey.estimate import Alike, Estimate, Points
from models.policy.survey.estimates import estimated
from models.policy.survey.plan import Plan
from models.policy.survey.strata import Cell, merged
from models.terms import SurveyMode
from tests.models.sampling import CELLS, SHARES, draw, small_plan

ALL = "positive"
NEAR = 1e-6
"""Errors and intervals are kept to six decimals."""


def seeds(some: int, every: int) -> list[Any]:
    """A few samples in every run, many in `make prove`."""
    return [seed if seed < some else pytest.param(seed, marks=pytest.mark.prove) for seed in range(every)]


def by_svy(rows: list[tuple[int, float, float]]) -> Any:
    """What svy says of the mean of (stratum, share of the population, value)."""
    strata, shares, values = zip(*rows, strict=True)
    data = polars.DataFrame({"stratum": [f"s{one}" for one in strata], "y": values}).with_columns(
        one=polars.lit(1.0)
    )
    sample = svy.Sample(data=data, design=svy.Design(stratum="stratum", wgt="one"))
    known = {f"s{stratum}": share for stratum, share in zip(strata, shares, strict=True)}
    weighted = sample.weighting.poststratify(shares=known, cells="stratum")
    return weighted.estimation.mean(y="y", deff="wr").estimates[0]


def rows_of(plan: Plan, sheets: list[Alike], figure: str) -> list[tuple[int, float, float]]:
    """Each answer sheet of a figure as svy takes it: complete sheets only."""
    weights = plan.weights(figure, plan.indicators)
    counts: dict[Cell, int] = {}
    for sheet in sheets:
        if value(plan, weights, sheet.points) is not None:
            counts[sheet.cell] = counts.get(sheet.cell, 0) + sheet.count
    strata = merged(counts, plan.cells(weights))
    place = {cell: (n, float(one.share)) for n, one in enumerate(strata) for cell in one.cells}
    return [
        (*place[sheet.cell], y)
        for sheet in sheets
        if (y := value(plan, weights, sheet.points)) is not None
        for _ in range(sheet.count)
    ]


def value(plan: Plan, weights: dict[str, Decimal], points: Points) -> float | None:
    given = dict(zip(plan.indicators, points, strict=True))
    if any(given[key] is None for key in weights):
        return None
    return sum(float(weight) * float(given[key] or 0) for key, weight in weights.items())


def same(ours: Estimate, theirs: Any) -> None:
    assert float(ours.value) == pytest.approx(theirs.est, abs=1e-9)
    assert float(ours.error) == pytest.approx(theirs.se, abs=NEAR)
    assert ours.df == theirs.df
    assert ours.n == theirs.n
    assert float(ours.deff or 0) == pytest.approx(theirs.deff, abs=NEAR)
    assert float(ours.low) == pytest.approx(max(theirs.lci, 0), abs=3 * NEAR)
    assert float(ours.high) == pytest.approx(min(theirs.uci, 100), abs=3 * NEAR)
    assert float(ours.effective) == pytest.approx(theirs.n / theirs.deff, abs=1e-3)


@pytest.mark.parametrize("seed", seeds(6, 30))
def test_every_figure_of_complete_sheets_is_that_of_svy(seed):
    random = Random(seed)
    plan, sheets = small_plan(), draw(random, random.choice((40, 150, 900)))
    found = estimated(plan, sheets)
    assert list(found) == list(plan.figures)
    for figure, ours in found.items():
        same(ours, by_svy(rows_of(plan, sheets, figure)))


@pytest.mark.parametrize("seed", seeds(4, 20))
def test_an_indicator_that_not_everybody_answered_is_that_of_svy_over_those_who_did(seed):
    asks = {"organisations": ("noise", "lanes")}
    plan = small_plan(asks)
    sheets = draw(Random(seed), 400, gaps=0.2, asked=plan)
    found = estimated(plan, sheets)
    for figure in plan.indicators:
        same(found[figure], by_svy(rows_of(plan, sheets, figure)))


@pytest.mark.parametrize("seed", seeds(4, 20))
def test_the_error_of_what_svy_cannot_say_is_that_of_its_total_of_linearised_values(seed):
    """svy has no weighted mean of several post-stratified means that differ in who answered.

    Its stratified total of the linearised values, worked out here from the definition, has the same error.
    """
    plan = small_plan({"elderly": ("parking", "old"), "organisations": ("noise", "lanes")})
    sheets = draw(Random(seed), 500, gaps=0.15, asked=plan)
    ours = estimated(plan, sheets)[ALL]
    weights = plan.weights(ALL, plan.indicators)
    rows = [(sheet.cell, sheet.points) for sheet in sheets for _ in range(sheet.count)]
    linear = [0.0] * len(rows)
    whole = 0.0
    for place, key in enumerate(plan.indicators):
        answered = [(n, cell, float(p[place])) for n, (cell, p) in enumerate(rows) if p[place] is not None]
        counts = {cell: sum(1 for _, c, _ in answered if c == cell) for cell in CELLS}
        cells = plan.cells([key])
        asked = float(sum(cells.values()))
        for stratum in merged(counts, cells):
            inside = [(n, y) for n, cell, y in answered if cell in stratum.cells]
            mean = sum(y for _, y in inside) / len(inside)
            factor = float(weights[key]) * float(stratum.share) / asked / len(inside)
            whole += factor * sum(y for _, y in inside)
            for n, y in inside:
                linear[n] += factor * (y - mean)
    used = [n for n, (_, points) in enumerate(rows) if any(p is not None for p in points)]
    strata = merged({cell: sum(rows[n][0] == cell for n in used) for cell in CELLS}, SHARES)
    place_of = {cell: f"s{n}" for n, stratum in enumerate(strata) for cell in stratum.cells}
    data = polars.DataFrame(
        {"stratum": [place_of[rows[n][0]] for n in used], "z": [linear[n] for n in used]}
    ).with_columns(one=polars.lit(1.0))
    sample = svy.Sample(data=data, design=svy.Design(stratum="stratum", wgt="one"))
    theirs = sample.estimation.total(y="z").estimates[0]
    assert float(ours.value) == pytest.approx(whole, abs=1e-9)
    assert float(ours.error) == pytest.approx(theirs.se, abs=NEAR)
    assert ours.df == theirs.df


def test_the_order_in_which_answers_come_changes_nothing():
    plan, sheets = small_plan(), draw(Random(7), 300, gaps=0.1)
    assert estimated(plan, sheets) == estimated(plan, sheets[::-1])
    torn = [Alike(sheet.cell, sheet.points) for sheet in sheets for _ in range(sheet.count)]
    mine, theirs = estimated(plan, sheets), estimated(plan, torn)
    assert {key: one.value for key, one in mine.items()} == {key: one.value for key, one in theirs.items()}
    for key, one in mine.items():
        assert one.error == pytest.approx(theirs[key].error, abs=Decimal("1E-6"))


# Cells with too few answers -------------------------------------------------------------------------

E_ON, E_TG, Y_ON, Y_TG, O_ON, O_TG = CELLS


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        pytest.param((9, 9, 9, 9, 9, 9), [[E_ON], [E_TG], [Y_ON], [Y_TG], [O_ON], [O_TG]], id="enough"),
        pytest.param((9, 0, 9, 9, 9, 9), [[E_ON, E_TG], [Y_ON], [Y_TG], [O_ON], [O_TG]], id="a mode"),
        pytest.param((4, 9, 9, 9, 9, 4), [[E_ON, E_TG], [Y_ON], [Y_TG], [O_ON, O_TG]], id="both ends"),
        pytest.param((2, 2, 9, 9, 9, 9), [[E_ON, E_TG, Y_ON], [Y_TG], [O_ON], [O_TG]], id="a first group"),
        pytest.param((9, 9, 9, 9, 2, 2), [[E_ON], [E_TG], [Y_ON], [Y_TG, O_ON, O_TG]], id="a last group"),
        pytest.param((1, 1, 1, 1, 1, 1), [[*CELLS]], id="together enough"),
        pytest.param((0, 0, 3, 0, 0, 0), [[*CELLS]], id="too few at all"),
    ],
)
def test_a_cell_with_too_few_answers_is_merged_with_its_share(counts, expected):
    strata = merged(dict(zip(CELLS, counts, strict=True)), SHARES)
    assert [list(stratum.cells) for stratum in strata] == expected
    assert sum(stratum.share for stratum in strata) == 1
    assert sum(stratum.n for stratum in strata) == sum(counts)


def test_a_street_where_one_mode_is_missing_still_stands_for_everybody():
    plan = small_plan()
    sheets = [Alike(Cell(g, SurveyMode.ONLINE), (Decimal(80),) * 4, 20) for g in ("elderly", "young")]
    sheets.append(Alike(O_ON, (Decimal(30),) * 4, 20))
    found = estimated(plan, sheets)[ALL]
    assert found.value == Decimal("0.92") * 80 + Decimal("0.08") * 30
    assert found.own == 0
    assert found.strata == 3


def test_where_nobody_answered_there_is_no_figure():
    plan = small_plan()
    silent = Alike(Y_ON, (Decimal(80), None, Decimal(100), None), 30)
    found = estimated(plan, [silent])
    assert "indicator_noise" not in found
    assert "dimension_life" not in found
    # What is left grows in proportion: parking 1, lanes 1.
    assert found[ALL].value == 90
    assert estimated(plan, []) == {}


def test_what_fewer_than_k_answered_is_no_figure():
    four, five = (estimated(small_plan(), [Alike(Y_ON, (Decimal(80),) * 4, n)]) for n in (4, 5))
    assert four == {}
    assert (five[ALL].value, five[ALL].n) == (80, 5)


def test_answers_that_are_all_the_same_are_not_certain():
    """Ten who say 100 leave room for one in four who would not: 1 − 0.025^(1/10) = 0.3085."""
    found = estimated(small_plan(), [Alike(Y_ON, (Decimal(100),) * 4, 10)])[ALL]
    assert (found.value, found.error, found.high) == (100, 0, 100)
    assert found.low == 100 - 100 * Decimal("0.308497")
