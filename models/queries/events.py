"""The events table in one order that nothing joins later, for whoever follows what happens.

Numbers are given out before they are committed, so a reader that only remembers the highest one skips what
commits late. Here an event's place is (transaction, number), and only what lies below the oldest
transaction still running is read: whatever commits afterwards stands further on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from models.policy.access import IssueFacts
from models.queries import db, facts, lines
from models.queries.db import Row
from models.queries.lines import CHANNEL
from models.queries.shapes import ISSUE, NOTIFICATION

HIGHEST = 2**63 - 1
"""Of either part of a position."""
ADOPTION_LOCK = 0x48757965
"""Advisory lock: one process at a time takes over the events of a restored database."""


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """An event's place in the order."""

    xact: int
    id: int


START = Position(0, 0)


@dataclass(frozen=True, slots=True)
class Event:
    """One event as it was written."""

    position: Position
    owner: UUID
    """The issue, the negative item or the satisfaction cycle that it is about."""
    issue: UUID | None
    """The issue, where it is about one."""
    seq: int
    type: str
    """Stable, e.g. "issue.reported_in"."""
    at: datetime
    payload: dict[str, Any]


@dataclass(slots=True, weakref_slot=True)
class Subject:
    """An issue as it was last read: what scopes are decided from, and its row."""

    facts: IssueFacts
    row: Row


NO_ISSUE = Subject(IssueFacts(UUID(int=0), None), {})
"""Stands with events of items and cycles: of these only notices are followed, by post."""


async def latest() -> Position:
    """The place of the last event that can be read now; START before the first."""
    row = await db.row(
        """
        SELECT xact::text::bigint AS xact, id FROM events
        WHERE xact < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY events.xact DESC, id DESC LIMIT 1
        """
    )
    return START if row is None else Position(row["xact"], row["id"])


async def after(position: Position, limit: int) -> list[Event]:
    """The next events, at most `limit`."""
    rows = await db.rows(
        """
        SELECT xact::text::bigint AS xact, id, issue_id, seq, type, at, payload,
            coalesce(issue_id, negative_item_id, cycle_id) AS owner
        FROM events
        WHERE (events.xact, id) > ($1::text::xid8, $2)
            AND events.xact < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY events.xact, id LIMIT $3
        """,
        str(position.xact),
        position.id,
        limit,
    )
    return [
        Event(
            Position(row["xact"], row["id"]),
            row["owner"],
            row["issue_id"],
            row["seq"],
            row["type"],
            row["at"],
            row["payload"],
        )
        for row in rows
    ]


async def held_back() -> bool:
    """Whether committed events must still wait for an older transaction to end."""
    return bool(
        await db.value(
            "SELECT EXISTS (SELECT 1 FROM events WHERE xact >= pg_snapshot_xmin(pg_current_snapshot()))"
        )
    )


async def known_since(position: Position, oldest: datetime) -> bool:
    """Whether an event stands at this place and is not older than `oldest`."""
    return bool(
        await db.value(
            "SELECT EXISTS (SELECT 1 FROM events WHERE id = $1 AND xact = $2::text::xid8 AND at >= $3)",
            position.id,
            str(position.xact),
            oldest,
        )
    )


async def subjects(issues: Sequence[UUID]) -> dict[UUID, Subject]:
    """The issues of these ids, whoever asks: scopes are decided from their facts."""
    read, rows = await asyncio.gather(
        facts.issue_facts(issues),
        db.by_id(f"SELECT {ISSUE.listed()} FROM issues x WHERE x.id = ANY($1)", issues),
    )
    return {
        key: Subject(found, row)
        for key, found, row in zip(issues, read, rows, strict=True)
        if found is not None and row is not None
    }


async def notices(events: Sequence[Event]) -> dict[tuple[UUID, int], list[Row]]:
    """What posts were told by these events, by what they are about and number."""
    told: dict[tuple[UUID, int], list[Row]] = {}
    for column in ("issue_id", "negative_item_id", "cycle_id"):
        # One statement for each kind that there is: an index answers one column, not any of three.
        named = [event for event in events if OF_TYPE[column] == event.type.partition(".")[0]]
        rows = (
            []
            if not named
            else await db.rows(
                f"""
            SELECT {NOTIFICATION.listed()} FROM notifications x
            JOIN unnest($1::uuid[], $2::int[]) AS by_event(owner, number)
                ON x.{column} = by_event.owner AND x.seq = by_event.number
            ORDER BY x.id
            """,
                [event.owner for event in named],
                [event.seq for event in named],
            )
        )
        for row in rows:
            told.setdefault((row[column], row["seq"]), []).append(row)
    return told


OF_TYPE = {column: book.name for column, book in lines.BOOKS.items()}


async def adopt() -> int:
    """Gives events that another server wrote a place in this server's order; returns how many.

    Transaction numbers mean nothing after a logical restore. A visible row of a transaction that has not
    begun here can only come from elsewhere.
    """
    async with db.transaction() as connection:
        await connection.execute("SELECT pg_advisory_xact_lock($1)", ADOPTION_LOCK)
        return db.touched(
            await connection.execute(
                """
                UPDATE events SET xact = pg_current_xact_id()
                WHERE xact >= pg_snapshot_xmax(pg_current_snapshot())
                """
            )
        )


@asynccontextmanager
async def listening(
    database_url: str, wake: Callable[[], None], heard: Callable[[str], None] = lambda _payload: None
) -> AsyncIterator[Callable[[], bool]]:
    """Calls `wake` whenever events were written, and `heard` with what the writer said; what it gives says
    whether it still listens.

    A connection of its own: one of the pool's would be missing for ever. Raises OSError and
    asyncpg.PostgresError where it cannot be made.
    """

    def notified(*said: Any) -> None:
        heard(said[-1])
        wake()

    connection = await asyncpg.connect(db.plain_url(database_url), command_timeout=db.STATEMENT_SECONDS)
    try:
        connection.add_termination_listener(lambda _: wake())
        await connection.add_listener(CHANNEL, notified)
        yield lambda: not connection.is_closed()
    finally:
        # Not `close`: it waits for a server that may be away.
        connection.terminate()
