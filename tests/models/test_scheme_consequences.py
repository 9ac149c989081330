"""What follows from scores: working funds, red flags and black plates, grades and pay (domain guide 4–7)."""

from __future__ import annotations

import pytest

from models.policy.scheme.figures import Scorecard, shown
from tests.models.scorecards import card, number, ranked

# Awards by rank: 500,000, 400,000 and 300,000 yuan ------------------------------------------------------


@pytest.mark.parametrize(
    ("scores", "amounts"),
    [
        pytest.param((98, 97, 96, 95), ("500000", "400000", "300000", None), id="no tie"),
        pytest.param((98, 98, 96, 95), ("450000", "450000", "300000", None), id="first two"),
        pytest.param((98, 97, 97, 95), ("500000", "350000", "350000", None), id="second two"),
        pytest.param((98, 97, 96, 96), ("500000", "400000", "150000", "150000"), id="over the edge"),
        pytest.param((98, 98, 98, 98), ("300000",) * 4, id="all four"),
        pytest.param((98, None, 97, 96), ("500000", None, "400000", "300000"), id="one without a score"),
    ],
)
def test_working_funds_are_split_where_streets_tie(scores, amounts):
    cards = [card(f"street-{n}", "round-1", round_score=score) for n, score in enumerate(scores)]
    found = ranked("working_funds", *cards)
    given = [found[f"street-{n}"].awards for n in range(len(scores))]
    assert [shown(a[0].amount.value, 0) if a else None for a in given] == [
        None if amount is None else number(amount) for amount in amounts
    ]


def test_the_year_ranks_by_the_mean_of_its_rounds():
    rounds = {"a": (96, 98), "b": (99, 97), "c": (97, None)}
    cards = [card(s, n, round_score=score) for s, scores in rounds.items() for n, score in enumerate(scores)]
    found = ranked("working_funds", *cards)
    assert [(s.subject, s.score.shown, s.rank) for s in found.values()] == [
        ("b", "98.00", 1),
        ("a", "97.00", 2),
        ("c", "", None),
    ]


def test_a_split_award_explains_itself():
    cards = [card(street, round_score=98) for street in ("a", "b")] + [card("c", round_score=1)]
    award = ranked("working_funds", *cards)["b"].awards[0]
    assert [(term.name, term.value) for term in award.amount.terms] == [
        ("place 1", 500000),
        ("place 2", 400000),
    ]
    assert (award.amount.denominator, award.tied, award.place, award.unit) == (2, ("a", "b"), 1, "yuan")
    assert str(award.rule) == "working_funds/funds@test/1"


# Property firms: red flag, black plate, vetoes -------------------------------------------------------------


def firm(name: str, months: tuple[object, ...], **quarter: object) -> list[Scorecard]:
    told = {"street": months[0], "complaints": 0, "deaths": 0, "fires": 0, **quarter}
    return [
        *(card(name, f"m{n}", third_party=x) for n, x in enumerate(months)),
        card(name, "quarter", **told),
    ]


def test_the_first_gets_the_red_flag_and_the_last_the_black_plate():
    found = ranked(
        "property_firms",
        *firm("a", (95, 95, 95)),
        *firm("b", (85, 85, 85), complaints=2),
        *firm("c", (70, None, 70), complaints=30),
        *firm("d", (60, 60, 60), street=None, complaints=20),
    )
    rows = [(s.subject, s.score.shown, s.rank, s.grade, [a.award for a in s.awards]) for s in found.values()]
    assert rows == [
        ("a", "96.00", 1, "excellent", ["red_flag"]),  # 0.5 × 95 + 0.3 × 95 + 0.2 × 100
        ("b", "86.00", 2, "good", []),
        ("c", "54.33", 3, "fail", []),  # a missing month counts as 60: 0.5 × 66.67 + 0.3 × 70 + 0
        ("d", "42.86", 4, "fail", ["black_plate"]),  # without the street's part: (50 × 60 + 20 × 0) ÷ 70
    ]
    assert found["c"].figures["months"].missing == ("m1",)
    assert (found["d"].score.missing, found["d"].score.denominator) == (("street",), 70)


def test_nobody_is_last_of_two_and_nobody_first_below_the_mark():
    found = ranked("property_firms", *firm("a", (70,)), *firm("b", (65,)))
    assert [standing.awards for standing in found.values()] == [(), ()]


def test_all_who_share_the_last_place_get_the_black_plate():
    found = ranked("property_firms", *firm("a", (95,)), *firm("b", (70,)), *firm("c", (70,)))
    assert {s.subject for s in found.values() for a in s.awards if a.award == "black_plate"} == {"b", "c"}


def test_a_death_takes_every_point():
    found = ranked("property_firms", *firm("a", (95,), deaths=1), *firm("b", (50,)))
    a = found["a"]
    assert (a.score.shown, a.rank, a.grade, a.vetoes) == ("0.00", 2, "fail", ("fatal",))
    assert [term.name for term in a.score.terms][-1] == "fatal"
    assert a.score.numerator == 0


def test_a_fire_caps_the_grade_and_leaves_the_score():
    found = ranked("property_firms", *firm("a", (95,), fires=1), *firm("b", (40,), fires=1))
    a, b = found["a"].verdict, found["b"].verdict
    assert (found["a"].score.shown, found["a"].grade, a.before_veto.key, a.vetoes) == (
        "96.00",
        "pass",
        "excellent",
        ("fire",),
    )
    assert (b.grade.key, b.before_veto, b.vetoes) == ("fail", None, ()), "a cap never lifts"


def test_a_veto_on_what_nobody_knows_is_undecided():
    found = ranked("property_firms", *firm("a", (95,), deaths=None))
    assert (found["a"].score.shown, found["a"].vetoes, found["a"].undecided) == ("96.00", (), ("fatal",))


def test_two_black_plates_make_the_blacklist():
    found = ranked(
        "property_year", *(card(name, black_plates=n) for name, n in (("a", 1), ("b", 2), ("c", None)))
    )
    assert [[a.award for a in found[key].awards] for key in "abc"] == [[], ["blacklist"], []]
    assert found["c"].undecided == ("blacklist",)


# Performance pay: 40 % of pay, 70 % by quarter, 30 % by year ----------------------------------------------


def test_quarters_are_graded_by_share_of_the_ranking():
    scores = dict(zip("abcdefghij", (99, 98, 98, 95, 94, 93, 92, 91, 90, None), strict=True))
    found = ranked("performance_quarter", *(card(name, third_party=score) for name, score in scores.items()))
    grades = [found[name].grade for name in scores]
    # Nine are ranked: 20 % is one, 70 % are six. The two at 98 stand at place 2.
    assert grades == ["excellent", "good", "good", "good", "good", "good", "pass", "pass", "pass", None]
    assert found["f"].verdict.because == "6 ≤ 6 of 9"


@pytest.mark.parametrize(
    ("quarters", "year"),
    [
        (("excellent", "excellent", "excellent", "good"), "excellent"),
        (("excellent", "excellent", "excellent", "pass"), "good"),
        (("excellent", "excellent", "good", "good"), "good"),
        (("good", "good", "excellent", "pass"), "good"),
        (("good", "good", "pass", "pass"), "pass"),
        (("excellent", "excellent", "excellent", None), None),
    ],
)
def test_four_quarters_make_the_grade_of_the_year(quarters, year):
    found = ranked(
        "performance_year", card("a", **dict(zip(("q1", "q2", "q3", "q4"), quarters, strict=True)))
    )
    assert found["a"].grade == year


def test_performance_pay_is_forty_percent_of_pay():
    quarters = [card("a", n, quarter=worth) for n, worth in enumerate(("1.2", 1, 1, "0.8"))]
    found = ranked("performance_pay", *quarters, card("a", "year", year="1.2"))["a"]
    assert found.figures["coefficient"].shown == "1.06"  # 0.7 × 1 + 0.3 × 1.2
    assert found.score.shown == "42.40"


# Others -------------------------------------------------------------------------------------------


def test_the_first_five_units_are_stars_and_ties_share_a_dense_rank():
    points = dict(zip("abcdefg", (9, 9, 8, 7, 6, 5, 4), strict=True))
    found = ranked("corridor_star", *(card(unit, points=n) for unit, n in points.items()))
    assert [s.rank for s in found.values()] == [1, 1, 2, 3, 4, 5, 6]
    assert [s.subject for s in found.values() if s.awards] == list("abcdef")


def test_no_star_for_no_points():
    assert ranked("corridor_star", card("a", points=0))["a"].awards == ()
