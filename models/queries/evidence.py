"""Photos on record: announced, then confirmed once their bytes lie in the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.policy.evidence.gate import OnHand
from models.queries import commands, db, outbox
from models.queries.commands import Receipt, Received
from models.terms import EvidenceCheck, EvidenceKind, EvidenceStatus, derived_id


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
                """
                UPDATE evidence SET status = 'CONFIRMED', confirmed_at = $2
                WHERE id = $1 AND status = 'PENDING'
                """,
                photo.id,
                now,
            )
            # The relay has it accepted; what was acknowledged is on record, so a lost word costs seconds.
            await connection.execute("SELECT pg_notify($1, '')", outbox.CHANNEL)
        return received


@dataclass(frozen=True)
class Shown:
    """A photo of an issue, as a gate asks of it."""

    status: EvidenceStatus
    photo: OnHand


async def on_hand(issue: UUID) -> dict[UUID, Shown]:
    """Every photo of an issue that is not deleted, with the findings for which it does not count."""
    found = await db.rows(
        """
        SELECT e.id, e.kind, e.status, e.announced_at, (SELECT array_agg(f.kind ORDER BY f.kind)
            FROM evidence_findings f WHERE f.evidence_id = e.id AND f.weight = 'BLOCKING') AS blocked
        FROM evidence e WHERE e.issue_id = $1 AND e.status <> 'DELETED' ORDER BY e.announced_at, e.id
        """,
        issue,
    )
    return {
        row["id"]: Shown(
            EvidenceStatus(row["status"]),
            OnHand(
                str(row["id"]),
                EvidenceKind(row["kind"]),
                row["announced_at"],
                tuple(EvidenceCheck(kind) for kind in row["blocked"] or ()),
            ),
        )
        for row in found
    }
