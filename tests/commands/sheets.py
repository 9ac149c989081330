"""A round of Gulou as its office runs it, and respondents who answer it on the page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from api.ids import global_id, parsed
from models.policy.access import Viewer
from models.policy.survey.instrument import QuestionKind
from models.queries import db, rounds
from models.queries.invitations import token_digest
from models.terms import Role
from tests.commands.desk import Desk

DISTRICT = "gulou"
CHANGED = "survey { id code status name }"
LINKS = "links { token path invitation { id status groupKey } }"
LONG_AGO = timedelta(minutes=9)
"""How long ago a respondent who takes their time opened the link."""


class Poll:
    """One round, its people and its invitations."""

    def __init__(self, desk: Desk, office: Viewer, survey: str, communities: list[UUID]) -> None:
        self.desk, self.office, self.survey, self.communities = desk, office, survey, communities

    @classmethod
    async def made(cls, desk: Desk, code: str, open_: bool = True) -> Poll:
        """A round that was made, and opened unless said otherwise."""
        office = await desk.who(district=DISTRICT, role=Role.RESPONSE_OFFICE)
        district = await db.value("SELECT id FROM districts WHERE key = $1", DISTRICT)
        now = datetime.now(UTC)
        given = {
            "district": global_id("District", district),
            "code": code,
            "opensAt": (now - timedelta(hours=1)).isoformat(),
            "closesAt": (now + timedelta(days=14)).isoformat(),
        }
        made = await desk.do("createSurvey", office, given, CHANGED)
        assert made["__typename"] == "SurveyChanged", made
        rows = await db.rows("SELECT id FROM communities WHERE district_id = $1 ORDER BY code", district)
        poll = cls(desk, office, made["survey"]["id"], [row["id"] for row in rows])
        if open_:
            opened = await poll.step("openSurvey")
            assert opened["survey"]["status"] == "OPEN", opened
            # Opened a while ago, so that respondents may have taken their time.
            await db.execute(
                "UPDATE surveys SET opened_at = $2 WHERE id = $1", poll.id, now - timedelta(days=3)
            )
        return poll

    @property
    def id(self) -> UUID:
        found = parsed(self.survey)
        assert found is not None
        return found[1]

    async def step(self, name: str, who: Viewer | None = None, key: str | None = None) -> dict[str, Any]:
        return await self.desk.do(name, who or self.office, {"survey": self.survey}, CHANGED, key)

    async def issue(
        self, count: int = 1, group: str = "elderly", community: int = 0, key: str | None = None
    ) -> dict[str, Any]:
        given = {
            "survey": self.survey,
            "community": global_id("Community", self.communities[community]),
            "group": group,
            "count": count,
        }
        return await self.desk.do("issueInvitations", self.office, given, LINKS, key)

    async def token(self, group: str = "elderly", community: int = 0, ago: timedelta = LONG_AGO) -> str:
        """A link that its respondent opened some while ago."""
        (link,) = (await self.issue(1, group, community))["links"]
        await db.execute(
            "UPDATE invitations SET opened_at = $2, status = 'OPENED' WHERE token_digest = $1",
            token_digest(link["token"]),
            datetime.now(UTC) - ago,
        )
        return link["token"]

    async def answers(self, group: str = "elderly", **changed: Any) -> dict[str, Any]:
        """Answers to everything that is needed, not all alike."""
        instrument = await rounds.instrument(self.id)
        sheet = instrument.questionnaire(group)
        assert sheet is not None
        steps = ("very_satisfied", "satisfied")
        found: dict[str, Any] = {
            question.key: steps[place % 2]
            for place, question in enumerate(sheet.questions)
            if question.kind is QuestionKind.SCALE
        }
        return {**found, **changed}

    async def hand_in(
        self, token: str, answers: Mapping[str, Any], http: httpx.AsyncClient | None = None, **more: str
    ) -> httpx.Response:
        """As the page's form does; a browser of its own unless one is given."""
        form = {f"q.{key}": value for key, value in answers.items()}
        self.desk.http.cookies.clear()
        return await (http or self.desk.http).post(f"/s/{token}?lang=en", data={**form, **more})

    async def response(self, token: str) -> db.Row | None:
        return await db.row(
            """SELECT r.* FROM responses r JOIN invitations i ON i.id = r.invitation_id
               WHERE i.token_digest = $1""",
            token_digest(token),
        )

    async def flags(self, token: str) -> dict[str, str]:
        """By reason, the rule that decided; those in force."""
        rows = await db.rows(
            """SELECT f.reason, f.rule FROM response_flags f JOIN responses r ON r.id = f.response_id
               JOIN invitations i ON i.id = r.invitation_id
               WHERE i.token_digest = $1 AND f.lifted_at IS NULL""",
            token_digest(token),
        )
        return {row["reason"]: row["rule"] for row in rows}

    async def counts(self) -> tuple[int, int, int]:
        """Invited, submitted and excluded, as the quota counts them; they are what the rows are."""
        kept = await db.row(
            "SELECT sum(invited) a, sum(submitted) b, sum(excluded) c FROM quota_cells WHERE survey_id = $1",
            self.id,
        )
        wrong = await db.value(
            """
            SELECT count(*) FROM quota_cells q
            WHERE q.survey_id = $1 AND (q.invited, q.submitted, q.excluded) <> (
                (SELECT count(*) FROM invitations i WHERE (i.survey_id, i.street_id, i.group_key, i.mode)
                    = (q.survey_id, q.street_id, q.group_key, q.mode) AND i.purpose = 'SCORE'),
                (SELECT count(*) FROM responses r WHERE (r.survey_id, r.street_id, r.group_key, r.mode)
                    = (q.survey_id, q.street_id, q.group_key, q.mode) AND r.status = 'SUBMITTED'
                    AND r.purpose = 'SCORE'),
                (SELECT count(*) FROM responses r WHERE (r.survey_id, r.street_id, r.group_key, r.mode)
                    = (q.survey_id, q.street_id, q.group_key, q.mode) AND r.status = 'SUBMITTED'
                    AND r.purpose = 'SCORE' AND r.excluded))
            """,
            self.id,
        )
        assert wrong == 0, "a count of the quota is not what the rows say"
        return kept["a"], kept["b"], kept["c"]


def hidden(html: str) -> str:
    """The text of a page, without its style and script."""
    return re.sub(r"<(style|script)>.*?</\1>", "", html, flags=re.DOTALL)
