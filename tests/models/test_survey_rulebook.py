"""What a rulebook says of rounds: read with every mistake by its place, kept and shared out exactly."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal

import pytest

from models.policy.survey.instrument import PERCEPTION, QuestionKind
from models.policy.survey.quota import apportioned, cells
from models.rulebooks import loader
from models.rulebooks.instruments import instrument_from_json, instrument_to_json
from models.rulebooks.loader import load
from models.rulebooks.source import RulebookError
from models.rulebooks.surveys import survey_from_json, survey_to_json
from models.terms import RatedLevel, SurveyMode


@pytest.fixture(scope="module")
def spec():
    return load("gulou").rulebook.survey


def test_the_template_has_the_published_shape(spec):
    dimensions = spec.instrument.dimensions
    assert [one.zh for one in dimensions] == ["党建引领", "城市治理", "民生保障", "社会建设"]
    assert sum(len(one.focuses) for one in dimensions) == 10
    assert len({one.key for one in spec.instrument.indicators()}) == 17
    assert [group.zh for group in spec.groups] == ["老年居民", "中青年居民", "驻区单位"]
    assert [str(one.points) for one in spec.instrument.choices[0].choices] == [
        "100",
        "80",
        "60",
        "30",
        "0",
        "None",
    ]


def test_each_group_scores_every_indicator_and_all_three_levels(spec):
    indicators = {one.key for one in spec.instrument.indicators()}
    for group in spec.groups:
        questions = spec.instrument.questionnaire(group.key).questions
        of_streets = {q.indicator for q in questions if q.rates is RatedLevel.STREET and q.indicator}
        assert of_streets == indicators
        assert {q.rates for q in questions if q.kind is QuestionKind.SCALE} == set(RatedLevel)
        assert {q.kind for q in questions} >= {QuestionKind.TEXT, QuestionKind.MULTIPLE, QuestionKind.NUMBER}
    assert spec.instrument.questionnaire(PERCEPTION) is not None


def test_a_survey_survives_json(spec):
    assert survey_from_json(json.loads(json.dumps(survey_to_json(spec)))) == spec
    written = json.loads(json.dumps(instrument_to_json(spec.instrument)))
    assert instrument_from_json(written) == spec.instrument


# Quota --------------------------------------------------------------------------------------------


def test_the_quota_of_a_round_is_shared_out_to_the_last_response(spec):
    shared = cells(spec)
    assert len(shared) == 13 * 3 * 2
    wanted = Counter()
    for cell in shared:
        wanted[cell.mode] += cell.wanted
    assert wanted == {SurveyMode.ONLINE: 13715, SurveyMode.TARGETED: 4010}
    # 86,000 of 940,000 live there; the elderly are 0.16 of the 0.40 that targeted samples stand for.
    exact = Decimal(4010) * 86000 / 940000 * Decimal("0.16") / Decimal("0.40")
    (found,) = [
        cell.wanted
        for cell in shared
        if (cell.street, cell.group, cell.mode) == ("ninghailu", "elderly", SurveyMode.TARGETED)
    ]
    assert abs(found - exact) < 1


@pytest.mark.parametrize(
    ("total", "weights", "counts"),
    [
        pytest.param(10, [1, 1, 1], [4, 3, 3], id="the first has what is left over"),
        pytest.param(1, [1, 2], [0, 1], id="the largest remainder has it"),
        pytest.param(7, [0, 7], [0, 7], id="no weight, nothing"),
        pytest.param(3, [], [], id="nobody"),
    ],
)
def test_apportioning(total, weights, counts):
    assert apportioned(total, [Decimal(weight) for weight in weights]) == counts


# Mistakes -----------------------------------------------------------------------------------------

MISTAKES = [
    ("{ONLINE: 0.06, TARGETED: 0.16}", "{ONLINE: 0.06, TARGETED: 0.17}", "shares", "shares add up to 1.01"),
    ("choices: satisfaction, indicator: listening", "choices: satisfaction, indicator: hearing", "indicator",
     "indicator `hearing` is unknown"),
    ("{topics: [other]}", "{topics: [others]}", "only_if", "only_if: `others` is no answer to `topics`"),
    ("{topics: [other]}", "{suggestions: [other]}", "only_if", "is no question before this one"),
    ("low: 0, high: 100}", "low: 200, high: 100}", "low", "low `200` is over high `100`"),
    ("points: 80}", "points: 100}", "choices", "list `satisfaction` is no scale"),
    ("high: 1000, opinion: true", "high: 5000, opinion: true", "high", "high `5000` is not right"),
    ("kind: SINGLE", "kind: SLIDER", "kind", "kind `SLIDER` is unknown"),
    ("      perception:", "      perceptions:", "perceptions",
     "questionnaire `perceptions` is for no group"),
    ("field_hours: [\"07:00-22:00\"]", "field_hours: [\"22:00-07:00\"]", "field_hours",
     "ends before it begins"),
    ("excludes: [DUPLICATE", "excludes: [DUPLICATED", "excludes", "excludes `DUPLICATED` is unknown"),
    ("quota: {ONLINE: 13715, TARGETED: 4010}", "quota: {}", "quota", "quota sets no mode"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "line", "says"), MISTAKES, ids=[one[3] for one in MISTAKES])
def test_a_mistake_is_told_by_its_place(tmp_path, right, wrong, line, says):
    text = (loader.FOLDER / "survey.yaml").read_text("utf-8")
    assert right in text
    changed = text.replace(right, wrong, 1)
    (tmp_path / "survey.yaml").write_text(changed, "utf-8")
    for name in ("common", "gulou"):
        (tmp_path / f"{name}.yaml").write_text((loader.FOLDER / f"{name}.yaml").read_text("utf-8"), "utf-8")
    with pytest.raises(RulebookError) as refused:
        load(tmp_path / "gulou.yaml")
    told = [problem for problem in refused.value.problems if says in problem.message]
    assert told, str(refused.value)
    at = told[0].at
    assert at.file.endswith("survey.yaml")
    at_line = changed.splitlines()[at.line - 1]
    assert line in at_line or says.startswith("questionnaire"), at_line


def test_a_district_may_say_nothing_of_rounds(tmp_path):
    text = (loader.FOLDER.parents[1] / "tests/models/small_rulebook.yaml").read_text("utf-8")
    (tmp_path / "small.yaml").write_text(text, "utf-8")
    assert load(tmp_path / "small.yaml").rulebook.survey is None
