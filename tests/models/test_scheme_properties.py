"""What holds of schemes for all scorecards: monotone, blind to order, and every figure adds up."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from models.policy.scheme.consequences import AwardTies, End, Order, Ranking, RankTies
from models.policy.scheme.definition import Input, Scheme
from models.policy.scheme.figures import Figure, settled
from models.policy.scheme.ranking import places
from models.policy.scheme.rules import LEFT_OUT, Part, Rule, SheetMean, Weighted, always
from models.policy.scheme.rules import Linear as LinearRule
from models.policy.scheme.standings import Standing, standings
from tests.models.scorecards import ON, SCHEMES, card

marks = st.integers(0, 10_000).map(lambda n: Decimal(n) / 100)
maybe = st.none() | marks
some = st.integers(-400, 400).map(lambda n: Decimal(n) / 8)
weights = st.integers(1, 1000).map(lambda n: Decimal(n) / 10)
NAMES = "abcdefgh"


def adds_up(figure: Figure) -> bool:
    """Whether the figure is what its explanation says it is; an empty one says why."""
    if figure.value is None:
        return figure.gap is not None
    numerator = sum((Fraction(term.factor) * Fraction(term.value) for term in figure.terms), Fraction())
    basis = sum((Fraction(term.factor) * Fraction(term.value) for term in figure.basis), Fraction())
    exact = Fraction(figure.scale) * numerator / (basis if figure.basis else 1)
    return abs(exact - Fraction(figure.value)) < Fraction(1, 10**24)


def all_figures(found: tuple[Standing, ...]) -> list[Figure]:
    of_subjects = [figure for standing in found for figure in standing.figures.values()]
    of_sheets = [f for standing in found for sheet in standing.sheets for f in sheet.figures.values()]
    amounts = [award.amount for standing in found for award in standing.awards if award.amount]
    return [*of_subjects, *of_sheets, *amounts]


firms = st.lists(
    st.tuples(st.lists(maybe, max_size=4), maybe, st.none() | st.integers(0, 30), st.integers(0, 1)),
    min_size=1,
    max_size=8,
)


def cards_of(told):
    for name, (months, street, complaints, deaths) in zip(NAMES, told, strict=False):
        yield from (card(name, f"m{n}", third_party=x) for n, x in enumerate(months))
        yield card(name, "quarter", street=street, complaints=complaints, deaths=deaths, fires=0)


@given(told=firms, seed=st.randoms(use_true_random=False))
def test_every_figure_adds_up_and_the_order_of_cards_is_nothing(told, seed):
    cards = list(cards_of(told))
    found = standings(SCHEMES["property_firms"], cards, ON)
    assert all(adds_up(figure) for figure in all_figures(found))
    seed.shuffle(cards)
    assert standings(SCHEMES["property_firms"], cards, ON) == found


@given(slope=st.integers(0, 40), base=some, origin=some, bounds=st.tuples(some, some), x=marks, y=marks)
def test_a_linear_rule_rises_with_its_slope_and_stays_in_bounds(slope, base, origin, bounds, x, y):
    floor, cap = sorted(bounds)
    how = LinearRule("x", *(always(n) for n in (base, Decimal(slope) / 4, origin, floor, cap)))
    scheme = Scheme("s", "v", "", "", (Input("x", "", ""),), rules=(Rule("y", "", "", how),), score="y")
    low, high = (standings(scheme, [card("a", x=n)], ON)[0].score for n in sorted((x, y)))
    assert floor <= low.value <= high.value <= cap
    assert adds_up(low)
    assert adds_up(high)
    assert low.value == min(max(base + Decimal(slope) / 4 * (min(x, y) - origin), floor), cap)


@given(parts=st.lists(st.tuples(weights, maybe), min_size=1, max_size=6))
def test_a_weighted_figure_lies_between_its_parts_whatever_the_weights(parts):
    names = NAMES[: len(parts)]
    how = Weighted(tuple(Part(n, w) for n, (w, _) in zip(names, parts, strict=True)), LEFT_OUT)
    inputs = tuple(Input(n, "", "") for n in names)
    scheme = Scheme("s", "v", "", "", inputs, rules=(Rule("total", "", "", how),), score="total")
    values = dict(zip(names, (value for _, value in parts), strict=True))
    score = standings(scheme, [card("it", **values)], ON)[0].score
    given = [(weight, value) for weight, value in parts if value is not None]
    if not given:
        assert score.value is None
        return
    assert min(v for _, v in given) <= settled(score.value) <= max(v for _, v in given)
    assert score.denominator == sum(weight for weight, _ in given)
    exact = sum(Fraction(w) * Fraction(v) for w, v in given) / sum(Fraction(w) for w, _ in given)
    assert abs(exact - Fraction(score.value)) < Fraction(1, 10**24)
    assert adds_up(score)


@given(scores=st.lists(st.integers(0, 4), min_size=1, max_size=8), seed=st.randoms(use_true_random=False))
def test_ranks_belong_to_subjects_and_count_the_better_ones(scores, seed):
    told = {name: Decimal(score) for name, score in zip(NAMES, scores, strict=False)}
    mixed = list(told.items())
    seed.shuffle(mixed)
    for ties in RankTies:
        ranking = Ranking(ties)
        found = places(told, ranking)
        assert places(dict(mixed), ranking) == found
        for subject, place in found.items():
            better = [score for score in scores if score > told[subject]]
            dense = ties is RankTies.DENSE
            assert place.rank == 1 + (len(set(better)) if dense else len(better))
            assert place.last - place.first + 1 == len(place.tied) == scores.count(told[subject])
        assert places(told, Ranking(ties, Order.LOWEST_FIRST)) == places(told, ranking, End.BOTTOM)


@given(scores=st.lists(st.integers(0, 4), min_size=1, max_size=8))
def test_splitting_pays_out_what_there_is_and_no_more(scores):
    scheme = SCHEMES["working_funds"]
    assert scheme.awards[0].ties is AwardTies.SPLIT
    cards = [card(name, round_score=score) for name, score in zip(NAMES, scores, strict=False)]
    found = standings(scheme, cards, ON)
    paid = sum(Fraction(award.amount.value) for s in found for award in s.awards)
    assert abs(paid - Fraction(sum(scheme.awards[0].amounts[: len(scores)]))) < Fraction(1, 10**20)


@given(told=st.lists(maybe, min_size=1, max_size=8), better=st.integers(0, 7), more=marks)
def test_who_improves_is_never_ranked_lower(told, better, more):
    how = SheetMean("mark", LEFT_OUT)
    inputs = (Input("mark", "", ""),)
    rules = (Rule("mean", "", "", how),)
    scheme = Scheme(
        "s", "v", "", "", inputs, rules=rules, score="mean", ranking=Ranking(RankTies.COMPETITION)
    )
    who = NAMES[better % len(told)]
    before = [card(name, mark=mark) for name, mark in zip(NAMES, told, strict=False)]
    mark = told[better % len(told)]
    after = [card(who, mark=(mark or 0) + more) if each.subject == who else each for each in before]
    ranks = [
        next(s.rank for s in standings(scheme, cards, ON) if s.subject == who) for cards in (before, after)
    ]
    assert mark is None or ranks[1] <= ranks[0]
