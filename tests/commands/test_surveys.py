"""Rounds as the office runs them: made once, opened, closed while answers come in, invitations, refusals."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from api.ids import global_id
from infra.web import _shown
from models.queries import db
from models.rulebooks import codec
from models.rulebooks.instruments import instrument_from_json
from models.rulebooks.loader import load
from models.rulebooks.xlsforms.reading import instrument_of
from models.terms import Role
from tests.commands.desk import Desk
from tests.commands.sheets import CHANGED, DISTRICT, Poll
from tests.models.register import Register


async def planned(desk: Desk, code: str, **changed: object) -> dict:
    district = await db.value("SELECT id FROM districts WHERE key = $1", changed.pop("of", DISTRICT))
    now = datetime.now(UTC)
    return {
        "district": global_id("District", district),
        "code": code,
        "opensAt": now.isoformat(),
        "closesAt": (now + timedelta(days=14)).isoformat(),
        **changed,
    }


async def community_of(district: str) -> UUID:
    """Some community of a district."""
    sql = "SELECT c.id FROM communities c JOIN districts d ON d.id = c.district_id WHERE d.key = $1 LIMIT 1"
    return await db.value(sql, district)


async def test_a_round_is_made_once_with_its_quota_and_instrument(desk: Desk) -> None:
    office = await desk.who(district=DISTRICT, role=Role.RESPONSE_OFFICE)
    given = await planned(desk, "2041H1")
    fields = (
        """survey { id code status name instrument cells(first: 200) { totalCount nodes { wanted mode } } }"""
    )
    made = await desk.do("createSurvey", office, given, fields, "round 2041", "zh")
    assert await desk.do("createSurvey", office, given, fields, "round 2041", "zh") == made
    survey = made["survey"]
    assert (survey["status"], survey["name"]) == ("DRAFT", "2041年上半年居民满意度考评")
    assert instrument_from_json(survey["instrument"]) == load(DISTRICT).rulebook.survey.instrument
    assert survey["cells"]["totalCount"] == 13 * 3 * 2
    wanted = [cell["wanted"] for cell in survey["cells"]["nodes"]]
    assert sum(wanted) == 13715 + 4010
    again = await desk.do("createSurvey", office, given, CHANGED)
    assert (again["code"], again["field"]) == ("INVALID_INPUT", "input.code")
    other = await desk.do("createSurvey", office, await planned(desk, "2041H2"), CHANGED, "round 2041")
    assert other["code"] == "KEY_REUSED"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"code": "2041"}, "input.code"),
        ({"code": "2041H3"}, "input.code"),
        ({"closesAt": "2020-01-01T00:00:00Z"}, "input.closesAt"),
        ({"opensAt": "2020-02-01T00:00:00Z", "closesAt": "2020-03-01T00:00:00Z"}, "input.closesAt"),
        ({"nameZh": ""}, "input.nameZh"),
        ({"nameEn": "x" * 81}, "input.nameEn"),
        ({"district": "Street:1"}, "input.district"),
    ],
)
async def test_a_round_that_is_none_is_refused_by_the_input_at_fault(desk: Desk, changed, field: str) -> None:
    office = await desk.who(district=DISTRICT, role=Role.RESPONSE_OFFICE)
    before = await db.value("SELECT count(*) FROM surveys")
    given = {**await planned(desk, "2042H1"), **changed}
    for language in ("en", "zh"):
        refused = await desk.do("createSurvey", office, given, CHANGED, language=language)
        assert (refused["code"], refused["field"]) == ("INVALID_INPUT", field)
    assert await db.value("SELECT count(*) FROM surveys") == before


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"district": DISTRICT, "role": Role.STREET_CLERK}, "WRONG_ROLE"),
        ({"district": DISTRICT, "role": Role.DISTRICT_LEADER}, "WRONG_ROLE"),
        ({"district": DISTRICT, "role": Role.AUDITOR}, "WRONG_ROLE"),
        ({"district": "jinjiang", "role": Role.RESPONSE_OFFICE}, "WRONG_PLACE"),
    ],
)
async def test_nobody_else_runs_a_round(desk: Desk, asked, code: str) -> None:
    who = await desk.who(**asked)
    given = await planned(desk, "2043H1")
    assert (await desk.do("createSurvey", who, given, "__typename"))["code"] == code
    assert not await db.value("SELECT 1 FROM surveys WHERE code = '2043H1'")


async def test_a_round_goes_one_way(desk: Desk) -> None:
    poll = await Poll.made(desk, "2044H1", open_=False)
    (link,) = (await poll.issue())["links"]
    early = await desk.http.get(f"{link['path']}?lang=en")
    assert "This round is not open yet." in early.text
    refused = await poll.hand_in(link["token"], await poll.answers())
    assert refused.status_code == 409
    closed = await poll.step("closeSurvey")
    assert (closed["__typename"], closed["found"], closed["expected"]) == (
        "WrongStageProblem",
        "DRAFT",
        ["OPEN"],
    )
    opened = await poll.step("openSurvey", key="open it")
    assert opened["survey"]["status"] == "OPEN"
    assert (await poll.step("openSurvey", key="open it"))["survey"]["status"] == "OPEN"
    assert (await poll.step("openSurvey"))["found"] == "OPEN"
    assert (await poll.step("closeSurvey"))["survey"]["status"] == "CLOSED"
    late = await poll.hand_in(link["token"], await poll.answers())
    assert late.status_code == 409
    assert "This round is over." in late.text
    assert (
        await desk.http.post(f"/s/{link['token']}/partial", data={"q.parking": "fair"})
    ).status_code == 409
    assert (await poll.issue())["found"] == "CLOSED"
    assert await poll.counts() == (1, 0, 0)


async def test_what_is_handed_in_while_it_closes_is_in_or_refused(desk: Desk) -> None:
    poll = await Poll.made(desk, "2045H1")
    answers = await poll.answers()
    tokens = [await poll.token() for _ in range(12)]
    handing = [asyncio.create_task(poll.hand_in(token, answers)) for token in tokens]
    closed = await poll.step("closeSurvey")
    taken = [one.status_code for one in await asyncio.gather(*handing)]
    assert set(taken) <= {303, 409}
    assert closed["survey"]["status"] == "CLOSED"
    assert (await poll.counts())[1] == taken.count(303)
    late = await db.value(
        """SELECT count(*) FROM responses r JOIN surveys s ON s.id = r.survey_id
           WHERE s.id = $1 AND r.submitted_at > s.closed_at + interval '1 second'""",
        poll.id,
    )
    assert late == 0


async def test_tokens_are_shown_once_and_kept_nowhere(desk: Desk) -> None:
    poll = await Poll.made(desk, "2046H1")
    first = await poll.issue(3, key="three links")
    again = await poll.issue(3, key="three links")
    tokens = [link["token"] for link in first["links"]]
    assert len(set(tokens)) == 3
    assert all(len(token) == 22 for token in tokens)
    assert [link["token"] for link in again["links"]] == [None, None, None]
    assert [link["invitation"] for link in again["links"]] == [link["invitation"] for link in first["links"]]
    assert (await poll.counts())[0] == 3
    for table in ("invitations", "commands"):
        rows = await db.rows(f"SELECT to_json(x)::text FROM {table} x")
        assert not any(token in row[0] for row in rows for token in tokens)
    assert (await poll.issue(4, key="three links"))["code"] == "KEY_REUSED"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"count": 0}, "input.count"),
        ({"count": 501}, "input.count"),
        ({"group": "martians"}, "input.group"),
        ({"community": "Community:00000000-0000-0000-0000-000000000000"}, "input.community"),
        ({"survey": "Survey:00000000-0000-0000-0000-000000000000"}, "input.survey"),
    ],
)
async def test_invitations_that_are_none_are_refused(desk: Desk, changed, field: str) -> None:
    found = await db.row("SELECT id FROM surveys WHERE code = '2046H1'")
    office = await desk.who(district=DISTRICT, role=Role.RESPONSE_OFFICE)
    community = await community_of(DISTRICT)
    given = {
        "survey": global_id("Survey", found["id"]),
        "community": global_id("Community", community),
        "group": "elderly",
        "count": 1,
        **changed,
    }
    refused = await desk.do("issueInvitations", office, given, "__typename")
    assert refused["field"] == field


async def test_a_community_of_another_district_is_none_of_the_round(desk: Desk) -> None:
    found = await db.row("SELECT id FROM surveys WHERE code = '2046H1'")
    office = await desk.who(district=DISTRICT, role=Role.RESPONSE_OFFICE)
    stranger = await community_of("jinjiang")
    given = {
        "survey": global_id("Survey", found["id"]),
        "community": global_id("Community", stranger),
        "group": "elderly",
        "count": 1,
    }
    assert (await desk.do("issueInvitations", office, given, "__typename"))["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/s/AbCdEfGhIjKlMnOpQrStUv", "/s/…"),
        ("/s/AbCdEfGhIjKlMnOpQrStUv/partial", "/s/…/partial"),
        ("/graphql", "/graphql"),
        ("/o/gulou/2031H1", "/o/gulou/2031H1"),
    ],
)
def test_links_are_left_out_of_the_log(path: str, shown: str) -> None:
    assert _shown(path) == shown


async def test_what_a_round_asks_is_a_spreadsheet_for_everybody(desk: Desk) -> None:
    poll = await Poll.made(desk, "2048H1", open_=False)
    path = f"/surveys/{DISTRICT}/2048H1/instrument.xlsx"
    assert (await desk.http.get(path)).status_code == 404, "a draft is its district's"
    await poll.step("openSurvey")
    found = await desk.http.get(path)
    assert (found.status_code, found.content[:2]) == (200, b"PK")
    assert instrument_of(found.content) == load(DISTRICT).rulebook.survey.instrument
    assert (await desk.http.get("/surveys/nowhere/2048H1/instrument.xlsx")).status_code == 404


async def test_a_district_whose_rulebook_counts_nobody_has_no_round(desk: Desk) -> None:
    register = await Register.laid("SV")
    office = await register.person("office", Role.RESPONSE_OFFICE)
    book = codec.to_json(load("jinjiang").rulebook)
    for left_out in ({"residents": []}, None):
        body = {**book, "survey": {**book["survey"], **left_out}} if left_out else dict(book)
        if left_out is None:
            del body["survey"]
        key = await register.put(
            "rulebooks",
            f"rules {left_out}",
            district_id=register["district"],
            version=f"v{left_out is None}",
            digest="0" * 64,
            body=body,
            loaded_at=datetime.now(UTC),
            active=False,
        )
        sql = "UPDATE rulebooks SET active = (id = $2) WHERE district_id = $1"
        await db.execute(sql, register["district"], key)
        given = await planned(desk, "2047H1", of="reading-SV")
        refused = await desk.do("createSurvey", office, given, CHANGED, language="zh")
        assert (refused["code"], refused["field"]) == ("INVALID_INPUT", "input.district")
        assert "各街道人口" in refused["message"]
