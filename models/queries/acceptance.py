"""Photos on their way from confirmed to accepted or refused; each step may be done twice and acts once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from models.policy.evidence.checks import Finding, Located, Photo, Scene, Twin, findings, places
from models.policy.evidence.coordinates import Point
from models.policy.evidence.looks import Look
from models.policy.rulebook import Rulebook
from models.queries import cases, db, looks
from models.terms import EvidenceKind, EvidenceRefusal, EvidenceStatus, derived_id

LOCK = 0x45766964
"""Advisory lock of the moment a picture is accepted: of two equal ones the second finds the first."""
BATCH = 50
COMPARED = 200
"""At most so many photos of one issue are compared by place."""


class ObjectGoneError(RuntimeError):
    """A sweep took an object between its claim and this acceptance; the whole is done again."""


@dataclass(frozen=True)
class Waiting:
    """A confirmed photo, and what is asked to judge it."""

    id: UUID
    issue: UUID
    kind: EvidenceKind
    status: EvidenceStatus
    key: str
    size: int
    sha256: str
    confirmed_at: datetime


@dataclass(frozen=True)
class Kept:
    """An object as it lies, or will lie, in the store."""

    key: str
    sha256: str
    size: int
    content_type: str


@dataclass(frozen=True)
class Accepted:
    """What an accepted photo is."""

    found_type: str
    wide: int
    high: int
    original: Kept
    view: Kept
    medium: Kept
    small: Kept
    taken_at: datetime | None
    camera: str | None
    place: Located | None
    kept: Sequence[Look]
    sought: Sequence[Look]

    @property
    def objects(self) -> tuple[Kept, ...]:
        return self.original, self.view, self.medium, self.small


async def unstarted() -> Sequence[db.Row]:
    """Confirmed photos that Temporal has not taken, the oldest first, with the line operators see."""
    return await db.rows(
        """
        SELECT e.id, i.code, e.kind, i.district_id FROM evidence e JOIN issues i ON i.id = e.issue_id
        WHERE e.status = 'CONFIRMED' AND e.started_at IS NULL ORDER BY e.confirmed_at, e.id LIMIT $1
        """,
        BATCH,
    )


async def started(photo: UUID, now: datetime) -> None:
    """Temporal has taken it: from here on it is tried until it is settled."""
    await db.execute("UPDATE evidence SET started_at = coalesce(started_at, $2) WHERE id = $1", photo, now)


async def waiting(photo: UUID) -> Waiting | None:
    """The photo whatever its status, None where there is none or it was never confirmed."""
    row = await db.row(
        """
        SELECT id, issue_id, kind, status, object_key, size, sha256, confirmed_at FROM evidence
        WHERE id = $1 AND confirmed_at IS NOT NULL
        """,
        photo,
    )
    return row and Waiting(
        row["id"],
        row["issue_id"],
        EvidenceKind(row["kind"]),
        EvidenceStatus(row["status"]),
        row["object_key"],
        row["size"],
        row["sha256"],
        row["confirmed_at"],
    )


async def offset_minutes(photo: UUID) -> int:
    """How far the clocks of the photo's district are from UTC."""
    rulebook = await db.value(
        "SELECT i.rulebook_id FROM evidence e JOIN issues i ON i.id = e.issue_id WHERE e.id = $1", photo
    )
    return (await cases.rulebook(rulebook)).calendar.utc_offset_minutes


async def claim(objects: Sequence[Kept], now: datetime) -> None:
    """Before they are put: a sweep that holds one of the keys is waited for, a later one sees them."""
    async with db.transaction() as connection:
        for one in sorted(objects, key=lambda kept: kept.key):  # one order for all who claim
            await lock(connection, one.key)
            await connection.execute(
                """
                INSERT INTO evidence_objects (key, sha256, size, content_type, claimed_at)
                VALUES ($1, $2, $3, $4, $5) ON CONFLICT (key) DO UPDATE SET claimed_at = excluded.claimed_at
                """,
                one.key,
                one.sha256,
                one.size,
                one.content_type,
                now,
            )


async def lock(connection: asyncpg.Connection, key: str) -> None:
    """Nobody else claims or deletes this object until the transaction ends."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, $2))", key, LOCK)


async def refuse(photo: UUID, why: EvidenceRefusal, found: str, now: datetime) -> bool:
    """Settles it as refused; False where it was settled before."""
    return bool(
        await db.execute(
            """
            UPDATE evidence SET status = 'REFUSED', refusal = $2, refusal_found = $3, settled_at = $4
            WHERE id = $1 AND status IN ('CONFIRMED', 'PENDING')
            """,
            photo,
            why.value,
            found[:120],
            now,
        )
    )


async def accept(photo: Waiting, made: Accepted, now: datetime) -> bool:
    """Settles it as accepted, with what is found of it; False where it was settled before.

    Raises ObjectGoneError where one of its objects is no longer claimed.
    """
    async with db.transaction() as connection:
        await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
        row = await connection.fetchrow("SELECT status FROM evidence WHERE id = $1 FOR UPDATE", photo.id)
        if row is None or row["status"] != EvidenceStatus.CONFIRMED.value:
            return False
        keys = sorted({one.key for one in made.objects})
        for key in keys:
            await lock(connection, key)
        claimed = await connection.fetch("SELECT key FROM evidence_objects WHERE key = ANY($1)", keys)
        if {one["key"] for one in claimed} != set(keys):
            raise ObjectGoneError(f"objects of photo {photo.id} were swept")
        await _settle(connection, photo.id, made, now)
        await _judge(connection, photo, made, now)
        await looks.keep(connection, photo.id, made.kept)
        return True


async def _settle(connection: asyncpg.Connection, photo: UUID, made: Accepted, now: datetime) -> None:
    place = made.place
    await connection.execute(
        """
        UPDATE evidence SET status = 'ACCEPTED', settled_at = $2, found_type = $3, wide = $4, high = $5,
            original_key = $6, view_key = $7, medium_key = $8, small_key = $9, taken_at = $10, camera = $11,
            datum = $12, wgs_longitude = $13, wgs_latitude = $14, gcj_longitude = $15, gcj_latitude = $16
        WHERE id = $1
        """,
        photo,
        now,
        made.found_type,
        made.wide,
        made.high,
        *(one.key for one in made.objects),
        made.taken_at,
        made.camera,
        place and place.datum.value,
        place and place.wgs84.longitude,
        place and place.wgs84.latitude,
        place and place.gcj02.longitude,
        place and place.gcj02.latitude,
    )


async def _judge(connection: asyncpg.Connection, photo: Waiting, made: Accepted, now: datetime) -> None:
    """Findings of this photo; and where its issue's AFTER photos were taken, which it may have changed."""
    issue = await connection.fetchrow(
        """
        SELECT i.opened_at, i.rulebook_id, g.polygon FROM issues i LEFT JOIN grids g ON g.id = i.grid_id
        WHERE i.id = $1
        """,
        photo.issue,
    )
    assert issue is not None
    book: Rulebook = await cases.rulebook(issue["rulebook_id"])
    alike = await looks.near(made.sought, connection)
    homes = await connection.fetch("SELECT id, issue_id FROM evidence WHERE id = ANY($1)", list(alike))
    twins = [Twin(str(row["id"]), row["issue_id"] == photo.issue, alike[row["id"]]) for row in homes]
    where = made.place.wgs84 if made.place else None
    itself = Photo(str(photo.id), photo.kind, photo.confirmed_at, made.taken_at, where)
    found = findings(itself, Scene(issue["opened_at"], issue["polygon"]), twins, book.evidence, book.name)
    beside = await connection.fetch(
        """
        SELECT id, kind, confirmed_at, taken_at, wgs_longitude, wgs_latitude FROM evidence
        WHERE issue_id = $1 AND status = 'ACCEPTED' AND wgs_longitude IS NOT NULL
        ORDER BY settled_at DESC, id LIMIT $2
        """,
        photo.issue,
        COMPARED,
    )
    told = places([_photo(row) for row in beside], book.evidence, book.name)
    await connection.execute(
        "DELETE FROM evidence_findings WHERE issue_id = $1 AND kind IN ('SAME_PLACE', 'OTHER_PLACE')",
        photo.issue,
    )
    await _write(connection, photo.issue, [*found, *told], now)


def _photo(row: Any) -> Photo:
    place = Point(row["wgs_longitude"], row["wgs_latitude"])
    return Photo(str(row["id"]), EvidenceKind(row["kind"]), row["confirmed_at"], row["taken_at"], place)


async def _write(
    connection: asyncpg.Connection, issue: UUID, found: Sequence[Finding], now: datetime
) -> None:
    await connection.executemany(
        """
        INSERT INTO evidence_findings (id, evidence_id, issue_id, kind, weight, rule, data, other_id,
            found_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING
        """,
        [
            (
                derived_id("finding", one.photo, one.check.value),
                UUID(one.photo),
                issue,
                one.check.value,
                one.weight.value,
                one.rule[:120],
                dict(one.data),
                db.as_uuid(one.other),
                now,
            )
            for one in found
        ],
    )
