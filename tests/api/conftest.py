"""The real schema behind the real edge and a real database, with districts made for these tests."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest_asyncio

from api.context import Context
from api.http import GraphQLApp
from api.identity import Identity
from api.jwks import FixedKeys
from api.schema import schema
from infra.keys import LocalKeys
from models.policy.access import Viewer
from models.queries import db
from models.terms import Language, Role
from tests.api.ground import HOUR, NOW, Ground
from tests.api.paper import paper, told
from tests.api.rounds import measured


@dataclass
class Desk:
    """Asks the real application over HTTP, in process; `statements` are those of the last answer."""

    client: httpx.AsyncClient
    keys: LocalKeys
    statements: list[str]

    async def send(
        self, query: str, viewer: Viewer | None = None, language: str = "en", **variables: Any
    ) -> httpx.Response:
        headers = {"Accept-Language": language}
        if viewer is not None:
            headers["Authorization"] = f"Bearer {self.keys.mint(viewer, timedelta(hours=1))}"
        self.statements.clear()
        with db.watching(self.statements.append):
            # Written in ASCII, so that a lone surrogate can be sent as its escape.
            body = json.dumps({"query": query, "variables": variables})
            headers["Content-Type"] = "application/json"
            return await self.client.post("/graphql", content=body, headers=headers)

    async def ask(
        self, query: str, viewer: Viewer | None = None, language: str = "en", **variables: Any
    ) -> dict[str, Any]:
        """The data of an answer without errors."""
        answer = (await self.send(query, viewer, language, **variables)).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def refused(self, query: str, viewer: Viewer | None = None, **variables: Any) -> tuple[str, str]:
        """Code and field of the first error."""
        answer = (await self.send(query, viewer, **variables)).json()
        extensions = answer["errors"][0]["extensions"]
        return extensions["code"], extensions.get("field", "")


@pytest_asyncio.fixture(scope="session")
async def desk(database: str, tmp_path_factory) -> AsyncIterator[Desk]:
    keys = LocalKeys.load(tmp_path_factory.mktemp("keys"), "huying", "huying")

    def context_for(viewer: Viewer, language: Language, request_id: str) -> Context:
        return Context(viewer, language, request_id, clock=lambda: NOW)

    app = GraphQLApp(schema, context_for, Identity(FixedKeys(keys.public), "huying", "huying"), True)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://edge") as client:
        yield Desk(client, keys, [])


@dataclass
class Town:
    """Two districts with issues in every reach, and somebody of every role."""

    a: Ground
    b: Ground
    viewers: dict[str, Viewer]

    def __getitem__(self, name: str) -> Viewer:
        return self.viewers[name]


async def everything(ground: Ground, issue: str, street: str, department: str, status: str) -> None:
    """One row of each kind below an issue."""
    await ground.call(issue, street, department)
    await ground.assignment(issue, department, status)
    await ground.duty(f"{issue} verify", issue, "VERIFY", ("STREET", street), due_at=NOW + HOUR)
    await ground.entry(issue, 1, "COLLECTED", note=f"note of {issue}")
    await ground.photo(issue)
    await ground.scorecard(issue, street, department)


@pytest_asyncio.fixture(scope="session")
async def town(database: str) -> Town:
    a, b = await Ground.laid("A"), await Ground.laid("B")
    for ground in (a, b):
        for street in ("s1", "s2"):
            await ground.street(street)
        for community, street in (("c1", "s1"), ("c2", "s1"), ("c3", "s2")):
            await ground.community(community, street)
        for grid, community, street in (("g1", "c1", "s1"), ("g2", "c1", "s1"), ("g3", "c3", "s2")):
            await ground.grid(grid, street, community)
    people = {
        "grid worker": await a.person("grid worker", Role.GRID_WORKER, grid="g1"),
        "community clerk": await a.person("community clerk", Role.COMMUNITY_CLERK, community="c1"),
        "street clerk": await a.person("street clerk", Role.STREET_CLERK, street="s1"),
        "lighting": await a.person("lighting handler", Role.DEPARTMENT_HANDLER, department="lighting"),
        "water": await a.person("water handler", Role.DEPARTMENT_HANDLER, department="water"),
        "office": await a.person("office", Role.RESPONSE_OFFICE),
        "leader": await a.person("leader", Role.DISTRICT_LEADER),
        "auditor": await a.person("auditor", Role.AUDITOR),
        "operator": await a.person("operator", Role.OPERATOR),
        "resident 1": await a.person("resident 1", Role.RESIDENT),
        "resident 2": await a.person("resident 2", Role.RESIDENT),
        "machine": await a.person("machine", Role.INTEGRATOR, grants=("issues:read",)),
        "machine without grant": await a.person("idle machine", Role.INTEGRATOR),
        "office of B": await b.person("office", Role.RESPONSE_OFFICE),
        "street clerk of B": await b.person("street clerk", Role.STREET_CLERK, street="s1"),
    }
    await a.issue("i1", "s1", community="c1", grid="g1", department_id=a["lighting"])
    await a.issue("i2", "s1", community="c1", grid="g2", department_id=a["water"], item_id=a["drain"])
    await a.issue("i3", "s1", community="c2", stage="FILED", closed_at=NOW)
    await a.issue("i4", "s2", community="c3", grid="g3", level="SIMPLE")
    await a.issue("i5", "s2", due_at=NOW - HOUR, yellow_at=NOW - 2 * HOUR)
    await b.issue("j1", "s1", split_from_id=a["i4"], suspended=True)
    await everything(a, "i1", "s1", "lighting", "ON_SITE")
    await everything(a, "i2", "s1", "water", "DONE")
    await everything(a, "i3", "s1", "water", "DONE")
    await everything(a, "i4", "s2", "lighting", "RETURNED")
    await everything(a, "i5", "s2", "water", "OFFERED")
    await everything(b, "j1", "s1", "water", "OFFERED")
    first, second = people["resident 1"], people["resident 2"]
    await a.report("r1", "i1", first)
    await a.report("r2", "i2", None)
    await a.report("r3", "i3", None)
    await a.report("r4", "i4", first)
    await a.report("r4b", "i4", second, reported_at=NOW + HOUR, origin_issue_id=a["i5"])
    await a.report("r5", "i5", None, reporter_name=None, reporter_phone=None)
    await b.report("q1", "j1", second)
    await paper(a, "i1", "s1", "lighting", people["street clerk"])
    await paper(a, "i2", "s1", "water", people["street clerk"])
    await paper(a, "i5", "s2", "water", people["street clerk"])
    await paper(b, "j1", "s1", "water", people["street clerk of B"])
    for report, issue in (("r1", "i1"), ("r2", "i2"), ("r3", "i3"), ("r4", "i4"), ("r4b", "i4")):
        await told(a, report, issue)
    await told(a, "r5", "i5", comment=None)
    await told(b, "q1", "j1")
    await a.put(
        "batches",
        "batch",
        district_id=a["district"],
        action="SUSPEND",
        status="DONE",
        reason="台风",
        chosen="{}",
        total=1,
        created_at=NOW,
    )
    await a.put(
        "batch_items",
        "item of the batch",
        batch_id=a["batch"],
        issue_id=a["i1"],
        position=1,
        status="DONE",
        attempts=0,
    )
    await measured(a, people["street clerk"])
    await measured(b, people["street clerk of B"])
    return Town(a, b, people)
