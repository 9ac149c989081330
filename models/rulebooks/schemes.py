"""The `schemes` of a rulebook: from YAML to `Scheme` (docs/schemes.md says how to write one)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal

from models.policy.scheme.definition import Input, Scheme
from models.policy.scheme.figures import ZERO
from models.policy.scheme.rules import (
    HUNDRED,
    STAYS,
    Deduction,
    IfMissing,
    Kind,
    Linear,
    Mean,
    Missing,
    Part,
    Penalty,
    Rate,
    Rule,
    SheetMean,
    SheetSum,
    Sum,
    Weighted,
    always,
    used,
)
from models.rulebooks import reader, scheme_awards, scheme_numbers
from models.rulebooks.district import LONGEST_NAME
from models.rulebooks.reader import Fields, Problems
from models.rulebooks.scheme_numbers import name, names_of, number, parameter
from models.rulebooks.source import Mapping, Node, Place

MOST_PLACES = 6
NAMES = ("zh", "en")
NEEDED = (*NAMES, "inputs")
OPTIONAL = ("sheet", "rules", "score", "rank", "vetoes", "grade", "awards")
NOTHING = always(ZERO)
NONE: tuple[str, ...] = ()


@dataclass(frozen=True)
class Names:
    """What a rule may be made from: figures of its own level, and of the sheets below, if it has any."""

    own: frozenset[str]
    sheets: frozenset[str] = frozenset()


def read_schemes(node: Node, what: str, problems: Problems, version: str) -> list[Scheme]:
    """All schemes of a rulebook; `version` names the rulebook, e.g. "jinjiang/2026.1"."""
    return [_scheme(value, key, problems, version) for key, _, value in reader.entries(node, what, problems)]


def _scheme(node: Node, key: str, problems: Problems, version: str) -> Scheme:
    got = Fields(node, f"scheme `{key}`", problems, NEEDED, OPTIONAL)
    _no_name_twice(got, problems)
    no_inputs: tuple[Input, ...] = ()
    inputs = got.take("inputs", no_inputs, _inputs)
    numbers = frozenset(entry.key for entry in inputs if not entry.graded)
    below = numbers | _keys(got, "sheet")
    names = Names(numbers | _keys(got, "rules"), below)
    no_rules: tuple[Rule, ...] = ()
    sheet = got.take("sheet", no_rules, _rules, Names(below))
    rules = got.take("rules", no_rules, _rules, names)
    score = got.take("score", "", name, names.own)
    graded = [entry.key for entry in inputs if entry.graded]
    follows = scheme_awards.read_consequences(got, node.at, names.own, graded)
    zh, en = _names(got)
    return Scheme(key, version, zh, en, inputs, sheet, rules, score or None, *follows)


def _names(got: Fields) -> tuple[str, str]:
    return got.take("zh", "", reader.text, LONGEST_NAME), got.take("en", "", reader.text, LONGEST_NAME)


def _keys(got: Fields, section: str) -> frozenset[str]:
    node = got.values.get(section)
    return frozenset(node.values) if isinstance(node, Mapping) else frozenset()


def _no_name_twice(got: Fields, problems: Problems) -> None:
    """A name means one thing in a scheme, since every figure names its rule by it."""
    first: dict[str, Place] = {}
    for section in ("inputs", "sheet", "rules", "vetoes", "awards"):
        node = got.values.get(section)
        for key, at in node.keys.items() if isinstance(node, Mapping) else ():
            if key == "grade":
                problems.add(at, f"`grade` in {section} names the grade itself; take another name")
            elif key in first:
                problems.add(at, f"`{key}` names two things, first in {first[key]}; take another name")
            first.setdefault(key, at)


def _inputs(node: Node, what: str, problems: Problems) -> tuple[Input, ...]:
    return tuple(_input(value, key, problems) for key, _, value in reader.entries(node, what, problems))


def _input(node: Node, key: str, problems: Problems) -> Input:
    got = Fields(node, f"input `{key}`", problems, NAMES, ("low", "high", "graded", "places"))
    low, high = got.take("low", None, number), got.take("high", None, number)
    if low is not None and high is not None and low > high:
        problems.add(node.at, f"input `{key}` is at least {low} and at most {high}; low is under high")
    graded = got.take("graded", False, reader.flag)
    if graded and (low is not None or high is not None):
        problems.add(node.at, f"input `{key}` is a grade; only numbers have `low` and `high`")
    places = got.take("places", 0, reader.whole, 0, MOST_PLACES)
    return Input(key, *_names(got), low, high, graded, places)


# Rules --------------------------------------------------------------------------------------------


def _rules(node: Node, what: str, problems: Problems, names: Names) -> tuple[Rule, ...]:
    found: list[Rule] = []
    at: dict[str, Place] = {}
    for key, place, value in reader.entries(node, what, problems):
        rule = _rule(value, key, problems, names)
        if rule:
            found.append(rule)
            at[key] = place
    return _in_order(found, at, problems)


def _in_order(rules: list[Rule], at: dict[str, Place], problems: Problems) -> tuple[Rule, ...]:
    """So that each finds what it is made from; as written, where that allows it."""
    waiting, done = list(rules), list[Rule]()
    while waiting:
        open_keys = {rule.key for rule in waiting}
        ready = next((rule for rule in waiting if not open_keys & set(used(rule.how))), None)
        if ready is None:
            circle = ", ".join(f"`{rule.key}`" for rule in waiting)
            problems.add(at[waiting[0].key], f"rules go in a circle: {circle}; none is made from itself")
            return ()
        waiting.remove(ready)
        done.append(ready)
    return tuple(done)


def _rule(node: Node, key: str, problems: Problems, names: Names) -> Rule | None:
    what = f"rule `{key}`"
    kind = node.values.get("kind") if isinstance(node, Mapping) else None
    if kind is None:
        problems.add(node.at, f"{what} lacks `kind`; one of {', '.join(f'`{each}`' for each in KINDS)}")
        return None
    word = reader.text(kind, "kind", problems)
    if not reader.known(kind, word, "kind", problems, KINDS):
        return None
    if word in OF_SHEETS and not names.sheets:
        problems.add(kind.at, f"kind `{word}` in a sheet's own rules; it stands in `rules`")
        return None
    needed, optional, read = KINDS[word]
    got = Fields(node, what, problems, (*NAMES, "kind", *needed), ("places", *optional))
    places = got.take("places", 2, reader.whole, 0, MOST_PLACES)
    return Rule(key, *_names(got), read(got, names), places)


def _linear(got: Fields, names: Names) -> Kind:
    of = got.take("of", "", name, names.own)
    base, slope, origin = (got.take(key, NOTHING, parameter) for key in ("base", "slope", "origin"))
    floor, cap = got.take("floor", None, parameter), got.take("cap", None, parameter)
    if floor and cap and not scheme_numbers.in_order(floor, cap):
        got.problems.add(got.values["floor"].at, "floor is over cap; a floor is never over the cap")
    return Linear(of, base, slope, origin, floor, cap)


def _rate(got: Fields, names: Names) -> Kind:
    above, below = (got.take(key, NONE, names_of, names.own) for key in ("numerator", "denominator"))
    return Rate(above, below, got.take("scale", HUNDRED, number, 0))


def _weighted(got: Fields, names: Names) -> Kind:
    no_parts: dict[str, Decimal] = {}
    parts = got.take("weights", no_parts, _weights, names.own)
    return Weighted(tuple(Part(key, weight) for key, weight in parts.items()), _missing(got))


def _weights(node: Node, what: str, problems: Problems, names: Collection[str]) -> dict[str, Decimal]:
    return {
        key: number(value, f"weight of {key}", problems, 0)
        for key, value in _by_name(node, what, problems, names)
    }


def _by_name(node: Node, what: str, problems: Problems, names: Collection[str]) -> list[tuple[str, Node]]:
    """The entries of a mapping by figure; complains of keys that are none."""
    found: list[tuple[str, Node]] = []
    for key, place, value in reader.entries(node, what, problems):
        if isinstance(node, Mapping):
            reader.known(_at(node, place), key, f"figure in {what}", problems, names)
        found.append((key, value))
    return found


def _at(node: Mapping, place: Place) -> Mapping:
    return Mapping(place, node.values, node.keys)


def _mean(got: Fields, names: Names) -> Kind:
    return Mean(got.take("of", NONE, names_of, names.own), _missing(got))


def _sum(got: Fields, names: Names) -> Kind:
    return Sum(got.take("of", NONE, names_of, names.own), _missing(got), got.take("cap", None, parameter))


def _sheet_mean(got: Fields, names: Names) -> Kind:
    return SheetMean(got.take("of", "", name, names.sheets), _missing(got))


def _sheet_sum(got: Fields, names: Names) -> Kind:
    return SheetSum(got.take("of", "", name, names.sheets), _missing(got), got.take("cap", None, parameter))


def _deduction(got: Fields, names: Names) -> Kind:
    no_points: list[tuple[str, Node]] = []
    points = got.take("points", no_points, _by_name, names.own)
    penalties = [Penalty(key, parameter(value, f"points of {key}", got.problems)) for key, value in points]
    return Deduction(
        start=got.take("start", NOTHING, parameter),
        penalties=tuple(penalties),
        floor=got.take("floor", None, parameter),
        per=got.take("per", None, name, names.own),
        each=got.take("each", Decimal(1), number, 0),
    )


def _missing(got: Fields) -> IfMissing:
    return got.take("missing", STAYS, _if_missing)


def _if_missing(node: Node, what: str, problems: Problems) -> IfMissing:
    """`STAYS`, `LEFT_OUT`, or `{counts_as: 60, full: 100}`: never full marks."""
    if not isinstance(node, Mapping):
        words = (Missing.STAYS.value, Missing.LEFT_OUT.value)
        word = reader.text(node, what, problems)
        known = reader.known(node, word, what, problems, words)
        return IfMissing(Missing(word)) if known else STAYS
    got = Fields(node, what, problems, ("counts_as", "full"))
    value, full = got.take("counts_as", None, number), got.take("full", None, number)
    if value is None or full is None:
        return STAYS
    if value >= full:
        problems.add(node.at, f"missing counts as {value} of {full}; missing is never full marks")
        return STAYS
    return IfMissing(Missing.COUNTS_AS, value, full)


OF_SHEETS = ("sheet_mean", "sheet_sum")
KINDS: dict[str, tuple[tuple[str, ...], tuple[str, ...], Callable[[Fields, Names], Kind]]] = {
    "linear": (("of", "base", "slope", "origin"), ("floor", "cap"), _linear),
    "rate": (("numerator", "denominator"), ("scale",), _rate),
    "weighted": (("weights", "missing"), (), _weighted),
    "mean": (("of", "missing"), (), _mean),
    "sum": (("of", "missing"), ("cap",), _sum),
    "sheet_mean": (("of", "missing"), (), _sheet_mean),
    "sheet_sum": (("of", "missing"), ("cap",), _sheet_sum),
    "deduction": (("start", "points"), ("floor", "per", "each"), _deduction),
}
"""Of each kind what it needs, what it may have, and how it is read."""
