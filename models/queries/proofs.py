"""Openings of originals, and holds for the law: each a row, written with its command."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from models.queries import commands, db
from models.queries.commands import Receipt, Received
from models.terms import derived_id


@dataclass(frozen=True)
class By:
    """Who gives a command, and the command."""

    command: UUID
    actor: str
    fingerprint: str
    person: UUID | None
    post: UUID | None
    now: datetime


async def original_of(photo: UUID) -> str | None:
    """Where the sealed original of an accepted photo lies; None where there is none, or none any more."""
    found: str | None = await db.value(
        "SELECT original_key FROM evidence WHERE id = $1 AND status = 'ACCEPTED'", photo
    )
    return found


async def opened_at(command: UUID) -> datetime | None:
    """When the opening that this command made was made."""
    found: datetime | None = await db.value(
        "SELECT opened_at FROM evidence_openings WHERE id = $1", derived_id("opening", command)
    )
    return found


async def open_original(photo: UUID, issue: UUID, reason: str, by: By) -> Received:
    """Writes the opening before anything is handed out."""
    made = derived_id("opening", by.command)
    async with db.transaction() as connection:
        received = await _claim(connection, by, "OPEN_ORIGINAL", made, issue)
        if received.receipt is Receipt.FRESH:
            await connection.execute(
                """
                INSERT INTO evidence_openings (id, evidence_id, issue_id, person_id, post_id, reason,
                    opened_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7)
                """,
                made,
                photo,
                issue,
                by.person,
                by.post,
                reason,
                by.now,
            )
        return received


async def standing_hold(issue: UUID) -> UUID | None:
    """The hold that stands on an issue's photos."""
    found: UUID | None = await db.value(
        "SELECT id FROM evidence_holds WHERE issue_id = $1 AND lifted_at IS NULL", issue
    )
    return found


async def hold(issue: UUID, reason: str, by: By) -> Received:
    """Places a hold; where one stands, that one is the result and stays as it is."""
    made = derived_id("hold", by.command)
    async with db.transaction() as connection:
        # A sweep that is about to delete of this issue is waited for, and waits for this.
        await connection.execute("SELECT id FROM issues WHERE id = $1 FOR UPDATE", issue)
        standing = await connection.fetchval(
            "SELECT id FROM evidence_holds WHERE issue_id = $1 AND lifted_at IS NULL", issue
        )
        received = await _claim(connection, by, "HOLD_EVIDENCE", standing or made, issue)
        if received.receipt is Receipt.FRESH and standing is None:
            await connection.execute(
                """
                INSERT INTO evidence_holds (id, issue_id, reason, person_id, post_id, placed_at)
                VALUES ($1, $2, $3, $4, $5, $6)
                """,
                made,
                issue,
                reason,
                by.person,
                by.post,
                by.now,
            )
        return received


async def lift(issue: UUID, reason: str, by: By) -> Received:
    """Lifts the hold that stands; the result is None where none did."""
    async with db.transaction() as connection:
        standing = await connection.fetchval(
            "SELECT id FROM evidence_holds WHERE issue_id = $1 AND lifted_at IS NULL FOR UPDATE", issue
        )
        received = await _claim(connection, by, "LIFT_EVIDENCE_HOLD", standing, issue)
        if received.receipt is Receipt.FRESH and standing is not None:
            await connection.execute(
                """
                UPDATE evidence_holds SET lifted_at = $2, lifted_reason = $3, lifted_by_id = $4 WHERE id = $1
                """,
                standing,
                by.now,
                reason,
                by.post,
            )
        return received


async def _claim(
    connection: asyncpg.Connection, by: By, name: str, result: UUID | None, issue: UUID
) -> Received:
    return await commands.claim(
        connection,
        by.command,
        actor=by.actor,
        name=name,
        fingerprint=by.fingerprint,
        now=by.now,
        result=result,
        issue=issue,
    )
