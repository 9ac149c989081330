"""Carrying a batch out: its items in pages, and what came of each, written once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.policy.levers import Lever
from models.policy.steps import Refusal
from models.queries import cases, db
from models.terms import BatchAction, BatchItemStatus, BatchStatus

ATTEMPTS = 5
"""After so many a case that does not answer has failed."""


@dataclass(frozen=True)
class Item:
    """One case of a batch that still waits."""

    id: UUID
    issue: UUID
    attempts: int


@dataclass(frozen=True)
class BatchOnRecord:
    """A batch, as whoever carries it out needs it."""

    id: UUID
    district: UUID
    status: BatchStatus
    lever: Lever
    rulebook: UUID | None
    reason: str
    person: UUID | None
    post: UUID | None
    request: str | None


async def batch(key: UUID) -> BatchOnRecord | None:
    """The batch, or None where there is none."""
    row = await db.row("SELECT * FROM batches WHERE id = $1", key)
    if row is None:
        return None
    book = await cases.rulebook(row["rulebook_id"]) if row["rulebook_id"] else None
    lever = Lever(
        BatchAction(row["action"]),
        extra=row["extra_us"] or 0,
        source=str(row["source_id"] or ""),
        target=str(row["target_id"] or ""),
        rulebook=book.name if book else "",
        categories=frozenset(item.key for item in book.items) if book else frozenset(),
        calendar=row["calendar_version"] or "",
    )
    return BatchOnRecord(
        row["id"],
        row["district_id"],
        BatchStatus(row["status"]),
        lever,
        row["rulebook_id"],
        row["reason"],
        row["person_id"],
        row["post_id"],
        row["request_id"],
    )


async def waiting(key: UUID, limit: int) -> list[Item]:
    """The next items that wait; what was tried before comes last."""
    found = await db.rows(
        """
        SELECT id, issue_id, attempts FROM batch_items WHERE batch_id = $1 AND status = 'WAITING'
        ORDER BY attempts, position LIMIT $2
        """,
        key,
        limit,
    )
    return [Item(row["id"], row["issue_id"], row["attempts"]) for row in found]


async def left(key: UUID) -> int:
    """How many items wait."""
    return int(
        await db.value("SELECT count(*) FROM batch_items WHERE batch_id = $1 AND status = 'WAITING'", key)
    )


async def done(item: UUID, seq: int, now: datetime) -> None:
    """The case took the order; `seq` is the line of its timeline."""
    await db.execute(
        "UPDATE batch_items SET status = 'DONE', seq = $2, done_at = $3, detail = NULL "
        "WHERE id = $1 AND status = 'WAITING'",
        item,
        seq,
        now,
    )


async def refused(item: UUID, why: Refusal, now: datetime) -> None:
    await db.execute(
        """
        UPDATE batch_items SET status = 'REFUSED', code = $2, field = $3, found = $4, expected = $5,
            done_at = $6, detail = NULL
        WHERE id = $1 AND status = 'WAITING'
        """,
        item,
        why.code.value,
        why.field,
        why.found,
        list(why.expected),
        now,
    )


async def failed(item: UUID, why: str, now: datetime) -> None:
    """It could not be tried or did not answer: it waits for another try, `ATTEMPTS` in all."""
    await db.execute(
        f"""
        UPDATE batch_items SET attempts = attempts + 1, detail = $2,
            status = CASE WHEN attempts + 1 >= {ATTEMPTS} THEN 'FAILED' ELSE status END,
            done_at = CASE WHEN attempts + 1 >= {ATTEMPTS} THEN $3::timestamptz END
        WHERE id = $1 AND status = 'WAITING'
        """,
        item,
        why[:500],
        now,
    )


async def applied(command: UUID) -> int | None:
    """The line that carried the command out, if one did."""
    found: int | None = await db.value("SELECT applied_seq FROM commands WHERE id = $1", command)
    return found


async def mark(key: UUID, status: BatchStatus, now: datetime) -> None:
    """Where the batch stands; one that ended keeps its end, and what still waits then is left undone."""
    async with db.transaction() as connection:
        await connection.execute(
            """
            UPDATE batches SET status = $2, ended_at = CASE WHEN $3 THEN coalesce(ended_at, $4) END
            WHERE id = $1 AND status NOT IN ('CANCELLED', 'DONE')
            """,
            key,
            status.value,
            status.ended,
            now,
        )
        if status is BatchStatus.CANCELLED:
            await connection.execute(
                "UPDATE batch_items SET status = 'CANCELLED', done_at = $2 "
                "WHERE batch_id = $1 AND status = 'WAITING'",
                key,
                now,
            )


async def progress(keys: Sequence[UUID]) -> list[Mapping[BatchItemStatus, int]]:
    """How many items of each batch stand where, in the order asked; one statement for all."""
    found = await db.rows(
        """
        SELECT batch_id, status, count(*) AS counted FROM batch_items WHERE batch_id = ANY($1) GROUP BY 1, 2
        """,
        list(keys),
    )
    by_batch: dict[UUID, dict[BatchItemStatus, int]] = {key: {} for key in keys}
    for row in found:
        by_batch[row["batch_id"]][BatchItemStatus(row["status"])] = row["counted"]
    return [by_batch[key] for key in keys]
