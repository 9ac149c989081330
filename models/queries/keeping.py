"""What a sweep asks and writes: uploads nobody sent, photos kept long enough, objects nothing needs."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from models.policy.evidence.keeping import ABANDONED_AFTER, Deletion, deletion
from models.queries import acceptance, cases, db, looks
from models.terms import DeletedPart, derived_id

PAGE = 500
NAMES = ("original_key", "view_key", "medium_key", "small_key")
NEEDED = " OR ".join(f"EXISTS (SELECT 1 FROM evidence e WHERE e.{name} = o.key)" for name in NAMES)


@dataclass(frozen=True)
class Undone:
    """A deletion on record whose objects are not known to be gone."""

    id: UUID
    keys: list[str]


async def abandon(now: datetime) -> int:
    """Settles announced photos that will not come as refused; returns how many."""
    return await db.execute(
        """
        UPDATE evidence SET status = 'REFUSED', refusal = 'NEVER_SENT', settled_at = $1,
            refusal_found = 'announced, and not confirmed within a day'
        WHERE status = 'PENDING' AND announced_at <= $2
        """,
        now,
        now - ABANDONED_AFTER,
    )


async def decide_deletions(now: datetime) -> int:
    """Takes out of sight what was kept long enough, each with its record; returns how many records."""
    decided = 0
    for rulebook in await db.rows(
        "SELECT DISTINCT i.rulebook_id AS id FROM issues i JOIN evidence e ON e.issue_id = i.id "
        "WHERE i.closed_at IS NOT NULL AND e.status = 'ACCEPTED'"
    ):
        book = await cases.rulebook(rulebook["id"])
        keeping = book.evidence.keeping
        shortest = timedelta(days=min(keeping.original_days, keeping.picture_days))
        while found := await _due(rulebook["id"], now - shortest, now - timedelta(days=keeping.picture_days)):
            decided += sum([await _decide(row["id"], row["issue_id"], now) for row in found])
            if len(found) < PAGE:
                break
    return decided


async def _due(rulebook: UUID, originals: datetime, wholes: datetime) -> Sequence[db.Row]:
    """Photos of closed issues that may be due; what is held is not among them."""
    return await db.rows(
        """
        SELECT e.id, e.issue_id FROM issues i JOIN evidence e ON e.issue_id = i.id
        WHERE i.rulebook_id = $1 AND e.status = 'ACCEPTED' AND i.closed_at IS NOT NULL
            AND (i.closed_at <= $3 OR (i.closed_at <= $2 AND e.original_key IS NOT NULL))
            AND NOT EXISTS (SELECT 1 FROM evidence_holds h WHERE h.issue_id = i.id AND h.lifted_at IS NULL)
        ORDER BY i.closed_at, e.id LIMIT $4
        """,
        rulebook,
        originals,
        wholes,
        PAGE,
    )


async def _decide(photo: UUID, issue: UUID, now: datetime) -> bool:
    """One photo: what is due by the rule of the moment. A hold that is being placed is waited for."""
    async with db.transaction() as connection:
        case = await connection.fetchrow(
            "SELECT closed_at, rulebook_id FROM issues WHERE id = $1 FOR UPDATE", issue
        )
        row = await connection.fetchrow(
            f"SELECT status, sha256, {', '.join(NAMES)} FROM evidence WHERE id = $1 FOR UPDATE", photo
        )
        held = await connection.fetchval(
            "SELECT true FROM evidence_holds WHERE issue_id = $1 AND lifted_at IS NULL", issue
        )
        if case is None or row is None or row["status"] != "ACCEPTED":
            return False
        book = await cases.rulebook(case["rulebook_id"])
        keeping = book.evidence.keeping
        sealed = row["original_key"] is not None
        due = deletion(case["closed_at"], bool(held), sealed, keeping, book.name, now)
        if due is None:
            return False
        await _write(connection, photo, issue, row, due, now)
        return True


async def _write(
    connection: asyncpg.Connection, photo: UUID, issue: UUID, row: db.Row, due: Deletion, now: datetime
) -> None:
    names = NAMES if due.part is DeletedPart.WHOLE else NAMES[:1]
    keys = list(dict.fromkeys(row[name] for name in names if row[name] is not None))
    await connection.execute(
        """
        INSERT INTO evidence_deletions (id, evidence_id, issue_id, part, sha256, rule, keys, shared, due_at,
            decided_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, '[]', $8, $9) ON CONFLICT (id) DO NOTHING
        """,
        derived_id("deletion", photo, due.part.value),
        photo,
        issue,
        due.part.value,
        row["sha256"],
        due.rule,
        keys,
        due.due_at,
        now,
    )
    if due.part is DeletedPart.ORIGINAL:
        await connection.execute("UPDATE evidence SET original_key = NULL WHERE id = $1", photo)
        return
    await looks.forget(connection, photo)
    await connection.execute(
        """
        UPDATE evidence SET status = 'DELETED', original_key = NULL, view_key = NULL, medium_key = NULL,
            small_key = NULL, camera = NULL, taken_at = NULL, datum = NULL, wgs_longitude = NULL,
            wgs_latitude = NULL, gcj_longitude = NULL, gcj_latitude = NULL
        WHERE id = $1
        """,
        photo,
    )


async def undone() -> list[Undone]:
    """Deletions to be carried out, the oldest first."""
    found = await db.rows(
        "SELECT id, keys FROM evidence_deletions WHERE done_at IS NULL ORDER BY decided_at, id LIMIT $1", PAGE
    )
    return [Undone(row["id"], list(row["keys"])) for row in found]


async def done(record: UUID, shared: Sequence[str], now: datetime) -> None:
    """The store has nothing of it any more, but for what other photos share."""
    await db.execute(
        "UPDATE evidence_deletions SET done_at = coalesce(done_at, $2), shared = $3 WHERE id = $1",
        record,
        now,
        list(shared),
    )


@asynccontextmanager
async def taking_away(key: str, claimed_before: datetime) -> AsyncIterator[bool]:
    """Whether nothing needs this object; nobody claims it until the block ends, in which it is deleted.

    What was claimed since `claimed_before` is needed: its acceptance may be under way.
    """
    async with db.transaction() as connection:
        await acceptance.lock(connection, key)
        needed = await connection.fetchval(
            f"""
            SELECT {NEEDED} OR EXISTS (
                SELECT 1 FROM evidence_objects c WHERE c.key = o.key AND c.claimed_at > $2)
            FROM (SELECT $1::text AS key) o
            """,
            key,
            claimed_before,
        )
        if not needed:
            await connection.execute("DELETE FROM evidence_objects WHERE key = $1", key)
        yield not needed


async def unneeded(claimed_before: datetime) -> list[str]:
    """Objects on record that no photo names and whose acceptance is not under way."""
    found = await db.rows(
        f"""
        SELECT o.key FROM evidence_objects o WHERE o.claimed_at <= $1 AND NOT ({NEEDED})
        ORDER BY o.key LIMIT $2
        """,
        claimed_before,
        PAGE,
    )
    return [row["key"] for row in found]


async def awaited(keys: Sequence[str]) -> set[str]:
    """Of these upload keys those whose photo is still to come, or to be examined."""
    found = await db.rows(
        "SELECT object_key FROM evidence WHERE object_key = ANY($1) AND status IN ('PENDING', 'CONFIRMED')",
        list(keys),
    )
    return {row["object_key"] for row in found}


async def known(after: str, limit: int = PAGE) -> Sequence[db.Row]:
    """Objects that photos name, in the store's order of keys, behind `after`."""
    return await db.rows(
        f"""
        SELECT o.key, o.size, o.sha256 FROM evidence_objects o
        WHERE o.key > $1 COLLATE "C" AND ({NEEDED}) ORDER BY o.key COLLATE "C" LIMIT $2
        """,
        after,
        limit,
    )


async def on_record(keys: Sequence[str]) -> set[str]:
    """Of these keys those that were claimed."""
    found = await db.rows("SELECT key FROM evidence_objects WHERE key = ANY($1)", list(keys))
    return {row["key"] for row in found}


async def nameless(limit: int = 100) -> Sequence[db.Row]:
    """Accepted photos that name an object of which there is no record: none, or something went very wrong."""
    names = " OR ".join(
        f"(e.{name} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM evidence_objects o WHERE o.key = e.{name}))"
        for name in NAMES
    )
    sql = f"SELECT e.id FROM evidence e WHERE e.status = 'ACCEPTED' AND ({names}) LIMIT $1"
    return await db.rows(sql, limit)


async def photos_of(key: str) -> list[UUID]:
    """Which photos name an object."""
    found = await db.rows(f"SELECT e.id FROM evidence e WHERE $1 IN ({', '.join(NAMES)}) ORDER BY e.id", key)
    return [row["id"] for row in found]


async def begin(sweep: UUID, full: bool, now: datetime) -> None:
    """Puts a sweep on record; one that died is begun again under its own id."""
    await db.execute(
        """
        INSERT INTO evidence_sweeps (id, whole, started_at, figures, faults)
        VALUES ($1, $2, $3, '{}', '[]') ON CONFLICT (id) DO NOTHING
        """,
        sweep,
        full,
        now,
    )


async def end(sweep: UUID, figures: dict[str, int], faults: list[dict[str, str]], now: datetime) -> None:
    """What it came to."""
    await db.execute(
        "UPDATE evidence_sweeps SET ended_at = $2, figures = $3, faults = $4 WHERE id = $1",
        sweep,
        now,
        json.dumps(figures),
        json.dumps(faults),
    )
