"""Workflows still to be started, or to be told a fact: written with what makes it so, handed on by the
worker, never lost. Facts may be told twice, and change nothing the second time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import asyncpg

from models.queries import db

CHANNEL = "huying_outbox"
BATCH = 20
RETRY_SECONDS = (1, 2, 5, 10, 30)


@dataclass(frozen=True)
class Pending:
    """One case to start, or one item or cycle to start or tell: `issue`, `item` or `cycle` is set."""

    id: UUID
    issue: UUID | None
    attempts: int
    request: str | None
    item: UUID | None = None
    cycle: UUID | None = None
    fact: dict[str, Any] | None = None


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


class Fact(StrEnum):
    """What an item is told; the member's name stands beside the fact's own values."""

    CALL_ENDED = "CALL_ENDED"
    ANSWERS = "ANSWERS"


async def put_item(
    connection: asyncpg.Connection, item: UUID, fact: dict[str, Any] | None, now: datetime
) -> None:
    """An item to start or, with a fact, to tell; in the transaction that makes it so."""
    await connection.execute(
        """
        INSERT INTO outbox (id, negative_item_id, fact, created_at, attempts, not_before)
        VALUES (gen_random_uuid(), $1, $2, $3, 0, $3)
        """,
        item,
        fact,
        now,
    )
    await connection.execute("SELECT pg_notify($1, '')", CHANNEL)


async def put_items(connection: asyncpg.Connection, items: Sequence[UUID], now: datetime) -> None:
    """Items to start, any number in one statement."""
    await connection.execute(
        """
        INSERT INTO outbox (id, negative_item_id, created_at, attempts, not_before)
        SELECT gen_random_uuid(), i.id, $2, 0, $2 FROM unnest($1::uuid[]) AS i(id)
        """,
        list(items),
        now,
    )
    await connection.execute("SELECT pg_notify($1, '')", CHANNEL)


async def put_cycle(connection: asyncpg.Connection, cycle: UUID, now: datetime) -> None:
    """A cycle to start, or to look at its round again: it is told how that stands when it is."""
    await connection.execute(
        """
        INSERT INTO outbox (id, cycle_id, created_at, attempts, not_before)
        VALUES (gen_random_uuid(), $1, $2, 0, $2)
        """,
        cycle,
        now,
    )
    await connection.execute("SELECT pg_notify($1, '')", CHANNEL)


class Taken:
    """A batch that this process alone holds until the transaction ends."""

    def __init__(self, connection: asyncpg.Connection, pending: list[Pending]) -> None:
        self._connection = connection
        self.pending = pending
        last = {item.cycle: item.id for item in pending if item.cycle is not None}
        self.latest = frozenset(
            item.id for item in pending if item.cycle is None or last[item.cycle] == item.id
        )
        """All but those of a cycle that is told again in this batch: it is told how its round stands now."""

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
            SELECT id, issue_id, negative_item_id, cycle_id, fact, attempts, request_id FROM outbox
            WHERE not_before <= $1
            ORDER BY not_before, id LIMIT $2 FOR UPDATE SKIP LOCKED
            """,
            now,
            BATCH,
        )
        yield Taken(connection, [_pending(row) for row in found])


def _pending(row: db.Row) -> Pending:
    return Pending(
        row["id"],
        row["issue_id"],
        row["attempts"],
        row["request_id"],
        row["negative_item_id"],
        row["cycle_id"],
        row["fact"],
    )


async def waiting() -> int:
    """How many rows are not handed on yet."""
    return int(await db.value("SELECT count(*) FROM outbox"))
