"""Schemes by their published arithmetic: points for a rate, reviews, the bulletin (domain guide 3)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from models.policy.scheme.figures import ARITHMETIC, Gap, Reading, Scorecard, shown
from models.policy.scheme.standings import card_faults, standings
from models.terms import Criterion
from tests.models.scorecards import ON, SCHEMES, card, figure, number, ranked

CRITERIA = [criterion.value.lower() for criterion in Criterion]


def review(department: str, issue: str, *points: object) -> Scorecard:
    return card(department, issue, **dict(zip(CRITERIA, points, strict=True)))


# Showing ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        ("17.665", 2, "17.67"),
        ("17.6649999", 2, "17.66"),
        ("-17.665", 2, "-17.67"),
        ("-0.001", 2, "0.00"),
        ("99.5", 0, "100"),
        ("2.5", 0, "3"),
        ("12.5", 3, "12.500"),
    ],
)
def test_a_figure_is_rounded_half_up_when_shown(value, places, text):
    assert str(shown(Decimal(value), places)) == text


def test_thirds_that_are_put_together_again_are_whole():
    """15/8 of 4/3 are 2.5, which is shown as 3; a quotient that was cut off would make it 2."""
    found = ranked("working_funds", *[card("a", n, round_score=x) for n, x in enumerate((1, 1, 2))])
    back = ARITHMETIC.multiply(found["a"].score.value, number("1.875"))
    assert back < number("2.5")
    assert shown(back, 0) == 3


@pytest.mark.parametrize(
    "wrong", [Decimal("NaN"), Decimal("Infinity"), Decimal("1E12"), Decimal("-1E+999999")]
)
def test_a_reading_is_a_finite_number(wrong):
    with pytest.raises(ValueError, match="out of range"):
        Reading(wrong)


def test_a_reading_is_never_a_float():
    with pytest.raises(TypeError, match="scores are Decimal"):
        Reading(17.665)


# Linear -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "on", "r", "points"),
    [
        ("strict", ON, "89.82", "14.82"),
        ("strict", ON, "66.67", "0.00"),
        ("strict", ON, "75", "0.00"),
        ("strict", ON, "100", "25.00"),
        ("mild", ON, "87.5", "19.75"),
        ("mild", ON, "83.33", "17.67"),
        ("mild", ON, "75", "13.50"),
        ("strict", ON, "74.5", "0.00"),
        ("mild", ON, "72", "12.50"),
        ("mild", ON, "50", "12.50"),
        ("mild", ON, "98", "25.00"),
        ("mild", ON, "100", "26.00"),
        ("capped", ON, "100", "25.00"),
        ("mild", date(2026, 7, 1), "87.5", "19.75"),
        ("mild", date(2026, 6, 30), "87.5", "21.25"),
        ("mild", date(2025, 1, 1), "87.5", "21.25"),
        ("mild", date(2024, 12, 31), "87.5", ""),
    ],
)
def test_points_for_a_rate(rule, on, r, points):
    assert figure("closing_points", rule, on=on, r=r) == points


def test_points_explain_themselves():
    strict, mild = (
        ranked("closing_points", card("a", r=("66.67", ["case-7"])))["a"].figures[x]
        for x in ("strict", "mild")
    )
    assert [(term.name, term.factor, term.value) for term in strict.terms] == [
        ("base", 1, 25),
        ("r", 1, number("-33.33")),
        ("floor", 1, number("8.33")),
    ]
    assert strict.terms[1].sources == ("case-7",)
    assert (strict.numerator, strict.denominator, str(strict.rule)) == (0, 1, "closing_points/strict@test/1")
    assert sum(term.amount for term in mild.terms) == mild.value == number("12.5")


def test_a_number_not_yet_in_force_leaves_the_figure_empty():
    mild = ranked("closing_points", card("a", r=90), on=date(2024, 1, 1))["a"].figures["mild"]
    assert (mild.value, mild.gap) == (None, Gap.NOT_IN_FORCE)


# Reverse review: five criteria of 20, one sheet an issue, 7 : 3 over the year -----------------------------


def test_the_month_is_the_mean_of_its_reviews():
    found = ranked(
        "reverse_review",
        review("lighting", "issue-1", 20, 20, 20, 20, 20),
        review("water", "issue-2", 20, 15, 16, 20, 18),
        review("water", "issue-3", 18, 18, 18, 18, 18),
    )
    assert [(key, s.score.shown, s.rank) for key, s in found.items()] == [
        ("lighting", "100.00", 1),
        ("water", "89.50", 2),
    ]
    water = found["water"]
    assert [(term.value, term.sources) for term in water.score.terms] == [
        (89, ("issue-2",)),
        (90, ("issue-3",)),
    ]
    assert (water.score.numerator, water.score.denominator) == (179, 2)
    assert [sheet.figures["outcome"].value for sheet in water.sheets] == [18, 18]


def test_a_missing_review_is_shown_as_missing_and_never_full_marks():
    given, not_given = review("water", "issue-2", 10, 10, 10, 10, 10), review("water", "issue-3", *[None] * 5)
    half = review("parks", "issue-4", 20, 20, 20, 20, None)
    found = ranked("reverse_review", given, not_given, half)
    assert (found["water"].score.shown, found["water"].score.missing) == ("50.00", ("issue-3",))
    assert found["water"].sheets[1].figures["review"].gap is Gap.PART_MISSING
    assert (found["parks"].score.shown, found["parks"].rank) == ("", None)
    assert found["parks"].score.missing == ("issue-4",)


def test_the_year_is_seven_to_three():
    months = [card("water", f"2026-{n:02}", month=score) for n, score in enumerate((90, 92, None), 1)]
    sheets = [card("water", f"sheet-{n}", sheet_score=score) for n, score in enumerate((80, 70), 1)]
    annual = ranked("annual_review", *months, *sheets)["water"]
    assert annual.score.shown == "86.20"  # 0.7 × 91 + 0.3 × 75
    assert [(term.name, term.amount) for term in annual.score.terms] == [("process", 637), ("opinion", 225)]
    assert (annual.score.numerator, annual.score.denominator) == (862, 10)
    assert annual.figures["process"].missing == ("2026-03",)
    assert annual.figures["opinion"].missing == (), "a month is not a sheet of a resident that is missing"


def test_a_year_without_sheets_of_residents_has_no_score():
    annual = ranked("annual_review", card("water", "2026-01", month=100))["water"]
    assert (annual.score.value, annual.score.gap, annual.score.missing) == (
        None,
        Gap.PART_MISSING,
        ("opinion",),
    )


# Bulletin -----------------------------------------------------------------------------------------


def test_the_bulletin_of_departments():
    found = ranked(
        "bulletin_departments",
        card(
            "water",
            dispatched=(3, ["i1", "i2", "i3"]),
            done_on_time=(1, ["i1"]),
            done_late=(1, ["i2"]),
            not_done=(1, ["i3"]),
            rated=2,
            dissatisfied=(1, ["i2"]),
            accepted_on_time=3,
            reported_in_on_time=2,
            accurately_dispatched=3,
            reworked=0,
        ),
        card("culture", **dict.fromkeys((entry.key for entry in SCHEMES["bulletin_departments"].inputs), 0)),
    )
    row = {key: figure.shown for key, figure in found["water"].figures.items()}
    assert row == {
        "dispatched": "3",
        "done_on_time": "1",
        "done_late": "1",
        "not_done": "1",
        "rated": "2",
        "dissatisfied": "1",
        "accepted_on_time": "3",
        "reported_in_on_time": "2",
        "accurately_dispatched": "3",
        "reworked": "0",
        "closing_rate": "66.67",
        "on_time_closing_rate": "33.33",
        "dissatisfied_rate": "50.00",
        "accepted_on_time_rate": "100.00",
        "reported_in_on_time_rate": "66.67",
        "accurately_dispatched_rate": "100.00",
        "reworked_rate": "0.00",
    }
    closing = found["water"].figures["closing_rate"]
    assert (closing.numerator, closing.denominator, closing.scale) == (2, 3, 100)
    assert [term.sources for term in closing.terms] == [("i1",), ("i2",)]
    assert closing.basis[0].sources == ("i1", "i2", "i3")
    rates = [figure for key, figure in found["culture"].figures.items() if key.endswith("_rate")]
    assert {(figure.shown, figure.gap) for figure in rates} == {("", Gap.NOTHING_TO_DIVIDE)}
    assert (found["culture"].rank, list(found)) == (None, ["water", "culture"])


def test_a_rate_of_what_is_not_known_is_not_known():
    found = ranked(
        "bulletin_streets",
        card("donghu", calls=7, not_misdirected=None),
        card("jinguan", calls=4, not_misdirected=4),
    )
    assert found["donghu"].score.gap is Gap.PART_MISSING
    assert found["donghu"].score.missing == ("not_misdirected",)
    assert found["jinguan"].score.shown == "100.00"


def test_who_did_nothing_still_stands_in_the_table():
    found = standings(SCHEMES["bulletin_streets"], [], ON, subjects=["donghu"])
    assert [(standing.subject, standing.rank) for standing in found] == [("donghu", None)]


def test_a_count_entered_on_two_sheets_says_so():
    cards = [card("donghu", n, calls=4, not_misdirected=4) for n in (1, 2)]
    calls = ranked("bulletin_streets", *cards)["donghu"].figures["calls"]
    assert (calls.value, calls.gap) == (None, Gap.SEVERAL)


# Deductions -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("severe", "slight", "residents", "negative"),
    [
        (10, 30, 80000, "90.00"),
        (0, 0, 80000, "100.00"),
        (500, 0, 10000, "0.00"),
        (1, 0, 0, ""),
        (None, 0, 9, ""),
    ],
)
def test_a_deduction_per_ten_thousand_residents(severe, slight, residents, negative):
    assert figure("negative_part", "negative", severe=severe, slight=slight, residents=residents) == negative


# Scorecards that cannot be right -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cards", "message"),
    [
        ([card("a", colour=1)], "unknown entry; one of cooperation, outcome"),
        ([card("a", outcome=21)], "21 is out of range; at least 0, at most 20"),
        ([card("a", outcome="good")], "a grade, good; a number is right"),
        ([card("a", "x"), card("a", "x")], "stands twice; a sheet has an id of its own"),
    ],
)
def test_a_wrong_scorecard_is_named(cards, message):
    faults = card_faults(SCHEMES["reverse_review"], cards)
    assert len(faults) == 1
    assert message in faults[0].message
    with pytest.raises(ValueError, match=message.split(";")[0]):
        standings(SCHEMES["reverse_review"], cards, ON)


def test_a_grade_must_be_on_the_scale():
    faults = card_faults(SCHEMES["performance_year"], [card("a", q1="splendid", q2=3)])
    assert {(fault.entry, fault.message) for fault in faults} == {
        ("q1", "not a grade; one of excellent, good, pass"),
        ("q2", "not a grade; one of excellent, good, pass"),
    }
