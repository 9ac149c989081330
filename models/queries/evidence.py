"""Photos on record: announced, then confirmed once their bytes lie in the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.queries import commands, db
from models.queries.commands import Receipt, Received
from models.terms import EvidenceKind, EvidenceStatus, derived_id


@dataclass(frozen=True)
class Announced:
    """A photo as it was announced, and the issue it belongs to."""

    id: UUID
    issue: UUID
    kind: EvidenceKind
    status: EvidenceStatus
    key: str
    content_type: str
    size: int
    sha256: str
    person: UUID | None


@dataclass(frozen=True)
class NewPhoto:
    """What is said of a photo before its bytes are sent."""

    issue: UUID
    kind: EvidenceKind
    content_type: str
    size: int
    sha256: str
    person: UUID | None
    post: UUID | None


def photo_id(command: UUID) -> UUID:
    """The id of the photo that a command announces; its place in the store follows from it."""
    return derived_id("evidence", command)


async def announce(
    photo: NewPhoto, key: str, *, command: UUID, actor: str, fingerprint: str, now: datetime
) -> Received:
    """Puts a photo on record as PENDING; a repeat writes nothing."""
    made = photo_id(command)
    async with db.transaction() as connection:
        received = await commands.claim(
            connection,
            command,
            actor=actor,
            name="REQUEST_EVIDENCE_UPLOAD",
            fingerprint=fingerprint,
            result=made,
            now=now,
            issue=photo.issue,
        )
        if received.receipt is Receipt.FRESH:
            await connection.execute(
                """
                INSERT INTO evidence (id, issue_id, kind, status, object_key, content_type, size, sha256,
                    person_id, post_id, announced_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                """,
                made,
                photo.issue,
                photo.kind.value,
                EvidenceStatus.PENDING.value,
                key,
                photo.content_type,
                photo.size,
                photo.sha256,
                photo.person,
                photo.post,
                now,
            )
        return received


async def announced(photo: UUID) -> Announced | None:
    """A photo by its id, whatever its status."""
    found = await db.row(
        """
        SELECT id, issue_id, kind, status, object_key, content_type, size, sha256, person_id
        FROM evidence WHERE id = $1
        """,
        photo,
    )
    return found and Announced(
        found["id"],
        found["issue_id"],
        EvidenceKind(found["kind"]),
        EvidenceStatus(found["status"]),
        found["object_key"],
        found["content_type"],
        found["size"],
        found["sha256"],
        found["person_id"],
    )


async def confirm(
    photo: Announced, *, command: UUID, actor: str, fingerprint: str, now: datetime
) -> Received:
    """The bytes are in the store and are what was announced. Doing it twice keeps the first time."""
    async with db.transaction() as connection:
        received = await commands.claim(
            connection,
            command,
            actor=actor,
            name="CONFIRM_EVIDENCE",
            fingerprint=fingerprint,
            result=photo.id,
            now=now,
            issue=photo.issue,
        )
        if received.receipt is Receipt.FRESH:
            await connection.execute(
                "UPDATE evidence SET status = $2, confirmed_at = coalesce(confirmed_at, $3) WHERE id = $1",
                photo.id,
                EvidenceStatus.CONFIRMED.value,
                now,
            )
        return received


async def confirmed_kinds(issue: UUID, photos: Sequence[UUID]) -> dict[UUID, EvidenceKind]:
    """Which of these are confirmed photos of this issue, with what they show."""
    found = await db.rows(
        "SELECT id, kind FROM evidence WHERE issue_id = $1 AND id = ANY($2) AND status = $3",
        issue,
        list(photos),
        EvidenceStatus.CONFIRMED.value,
    )
    return {row["id"]: EvidenceKind(row["kind"]) for row in found}
