"""A negative list: a round of Gulou, what respondents said in it, and the items that come of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from api.ids import global_id
from models.policy.access import Viewer
from models.queries import db, posts
from models.queries.posts import PostAsked
from models.terms import Role
from tests.commands.desk import Desk
from tests.commands.sheets import DISTRICT, Poll

ITEM = "item { id code status round asked answered satisfied issue { id code stage } }"
CYCLE = "cycle { id code step }"
LINKS = "links { token path invitation { id status } }"
LIGHTS = "street_light"


class Negative:
    """One round and its items, as the office and a street deal with them."""

    def __init__(self, poll: Poll) -> None:
        self.poll, self.desk, self.office = poll, poll.desk, poll.office
        self.cycle = ""

    @classmethod
    async def made(cls, desk: Desk, code: str) -> Negative:
        made = cls(await Poll.made(desk, code))
        made.district = await db.value("SELECT id FROM districts WHERE key = $1", DISTRICT)
        place = await db.row(
            "SELECT id, street_id FROM communities WHERE district_id = $1 ORDER BY code LIMIT 1",
            made.district,
        )
        made.community, made.street = place["id"], place["street_id"]
        clerks = await posts.posts(PostAsked(role=Role.STREET_CLERK, district=DISTRICT))
        mine = [one.viewer for one in clerks if one.post.street == made.street]
        made.clerk, made.second = mine[0], mine[1]
        made.elsewhere = next(one.viewer for one in clerks if one.post.street != made.street)
        return made

    district: UUID
    community: UUID
    street: UUID
    clerk: Viewer
    second: Viewer
    elsewhere: Viewer

    # What respondents said --------------------------------------------------------------------------------

    async def voices(self, *words: str | None, category: str | None = LIGHTS) -> list[str]:
        """Opinions of as many respondents, handed in through their links; None is a low score alone."""
        found = []
        for said in words:
            token = await self.poll.token()
            answers = await self.poll.answers(
                **({"suggestions": said} if said else {"street_cleaning": "very_dissatisfied"})
            )
            response = await self.poll.hand_in(token, answers)
            assert response.status_code == 303, response.text
            row = await self.poll.response(token)
            opinion = await db.value(
                "SELECT id FROM opinions WHERE response_id = $1 AND (words IS NULL) = $2",
                row["id"],
                said is None,
            )
            await db.execute(
                "UPDATE opinions SET category = $2, community_id = $3, street_id = $4 WHERE id = $1",
                opinion,
                category,
                self.community,
                self.street,
            )
            found.append(global_id("Opinion", opinion))
        return found

    # Items --------------------------------------------------------------------------------------------------

    async def give(
        self, name: str, viewer: Viewer, given: dict[str, Any], fields: str = ITEM, key: str | None = None
    ) -> dict[str, Any]:
        """A command that is taken."""
        answer = await self.desk.do(name, viewer, given, fields, key)
        assert "code" not in answer, (name, answer)
        return answer

    async def draft(self, *opinions: str, **more: Any) -> str:
        item = {
            "title": "路灯不亮",
            "severity": "MINOR",
            "opinions": list(opinions),
            "category": LIGHTS,
            **more,
        }
        given = {"survey": self.poll.survey, "items": [item]}
        answer = await self.give("draftItems", self.office, given, "items { id code status }")
        assert answer["items"][0]["status"] == "DRAFT"
        return answer["items"][0]["id"]

    async def issued(self, voices: int = 1, **more: Any) -> str:
        """An item that was issued to the street, and whose workflow has written so."""
        said = [f"路灯不亮，第 {uuid4().hex[:6]} 盏" for _ in range(voices)]
        item = await self.draft(*await self.voices(*said), **more)
        await self.give("issueItems", self.office, {"survey": self.poll.survey, "items": [item]}, "issued")
        await self.until(item, lambda shown: shown["seq"] >= 1)
        return item

    async def step(self, name: str, item: str, viewer: Viewer | None = None, **more: Any) -> dict[str, Any]:
        return (await self.give(name, viewer or self.clerk, {"item": item, **more}))["item"]

    async def perceiving(self, voices: int = 1) -> str:
        item = await self.issued(voices)
        await self.step("startItem", item)
        shown = await self.step("completeItem", item)
        assert shown["status"] == "PERCEIVING", shown
        return item

    async def ask(self, item: str, key: str | None = None, **more: Any) -> list[str]:
        """Residents are asked; the tokens."""
        answer = await self.give("askResidents", self.office, {"items": [item], **more}, LINKS, key)
        return [link["token"] for link in answer["links"]]

    async def answer(self, token: str, satisfied: bool) -> None:
        step = "satisfied" if satisfied else "dissatisfied"
        response = await self.poll.hand_in(token, {"put_right": step})
        assert response.status_code == 303, response.text

    async def shown(self, item: str, fields: str = "", viewer: Viewer | None = None) -> dict[str, Any]:
        data = await self.desk.ask(
            "query($id: ID!) { node(id: $id) { ... on NegativeItem { id seq status round asked answered "
            f"satisfied issue {{ id stage }} {fields} }} }} }}",
            viewer or self.office,
            id=item,
        )
        return data["node"]

    async def until(
        self, item: str, done: Callable[[dict[str, Any]], bool], fields: str = ""
    ) -> dict[str, Any]:
        """The item once `done` says so; within ten seconds."""
        for _ in range(100):
            shown = await self.shown(item, fields)
            if done(shown):
                return shown
            await asyncio.sleep(0.1)
        raise AssertionError(f"not within ten seconds: {shown}")

    async def kinds(self, item: str) -> list[str]:
        shown = await self.shown(item, "timeline(first: 100) { nodes { kind } }")
        return [line["kind"] for line in shown["timeline"]["nodes"]]

    async def surveyed(self, status: str) -> None:
        """As closing, scoring and publishing leave the round."""
        await db.execute("UPDATE surveys SET status = $2 WHERE id = $1", self.poll.id, status)

    async def begun(self) -> str:
        answer = await self.give("beginCycle", self.office, {"survey": self.poll.survey}, CYCLE)
        self.cycle = answer["cycle"]["id"]
        return self.cycle

    async def step_of(self, wanted: str) -> None:
        """Waits until the cycle stands at this step."""
        for _ in range(100):
            data = await self.desk.ask(
                "query($id: ID!) { node(id: $id) { ... on RectificationCycle { step } } }", id=self.cycle
            )
            if data["node"]["step"] == wanted:
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"not within ten seconds: {data}")


def in_days(n: int) -> str:
    return (datetime.now(UTC) + timedelta(days=n)).isoformat()
