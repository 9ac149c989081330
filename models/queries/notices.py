"""Notifications of a person's posts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from models.queries import db


async def owned(notices: Sequence[UUID], posts: Sequence[UUID]) -> int:
    """How many of these notifications belong to these posts."""
    return int(
        await db.value(
            "SELECT count(*) FROM notifications WHERE id = ANY($1) AND post_id = ANY($2)",
            list(notices),
            list(posts),
        )
    )


async def mark_read(notices: Sequence[UUID], posts: Sequence[UUID], now: datetime) -> int:
    """Marks them as read and returns how many were unread; a second time keeps the first."""
    return await db.execute(
        """
        UPDATE notifications SET read_at = $3
        WHERE id = ANY($1) AND post_id = ANY($2) AND read_at IS NULL
        """,
        list(notices),
        list(posts),
        now,
    )


async def unread(posts: Sequence[UUID]) -> int:
    """How many unread notifications these posts have."""
    return int(
        await db.value(
            "SELECT count(*) FROM notifications WHERE post_id = ANY($1) AND read_at IS NULL", list(posts)
        )
    )
