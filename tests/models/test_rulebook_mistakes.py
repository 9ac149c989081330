"""Rulebooks with mistakes: each is named with its file, line and column, and what would be right."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from models.rulebooks.loader import load
from models.rulebooks.source import MAX_BYTES, RulebookError
from models.terms import Level, RungTarget

GOOD = (Path(__file__).parent / "small_rulebook.yaml").read_text("utf-8")

# id, what is replaced, by what, the line of the mistake, part of the message
BROKEN = [
    ("unknown_key", "ladders:", "colour: red\nladders:", 24, "unknown key `colour` in the rulebook; one of"),
    ("unknown_key_nearly", "own_team: GRID", "own_taem: GRID", 45, "did you mean `own_team`?"),
    (
        "unknown_key_in_item",
        "level: SIMPLE, d",
        "level: SIMPLE, colour: x, d",
        45,
        "unknown key `colour` in item `tree`",
    ),
    ("missing_key", 'version: "1"\n', "", 1, "the rulebook lacks `version`"),
    ("missing_section_key", "  key: jiangbei\n", "", 2, "district lacks `key`"),
    ("missing_item_key", "en: Leak, ", "", 39, "item `leak` lacks `en`"),
    ("empty_text", "zh: 江北区", "zh:", 4, "zh must be a text"),
    ("long_text", "en: Leak,", f"en: {'x' * 81},", 39, "en has 81 characters; at most 80"),
    (
        "bad_level",
        "level: GENERAL, departments: [water]",
        "level: GENERL, departments: [water]",
        39,
        "did you mean `GENERAL`?",
    ),
    ("bad_level_case", "level: CRITICAL", "level: critical", 40, "did you mean `CRITICAL`?"),
    (
        "unknown_department",
        "[water, parks]",
        "[water, park]",
        40,
        "department `park` is unknown; did you mean `parks`?",
    ),
    ("department_twice", "[water, parks]", "[water, water]", 40, "department `water` stands twice"),
    (
        "no_department",
        "departments: [water]}",
        "departments: []}",
        39,
        "departments must be a list with at least one",
    ),
    (
        "own_team",
        "own_team: GRID",
        "own_team: OFFICE",
        45,
        "own team `OFFICE` is unknown; one of `COMMUNITY`",
    ),
    (
        "item_twice_in_a_group",
        "      flood: {",
        "      leak: {",
        40,
        "key `leak` stands twice, first in line 39",
    ),
    ("item_twice_in_two_groups", "      tree: {", "      leak: {", 45, "item `leak` stands twice, first in "),
    ("item_key", "      tree: {", "      Tree-1: {", 45, "`Tree-1` in items is not a key; use a-z"),
    ("key_twice", "  en: Jiangbei District\n", "  zh: 江北区\n", 5, "key `zh` stands twice, first in line 4"),
    (
        "bad_duration",
        "assess: 2 h, handle: 3 d",
        "assess: 2 h, handle: soon",
        19,
        "handle `soon` is not a time; write it as",
    ),
    ("duration_without_unit", "handle: 3 d", "handle: 3", 19, "handle `3` is not a time"),
    ("duration_in_seconds", "handle: 3 d", "handle: 3 s", 19, "handle `3 s` is not a time"),
    ("duration_negative", "handle: 3 d", "handle: -3 d", 19, "handle `-3 d` is not a time"),
    ("duration_zero", "handle: 3 d", "handle: 0 d", 19, "handle `0 d` is out of range"),
    ("duration_too_long", "handle: 3 d", "handle: 999999 d", 19, "handle `999999 d` is out of range"),
    ("item_duration", "{handle: 2 d}", "{handle: 2 y}", 40, "handle `2 y` is not a time"),
    ("item_limit_kind", "{handle: 2 d}", "{handel: 2 d}", 40, "did you mean `handle`?"),
    ("missing_limit", "verify: 2 d, ", "", 20, "limits of GENERAL lacks `verify`"),
    ("missing_further_limit", ", appeal: 3 d", "", 23, "limits of every_level lacks `appeal`"),
    ("missing_level", "  SIMPLE: {assess: 2 h, handle: 3 d, verify: 1 d}\n", "", 18, "limits lacks `SIMPLE`"),
    (
        "limit_without_step",
        "verify: 1 d}",
        "verify: 1 d, plan: 1 d}",
        19,
        "unknown key `plan` in limits of SIMPLE",
    ),
    (
        "percents_fall",
        "{at: 50, tell: HOLDER}",
        "{at: 120, tell: HOLDER}",
        27,
        "rung at 100 follows one at 120",
    ),
    (
        "percents_equal",
        "{at: 50, tell: HOLDER}",
        "{at: 100, tell: HOLDER}",
        27,
        "rung at 100 follows one at 100",
    ),
    ("percent_zero", "{at: 50", "{at: 0", 26, "at `0` is not right; a whole number from 1 to 1000"),
    ("no_breach_rung", "    - {at: 100, tell: HEAD}\n", "", 25, "ladder default has no rung at 100"),
    ("unknown_target", "tell: HEAD", "tell: BOSS", 27, "tell `BOSS` is unknown"),
    ("no_default_ladder", "  default:", "  accept:", 24, "ladders lacks `default`"),
    (
        "unknown_ladder",
        "  default:",
        "  acept: [{at: 100, tell: HEAD}]\n  default:",
        25,
        "did you mean `accept`?",
    ),
    ("hours_overlap", '"13:30-17:30"', '"11:30-17:30"', 17, "hours `11:30-17:30` overlaps the one before"),
    ("hours_backwards", '"13:30-17:30"', '"17:30-13:30"', 17, "ends before it begins"),
    ("hours_past_midnight", '"13:30-17:30"', '"13:30-24:30"', 17, "is not a span; write it as `09:00-12:00`"),
    ("hours_not_a_span", '"13:30-17:30"', '"afternoon"', 17, "hours `afternoon` is not a span"),
    (
        "hours_empty",
        '["09:00-12:00", "13:30-17:30"]',
        "[]",
        17,
        "hours must be a list with at least one value",
    ),
    (
        "official_calendar",
        "official: china",
        "official: chian",
        16,
        "official calendar `chian` is unknown; one of china",
    ),
    ("points", "en: Outcome, points: 20", "en: Outcome, points: 25", 28, "points of review add up to 105"),
    (
        "criterion_missing",
        "  OUTCOME: {zh: 办理结果, en: Outcome, points: 20}\n",
        "",
        28,
        "review lacks `OUTCOME`",
    ),
    ("division_code", '"500105"', '"50010"', 6, "division_code `50010` is not right; six digits"),
    ("box", "106.6, 29.7]", "106.3, 29.7]", 8, "box encloses nothing; four degrees"),
    ("box_not_numbers", "box: [106.4,", "box: [west,", 8, "box `west` is not right; a number"),
    (
        "communities",
        "communities: 4",
        "communities: 0",
        9,
        "communities `0` is not right; a whole number from 1",
    ),
    (
        "mapping_expected",
        "  water: {zh: 水务局, en: Water Affairs}",
        "  water: 水务局",
        13,
        "`water` must be a mapping with `zh`, `en`",
    ),
    (
        "compress_under_10",
        "\nreview:",
        "\ncompress: {hour_lasts: 2.5 s, at_least: 9.9 s}\nreview:",
        28,
        "at_least `9.9 s` is out of range; from 10 s to 3600 s",
    ),
    (
        "compress_without_least",
        "\nreview:",
        "\ncompress: {hour_lasts: 2.5 s}\nreview:",
        28,
        "compress lacks `at_least`",
    ),
    (
        "compress_not_seconds",
        "\nreview:",
        "\ncompress: {hour_lasts: 2 h, at_least: 10 s}\nreview:",
        28,
        "`2 h` is not a length in seconds",
    ),
    (
        "compress_stretches",
        "\nreview:",
        "\ncompress: {hour_lasts: 3601 s, at_least: 10 s}\nreview:",
        28,
        "hour_lasts `3601 s` is out of range",
    ),
    (
        "flag",
        "  official: china",
        "  round_the_clock: yes\n  official: china",
        16,
        "`yes` is not right; true or false",
    ),
    ("tab", "  key: jiangbei", "\tkey: jiangbei", 3, "a tab; indent with spaces"),
    ("alias", "[water, parks]", "*them", 40, "an alias (*)"),
    ("tag", "zh: 江北区", "zh: !!python/name:os.system 江北区", 4, "a tag ("),
    ("not_yaml", "communities: 4", "communities: [4", 10, "not YAML: "),
    ("control_character", "Jiangbei District", "Jiang\x07bei", 5, "a character that YAML does not allow"),
    ("two_documents", "departments:\n", "---\ndepartments:\n", 12, "a second document"),
    (
        "extends_a_path",
        'version: "1"',
        'version: "1"\nextends: ../common',
        2,
        "extends must name a file beside this one",
    ),
    (
        "extends_nothing",
        'version: "1"',
        'version: "1"\nextends: nowhere',
        2,
        "there is no nowhere.yaml beside",
    ),
    ("extends_itself", 'version: "1"', 'version: "1"\nextends: mine', 2, "goes in a circle: mine → mine"),
]


def refusal(path: Path) -> RulebookError:
    with pytest.raises(RulebookError) as caught:
        load(path)
    return caught.value


def written(folder: Path, text: str, name: str = "mine.yaml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_the_unbroken_rulebook_is_accepted(tmp_path):
    loaded = load(written(tmp_path, GOOD))
    assert loaded.rulebook.name == "jiangbei/1"
    assert [item.key for item in loaded.rulebook.items] == ["leak", "flood", "tree"]
    assert set(loaded.rulebook.item("flood").limits) == {"CRITICAL/HANDLE"}


@pytest.mark.parametrize(
    ("old", "new", "line", "message"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN]
)
def test_a_mistake_is_named_with_its_line(tmp_path, old, new, line, message):
    assert GOOD.count(old) >= 1
    path = written(tmp_path, GOOD.replace(old, new, 1))
    error = refusal(path)
    assert [problem.at.line for problem in error.problems if message in problem.message] == [line], str(error)
    assert len(error.problems) == 1, str(error)
    assert str(error).startswith(f"{path}:{line}:{error.problems[0].at.column}: ")


def test_the_column_is_where_the_mistake_stands(tmp_path):
    error = refusal(written(tmp_path, GOOD.replace('division_code: "500105"', "division_code: 5")))
    assert (error.problems[0].at.line, error.problems[0].at.column) == (6, 18)


def test_all_mistakes_are_listed_in_the_order_of_the_file(tmp_path):
    text = GOOD.replace("code_prefix: JB", "code_prefix: jb").replace("handle: 3 d", "handle: soon")
    text = text.replace("tell: HEAD", "tell: BOSS").replace("[water, parks]", "[water, fish]")
    error = refusal(written(tmp_path, text))
    assert [problem.at.line for problem in error.problems] == [7, 19, 27, 40]
    assert str(error).count("\n") == 3


def test_24_00_ends_the_day(tmp_path):
    loaded = load(written(tmp_path, GOOD.replace('"13:30-17:30"', '"13:30-24:00"')))
    assert loaded.rulebook.calendar.hours == [(540, 720), (810, 1440)]


def test_a_district_may_have_its_own_week_and_ladder(tmp_path):
    text = GOOD.replace("  official: china", "  official: china\n  weekdays: [MONDAY, SATURDAY]")
    text = text.replace("  default:", "  accept: [{at: 100, tell: OFFICE}]\n  default:")
    book = load(written(tmp_path, text)).rulebook
    assert book.calendar.weekdays == [0, 5]
    assert [rung.target for rung in book.ladders["ACCEPT"]] == [RungTarget.OFFICE]


def test_fractions_of_a_unit_are_exact(tmp_path):
    book = load(written(tmp_path, GOOD.replace("handle: 3 d", "handle: 0.1 h"))).rulebook
    assert timedelta(microseconds=book.limits["SIMPLE/HANDLE"].allowed) == timedelta(minutes=6)


NOT_MAPPINGS = [
    ("empty", ""),
    ("list", "- 1\n"),
    ("text", "hello\n"),
    ("null", "null\n"),
    ("comment", "# x\n"),
]


@pytest.mark.parametrize("text", [row[1] for row in NOT_MAPPINGS], ids=[row[0] for row in NOT_MAPPINGS])
def test_a_file_that_is_no_mapping_is_refused(tmp_path, text):
    (problem,) = refusal(written(tmp_path, text)).problems
    assert (problem.at.line, problem.message.split(";")[0]) == (1, "not a mapping")


def test_bytes_that_are_not_utf_8_are_named_by_line_and_column(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_bytes(GOOD.encode().replace("江北区".encode(), "江北区".encode("gb18030")))
    (problem,) = refusal(path).problems
    assert (problem.at.line, problem.at.column) == (4, 7)
    assert "is not UTF-8; save the file as UTF-8" in problem.message


def test_a_byte_order_mark_does_no_harm(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert load(path).digest == load(written(tmp_path, GOOD, "other.yaml")).digest


def test_a_file_over_a_mebibyte_is_refused_unread(tmp_path):
    (problem,) = refusal(written(tmp_path, GOOD + "#" * MAX_BYTES)).problems
    assert f"a rulebook has at most {MAX_BYTES}" in problem.message


BOMB = "a: &a [x, x]\n" + "".join(
    f"{new}: &{new} [*{old}, *{old}, *{old}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BOMB, "an alias (*)"),
        ("a: " + "[" * 500_000, "nested deeper than"),
        ("a: " + "{b: " * 9000, "nested deeper"),
    ],
    ids=["aliases", "lists", "mappings"],
)
def test_a_bomb_is_refused_before_it_goes_off(tmp_path, text, message):
    (problem,) = refusal(written(tmp_path, text)).problems
    assert message in problem.message


def test_a_missing_file_and_an_unknown_name_say_what_there_is(tmp_path):
    (problem,) = refusal(tmp_path / "nothing.yaml").problems
    assert problem.message == "cannot be read (No such file or directory); give the path of a rulebook"
    with pytest.raises(
        RulebookError, match="no such rulebook; one of gulou, gulou-demo, jinjiang, jinjiang-demo"
    ):
        load("atlantis")


@pytest.mark.parametrize("part", ["common", "told_cases"])
def test_a_part_is_not_a_rulebook(part):
    with pytest.raises(RulebookError, match="no such rulebook"):
        load(part)


# Extending ----------------------------------------------------------------------------------------


def test_a_child_replaces_single_items_and_adds_others(tmp_path):
    written(tmp_path, GOOD, "base.yaml")
    child = (
        'extends: base\nversion: "2"\n'
        "items:\n  water_things:\n    items:\n"
        "      leak: {level: SIMPLE}\n"
        "      drip: {zh: 滴水, en: Drip, level: SIMPLE, departments: [water]}\n"
    )
    book = load(written(tmp_path, child)).rulebook
    assert [item.key for item in book.items] == ["leak", "flood", "drip", "tree"]
    assert (book.item("leak").level, book.item("leak").en) == (Level.SIMPLE, "Leak")


def test_a_mistake_is_named_in_the_file_where_it_stands(tmp_path):
    base = written(tmp_path, GOOD.replace("handle: 3 d", "handle: soon"), "base.yaml")
    child = written(tmp_path, 'extends: base\nversion: "2"\nreview:\n  OUTCOME: {points: many}\n')
    problems = refusal(child).problems
    assert {(problem.at.file, problem.at.line) for problem in problems} >= {(str(base), 19), (str(child), 4)}


def test_a_circle_of_three_is_refused(tmp_path):
    for name, parent in (("one", "two"), ("two", "three"), ("three", "one")):
        written(tmp_path, f"version: x\nextends: {parent}\n", f"{name}.yaml")
    (problem,) = refusal(tmp_path / "one.yaml").problems
    assert problem.at.file.endswith("three.yaml")
    assert problem.message == "extends goes in a circle: one → two → three → one"
