"""What a command is about, where its input names something else than an issue: reports, departments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from models.queries import db


@dataclass(frozen=True)
class ReportOnRecord:
    """A report, the issue it belongs to now, and who told it."""

    id: UUID
    issue: UUID
    reporter: UUID | None


async def report(key: UUID) -> ReportOnRecord | None:
    """The report of this id, or None; who may see it is the caller's to decide."""
    found = await db.row("SELECT issue_id, reporter_id FROM reports WHERE id = $1", key)
    return found and ReportOnRecord(key, found["issue_id"], found["reporter_id"])


async def departments_in(district: UUID, departments: Sequence[UUID]) -> int:
    """How many of these are departments of the district."""
    counted = await db.value(
        "SELECT count(*) FROM departments WHERE district_id = $1 AND id = ANY($2)",
        district,
        list(departments),
    )
    return int(counted)


async def split_off(command: UUID, report: UUID) -> UUID | None:
    """The issue that a command made of a report; None while it was not carried out."""
    found: str | None = await db.value(
        """
        SELECT e.data ->> 'issue' FROM commands c
        JOIN timeline_entries e ON e.issue_id = c.issue_id AND e.seq <= c.applied_seq
        WHERE c.id = $1 AND e.kind = 'SPLIT' AND e.data ->> 'report' = $2 ORDER BY e.seq DESC LIMIT 1
        """,
        command,
        str(report),
    )
    return UUID(found) if found else None
