"""负面清单: opinions sorted into items by a person, and items issued to streets; each in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from models.policy.grouping import Suggestion, Voice, suggestions
from models.queries import cases, commands, db, loops, outbox
from models.queries.commands import Receipt, Received
from models.queries.rounds import Order, Round
from models.terms import ItemStatus, Severity, derived_id

MOST_VOICES = 20_000
"""Opinions of one round that are grouped at once; a half-year has some 4,000."""


@dataclass(frozen=True)
class NewItem:
    """A draft that a person made of opinions."""

    opinions: tuple[UUID, ...]
    title: str
    severity: Severity
    departmental: bool
    category: str | None
    indicator: str | None


async def claimed(connection: asyncpg.Connection, order: Order) -> Received:
    """Puts the command on record with what it does, or finds it there."""
    return await commands.claim(
        connection,
        order.command,
        actor=order.actor,
        name=order.name,
        fingerprint=order.fingerprint,
        now=order.now,
    )


class UnsortableError(ValueError):
    """These opinions cannot become one item; `place` is the draft's number, `reason` says why."""

    def __init__(self, place: int, reason: str) -> None:
        super().__init__(f"{place}: {reason}")
        self.place = place
        self.reason = reason


async def categories(district: UUID) -> dict[str, tuple[UUID, bool]]:
    """The lines of the active item list by category: the line's id, and whether departments answer for it."""
    rows = await db.rows(
        """
        SELECT t.key, t.id, t.level <> 'SIMPLE' AS departmental
        FROM items t JOIN rulebooks r ON r.id = t.rulebook_id WHERE r.district_id = $1 AND r.active
        """,
        district,
    )
    return {row["key"]: (row["id"], row["departmental"]) for row in rows}


# Opinions --------------------------------------------------------------------------------------------


async def suggested(of: Round, street: UUID | None) -> list[Suggestion]:
    """What the opinions that nobody has sorted look like; raises KeyError without rules of rectification."""
    spec = (await cases.rulebook(of.rulebook)).rectification
    if spec is None:
        raise KeyError("rectification")
    rows = await db.rows(
        """
        SELECT o.id, o.street_id, o.community_id, o.category, o.indicator_key, o.words FROM opinions o
        JOIN responses r ON r.id = o.response_id
        WHERE o.survey_id = $1 AND o.item_id IS NULL AND NOT o.set_aside AND NOT r.excluded
            AND ($2::uuid IS NULL OR o.street_id = $2)
        ORDER BY o.created_at, o.id LIMIT $3
        """,
        of.id,
        street,
        MOST_VOICES,
    )
    return suggestions(
        [
            Voice(
                str(row["id"]),
                str(row["street_id"]),
                str(row["community_id"]),
                row["category"],
                row["indicator_key"],
                row["words"] or None,
            )
            for row in rows
        ],
        spec.grouping,
    )


async def set_aside(of: UUID, opinions: Sequence[UUID], order: Order) -> tuple[Receipt, int]:
    """Marks opinions in which a person found nothing to put right; how many are so now."""
    async with db.transaction() as connection:
        received = await claimed(connection, order)
        if received.receipt is Receipt.FRESH:
            await connection.execute(
                """
                UPDATE opinions SET set_aside = true
                WHERE survey_id = $1 AND id = ANY($2) AND item_id IS NULL
                """,
                of,
                list(opinions),
            )
        found = await connection.fetchval(
            "SELECT count(*) FROM opinions WHERE survey_id = $1 AND id = ANY($2) AND set_aside",
            of,
            list(opinions),
        )
        return received.receipt, int(found)


# Drafts ----------------------------------------------------------------------------------------------


async def draft(of: Round, drafts: Sequence[NewItem], order: Order) -> tuple[Receipt, list[UUID]]:
    """Makes an item of each draft, all or none; a repeat makes none. Raises UnsortableError."""
    keys = [derived_id(order.command, "item", place) for place, _ in enumerate(drafts)]
    async with db.transaction() as connection:
        received = await claimed(connection, order)
        if received.receipt is not Receipt.FRESH:
            return received.receipt, keys
        first, prefix = await _numbers(connection, of, len(drafts))
        for place, new in enumerate(drafts):
            code = f"{prefix}-{of.code}-{first + place:04d}"
            await _draft(connection, of, keys[place], code, place, new, order.now)
        return received.receipt, keys


async def _numbers(connection: asyncpg.Connection, of: Round, count: int) -> tuple[int, str]:
    """The first of so many running numbers of the round, and what its codes begin with."""
    row = await connection.fetchrow(
        """
        WITH taken AS (
            INSERT INTO code_counters (id, taken) VALUES ($1, $2)
            ON CONFLICT (id) DO UPDATE SET taken = code_counters.taken + $2 RETURNING taken)
        SELECT taken.taken - $2 + 1 AS first, d.code_prefix FROM taken, districts d WHERE d.id = $3
        """,
        f"items/{of.id}",
        count,
        of.district,
    )
    return row["first"], row["code_prefix"]


async def _draft(
    connection: asyncpg.Connection, of: Round, key: UUID, code: str, place: int, new: NewItem, now: datetime
) -> None:
    voices = await connection.fetch(
        """
        SELECT street_id, community_id FROM opinions
        WHERE survey_id = $1 AND id = ANY($2) AND item_id IS NULL AND NOT set_aside FOR UPDATE
        """,
        of.id,
        list(new.opinions),
    )
    streets = {voice["street_id"] for voice in voices}
    if len(voices) != len(set(new.opinions)):
        raise UnsortableError(place, "SORTED")
    if len(streets) != 1:
        raise UnsortableError(place, "ONE_STREET")
    communities = {voice["community_id"] for voice in voices}
    await connection.execute(
        """
        INSERT INTO negative_items (id, district_id, survey_id, street_id, community_id, code, indicator_key,
            category, title, severity, status, departmental, rulebook_version, seq, round, asked, answered,
            satisfied, created_at)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'DRAFT', $11, d.key || '/' || r.version, 0, 0, 0, 0,
            0, $12
        FROM districts d, rulebooks r WHERE d.id = $2 AND r.id = $13
        """,
        key,
        of.district,
        of.id,
        streets.pop(),
        communities.pop() if len(communities) == 1 else None,
        code,
        new.indicator,
        new.category,
        new.title,
        new.severity.value,
        new.departmental,
        now,
        of.rulebook,
    )
    await connection.execute("UPDATE opinions SET item_id = $2 WHERE id = ANY($1)", list(new.opinions), key)


async def discard(item: UUID, order: Order) -> tuple[Receipt, bool]:
    """Takes a draft back and frees its opinions; False where it is no draft any more."""
    async with db.transaction() as connection:
        received = await claimed(connection, order)
        if received.receipt is not Receipt.FRESH:
            return received.receipt, True
        row = await connection.fetchrow(
            "SELECT survey_id, status FROM negative_items WHERE id = $1 FOR UPDATE", item
        )
        if row is None or row["status"] != ItemStatus.DRAFT:
            await connection.execute("DELETE FROM commands WHERE id = $1", order.command)
            return received.receipt, False
        await connection.execute("UPDATE opinions SET item_id = NULL WHERE item_id = $1", item)
        await connection.execute("DELETE FROM negative_items WHERE id = $1", item)
        await loops.item_moved(connection, row["survey_id"], order.now)
        return received.receipt, True


async def issue(of: Round, chosen: Sequence[UUID] | None, order: Order) -> tuple[Receipt, int]:
    """交办: issues these drafts of the round, or all of them, each with what starts its workflow.

    How many this command issued; a repeat issues none and says the same.
    """
    async with db.transaction() as connection:
        received = await claimed(connection, order)
        if received.receipt is Receipt.FRESH:
            issued = await connection.fetch(
                """
                UPDATE negative_items SET status = 'ISSUED', issued_at = $3
                WHERE survey_id = $1 AND status = 'DRAFT' AND ($2::uuid[] IS NULL OR id = ANY($2))
                RETURNING id
                """,
                of.id,
                None if chosen is None else list(chosen),
                order.now,
            )
            await outbox.put_items(connection, [row["id"] for row in issued], order.now)
        counted = await connection.fetchval(
            """
            SELECT count(*) FROM negative_items n JOIN commands c ON c.id = $2 AND n.issued_at = c.received_at
            WHERE n.survey_id = $1
            """,
            of.id,
            order.command,
        )
        return received.receipt, int(counted)
