"""Commands as they were received: one effect for each idempotency key, whatever is sent again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from json import dumps
from uuid import UUID

import asyncpg

from models.queries import db
from models.terms import derived_id


class Receipt(StrEnum):
    """What a command is to us."""

    FRESH = "FRESH"
    """Not seen before, or seen and never carried out."""
    APPLIED = "APPLIED"
    """Carried out already: answer as then, change nothing."""
    CONFLICT = "CONFLICT"
    """The key was used for something else."""


@dataclass(frozen=True)
class Received:
    """A command's receipt and what it made, where it made something."""

    receipt: Receipt
    result: UUID | None = None


def command_id(actor: str, key: str) -> UUID:
    """The id of an actor's command; the Temporal update id."""
    return derived_id("command", actor, key)


def digest(command: str, content: object) -> str:
    """A fingerprint of a command's input; the same input in another order of keys is the same."""
    return sha256(dumps([command, content], sort_keys=True, default=str).encode("utf-8")).hexdigest()


async def known(command: UUID, fingerprint: str) -> Received:
    """What is on record under this id."""
    found = await db.row("SELECT digest, applied_seq, result_id FROM commands WHERE id = $1", command)
    return _received(found, fingerprint)


async def receive(
    command: UUID,
    *,
    actor: str,
    name: str,
    fingerprint: str,
    issue: UUID,
    texts: Mapping[str, str],
    now: datetime,
) -> Received:
    """Puts the command on record with its words, so that its workflow need not carry them."""
    made = await db.row(
        """
        INSERT INTO commands (id, actor, command, digest, issue_id, texts, received_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING RETURNING id
        """,
        command,
        actor,
        name,
        fingerprint,
        issue,
        dict(texts),
        now,
    )
    return Received(Receipt.FRESH) if made is not None else await known(command, fingerprint)


async def forget(command: UUID) -> None:
    """Takes a refused command off the record: a refusal writes nothing, and its key is free again."""
    await db.execute("DELETE FROM commands WHERE id = $1 AND applied_seq IS NULL", command)


async def claim(
    connection: asyncpg.Connection,
    command: UUID,
    *,
    actor: str,
    name: str,
    fingerprint: str,
    result: UUID,
    now: datetime,
    issue: UUID | None = None,
) -> Received:
    """For commands carried out in one transaction: records it together with its result, or finds it there.

    Two senders of one key wait for each other on the row; the second finds what the first made.
    """
    made = await connection.fetchrow(
        """
        INSERT INTO commands (id, actor, command, digest, issue_id, result_id, texts, received_at,
            applied_seq)
        VALUES ($1, $2, $3, $4, $5, $6, '{}', $7, 0) ON CONFLICT (id) DO NOTHING RETURNING id
        """,
        command,
        actor,
        name,
        fingerprint,
        issue,
        result,
        now,
    )
    if made is not None:
        return Received(Receipt.FRESH, result)
    found = await connection.fetchrow(
        "SELECT digest, applied_seq, result_id FROM commands WHERE id = $1", command
    )
    return _received(found, fingerprint)


def _received(found: db.Row | None, fingerprint: str) -> Received:
    if found is None:
        return Received(Receipt.FRESH)
    if found["digest"] != fingerprint:
        return Received(Receipt.CONFLICT)
    if found["applied_seq"] is None:
        return Received(Receipt.FRESH)
    return Received(Receipt.APPLIED, found["result_id"])
