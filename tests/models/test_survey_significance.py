"""Tails of Student's t, Holm's correction and what a ranking may claim."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import pytest
from scipy import stats

from models.policy.survey.significance import Measured, compared, difference, holm, pairs
from models.policy.survey.student import quantile, two_sided, welch


@pytest.mark.parametrize("df", [1, 2, 3.7, 10, 60, 1357.2, 17719])
def test_tails_and_quantiles_are_those_of_scipy(df):
    for t in (0, 0.1, 1, 1.96, 2.5, 6, 20):
        assert two_sided(t, df) == pytest.approx(2 * stats.t.sf(t, df), rel=1e-9, abs=1e-300)
        assert two_sided(-t, df) == two_sided(t, df)
    for confidence in (0.5, 0.9, 0.95, 0.999):
        assert quantile(confidence, df) == pytest.approx(stats.t.ppf((1 + confidence) / 2, df), rel=1e-9)


def test_a_test_without_degrees_of_freedom_is_refused():
    with pytest.raises(ValueError, match="degrees of freedom"):
        two_sided(1, 0)
    with pytest.raises(ValueError, match="neither side varies"):
        welch((0, 3), (0, 3))


def test_a_difference_is_welchs_test():
    random = Random(3)
    one = [random.gauss(80, 5) for _ in range(30)]
    other = [random.gauss(83, 9) for _ in range(50)]

    def measured(values: list[float]) -> Measured:
        return Measured(
            *(Decimal(float(x)) for x in (stats.tmean(values), stats.sem(values))), len(values) - 1
        )

    found = difference(measured(one), measured(other))
    theirs = stats.ttest_ind(one, other, equal_var=False)
    assert float(found.t or 0) == pytest.approx(theirs.statistic, abs=1e-6)
    assert float(found.p) == pytest.approx(theirs.pvalue, abs=1e-6)
    assert float(found.df) == pytest.approx(theirs.df, abs=1e-6)


def test_what_does_not_vary_is_never_called_significant():
    found = difference(Measured(Decimal(100), Decimal(0), 9), Measured(Decimal(90), Decimal(0), 9))
    assert (found.value, found.p, found.t) == (10, 1, None)


def test_holm_is_the_textbooks():
    """Holm 1979: 0.01, 0.04, 0.03, 0.005 of four become 0.03, 0.06, 0.06, 0.02."""
    values = [Decimal(p) for p in ("0.01", "0.04", "0.03", "0.005")]
    assert holm(values) == [Decimal(p) for p in ("0.03", "0.06", "0.06", "0.02")]
    assert holm([Decimal("0.9"), Decimal("0.8")]) == [1, 1]
    assert holm([]) == []


@pytest.mark.parametrize("seed", range(20))
def test_holm_never_says_less_than_bonferroni_nor_more_than_no_correction(seed):
    random = Random(seed)
    values = [Decimal(random.random()) for _ in range(random.randint(1, 30))]
    adjusted = holm(values)
    for p, corrected in zip(values, adjusted, strict=True):
        assert p <= corrected <= min(Decimal(1), p * len(values))
    ranked = sorted(zip(values, adjusted, strict=True))
    assert [corrected for _, corrected in ranked] == sorted(adjusted)


def of(value: int, error: str = "1") -> Measured:
    return Measured(Decimal(value), Decimal(error), 1000)


def test_a_ranking_says_which_orders_are_more_than_chance():
    scores = {"a": of(95), "b": of(94), "c": of(90), "d": of(89), "e": of(80)}
    tested = pairs(scores)
    assert len(tested) == 10
    found = compared(["a", "b", "c", "d", "e"], tested)
    assert [found[key].tier for key in "abcde"] == [1, 1, 2, 2, 3]
    assert found["a"].over == ("c", "d", "e")
    assert found["e"].under == ("a", "b", "c", "d")
    assert "a" not in found["b"].under


def test_subjects_that_are_all_alike_share_one_tier():
    scores = {key: of(90) for key in "abc"}
    assert {one.tier for one in compared("abc", pairs(scores)).values()} == {1}
