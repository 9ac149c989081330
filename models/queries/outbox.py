"""Workflows still to be started: written with the report, handed on by the worker, never lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from models.queries import db

CHANNEL = "huying_outbox"
BATCH = 20
RETRY_SECONDS = (1, 2, 5, 10, 30)


@dataclass(frozen=True)
class Pending:
    """One case to start."""

    id: UUID
    issue: UUID
    attempts: int
    request: str | None


async def put(
    connection: asyncpg.Connection, row: UUID, issue: UUID, request: str | None, now: datetime
) -> None:
    """Adds a case to start, in the transaction that makes its issue."""
    await connection.execute(
        """
        INSERT INTO outbox (id, issue_id, request_id, created_at, attempts, not_before)
        VALUES ($1, $2, $3, $4, 0, $4)
        """,
        row,
        issue,
        request,
        now,
    )
    await connection.execute("SELECT pg_notify($1, '')", CHANNEL)


class Taken:
    """A batch that this process alone holds until the transaction ends."""

    def __init__(self, connection: asyncpg.Connection, pending: list[Pending]) -> None:
        self._connection = connection
        self.pending = pending

    async def done(self, row: UUID) -> None:
        await self._connection.execute("DELETE FROM outbox WHERE id = $1", row)

    async def failed(self, item: Pending, why: str, now: datetime) -> None:
        """Puts it off; it is tried for ever, at most every 30 s."""
        seconds = RETRY_SECONDS[min(item.attempts, len(RETRY_SECONDS) - 1)]
        await self._connection.execute(
            """
            UPDATE outbox SET attempts = attempts + 1, last_error = $2,
                not_before = $3::timestamptz + make_interval(secs => $4)
            WHERE id = $1
            """,
            item.id,
            why[:500],
            now,
            float(seconds),
        )


@asynccontextmanager
async def take(now: datetime) -> AsyncIterator[Taken]:
    """A batch of due rows, skipping those another worker holds."""
    async with db.transaction() as connection:
        found = await connection.fetch(
            """
            SELECT id, issue_id, attempts, request_id FROM outbox WHERE not_before <= $1
            ORDER BY not_before, id LIMIT $2 FOR UPDATE SKIP LOCKED
            """,
            now,
            BATCH,
        )
        yield Taken(
            connection, [Pending(r["id"], r["issue_id"], r["attempts"], r["request_id"]) for r in found]
        )


async def waiting() -> int:
    """How many cases are not started yet."""
    return int(await db.value("SELECT count(*) FROM outbox"))
