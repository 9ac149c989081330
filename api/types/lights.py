"""How something stands against its due time."""

from __future__ import annotations

from datetime import datetime

from models.policy import duty
from models.terms import Light


def light_of(now: datetime, yellow_at: datetime | None, due_at: datetime | None) -> Light | None:
    """The light of something with a due time; None without one."""
    if due_at is None:
        return None
    return duty.light(now, yellow_at or due_at, due_at)


def seconds_left(now: datetime, due_at: datetime | None) -> int | None:
    """Whole seconds of clock time until `due_at`, negative after it."""
    return None if due_at is None else int((due_at - now).total_seconds() // 1)
