"""What waits for one person: counted here, listed by `models/queries/pages.py`."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from models.queries import db


async def unread(posts: Sequence[UUID]) -> int:
    """How many notifications told to these posts nobody has read yet."""
    counted = await db.value(
        "SELECT count(*) FROM notifications WHERE post_id = ANY($1) AND read_at IS NULL", list(posts)
    )
    return int(counted)
