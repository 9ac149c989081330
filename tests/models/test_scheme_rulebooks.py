"""Schemes as data: in a rulebook, as JSON and back, and every mistake named with its line."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest

from models.policy.scheme.consequences import Grading
from models.policy.scheme.rules import COUNTS_AS_NEEDS, IfMissing, Kind, Missing, Parameter, Step
from models.rulebooks import codec
from models.rulebooks.loader import load
from models.rulebooks.scheme_codec import scheme_from_json, scheme_to_json
from models.rulebooks.source import RulebookError
from tests.models.scorecards import SCHEMES, SHIPPED, read

BOOK = (Path(__file__).parent / "small_rulebook.yaml").read_text("utf-8")

GOOD = (Path(__file__).parent / "small_schemes.yaml").read_text("utf-8")

SHARES = (
    "at_least: {good: 80, pass: 60}",
    "shares: {good: 60, pass: 50}\n      ties: BETTER\n      rounding: DOWN",
)
BROKEN = [
    ("unknown_key", "score: total", "scor: total", 17, "did you mean `score`?"),
    ("no_inputs", "inputs:", "input:", 5, "did you mean `inputs`?"),
    ("unknown_kind", "kind: linear", "kind: liner", 13, "kind `liner` is unknown; did you mean `linear`?"),
    ("no_kind", "kind: sum, ", "", 10, "rule `points` lacks `kind`; one of `linear`, `rate`"),
    ("foreign_key", "kind: rate,", "kind: rate, cap: 5,", 14, "unknown key `cap` in rule `ratio`"),
    ("missing_key", "slope: 0.5, ", "", 13, "rule `line` lacks `slope`"),
    ("missing_undeclared", ", missing: LEFT_OUT", "", 16, "rule `total` lacks `missing`"),
    ("missing_word", "missing: LEFT_OUT", "missing: FULL", 16, "missing `FULL` is unknown; one of"),
    ("full_marks", "counts_as: 60", "counts_as: 100", 12, "counts as 100 of 100; missing is never"),
    ("unknown_figure", "of: points,", "of: point,", 12, "figure in of `point` is unknown; did you"),
    ("figure_of_sheet", "[r], den", "[points], den", 14, "figure in numerator `points` is unknown"),
    ("a_grade_is_no_number", "of: [r, deaths]", "of: [r, quarter]", 10, "figure in of `quarter` is unknown"),
    ("figure_twice", "of: [r, deaths]", "of: [r, r]", 10, "`r` stands twice in of"),
    ("weight_of_nothing", "{mean: 7, line: 3}", "{mean: 7, lane: 3}", 16, "did you mean `line`?"),
    ("weight_zero", "line: 3}", "line: 0}", 16, "weight of line `0` is not right; a number over 0"),
    ("not_a_number", "base: 25", "base: 2.5e1", 13, "base `2.5e1` is not right; a number such as 12.5"),
    ("formula", "base: 25", "base: max(0, r)", 13, "base `max(0` is not right; a number"),
    ("not_a_day", "2025-01-01: 95", "2025-13-01: 95", 13, "`2025-13-01` in origin is not a date; each"),
    ("floor_over_cap", "cap: 25}", "cap: 12}", 13, "floor is over cap"),
    ("sheet_kind_in_sheet", "kind: sum, of: [r, deaths]", "kind: sheet_mean, of: r", 10, "stands in `rules`"),
    ("circle", "weights: {mean: 7, line: 3}", "weights: {total: 7, line: 3}", 16, "go in a circle: `total`"),
    ("name_twice", "      mean: {", "      r: {", 12, "`r` names two things, first in test.yaml:6"),
    ("reserved", "      flag: {", "      grade: {", 26, "`grade` in awards names the grade itself"),
    ("range", "low: 0, high: 100", "low: 10, high: 1", 6, "is at least 10 and at most 1; low is under high"),
    ("range_of_grade", "graded: true", "graded: true, low: 1", 8, "only numbers have `low` and `high`"),
    ("score_unknown", "score: total", "score: totals", 17, "figure in score `totals` is unknown"),
    ("no_score", "    score: total\n", "", 2, "`rank` needs `score`"),
    ("no_rank", "    rank: {ties: COMPETITION}\n", "", 2, "an award with `places` needs `rank`"),
    ("ties", "COMPETITION", "1224", 20, "ties `1224` is unknown; one of `COMPETITION`, `DENSE`"),
    ("condition", ", at_least: 1", "", 19, "when must have one of `at_least`, `above`"),
    ("two_conditions", "at_least: 1", "at_least: 1, below: 3", 19, "when must have one of"),
    ("veto_grade", "caps_at: pass", "caps_at: past", 19, "grade in caps_at `past` is unknown; did"),
    ("grade_without", "pass: 60}", "pas: 60}", 24, "at_least lacks `pass`"),
    ("grades_rise", "pass: 60}", "pass: 90}", 24, "`pass` asks for more than `good`; list the best first"),
    ("one_grade", ", pass: {zh: 合格, en: Pass}, fail: {zh: 不合格, en: Fail}", "", 21, "at least two"),
    ("places_zero", "places: [2, 1]", "places: 0", 26, "places `0` is not right; a whole number from 1"),
    ("no_unit", ", unit: yuan", "", 26, "award `flag` has amounts and needs `unit`"),
    ("no_ties", ", ties: SPLIT", "", 26, "award `flag` goes by place and needs `ties`"),
    ("nothing_to_split", "[2, 1], unit: yuan", "2", 26, "award `flag` splits no amounts"),
    ("nobody", "places: [2, 1], unit: yuan, ties: SPLIT", "unit: yuan", 26, "neither `places` nor `when`"),
]  # fmt: skip


def messages(text: str) -> list[str]:
    with pytest.raises(RulebookError) as caught:
        read(text)
    return [str(problem) for problem in caught.value.problems]


def test_what_is_broken_below_is_right_before():
    assert [rule.key for rule in read(GOOD)[0].rules] == ["mean", "line", "ratio", "loss", "total"]


@pytest.mark.parametrize(
    ("old", "new", "line", "message"), [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN]
)
def test_a_mistake_is_named_with_its_line(old, new, line, message):
    assert old in GOOD
    found = messages(GOOD.replace(old, new, 1))
    assert any(text.startswith(f"test.yaml:{line}:") and message in text for text in found), found


def test_shares_of_more_than_all_are_refused():
    text = GOOD.replace("kind: thresholds", "kind: shares").replace(*SHARES)
    assert [line for line in messages(text) if "shares add up to 110; at most 100" in line]


def test_all_mistakes_are_named_at_once():
    text = GOOD.replace("kind: linear", "kind: liner").replace("unit: yuan", "unti: yuan")
    assert len(messages(text)) >= 2


def test_the_examples_of_the_guide_are_right_and_show_every_kind():
    guide = (SHIPPED.parents[2] / "docs" / "schemes.md").read_text("utf-8")
    examples = re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)
    found = [scheme for example in examples for scheme in read(example)]
    kinds = {type(rule.how) for scheme in found for rule in (*scheme.sheet, *scheme.rules)}
    gradings = {type(scheme.grading) for scheme in found if scheme.grading}
    assert (kinds, gradings) == (set(get_args(Kind)), set(get_args(Grading)))


def test_rules_stand_in_any_order():
    assert [rule.key for rule in SCHEMES["performance_pay"].rules] == ["quarters", "coefficient", "share"]


def test_a_number_holds_from_its_day():
    rate = Parameter((Step(date(2025, 1, 1), Decimal(95)), Step(date(2026, 7, 1), Decimal(98))))
    days = (date(2024, 12, 31), date(2025, 1, 1), date(2026, 6, 30), date(2026, 7, 1))
    assert [rate.on(day) for day in days] == [None, 95, 95, 98]


@pytest.mark.parametrize("full", [60, 59])
def test_full_marks_never_stand_in_for_what_is_missing(full):
    with pytest.raises(ValueError, match="missing is never full marks"):
        IfMissing(Missing.COUNTS_AS, Decimal(60), Decimal(full))
    with pytest.raises(ValueError, match=COUNTS_AS_NEEDS):
        IfMissing(Missing.STAYS, Decimal(1), Decimal(2))


# In a rulebook, and as JSON ----------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=lambda scheme: scheme.key)
def test_a_scheme_survives_json(scheme):
    written = json.loads(json.dumps(scheme_to_json(scheme)))
    assert scheme_from_json(written) == scheme
    assert scheme_to_json(scheme_from_json(written)) == written


def test_every_number_of_the_json_is_a_text_or_whole():
    def numbers(node: object) -> list[object]:
        if isinstance(node, dict | list):
            return [n for item in (node.values() if isinstance(node, dict) else node) for n in numbers(item)]
        return [node]

    written = [leaf for scheme in SCHEMES.values() for leaf in numbers(scheme_to_json(scheme))]
    assert not [leaf for leaf in written if isinstance(leaf, float)]


def test_a_rulebook_with_schemes_keeps_them(tmp_path):
    path = tmp_path / "book.yaml"
    path.write_text(BOOK + SHIPPED.read_text("utf-8"), "utf-8")
    loaded = load(path)
    assert [scheme.key for scheme in loaded.rulebook.schemes] == [
        "reverse_review",
        "annual_review",
        "bulletin_departments",
        "bulletin_streets",
        "satisfaction",
        "satisfaction_units",
        "satisfaction_year",
    ]
    assert {scheme.version for scheme in loaded.rulebook.schemes} == {"jiangbei/1"}
    written = json.loads(codec.canonical(codec.to_json(loaded.rulebook)))
    assert codec.from_json(written) == loaded.rulebook


def test_a_rulebook_without_schemes_is_what_it_was(tmp_path):
    path = tmp_path / "book.yaml"
    path.write_text(BOOK, "utf-8")
    loaded = load(path)
    assert loaded.rulebook.schemes == []
    assert "schemes" not in codec.to_json(loaded.rulebook)


def test_one_number_of_a_shared_scheme_may_be_replaced(tmp_path):
    (tmp_path / "base.yaml").write_text(BOOK + GOOD, "utf-8")
    child = tmp_path / "child.yaml"
    changed = "schemes: {firms: {rules: {line: {origin: {2026-07-01: 98}}}}}"
    child.write_text(f'extends: base\nversion: "2"\n{changed}\n', "utf-8")
    loaded, below = load(child), load(tmp_path / "base.yaml")
    line = next(rule.how for rule in loaded.rulebook.schemes[0].rules if rule.key == "line")
    assert [(step.since, step.value) for step in line.origin.steps] == [
        (date(2025, 1, 1), 95),
        (date(2026, 7, 1), 98),
    ]
    assert loaded.digest != below.digest


def test_a_mistake_in_a_rulebook_is_named_with_its_file(tmp_path):
    path = tmp_path / "book.yaml"
    path.write_text(BOOK + GOOD.replace("kind: linear", "kind: liner"), "utf-8")
    with pytest.raises(RulebookError, match=r"book\.yaml:58:\d+: kind `liner` is unknown"):
        load(path)
