"""Which cases do not move, as far as the database shows: what is owed and was not written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from models.queries import db

PATIENCE = timedelta(minutes=1)
"""What is owed longer than this is late for a platform that writes within a second."""
MOST = 500

CANDIDATES = """
SELECT i.id, i.code, i.seq, o.id IS NOT NULL AS waits, o.attempts, o.last_error, w.since
FROM issues i LEFT JOIN outbox o ON o.issue_id = i.id
    CROSS JOIN LATERAL (SELECT min(s.since) AS since FROM (
        SELECT o.created_at AS since
        UNION ALL SELECT i.opened_at WHERE i.seq = 0 AND o.id IS NULL
        UNION ALL SELECT min(c.received_at) FROM commands c
            WHERE c.issue_id = i.id AND c.applied_seq IS NULL
        UNION ALL SELECT min(d.due_at) FROM duties d
            WHERE d.issue_id = i.id AND d.status = 'OPEN' AND d.breached_at IS NULL
    ) s) w
WHERE i.stage NOT IN ('FILED', 'CANCELLED') AND ($1::uuid[] IS NULL OR i.district_id = ANY($1))
    AND w.since < $2
ORDER BY w.since, i.id LIMIT $3
"""


@dataclass(frozen=True)
class Candidate:
    """A case with something owed and not written."""

    issue: UUID
    code: str
    since: datetime
    owed: bool = False
    """Whether something is owed that was not written."""
    waits: bool = False
    """Whether it waits in the outbox to be started."""
    attempts: int = 0
    error: str = ""


async def candidates(districts: Sequence[UUID] | None, now: datetime) -> list[Candidate]:
    """Cases with something owed for longer than `PATIENCE`, longest first."""
    found = await db.rows(CANDIDATES, _list(districts), now - PATIENCE, MOST)
    return [
        Candidate(
            row["id"],
            row["code"],
            row["since"],
            True,
            row["waits"],
            row["attempts"] or 0,
            row["last_error"] or "",
        )
        for row in found
    ]


async def open_cases(districts: Sequence[UUID] | None, before: datetime) -> dict[UUID, tuple[str, datetime]]:
    """Every open case that was started before an instant, with its code and when it last changed."""
    found = await db.rows(
        """
        SELECT i.id, i.code, i.updated_at FROM issues i
        WHERE i.stage NOT IN ('FILED', 'CANCELLED') AND ($1::uuid[] IS NULL OR i.district_id = ANY($1))
            AND i.opened_at < $2 AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.issue_id = i.id)
        """,
        _list(districts),
        before,
    )
    return {row["id"]: (row["code"], row["updated_at"]) for row in found}


def _list(districts: Sequence[UUID] | None) -> list[UUID] | None:
    return None if districts is None else list(districts)
