"""A server that follows the real events table, and those who listen to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import httpx
import uvicorn
import websockets

from api.context import Context
from api.identity import Identity
from api.jwks import FixedKeys
from api.schema import schema
from api.streams.feed import Feed
from infra.keys import LocalKeys
from infra.sockets import Sockets
from infra.web import create_app
from models.policy.access import Viewer
from models.queries import db, events
from models.terms import Language

EVENTS = "subscription ($where: IssueEventWhere, $after: String) { issueEvents(where: $where, after: $after) "
EVENTS += "{ type seq resumeToken issue { code } } }"

NUMBERS = count(1000)
"""Sequence numbers no other test of this database uses."""


class Server:
    """One process of the API as far as subscriptions go; several may stand before one database."""

    def __init__(self, keys: LocalKeys, database: str, **feed: Any) -> None:
        self.keys = keys
        self.feed = Feed(lambda wake: events.listening(database, wake), **feed)
        self.identity = Identity(FixedKeys(keys.public), "huying", "huying")
        settings = SimpleNamespace(production=False, cors_origins=())

        def context_for(viewer: Viewer, language: Language, request_id: str) -> Context:
            self.executed += 1
            return Context(viewer, language, request_id)

        async def readiness() -> list[Any]:
            return []

        self.executed = 0
        self.app = create_app(
            settings,
            schema=schema,
            context_for=context_for,
            identity=self.identity,
            readiness=readiness,
            feed=self.feed,
        )
        self.url = ""

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Server]:
        config = uvicorn.Config(
            self.app,
            port=0,
            ws=Sockets,
            ws_max_size=1024 * 1024,
            ws_per_message_deflate=False,
            log_config=None,
            lifespan="off",
            timeout_graceful_shutdown=2,
        )
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        host, port = server.servers[0].sockets[0].getsockname()[:2]
        self.url = f"{host}:{port}/graphql"
        try:
            yield self
        finally:
            self.feed.closing.set()
            server.should_exit = True
            await task
            await self.feed.stop()

    def token(self, viewer: Viewer, lasting: timedelta = timedelta(hours=1)) -> str:
        return f"Bearer {self.keys.mint(viewer, lasting)}"

    @asynccontextmanager
    async def ear(self, viewer: Viewer | None = None, **options: Any) -> AsyncIterator[Ear]:
        """A client that has been acknowledged."""
        async with self.raw(**options) as ear:
            payload = {"authorization": self.token(viewer)} if viewer else {}
            await ear.say("connection_init", payload=payload)
            ear.ack = await ear.hear()
            assert ear.ack["type"] == "connection_ack"
            yield ear

    @asynccontextmanager
    async def raw(self, protocol: str = "graphql-transport-ws", **options: Any) -> AsyncIterator[Ear]:
        async with websockets.connect(
            f"ws://{self.url}", subprotocols=[protocol], compression=None, **options
        ) as socket:
            yield Ear(socket)

    @asynccontextmanager
    async def stream(
        self, query: str, viewer: Viewer | None, variables: dict[str, Any] | None = None, **headers: str
    ) -> AsyncIterator[Stream]:
        """The same over server-sent events."""
        sent = {"Accept": "text/event-stream", **headers}
        if viewer is not None:
            sent["Authorization"] = self.token(viewer)
        body = {"query": query, "variables": variables}
        async with (
            httpx.AsyncClient(timeout=15) as client,
            client.stream("POST", f"http://{self.url}", json=body, headers=sent) as response,
        ):
            yield Stream(response)


class Ear:
    """One WebSocket as a client holds it."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket
        self.ack: dict[str, Any] = {}

    async def say(self, kind: str, **members: Any) -> None:
        await self.socket.send(json.dumps({"type": kind, **members}))

    async def hear(self, within: float = 10) -> dict[str, Any]:
        async with asyncio.timeout(within):
            return json.loads(await self.socket.recv())

    async def subscribe(self, query: str = EVENTS, key: str = "1", **variables: Any) -> None:
        """Follows what happens from the acknowledgement on, or from another token given as `after`."""
        variables.setdefault("after", self.ack["payload"]["resumeToken"])
        await self.say("subscribe", id=key, payload={"query": query, "variables": variables})

    async def next(self, within: float = 10) -> dict[str, Any]:
        """The data of the next event's field."""
        message = await self.hear(within)
        assert message["type"] == "next", message
        payload = message["payload"]
        assert "errors" not in payload, payload
        (event,) = payload["data"].values()
        return event

    async def events(self, count: int) -> list[dict[str, Any]]:
        return [await self.next() for _ in range(count)]

    async def silent(self, seconds: float = 0.3) -> bool:
        """Whether nothing comes for a while."""
        try:
            heard = await self.hear(seconds)
        except TimeoutError:
            return True
        raise AssertionError(heard)

    async def closed(self, within: float = 10) -> tuple[int, str]:
        """Code and reason with which the server closes."""
        async with asyncio.timeout(within):
            with suppress(websockets.ConnectionClosed):
                while True:
                    await self.socket.recv()
        return self.socket.close_code, self.socket.close_reason


class Stream:
    """One event stream as a client reads it."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def event(self, within: float = 10) -> dict[str, str]:
        """The next message: its fields by name; comments and bare ids are passed over but for `id`."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(within):
            async for line in self._lines:
                if line.startswith(":"):
                    continue
                if line:
                    name, _, value = line.partition(": ")
                    fields[name] = value
                elif fields:
                    return fields
        return fields

    async def next(self) -> dict[str, Any]:
        event = await self.event()
        while event.get("event") is None:
            event = await self.event()
        assert event["event"] == "next", event
        return json.loads(event["data"])


async def happen(issue: UUID, seq: int, kind: str = "progress", **data: Any) -> None:
    """One event as the projection writes it: with its transaction, and a NOTIFY."""
    async with db.transaction() as connection:
        await write(connection, issue, seq, kind, **data)


async def write(connection: Any, issue: UUID, seq: int, kind: str = "progress", **data: Any) -> None:
    await connection.execute(
        "INSERT INTO events (issue_id, seq, type, at, payload) VALUES ($1, $2, $3, $4, $5)",
        issue,
        seq,
        f"issue.{kind}",
        datetime.now(UTC),
        {"issue": str(issue), "stage": "HANDLING", "data": data},
    )
    await connection.execute("SELECT pg_notify('huying_events', $1)", str(issue))


async def told(town: Any, *issues: str, kind: str = "progress") -> list[int]:
    """Something happens to each issue of these names; the numbers it has."""
    numbers = [next(NUMBERS) for _ in issues]
    for issue, number in zip(issues, numbers, strict=True):
        ground = town.b if issue == "j1" else town.a
        await happen(ground[issue], number, kind)
    return numbers
