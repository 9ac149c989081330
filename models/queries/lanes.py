"""Connections for compiled reads: a few, each with its prepared statements, and JSON that stays bytes.

A pool of the usual kind resets a connection after each use, which costs a round trip, and decodes JSON
that is only going to be encoded again. A lane does neither: statements on it never change the session.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

import asyncpg

from models.queries import db

LANES = 8
"""More only queue inside PostgreSQL on a small machine (measured)."""
KEPT_STATEMENTS = 500
MOST_WAITING = 2_000


class LanesBusyError(RuntimeError):
    """More wait for a lane than can be served in time."""


class Lanes:
    """A fixed number of connections, last used first, opened when first needed and again when lost."""

    def __init__(self, database_url: str, size: int = LANES) -> None:
        self._url = database_url
        self._free: deque[asyncpg.Connection | None] = deque([None] * size)
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def json(self, sql: str, values: Sequence[object]) -> bytes:
        """The one JSON value that the statement answers with, as the bytes PostgreSQL wrote.

        Raises LanesBusyError, OSError or asyncpg.PostgresError.
        """
        db.tell(sql)
        connection = await self._take()
        try:
            if connection is None or connection.is_closed():
                connection = await self._open()
            found: bytes = await connection.fetchval(sql, *values)
            return found
        finally:
            self._give(connection)

    async def close(self) -> None:
        """Closes what is idle; called when nothing asks any more."""
        while self._free:
            connection = self._free.pop()
            if connection is not None:
                with suppress(OSError, asyncpg.PostgresError, TimeoutError):
                    await connection.close(timeout=5)

    async def _take(self) -> asyncpg.Connection | None:
        while not self._free:  # another may have been quicker than whoever was woken
            if len(self._waiting) >= MOST_WAITING:
                raise LanesBusyError("too many wait for a connection already")
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            await turn  # statements end in time, so turns come
        return self._free.pop()

    def _give(self, connection: asyncpg.Connection | None) -> None:
        self._free.append(connection)
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                break

    async def _open(self) -> asyncpg.Connection:
        connection = await asyncpg.connect(
            db.plain_url(self._url),
            statement_cache_size=KEPT_STATEMENTS,
            max_cached_statement_lifetime=0,
            max_cacheable_statement_size=64 * 1024,
            command_timeout=db.STATEMENT_SECONDS,
            # Values change which rows are read, never how: planning once is right and much faster.
            # JSON shows instants in the session's zone; it is UTC, as everywhere.
            server_settings={"plan_cache_mode": "force_generic_plan", "jit": "off", "timezone": "UTC"},
        )
        await connection.set_type_codec(
            "json", schema="pg_catalog", format="binary", encoder=bytes, decoder=bytes
        )
        return connection
