"""A round is scored, published and read by anybody; its bytes come to the same again."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from api.ids import global_id, parsed
from infra.demo.rounds.ground import truth
from infra.demo.rounds.sheets import sheets
from models.policy.survey.plan import POSITIVE
from models.queries import db, survey_results
from models.terms import Role, derived_id
from tests.commands.counted import handed_in
from tests.commands.desk import Desk
from tests.commands.sheets import DISTRICT, Poll

SIZE = 1500
SCORED = "survey { status } result { id code sha256 publishedAt }"
FEATURES = ("party_led_feature", "governance_feature")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def poll(desk: Desk) -> Poll:
    """A closed round of some made-up sheets, one of three items, features of all streets but one."""
    made = await Poll.made(desk, "2035H1")
    known = list(islice(sheets(truth(DISTRICT, 7), 1), SIZE))
    await handed_in(made.id, known, datetime.now(UTC) - timedelta(days=1))
    assert (await made.step("closeSurvey"))["survey"]["status"] == "CLOSED"
    entered = await enter(made, await streets())
    assert entered["__typename"] == "SurveyFeaturesEntered", entered
    return made


async def streets() -> list[UUID]:
    rows = await db.rows(
        "SELECT s.id FROM streets s JOIN districts d ON d.id = s.district_id WHERE d.key = $1 "
        "ORDER BY s.code",
        DISTRICT,
    )
    return [row["id"] for row in rows]


async def enter(poll: Poll, places: list[UUID], score: float = 90.25, **changed: Any) -> dict[str, Any]:
    given = [
        {"street": global_id("Street", street), "indicator": key, "score": score, "source": "第 3 号文"}
        | changed
        for street in places
        for key in FEATURES
    ]
    order = {"survey": poll.survey, "features": given}
    return await poll.desk.do("enterSurveyFeatures", poll.office, order, "survey { status }")


async def step(poll: Poll, name: str, key: str | None = None) -> dict[str, Any]:
    return await poll.desk.do(name, poll.office, {"survey": poll.survey}, SCORED, key)


READ = """query ($district: String!, $code: String!) { publishedSurvey(district: $district, code: $code) {
    code sha256 document rulebookVersion anonymity process
    levels { level score mean { value low high } tested
        rows { place name rank tier over under coverage figures { column { key rule } value n low high } } }
    year { provisional rounds rows { rank awards { key zh amount unit } } } } }"""
FOLLOW = """query ($district: String!, $place: ID!) { publishedSurvey(district: $district, code: "2035H1") {
    figure(level: STREET, place: $place, column: "indicator_parking") {
        value numerator denominator n deff effective strata { cells n share points } }
    none: figure(level: STREET, place: $place, column: "nothing") { value } } }"""


async def published(poll: Poll, code: str = "2035H1") -> dict[str, Any] | None:
    """As somebody reads it who shows no token."""
    answer = await poll.desk.ask(READ, None, district=DISTRICT, code=code)
    return answer["publishedSurvey"]


async def test_a_round_goes_from_closed_to_scored_to_published_and_no_other_way(poll: Poll) -> None:
    early = await step(poll, "publishSurvey")
    assert (early["code"], early["field"]) == ("WRONG_STATUS", "input.survey")
    scored = await step(poll, "scoreSurvey", "score it")
    assert scored["survey"]["status"] == "SCORED", scored
    assert scored["result"]["publishedAt"] is None
    assert await step(poll, "scoreSurvey", "score it") == scored
    assert await published(poll) is None
    again = await step(poll, "scoreSurvey")
    assert again["survey"]["status"] == "SCORED"
    out = await step(poll, "publishSurvey", "out with it")
    assert out["survey"]["status"] == "PUBLISHED"
    assert out["result"]["sha256"] == again["result"]["sha256"]
    assert await step(poll, "publishSurvey", "out with it") == out
    for late in ("scoreSurvey", "publishSurvey"):
        assert (await step(poll, late))["code"] == "WRONG_STATUS"
    assert (await enter(poll, (await streets())[:1]))["code"] == "WRONG_STATUS"


async def test_anybody_reads_what_was_published_down_to_the_answers(poll: Poll) -> None:
    read = await published(poll)
    assert read is not None
    assert [level["level"] for level in read["levels"]] == ["STREET", "COMMUNITY", "WORKER"]
    rows = read["levels"][0]["rows"]
    assert [row["rank"] for row in rows] == list(range(1, 14))
    figures = {figure["column"]["key"]: figure for figure in rows[0]["figures"]}
    assert figures["composite"]["column"]["rule"].startswith("satisfaction/composite@gulou/")
    assert figures["indicator_parking"]["n"] > 20
    followed = await poll.desk.ask(FOLLOW, None, district=DISTRICT, place=rows[0]["place"])
    assert followed["publishedSurvey"]["none"] is None
    parking = followed["publishedSurvey"]["figure"]
    assert sum(stratum["n"] for stratum in parking["strata"]) == parking["n"] > 20
    assert (
        float(figures[POSITIVE]["low"]) < float(figures[POSITIVE]["value"]) < float(figures[POSITIVE]["high"])
    )
    assert read["process"]["responses"] == SIZE
    assert read["process"]["excluded"] == sum(read["process"]["reasons"].values()) > 20
    year = read["year"]
    assert (year["provisional"], year["rounds"]) == (True, ["2035H1"])
    awards = [{award["key"]: award for award in row["awards"]} for row in year["rows"][:4]]
    funds = [given["working_funds"]["amount"] for given in awards[:3]]
    assert (funds, "working_funds" in awards[3]) == (["500000", "400000", "300000"], False)
    assert {given["working_funds"]["zh"] for given in awards[:3]} == {"工作经费奖励"}
    assert json.loads(read["document"])["round"]["code"] == "2035H1"


async def test_worked_out_again_it_comes_to_the_same_bytes_until_an_answer_is_changed(poll: Poll) -> None:
    key = survey_results.result_id(poll.id)
    row = await db.row("SELECT body, open_data FROM survey_results WHERE id = $1", key)
    made = await survey_results.recomputed(key)
    assert row is not None
    assert made is not None
    assert (made.body, made.open_data) == (row["body"], row["open_data"])
    # What is recorded later is not known to it.
    flag = await db.row("SELECT id FROM response_flags WHERE survey_id = $1 LIMIT 1", poll.id)
    assert flag is not None
    await db.execute("UPDATE response_flags SET lifted_at = $2 WHERE id = $1", flag["id"], datetime.now(UTC))
    await db.execute("UPDATE streets SET name_zh = name_zh || '（旧）' WHERE id = $1", (await streets())[0])
    made = await survey_results.recomputed(key)
    await db.execute("UPDATE streets SET name_zh = replace(name_zh, '（旧）', '')")
    assert made is not None
    assert made.body == row["body"]
    # Somebody takes a sheet away in the database.
    query = "query ($id: ID!) { node(id: $id) { ... on SurveyResult { verified } } }"
    auditor = await poll.desk.who(district=DISTRICT, role=Role.AUDITOR)
    found = await poll.desk.ask(query, auditor, id=global_id("SurveyResult", key))
    assert found["node"] == {"verified": True}
    await db.execute(
        "UPDATE response_flags SET lifted_at = flagged_at WHERE id = "
        "(SELECT id FROM response_flags WHERE survey_id = $1 AND lifted_at IS NULL LIMIT 1)",
        poll.id,
    )
    found = await poll.desk.ask(query, auditor, id=global_id("SurveyResult", key))
    assert found["node"] == {"verified": False}


async def test_all_answers_are_read_in_one_statement(poll: Poll) -> None:
    seen: list[str] = []
    with db.watching(seen.append):
        await survey_results.recomputed(survey_results.result_id(poll.id))
    assert len([sql for sql in seen if "FROM responses r" in sql]) == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"score": 100.5}, "input.features[0].score"),
        ({"score": 90.125}, "input.features[0].score"),
        ({"score": -1}, "input.features[0].score"),
        ({"indicator": "residents"}, "input.features[0].indicator"),
        ({"source": " "}, "input.features[0].source"),
        ({"street": "Community:1"}, "input.features[0].street"),
    ],
)
async def test_a_feature_that_is_none_is_refused_by_the_input_at_fault(
    poll: Poll, changed, field: str
) -> None:
    before = await db.value("SELECT count(*) FROM survey_features")
    refused = await enter(poll, (await streets())[:1], **changed)
    assert (refused["code"], refused["field"]) == ("INVALID_INPUT", field)
    assert await db.value("SELECT count(*) FROM survey_features") == before


@pytest.mark.parametrize("name", ["scoreSurvey", "publishSurvey"])
async def test_only_the_office_scores_and_publishes(poll: Poll, name: str) -> None:
    for role in (Role.AUDITOR, Role.DISTRICT_LEADER):
        who = await poll.desk.who(district=DISTRICT, role=role)
        refused = await poll.desk.do(name, who, {"survey": poll.survey}, SCORED)
        assert refused["__typename"] == "ForbiddenProblem"


async def test_scores_wait_for_the_negative_list_where_opinions_are_unsorted(desk: Desk) -> None:
    """Nobody has sorted what was said yet: the negative part is not known, and never full marks."""
    poll = await Poll.made(desk, "2035H2")
    await handed_in(poll.id, list(islice(sheets(truth(DISTRICT, 7), 2), 700)), datetime.now(UTC))
    row = await db.row(
        "SELECT id, street_id, community_id, district_id FROM responses WHERE survey_id = $1", poll.id
    )
    assert row is not None
    await db.execute(
        "INSERT INTO opinions (id, district_id, survey_id, response_id, street_id, community_id, "
        "question_key, words, created_at) VALUES ($1, $2, $3, $4, $5, $6, 'suggestions', '修路', now())",
        derived_id(poll.id, "opinion"), row["district_id"], poll.id, row["id"], row["street_id"],
        row["community_id"],
    )  # fmt: skip
    await poll.step("closeSurvey")
    await enter(poll, await streets())
    await step(poll, "scoreSurvey")
    assert await _composites(poll) == {None}
    await db.execute(
        "INSERT INTO negative_items (id, district_id, survey_id, street_id, code, title, severity, status, "
        "rulebook_version, created_at, departmental, seq, round, asked, answered, satisfied) "
        "VALUES ($1, $2, $3, $4, 'GL-2035H2-1', '修路', 'SEVERE', 'DRAFT', 'x', now(), false, 0, 0, 0, 0, 0)",
        derived_id(poll.id, "item"), row["district_id"], poll.id, row["street_id"],
    )  # fmt: skip
    await step(poll, "scoreSurvey")
    assert None not in await _composites(poll)


async def _composites(poll: Poll) -> set[str | None]:
    body = await db.value("SELECT body FROM survey_results WHERE survey_id = $1", poll.id)
    rows = json.loads(body)["levels"]["STREET"]["rows"]
    assert parsed(poll.survey) is not None
    return {row["figures"]["composite"]["value"] for row in rows}


# For anybody: the page and the file -----------------------------------------------------------------


async def test_the_report_is_a_page_for_anybody_in_both_languages(poll: Poll) -> None:
    answer = await poll.desk.http.get("/surveys/gulou/2035H1", headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "script" not in answer.headers["content-security-policy"]
    page = answer.text
    assert "<script" not in page
    assert page.count("<svg") == 1
    assert "Provisional until the year" in page
    assert "500,000 元" in page
    chinese = (await poll.desk.http.get("/surveys/2035H1?lang=zh")).text
    assert '<html lang="zh-CN">' in chinese
    assert "街道得分与排名" in chinese
    rows = (await published(poll) or {})["levels"][0]["rows"]
    composite = await db.value("SELECT body FROM survey_results WHERE survey_id = $1", poll.id)
    best = json.loads(composite)["levels"]["STREET"]["rows"][0]
    assert best["figures"]["composite"]["shown"] in page
    assert rows[0]["rank"] == 1
    again = await poll.desk.http.get(
        "/surveys/gulou/2035H1", headers={"Accept-Language": "en", "If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304


async def test_what_is_not_published_is_nowhere(poll: Poll) -> None:
    for path in (
        "/surveys/gulou/2035H2",
        "/surveys/gulou/2035H2.csv",
        "/surveys/1999H1",
        "/surveys/x/2035H1",
    ):
        assert (await poll.desk.http.get(path)).status_code == 404, path


async def test_the_open_data_are_a_file_in_which_nobody_stands_alone(poll: Poll) -> None:
    answer = await poll.desk.http.get("/surveys/gulou/2035H1.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    shared = Counter(tuple(line[key] for key in ("street", "community", "group", "mode")) for line in lines)
    assert min(shared.values()) >= 5
    assert len(lines) > SIZE / 2
    words = await db.rows(
        "SELECT answers ->> 'suggestions' AS words FROM responses WHERE survey_id = $1", poll.id
    )
    said = [row["words"] for row in words if row["words"]]
    assert len(said) > 20
    assert not [one for one in said if one in answer.text]
