"""Tens of thousands of responses over HTTP while the API is killed and restarted: none lost, none twice."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import uuid4

import pytest

from models.policy.survey import answering
from models.rulebooks.loader import load
from tests.acceptance.crash import Installation, plain
from tests.acceptance.crowd import Crowd, Paper, papers
from tests.infra.command import answer, huying

AT_ONCE = 24
EACH = 500
GROUP = "young_and_middle_aged"


class Office:
    """The response office of Jinjiang, over HTTP."""

    def __init__(self, place: Installation, token: str) -> None:
        self.place, self.token = place, token

    @classmethod
    async def of(cls, place: Installation) -> Office:
        wanted = ("token", "--json", "--role", "RESPONSE_OFFICE", "--district", "jinjiang")
        signed = await asyncio.to_thread(huying, *wanted, within=60, HUYING_DATA=place.stack.settings.data)
        return cls(place, answer(signed)["token"])

    async def do(self, name: str, kind: str, success: str, **given: object) -> dict:
        query = f"""mutation($input: {kind}!) {{ result: {name}(input: $input) {{ ... on {success}
            ... on Problem {{ code message field }} }} }}"""
        async with plain(base_url=self.place.api.address) as http:
            body = {"query": query, "variables": {"input": {"idempotencyKey": uuid4().hex, **given}}}
            headers = {"Authorization": f"Bearer {self.token}"}
            while (sent := await http.post("/graphql", json=body, headers=headers)).status_code == 429:
                await asyncio.sleep(1)
        said = sent.json()
        assert "errors" not in said, said
        assert "code" not in said["data"]["result"], said
        return said["data"]["result"]

    async def opened_round(self, code: str) -> str:
        (row,) = await self.place.rows("SELECT id FROM districts WHERE key = 'jinjiang'")
        now = datetime.now(UTC)
        made = await self.do(
            "createSurvey",
            "CreateSurveyInput",
            "SurveyChanged { survey { id } }",
            district=f"District:{row['id']}",
            code=code,
            opensAt=now.isoformat(),
            closesAt=(now + timedelta(days=1)).isoformat(),
        )
        survey: str = made["survey"]["id"]
        await self.do("openSurvey", "SurveyInput", "SurveyChanged { survey { id } }", survey=survey)
        return survey

    async def links(self, survey: str, count: int) -> list[str]:
        """Tokens of so many invitations, community by community."""
        rows = await self.place.rows("SELECT id FROM communities ORDER BY code")
        tokens: list[str] = []
        for number in range(0, count, EACH):
            issued = await self.do(
                "issueInvitations",
                "IssueInvitationsInput",
                "InvitationsIssued { links { token } }",
                survey=survey,
                community=f"Community:{rows[number // EACH % len(rows)]['id']}",
                group=GROUP,
                count=min(EACH, count - number),
            )
            tokens += [link["token"] for link in issued["links"]]
        return tokens


async def handed_in(place: Installation, code: str, count: int, kills: int) -> tuple[float, float, Crowd]:
    """Hands in so many responses while the API dies so many times; seconds in all, seconds it was away."""
    instrument = load("jinjiang").rulebook.survey.instrument
    office = await Office.of(place)
    survey = await office.opened_round(code)
    sheets = list(papers(await office.links(survey, count), instrument, GROUP, Random(code)))
    crowd, away = Crowd(place.api.address), 0.0
    begun = time.monotonic()
    handing = asyncio.create_task(crowd.hand_in(sheets, AT_ONCE))
    for number in range(1, kills + 1):
        while crowd.acknowledged < count * number / (kills + 1) and not handing.done():
            await asyncio.sleep(0.002)
        died = time.monotonic()
        await place.killed_and_back("api")
        away += time.monotonic() - died
    await handing
    seconds = time.monotonic() - begun
    assert crowd.other == []
    assert crowd.again >= kills, "each death was felt by somebody"
    await settled(place, survey, sheets)
    await repeated(place, survey, sheets[:: max(1, count // 200)])
    return seconds, away, crowd


async def settled(place: Installation, survey: str, sheets: list[Paper]) -> None:
    """Every sheet is on record as it was sent, once, with its opinions; and the quota counts them."""
    key = survey.partition(":")[2]
    rows = await place.rows(
        """SELECT i.status, r.status AS handed, r.answers, i.token_digest FROM invitations i
           LEFT JOIN responses r ON r.invitation_id = i.id WHERE i.survey_id = $1""",
        key,
    )
    assert len(rows) == len(sheets)
    assert {(row["status"], row["handed"]) for row in rows} == {("ANSWERED", "SUBMITTED")}
    on_record = sorted(answering.digest(json.loads(row["answers"])) for row in rows)
    assert on_record == sorted(answering.digest(sheet.answers) for sheet in sheets)
    spec = load("jinjiang").rulebook.survey
    questionnaire = spec.instrument.questionnaire(GROUP)
    expected = sum(
        len(answering.opinions(spec.instrument, questionnaire, sheet.answers, spec.low_score))
        for sheet in sheets
    )
    (heard,) = await place.rows("SELECT count(*) FROM opinions WHERE survey_id = $1", key)
    assert heard[0] == expected
    (cells,) = await place.rows(
        "SELECT sum(invited), sum(submitted), sum(excluded) FROM quota_cells WHERE survey_id = $1", key
    )
    (flagged,) = await place.rows("SELECT count(*) FROM responses WHERE survey_id = $1 AND excluded", key)
    assert tuple(cells) == (len(sheets), len(sheets), flagged[0])


async def repeated(place: Installation, survey: str, sheets: list[Paper]) -> None:
    """Whoever sends the same once more is thanked again, and nothing is there twice."""
    crowd = Crowd(place.api.address)
    await crowd.hand_in(sheets, AT_ONCE)
    assert (crowd.acknowledged, crowd.other) == (len(sheets), [])
    (count,) = await place.rows(
        "SELECT count(*), count(DISTINCT invitation_id) FROM responses WHERE survey_id = $1",
        survey.partition(":")[2],
    )
    assert count[0] == count[1]


async def test_some_hundreds_of_responses_outlive_an_api_that_dies(place, api) -> None:
    await handed_in(place, "2031H1", 600, kills=1)


@pytest.mark.prove
@pytest.mark.timeout(1800)
async def test_fifty_thousand_responses_outlive_an_api_that_dies_five_times(place, api) -> None:
    count, kills = 50_000, 5
    seconds, away, crowd = await handed_in(place, "2031H2", count, kills)
    print(
        f"\n{count} responses in {seconds:.0f} s, {kills} kills, {away:.0f} s without an API: "
        f"{count / seconds:.0f} a second, {count / (seconds - away):.0f} while it lived; "
        f"{crowd.again} sent again, none lost, none twice"
    )
