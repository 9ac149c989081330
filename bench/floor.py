"""The floor: a bare ASGI function, asyncpg, and one hand-written statement a query, its JSON passed through.

It knows no GraphQL, no viewer and no scope: nothing that answers over HTTP from this database in Python can
be much faster. Every connection has its statements prepared and is never reset.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import uvicorn

CONNECTIONS = 8
STATEMENTS: dict[str, str] = json.loads((Path(__file__).parent / "statements.json").read_text("utf-8"))
VALUES: dict[str, Callable[[dict[str, str]], tuple[Any, ...]]] = {
    "Q1": lambda given: (UUID(given["street"]),),
    "Q2": lambda given: (UUID(given["id"]),),
    "Q3": lambda given: (datetime.now(UTC),),
    "Q4": lambda given: (UUID(given["id"]),),
    "Q5": lambda given: (UUID(given["district"]),),
}
HEADERS = (b"content-type", b"application/json")
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Lanes:
    """A few connections with every statement prepared; whoever finds none free waits in line."""

    def __init__(self) -> None:
        self._free: deque[dict[str, Any]] = deque()
        self._waiting: deque[asyncio.Future[dict[str, Any]]] = deque()

    async def open(self, url: str) -> None:
        for _ in range(CONNECTIONS):
            connection = await asyncpg.connect(url, server_settings={"plan_cache_mode": "force_generic_plan"})
            await connection.set_type_codec(
                "json", schema="pg_catalog", encoder=str.encode, decoder=bytes, format="binary"
            )
            self._free.append({name: await connection.prepare(sql) for name, sql in STATEMENTS.items()})

    async def ask(self, name: str, values: tuple[Any, ...]) -> bytes:
        lane = self._free.popleft() if self._free else await self._wait()
        try:
            return (await lane[name].fetchval(*values)) or b"null"
        finally:
            if self._waiting:
                self._waiting.popleft().set_result(lane)
            else:
                self._free.append(lane)

    def _wait(self) -> asyncio.Future[dict[str, Any]]:
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        return place


lanes = Lanes()


async def app(scope: dict[str, Any], receive: Callable[[], Awaitable[dict[str, Any]]], send: Send) -> None:
    """Answers {"query": "Q1", "variables": {…}} with {"data": …}."""
    if scope["type"] == "lifespan":
        await receive()
        await lanes.open(os.environ["DATABASE_URL"])
        await send({"type": "lifespan.startup.complete"})
        await receive()
        return
    body = b""
    more = True
    while more:
        message = await receive()
        body += message["body"]
        more = message["more_body"]
    asked = json.loads(body)
    name = asked["query"]
    answer = await lanes.ask(name, VALUES[name](asked.get("variables") or {}))
    whole = b'{"data":%b}' % answer
    length = (b"content-length", str(len(whole)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [HEADERS, length]})
    await send({"type": "http.response.body", "body": whole})


if __name__ == "__main__":
    uvicorn.run(
        app, port=int(os.environ["PORT"]), loop="uvloop", http="httptools", ws="none", access_log=False,
        log_level="warning", lifespan="on",
    )  # fmt: skip
