"""Edges: what a tie, a bound that is just reached, and a share that is no whole number come to."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from models.policy.scheme.consequences import (
    Award,
    AwardTies,
    ByShare,
    Comparison,
    Condition,
    End,
    Ranking,
    RankTies,
    Rounding,
    ShareTies,
    Veto,
)
from models.policy.scheme.definition import Input, Scheme
from models.policy.scheme.figures import ARITHMETIC
from models.policy.scheme.grading import met
from models.policy.scheme.ranking import places
from models.policy.scheme.rules import Rate, Rule, always
from models.policy.scheme.standings import Standing, standings
from tests.models.scorecards import ON, SCHEMES, card, ranked

FUNDS = tuple(Decimal(amount) for amount in (500000, 400000, 300000))
COMPETITION, DENSE = RankTies
EACH, SPLIT, HELD = AwardTies


def stood(scores: str, award: Award, ties: RankTies = COMPETITION) -> list[Standing]:
    """Subjects a, b, … with one digit of score each."""
    inputs = (Input("mark", "", ""),)
    scheme = Scheme("s", "v", "", "", inputs, score="mark", ranking=Ranking(ties), awards=(award,))
    found = standings(scheme, [card(name, mark=n) for name, n in zip("abcdefgh", scores, strict=False)], ON)
    return sorted(found, key=lambda standing: standing.subject)


def paid(standing: Standing) -> str | None:
    if not standing.awards:
        return None
    amount = standing.awards[0].amount
    return "held" if standing.awards[0].held else amount.shown.removesuffix(".00") if amount else "named"


@pytest.mark.parametrize(
    ("scores", "ranks", "rule", "amounts"),
    [
        ("9876", COMPETITION, HELD, ["500000", "400000", "300000", None]),
        ("9986", COMPETITION, EACH, ["500000", "500000", "300000", None]),
        ("9986", COMPETITION, SPLIT, ["450000", "450000", "300000", None]),
        ("9986", COMPETITION, HELD, ["held", "held", "300000", None]),
        ("9866", COMPETITION, EACH, ["500000", "400000", "300000", "300000"]),
        ("9866", COMPETITION, SPLIT, ["500000", "400000", "150000", "150000"]),
        ("9866", COMPETITION, HELD, ["500000", "400000", "held", "held"]),
        ("9986", DENSE, EACH, ["500000", "500000", "400000", "300000"]),
        ("9986", DENSE, SPLIT, ["250000", "250000", "400000", "300000"]),
        ("9986", DENSE, HELD, ["held", "held", "400000", "300000"]),
    ],
)
def test_three_amounts_among_four(scores, ranks, rule, amounts):
    award = Award("funds", "", "", 3, FUNDS, "yuan", ties=rule)
    assert [paid(standing) for standing in stood(scores, award, ranks)] == amounts


@pytest.mark.parametrize(
    ("scores", "end", "rule", "named"),
    [
        ("98776", End.TOP, HELD, ["named", "named", "held", "held", None]),
        ("99876", End.TOP, HELD, ["named", "named", "named", None, None]),
        ("98776", End.TOP, EACH, ["named", "named", "named", "named", None]),
        ("98776", End.BOTTOM, HELD, [None, None, "named", "named", "named"]),
        ("98866", End.BOTTOM, EACH, [None, "named", "named", "named", "named"]),
    ],
)
def test_three_titles_among_five(scores, end, rule, named):
    award = Award("title", "", "", 3, ties=rule, end=end)
    assert [paid(standing) for standing in stood(scores, award)] == named


@pytest.mark.parametrize(
    ("ties", "rounding", "grades"),
    [  # of seven 20 % are 1.4, 70 % are 4.9
        (ShareTies.BETTER, Rounding.DOWN, "eggggpp"),
        (ShareTies.BETTER, Rounding.UP, "eegggpp"),
        (ShareTies.BETTER, Rounding.HALF_UP, "eggggpp"),
        (ShareTies.WORSE, Rounding.DOWN, "eggpppp"),
        (ShareTies.WORSE, Rounding.UP, "eegggpp"),
    ],
)
def test_a_tie_across_the_edge_of_a_share(ties, rounding, grades):
    scheme = SCHEMES["performance_quarter"]
    assert isinstance(scheme.grading, ByShare)
    scheme = replace(scheme, grading=replace(scheme.grading, ties=ties, rounding=rounding))
    scores = dict(zip("abcdefg", (9, 8, 7, 6, 6, 4, 3), strict=True))
    found = standings(scheme, [card(name, third_party=score) for name, score in scores.items()], ON)
    assert "".join(standing.grade[0] for standing in found) == grades


@pytest.mark.parametrize(
    ("comparison", "under", "there", "over"),
    [
        (Comparison.AT_LEAST, False, True, True),
        (Comparison.ABOVE, False, False, True),
        (Comparison.AT_MOST, True, True, False),
        (Comparison.BELOW, True, False, False),
    ],
)
def test_a_bound_that_is_just_reached(comparison, under, there, over):
    condition = Condition("x", comparison, always(Decimal(5)))
    assert [met(condition, Decimal(n), ON) for n in ("4.99", "5.00", "5.01")] == [under, there, over]
    assert met(condition, None, ON) is None


@pytest.mark.parametrize(
    ("street", "grade"), [(80, "good"), ("79.99", "pass"), (60, "pass"), ("59.99", "fail")]
)
def test_a_grade_begins_at_its_threshold(street, grade):
    told = card("a", "q", third_party=street, street=street, complaints=None, deaths=0, fires=0)
    assert ranked("property_firms", told)["a"].grade == grade


def test_scores_that_differ_only_where_a_quotient_was_cut_off_share_a_rank():
    third = ARITHMETIC.divide(Decimal(1), Decimal(3))
    one = ARITHMETIC.multiply(third, Decimal(3))
    assert one != 1
    found = places({"a": one, "b": Decimal(1)}, Ranking(COMPETITION))
    assert {place.rank for place in found.values()} == {1}


def test_a_veto_zeroes_even_a_score_that_is_empty():
    """Who has nothing to count does not get away with it, and the zero is explained."""
    inputs = (Input("done", "", ""), Input("all", "", ""), Input("deaths", "", ""))
    rate = Rule("rate", "", "", Rate(("done",), ("all",)))
    veto = Veto("fatal", "", "", Condition("deaths", Comparison.AT_LEAST, always(Decimal(1))))
    scheme = Scheme("s", "v", "", "", inputs, rules=(rate,), score="rate", vetoes=(veto,))
    score = standings(scheme, [card("a", done=3, all=0, deaths=1)], ON)[0].score
    assert (score.shown, score.gap, score.numerator / score.denominator) == ("0.00", None, 0)
