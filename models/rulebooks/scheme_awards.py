"""What follows from a score, as a rulebook says it: ranks, vetoes, grades, awards."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from itertools import pairwise

from models.policy.scheme.consequences import (
    Award,
    AwardTies,
    ByShare,
    ByThreshold,
    Combined,
    End,
    Grade,
    Grading,
    Order,
    Ranking,
    RankTies,
    Rounding,
    Row,
    ShareTies,
    Veto,
)
from models.policy.scheme.figures import ZERO
from models.policy.scheme.rules import HUNDRED, Missing, always
from models.rulebooks import reader, scheme_numbers
from models.rulebooks.district import LONGEST_NAME
from models.rulebooks.reader import Fields, Problems
from models.rulebooks.scheme_numbers import condition, names_of, number, parameter
from models.rulebooks.source import Listing, Mapping, Node, Place

NAMES = ("zh", "en")
GRADES = {
    "thresholds": (("at_least",), ()),
    "shares": (("shares", "ties", "rounding"), ()),
    "combined": (("of", "table", "missing"), ()),
}
MOST_PLACES = 1000
Follows = tuple[tuple[Veto, ...], Ranking | None, Grading | None, tuple[Award, ...]]


def read_consequences(got: Fields, at: Place, names: Collection[str], graded: Collection[str]) -> Follows:
    """Vetoes, ranking, grading and awards of a scheme, and whether it has what they need."""
    ranking = got.take("rank", None, _ranking)
    grading = got.take("grade", None, _grading, graded)
    no_awards: tuple[Award, ...] = ()
    no_vetoes: tuple[Veto, ...] = ()
    vetoes = got.take("vetoes", no_vetoes, _vetoes, names, [grade.key for grade in _scale(grading)])
    awards = got.take("awards", no_awards, _awards, names)
    needs = {
        "`rank`": "rank" in got.values,
        "`grade` by score": isinstance(grading, ByThreshold),
        "a veto without `caps_at`": any(veto.caps_at is None for veto in vetoes),
    }
    for what in [what for what, there in needs.items() if there and "score" not in got.values]:
        got.problems.add(at, f"{what} needs `score`, the name of the figure that is the score")
    needs = {
        "`grade` by share": isinstance(grading, ByShare),
        "an award with `places`": any(award.places for award in awards),
    }
    for what in [what for what, there in needs.items() if there and "rank" not in got.values]:
        got.problems.add(at, f"{what} needs `rank`")
    return vetoes, ranking, grading, awards


def _scale(grading: Grading | None) -> tuple[Grade, ...]:
    return grading.scale if grading else ()


def _ranking(node: Node, what: str, problems: Problems) -> Ranking:
    got = Fields(node, what, problems, ("ties",), ("order",))
    ties = got.take("ties", RankTies.COMPETITION, reader.choice, RankTies, RankTies.COMPETITION)
    order = got.take("order", Order.HIGHEST_FIRST, reader.choice, Order, Order.HIGHEST_FIRST)
    return Ranking(ties, order)


def _vetoes(
    node: Node, what: str, problems: Problems, names: Collection[str], grades: list[str]
) -> tuple[Veto, ...]:
    found: list[Veto] = []
    for key, _, value in reader.entries(node, what, problems):
        got = Fields(value, f"veto `{key}`", problems, (*NAMES, "when"), ("caps_at",))
        zh, en = (got.take(each, "", reader.text, LONGEST_NAME) for each in NAMES)
        caps_at = got.take("caps_at", None, _grade, grades)
        when = got.take("when", None, condition, names)
        if when:
            found.append(Veto(key, zh, en, when, caps_at))
    return tuple(found)


def _grade(node: Node, what: str, problems: Problems, grades: Collection[str]) -> str:
    key = reader.text(node, what, problems)
    reader.known(node, key, f"grade in {what}", problems, grades)
    return key


# Grades -------------------------------------------------------------------------------------------


def _grading(node: Node, what: str, problems: Problems, graded: Collection[str]) -> Grading | None:
    kind = node.values.get("kind") if isinstance(node, Mapping) else None
    if kind is None:
        problems.add(node.at, f"{what} lacks `kind`; one of {', '.join(f'`{each}`' for each in GRADES)}")
        return None
    word = reader.text(kind, "kind", problems)
    if not reader.known(kind, word, "kind", problems, GRADES):
        return None
    needed, optional = GRADES[word]
    got = Fields(node, what, problems, ("kind", "scale", *needed), optional)
    no_scale: tuple[Grade, ...] = ()
    scale = got.take("scale", no_scale, _read_scale)
    if len(scale) < 2:
        problems.add(node.at, f"{what} needs a scale of at least two grades, the best first")
        return None
    if word == "thresholds":
        return _thresholds(got, scale)
    return _shares(got, scale) if word == "shares" else _combined(got, scale, graded)


def _read_scale(node: Node, what: str, problems: Problems) -> tuple[Grade, ...]:
    found: list[Grade] = []
    for key, _, value in reader.entries(node, what, problems):
        got = Fields(value, f"grade `{key}`", problems, NAMES, ("worth",))
        zh, en = (got.take(each, "", reader.text, LONGEST_NAME) for each in NAMES)
        found.append(Grade(key, zh, en, got.take("worth", None, number)))
    return tuple(found)


def _each_but_last(got: Fields, section: str, scale: tuple[Grade, ...]) -> Fields:
    """The values of a section that has one for every grade but the last, which is what remains."""
    node = got.values.get(section, Mapping(Place("")))
    return Fields(node, section, got.problems, [grade.key for grade in scale[:-1]])


def _thresholds(got: Fields, scale: tuple[Grade, ...]) -> ByThreshold:
    least = _each_but_last(got, "at_least", scale)
    found = [least.take(grade.key, always(ZERO), parameter) for grade in scale[:-1]]
    for (better, upper), (grade, lower) in pairwise(zip(scale, found, strict=False)):
        if grade.key in least.values and not scheme_numbers.in_order(lower, upper):
            at = least.values[grade.key].at
            got.problems.add(at, f"`{grade.key}` asks for more than `{better.key}`; list the best first")
    return ByThreshold(scale, tuple(found))


def _shares(got: Fields, scale: tuple[Grade, ...]) -> ByShare:
    parts = _each_but_last(got, "shares", scale)
    shares = tuple(parts.take(grade.key, ZERO, number, 0) for grade in scale[:-1])
    if sum(shares) > HUNDRED:
        got.problems.add(got.values["shares"].at, f"shares add up to {sum(shares)}; at most 100")
    ties = got.take("ties", ShareTies.BETTER, reader.choice, ShareTies, ShareTies.BETTER)
    rounding = got.take("rounding", Rounding.DOWN, reader.choice, Rounding, Rounding.DOWN)
    return ByShare(scale, shares, ties, rounding)


def _combined(got: Fields, scale: tuple[Grade, ...], graded: Collection[str]) -> Combined:
    nothing: tuple[str, ...] = ()
    of = got.take("of", nothing, names_of, graded)
    no_rows: tuple[Row, ...] = ()
    rows = got.take("table", no_rows, _rows, [grade.key for grade in scale], len(of))
    missing = got.take("missing", Missing.STAYS, reader.choice, Missing, Missing.STAYS)
    if missing is Missing.COUNTS_AS:
        got.problems.add(got.values["missing"].at, "a grade cannot be counted as; `STAYS` or `LEFT_OUT`")
    return Combined(scale, of, rows, missing)


def _rows(
    node: Node, what: str, problems: Problems, grades: Collection[str], periods: int
) -> tuple[Row, ...]:
    found: list[Row] = []
    for item in reader.items(node, what, problems):
        got = Fields(item, f"a row of {what}", problems, ("gives", "reach", "times"), ("none_below",))
        gives, reach = (got.take(key, "", _grade, grades) for key in ("gives", "reach"))
        times = got.take("times", 1, reader.whole, 1, max(periods, 1))
        found.append(Row(gives, reach, times, got.take("none_below", None, _grade, grades)))
    return tuple(found)


# Awards -------------------------------------------------------------------------------------------


def _awards(node: Node, what: str, problems: Problems, names: Collection[str]) -> tuple[Award, ...]:
    listed = reader.entries(node, what, problems)
    return tuple(_award(value, key, problems, names) for key, _, value in listed)


def _award(node: Node, key: str, problems: Problems, names: Collection[str]) -> Award:
    optional = ("places", "unit", "end", "ties", "among", "when")
    got = Fields(node, f"award `{key}`", problems, NAMES, optional)
    zh, en = (got.take(each, "", reader.text, LONGEST_NAME) for each in NAMES)
    nobody: tuple[int, tuple[Decimal, ...]] = (0, ())
    places, amounts = got.take("places", nobody, _places)
    award = Award(
        key=key,
        zh=zh,
        en=en,
        places=places,
        amounts=amounts,
        unit=got.take("unit", "", reader.text, LONGEST_NAME),
        end=got.take("end", End.TOP, reader.choice, End, End.TOP),
        ties=got.take("ties", AwardTies.EACH, reader.choice, AwardTies, AwardTies.EACH),
        among=got.take("among", 1, reader.whole, 1, MOST_PLACES),
        when=got.take("when", None, condition, names),
    )
    for wrong in _contradictions(award, got):
        problems.add(node.at, f"award `{key}` {wrong}")
    return award


def _contradictions(award: Award, got: Fields) -> list[str]:
    places = "places" in got.values
    rules = {
        "has neither `places` nor `when`; say who gets it": not places and award.when is None,
        "goes by place and needs `ties`": places and "ties" not in got.values,
        "has no places; `ties`, `end` and `among` are for places": not places
        and bool({"ties", "end", "among"} & set(got.values)),
        "splits no amounts; list them in `places`": award.ties is AwardTies.SPLIT and not award.amounts,
        "has amounts and needs `unit`": bool(award.amounts) and not award.unit,
    }
    return [wrong for wrong, holds in rules.items() if holds]


def _places(node: Node, what: str, problems: Problems) -> tuple[int, tuple[Decimal, ...]]:
    """How many places, or the amount of each: `5` or `[500000, 400000, 300000]`."""
    if not isinstance(node, Listing):
        return reader.whole(node, what, problems, 1, MOST_PLACES), ()
    amounts = tuple(number(item, what, problems, 0) for item in reader.items(node, what, problems))
    return len(amounts), amounts
