"""The shipped rulebooks: what they say, their demonstrations, and their JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from temporalio.converter import DataConverter

from models.policy.rulebook import CaseRules, Limit, limit_key
from models.rulebooks import codec, loader
from models.rulebooks.loader import LoadedRulebook, available, load
from models.rulebooks.told import told_cases
from models.terms import Clock, Criterion, DutyKind, Level, RungTarget, UnitKind

ROOT = Path(__file__).parents[2]
SHIPPED = ["gulou", "gulou-demo", "jinjiang", "jinjiang-demo"]
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def jinjiang() -> LoadedRulebook:
    return load("jinjiang")


@pytest.fixture(scope="module")
def demo() -> LoadedRulebook:
    return load("jinjiang-demo")


def allowed(limit: Limit) -> timedelta:
    return timedelta(microseconds=limit.allowed)


# What the shipped rulebooks say -------------------------------------------------------------------


def test_four_rulebooks_are_shipped():
    assert available() == SHIPPED


LIMITS = {
    "SIMPLE": {"ASSESS": 2, "HANDLE": 21, "VERIFY": 7},
    "GENERAL": {"ASSESS": 4, "ACCEPT": 4, "REPORT_IN": 7, "HANDLE": 49, "VERIFY": 14, "REVIEW": 35},
    "COMPLEX": {
        "ASSESS": 4,
        "DISPATCH": 4,
        "ACCEPT": 4,
        "REPORT_IN": 7,
        "PLAN": 21,
        "HANDLE": 210,
        "VERIFY": 21,
        "REVIEW": 35,
    },
    "CRITICAL": {
        "ASSESS": 0.5,
        "DISPATCH": 0.5,
        "ACCEPT": 0.5,
        "REPORT_IN": 2,
        "PLAN": 7,
        "HANDLE": 105,
        "VERIFY": 7,
        "REVIEW": 35,
    },
}
FURTHER = {
    "ADJUDICATE_RETURN": 4,
    "DECIDE_EXTENSION": 4,
    "DECIDE_PLAN": 7,
    "ANSWER": 7,
    "FOLLOW_UP": 21,
    "APPEAL": 21,
}
ON_THE_CLOCK = {"CRITICAL/ASSESS", "CRITICAL/DISPATCH", "CRITICAL/ACCEPT", "CRITICAL/REPORT_IN"}


def test_limits_are_those_of_the_domain_guide_in_hours(jinjiang):
    limits = jinjiang.rulebook.limits
    expected = {
        f"{level}/{kind}": hours
        for level, row in LIMITS.items()
        for kind, hours in {**row, **FURTHER}.items()
    }
    assert {key: allowed(limit) / HOUR for key, limit in limits.items()} == expected
    assert {key for key, limit in limits.items() if limit.clock is Clock.CLOCK} == ON_THE_CLOCK


def test_a_limit_keeps_the_words_of_the_rulebook(jinjiang):
    limits = jinjiang.rulebook.limits
    assert limits["GENERAL/ACCEPT"] == Limit(4 * 3600 * 10**6, "4 h", Clock.WORKING)
    assert limits["CRITICAL/ACCEPT"] == Limit(1800 * 10**6, "30 min clock", Clock.CLOCK)


def test_the_ladder_climbs_from_holder_to_leader(jinjiang):
    rungs = [(rung.percent, rung.target) for rung in jinjiang.rulebook.ladders["DEFAULT"]]
    assert rungs == [
        (50, RungTarget.HOLDER),
        (80, RungTarget.HOLDER),
        (100, RungTarget.HEAD),
        (120, RungTarget.OFFICE),
        (140, RungTarget.LEADER),
    ]


def test_a_review_has_five_criteria_of_twenty(jinjiang):
    review = jinjiang.rulebook.review
    assert [(criterion.key, criterion.points) for criterion in review] == [(key, 20) for key in Criterion]
    assert [criterion.zh for criterion in review] == ["报到", "专业性", "担当意识", "配合度", "办理结果"]


def test_the_calendar_has_the_hours_of_the_district(jinjiang):
    calendar = jinjiang.rulebook.calendar
    assert calendar.hours == [(540, 720), (810, 1050)]
    assert (calendar.version, calendar.official_until) == ("china-2026.1/2026.3", "2026-12-31")
    assert "2025-10-08" in calendar.off
    assert "2025-10-11" in calendar.on


@pytest.mark.parametrize("name", SHIPPED)
def test_the_item_list_is_long_bilingual_and_answered_for(name):
    loaded = load(name)
    items, groups = loaded.rulebook.items, loaded.rulebook.groups
    departments = {unit.key for unit in loaded.district.departments}
    assert len(items) >= 90
    assert len({item.key for item in items}) == len({item.zh for item in items}) == len(items)
    assert len({item.en for item in items}) == len(items)
    assert {item.group for item in items} == {group.key for group in groups}
    assert all(item.departments and set(item.departments) <= departments for item in items)
    assert {department for item in items for department in item.departments} == departments
    assert all(not item.zh.isascii() and item.en.isascii() for item in items)
    levels = Counter(item.level for item in items)
    assert levels[Level.SIMPLE] + levels[Level.GENERAL] > 3 * (levels[Level.COMPLEX] + levels[Level.CRITICAL])
    assert set(levels) == set(Level)


JINJIANG = "锦官驿 春熙路 书院街 牛市口 东湖 锦华路 沙河 狮子山 成龙路 柳江 三圣"
GULOU = "宁海路 华侨路 湖南路 中央门 挹江门 江东 凤凰 阅江楼 热河南路 幕府山 建宁路 宝塔桥 小市"


def test_both_districts_have_their_published_streets(jinjiang):
    gulou = load("gulou").district
    assert [street.zh.removesuffix("街道") for street in jinjiang.district.streets] == JINJIANG.split()
    assert [street.zh.removesuffix("街道") for street in gulou.streets] == GULOU.split()
    assert all(street.zh.endswith("街道") for street in [*jinjiang.district.streets, *gulou.streets])
    prefixes = [(spec.division_code, spec.code_prefix) for spec in (jinjiang.district, gulou)]
    assert prefixes == [("510104", "JJ"), ("320106", "GL")]
    assert len(jinjiang.district.departments) == 18


def test_an_item_overrides_limits_at_the_levels_it_names(jinjiang):
    cover = jinjiang.rulebook.item("manhole_cover")
    assert (cover.zh, cover.departments[0], cover.level) == ("井盖破损缺失", "housing", Level.GENERAL)
    rules = jinjiang.rulebook.slice_for("manhole_cover")
    assert allowed(rules.limit(Level.GENERAL, DutyKind.HANDLE)) == 7 * HOUR
    assert allowed(rules.limit(Level.SIMPLE, DutyKind.HANDLE)) == 7 * HOUR
    assert allowed(rules.limit(Level.COMPLEX, DutyKind.HANDLE)) == 210 * HOUR
    light = jinjiang.rulebook.slice_for("street_light")
    assert light.limit(Level.GENERAL, DutyKind.HANDLE).text == "5 d"
    assert light.limit(Level.SIMPLE, DutyKind.HANDLE).text == "3 d"
    assert jinjiang.rulebook.item("litter_bin").own_team is UnitKind.GRID


def test_a_category_that_is_not_listed_has_no_rules(jinjiang):
    with pytest.raises(KeyError, match="flying_saucer"):
        jinjiang.rulebook.slice_for("flying_saucer")


def test_told_cases_fit_the_rulebook(jinjiang):
    cases = {case.key: case for case in told_cases()}
    streets = {street.key for street in jinjiang.district.streets}
    departments = {unit.key for unit in jinjiang.district.departments}
    for case in cases.values():
        item = jinjiang.rulebook.item(case.category)
        assert case.street in streets
        assert set(case.departments) <= departments
        assert (item.level, item.departments[0]) == (case.level, case.departments[0])
    assert cases["street_lights"].review == dict.fromkeys(Criterion, 20)
    assert (cases["mall"].opened, cases["mall"].closed) == ("2021-06-30", "2021-07-13")
    assert cases["mall"].results["line_and_pipe_metres"] == 520


# The demonstration --------------------------------------------------------------------------------


def test_a_demonstration_lets_an_hour_last_two_and_a_half_seconds(demo):
    limits = demo.rulebook.limits
    assert allowed(limits["GENERAL/HANDLE"]) == timedelta(seconds=122.5)  # 7 d of 7 h
    assert limits["GENERAL/HANDLE"].text == "7 d as 122.5 s"
    assert allowed(limits["GENERAL/ACCEPT"]) == timedelta(seconds=10)  # 4 h would be just that
    assert limits["CRITICAL/ACCEPT"].text == "30 min clock as 10 s"  # 1.25 s would be too short


def test_no_duty_of_a_demonstration_is_under_ten_seconds(demo):
    items = [limit for item in demo.rulebook.items for limit in item.limits.values()]
    every = [*demo.rulebook.limits.values(), *items]
    assert min(allowed(limit) for limit in every) == timedelta(seconds=10)
    assert max(allowed(limit) for limit in demo.rulebook.limits.values()) == timedelta(seconds=525)


def test_a_demonstration_runs_round_the_clock_and_is_otherwise_the_same(demo, jinjiang):
    assert demo.rulebook.calendar.hours == [(0, 1440)]
    assert demo.rulebook.calendar.weekdays == list(range(7))
    assert (demo.rulebook.version, jinjiang.rulebook.version) == ("2026.3-demo", "2026.3")
    assert demo.district == jinjiang.district
    assert demo.rulebook.ladders == jinjiang.rulebook.ladders
    assert [item.key for item in demo.rulebook.items] == [item.key for item in jinjiang.rulebook.items]


# As JSON ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SHIPPED)
def test_a_rulebook_survives_json(name):
    loaded = load(name)
    written = json.loads(json.dumps(codec.to_json(loaded.rulebook)))
    assert codec.from_json(written) == loaded.rulebook
    assert codec.canonical(codec.to_json(codec.from_json(written))) == codec.canonical(written)
    district = json.loads(json.dumps(codec.district_to_json(loaded.district)))
    assert loaded.digest == codec.digest({"rulebook": written, "district": district})


@pytest.mark.parametrize("name", SHIPPED)
def test_the_rules_of_a_case_survive_temporal_and_stay_small(name):
    rules = load(name).rulebook.slice_for("manhole_cover")
    converter = DataConverter.default.payload_converter
    (written,) = converter.to_payloads([rules])
    (read,) = converter.from_payloads([written], [CaseRules])
    assert read == rules
    assert isinstance(read.calendar.hours[0], tuple)
    assert isinstance(read.limits[limit_key(Level.GENERAL, DutyKind.ACCEPT)].clock, Clock)
    assert len(written.data) < 6000


def test_digests_tell_rules_apart_and_not_files(tmp_path, jinjiang):
    assert len({load(name).digest for name in SHIPPED}) == len(SHIPPED)
    for name in ("jinjiang", "common"):
        text = (loader.FOLDER / f"{name}.yaml").read_text("utf-8")
        (tmp_path / f"{name}.yaml").write_text(f"# moved\n\n{text}", "utf-8")
    assert load(tmp_path / "jinjiang.yaml").digest == jinjiang.digest
    changed = (tmp_path / "jinjiang.yaml").read_text("utf-8").replace("code_prefix: JJ", "code_prefix: JX")
    (tmp_path / "jinjiang.yaml").write_text(changed, "utf-8")
    assert load(tmp_path / "jinjiang.yaml").digest != jinjiang.digest


def test_policy_loads_no_yaml_and_no_validation_library():
    script = (
        "import sys, models.policy.rulebook, models.policy.duty, models.policy.calendar\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('ruamel', 'pydantic', 'tortoise')])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_shipped_files_are_plain_yaml_to_others_too():
    for path in sorted(loader.FOLDER.rglob("*.yaml")):
        assert YAML(typ="safe", pure=True).load(path.read_text("utf-8")), path.name


def test_the_example_of_the_guide_is_a_rulebook(tmp_path):
    guide = (ROOT / "docs" / "rulebooks.md").read_text("utf-8")
    example = guide.split("```yaml\n")[1].split("```")[0]
    common = (loader.FOLDER / "common.yaml").read_text("utf-8")
    (tmp_path / "common.yaml").write_text(common, "utf-8")
    (tmp_path / "jiangbei.yaml").write_text(example, "utf-8")
    assert load(tmp_path / "jiangbei.yaml").rulebook.name == "jiangbei/2026.2"
