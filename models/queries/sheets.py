"""评议表: reviews in draft and who signed them. Paper, not case state: written by the edge alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from models.queries import commands, db
from models.queries.commands import Receipt, Received
from models.terms import derived_id


@dataclass(frozen=True)
class Sheet:
    """A sheet as it stands, with who signed this version of it."""

    id: UUID
    issue: UUID
    assignment: UUID
    version: int
    scores: dict[str, int]
    comment: str
    signers: frozenset[UUID]


@dataclass(frozen=True)
class Draft:
    """What somebody of the street would give; they sign it by drafting it."""

    issue: UUID
    assignment: UUID
    scores: Mapping[str, int]
    comment: str
    person: UUID
    post: UUID


def sheet_id(assignment: UUID | str) -> UUID:
    """The id of the one sheet there is for a part."""
    return derived_id(assignment, "review sheet")


async def sheet(key: UUID) -> Sheet | None:
    """The sheet of this id, or None."""
    found = await db.row(
        """
        SELECT s.*, ARRAY(SELECT g.person_id FROM review_signatures g
                           WHERE g.sheet_id = s.id AND g.version = s.version) AS signers
        FROM review_sheets s WHERE s.id = $1
        """,
        key,
    )
    return found and Sheet(
        key,
        found["issue_id"],
        found["assignment_id"],
        found["version"],
        found["scores"],
        found["comment"] or "",
        frozenset(found["signers"]),
    )


async def draft(new: Draft, *, command: UUID, actor: str, fingerprint: str, now: datetime) -> Received:
    """Writes the sheet, or changes it, which voids every signature before; a repeat writes nothing."""
    key = sheet_id(new.assignment)
    async with db.transaction() as connection:
        received = await commands.claim(
            connection,
            command,
            actor=actor,
            name="DRAFT_REVIEW",
            fingerprint=fingerprint,
            result=key,
            now=now,
            issue=new.issue,
        )
        if received.receipt is Receipt.FRESH:
            version = await connection.fetchval(
                """
                INSERT INTO review_sheets (id, issue_id, assignment_id, version, scores, comment, post_id,
                    drafted_at)
                VALUES ($1, $2, $3, 1, $4, $5, $6, $7)
                ON CONFLICT (id) DO UPDATE SET version = review_sheets.version + 1, scores = excluded.scores,
                    comment = excluded.comment, post_id = excluded.post_id, drafted_at = excluded.drafted_at
                RETURNING version
                """,
                key,
                new.issue,
                new.assignment,
                dict(new.scores),
                new.comment or None,
                new.post,
                now,
            )
            await _sign(connection, key, new.issue, version, new.person, new.post, now)
        return received


async def sign(sheet: UUID, issue: UUID, version: int, person: UUID, post: UUID, now: datetime) -> None:
    """One person's signature under this version; a second of theirs writes nothing."""
    async with db.transaction() as connection:
        await _sign(connection, sheet, issue, version, person, post, now)


async def _sign(
    connection: asyncpg.Connection,
    sheet: UUID,
    issue: UUID,
    version: int,
    person: UUID,
    post: UUID,
    now: datetime,
) -> None:
    await connection.execute(
        """
        INSERT INTO review_signatures (id, sheet_id, issue_id, version, person_id, post_id, signed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
        """,
        derived_id(sheet, version, person),
        sheet,
        issue,
        version,
        person,
        post,
        now,
    )
