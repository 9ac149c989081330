"""Notifications of a person's posts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from models.queries import commands, db
from models.queries.commands import Receipt


async def owned(notices: Sequence[UUID], posts: Sequence[UUID]) -> int:
    """How many of these notifications belong to these posts."""
    return int(
        await db.value(
            "SELECT count(*) FROM notifications WHERE id = ANY($1) AND post_id = ANY($2)",
            list(notices),
            list(posts),
        )
    )


async def mark_read(
    notices: Sequence[UUID],
    posts: Sequence[UUID],
    *,
    command: UUID,
    actor: str,
    fingerprint: str,
    now: datetime,
) -> int | None:
    """Marks them as read and returns how many this command found unread, whenever it is asked again.

    None where its key was used for something else. Marking keeps the first time.
    """
    async with db.transaction() as connection:
        received = await commands.claim(
            connection,
            command,
            actor=actor,
            name="MARK_NOTIFICATIONS_READ",
            fingerprint=fingerprint,
            now=now,
        )
        if received.receipt is Receipt.CONFLICT:
            return None
        if received.receipt is Receipt.FRESH:
            await connection.execute(
                """
                UPDATE notifications SET read_at = $3
                WHERE id = ANY($1) AND post_id = ANY($2) AND read_at IS NULL
                """,
                list(notices),
                list(posts),
                now,
            )
        counted = await connection.fetchval(
            """
            SELECT count(*) FROM notifications n JOIN commands c ON c.id = $2 AND n.read_at = c.received_at
            WHERE n.id = ANY($1)
            """,
            list(notices),
            command,
        )
        return int(counted)


async def unread(posts: Sequence[UUID]) -> int:
    """How many unread notifications these posts have."""
    return int(
        await db.value(
            "SELECT count(*) FROM notifications WHERE post_id = ANY($1) AND read_at IS NULL", list(posts)
        )
    )
