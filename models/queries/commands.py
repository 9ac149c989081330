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
    issue: UUID | None,
    texts: Mapping[str, str],
    now: datetime,
) -> Received:
    """Puts the command on record with its words, so that its workflow need not carry them.

    A second sender of the same command takes the row over: `forget` of the first then leaves it.
    """
    taken = await db.row(
        """
        INSERT INTO commands (id, actor, command, digest, issue_id, texts, received_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (id) DO UPDATE SET received_at = excluded.received_at
            WHERE commands.digest = excluded.digest AND commands.applied_seq IS NULL
        RETURNING id
        """,
        command,
        actor,
        name,
        fingerprint,
        issue,
        dict(texts),
        now,
    )
    return Received(Receipt.FRESH) if taken is not None else await known(command, fingerprint)


async def forget(command: UUID, received_at: datetime) -> None:
    """Takes a refused command off the record: a refusal writes nothing, and its key is free again.

    Not where another sender received it since: theirs may be carried out, and needs its words then.
    """
    await db.execute(
        "DELETE FROM commands WHERE id = $1 AND received_at = $2 AND applied_seq IS NULL",
        command,
        received_at,
    )


async def holds(person: UUID | None, post: UUID | None) -> bool:
    """Whether this person is on record as holding this post; a token may be older than the record."""
    return bool(await db.value("SELECT true FROM posts WHERE id = $1 AND person_id = $2", post, person))


async def is_known(person: UUID | None) -> bool:
    """Whether there is such a person on record; a machine, which is none, needs no record."""
    return person is None or bool(await db.value("SELECT true FROM people WHERE id = $1", person))


async def claim(
    connection: asyncpg.Connection,
    command: UUID,
    *,
    actor: str,
    name: str,
    fingerprint: str,
    now: datetime,
    result: UUID | None = None,
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
