"""群众感知: residents asked whether an item was put right, and what they say.

Invitations and responses are those of rounds, with purpose PERCEIVE and the item (decision 0020). The counts
of an item's present round are kept by the transaction that asks or answers; when the answers decide, the
same transaction has the item told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from models.queries import db, item_projection, outbox
from models.queries.commands import Receipt
from models.queries.invitations import token_digest
from models.queries.item_lists import claimed
from models.queries.rounds import Order
from models.terms import ItemStatus, derived_id

GROUP = "residents"
"""Of a fresh sample in a round that asked nobody in that street."""


@dataclass(frozen=True)
class Plan:
    """An item that is to be asked about, and how."""

    item: UUID
    sample: int
    """How many are asked where nobody who raised it can be."""
    fresh: bool = False
    """Whether a fresh sample is asked even so."""


@dataclass(frozen=True)
class Link:
    """One invitation that was made, and its token: told once, only its digest is kept."""

    invitation: UUID
    item: UUID
    token: str | None
    """None where the command was carried out before."""


@dataclass(frozen=True)
class _New:
    """One invitation to be made; `origin` is that of the respondent who raised the item."""

    community: UUID
    group: str
    mode: str
    origin: UUID | None


class NotPerceivingError(ValueError):
    """An item that is not at the point where residents are asked; nobody was invited."""

    def __init__(self, place: int, status: ItemStatus, suspended: bool) -> None:
        super().__init__(f"{place}: {status}")
        self.place = place
        self.status = status
        self.suspended = suspended


async def ask(plans: Sequence[Plan], order: Order, token: Callable[[], str]) -> tuple[Receipt, list[Link]]:
    """Invites those who raised each item, or a fresh sample of its community. Raises NotPerceivingError."""
    links: list[Link] = []
    async with db.transaction() as connection:
        received = await claimed(connection, order)
        if received.receipt is not Receipt.FRESH:
            return received.receipt, await _made_before(connection, order)
        for place, plan in sorted(enumerate(plans), key=lambda one: one[1].item):
            # Locked in the order of ids: two commands about the same items do not wait for each other.
            item = await connection.fetchrow(
                "SELECT * FROM negative_items WHERE id = $1 FOR UPDATE", plan.item
            )
            if item["status"] != ItemStatus.PERCEIVING or item["suspended"]:
                raise NotPerceivingError(place, ItemStatus(item["status"]), item["suspended"])
            new = [] if plan.fresh else await _origins(connection, item)
            new = new or await _sample(connection, item, plan.sample)
            links += await _invite(connection, item, new, order, token)
        return received.receipt, links


async def _origins(connection: asyncpg.Connection, item: db.Row) -> list[_New]:
    """Those who raised it and are not asked in this round already."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT i.id, i.community_id, i.group_key, i.mode FROM opinions o
        JOIN responses r ON r.id = o.response_id JOIN invitations i ON i.id = r.invitation_id
        WHERE o.item_id = $1 AND NOT EXISTS (
            SELECT 1 FROM invitations a
            WHERE a.item_id = $1 AND a.origin_id = i.id AND a.item_round = $2)
        ORDER BY i.id
        """,
        item["id"],
        item["round"],
    )
    return [_New(row["community_id"], row["group_key"], row["mode"], row["id"]) for row in rows]


async def _sample(connection: asyncpg.Connection, item: db.Row, count: int) -> list[_New]:
    """So many links for the item's community, or its street's communities in turn; groups in turn."""
    rows = await connection.fetch(
        """
        SELECT c.id, coalesce((SELECT array_agg(DISTINCT q.group_key) FROM quota_cells q
            WHERE q.survey_id = $3 AND q.street_id = $2), ARRAY[$4]::text[]) AS groups
        FROM communities c WHERE c.id = $1 OR ($1::uuid IS NULL AND c.street_id = $2) ORDER BY c.code
        """,
        item["community_id"],
        item["street_id"],
        item["survey_id"],
        GROUP,
    )
    found = []
    for number in range(count if rows else 0):
        row = rows[number % len(rows)]
        group = row["groups"][number // len(rows) % len(row["groups"])]
        found.append(_New(row["id"], group, "TARGETED", None))
    return found


async def _invite(
    connection: asyncpg.Connection,
    item: db.Row,
    new: Sequence[_New],
    order: Order,
    token: Callable[[], str],
) -> list[Link]:
    links = [
        Link(derived_id(order.command, item["id"], "invitation", number), item["id"], token())
        for number, _ in enumerate(new)
    ]
    await connection.execute(
        """
        INSERT INTO invitations (id, survey_id, district_id, street_id, community_id, group_key, mode,
            purpose, item_id, item_round, origin_id, token_digest, status, created_at)
        SELECT n.id, $2, $3, $4, n.community, n.group_key, n.mode, 'PERCEIVE', $1, $12, n.origin, n.digest,
            'SENT', $5
        FROM unnest($6::uuid[], $7::uuid[], $8::text[], $9::text[], $10::uuid[], $11::text[])
            AS n(id, community, group_key, mode, origin, digest)
        """,
        item["id"],
        item["survey_id"],
        item["district_id"],
        item["street_id"],
        order.now,
        [link.invitation for link in links],
        [one.community for one in new],
        [one.group for one in new],
        [one.mode for one in new],
        [one.origin for one in new],
        [token_digest(link.token or "") for link in links],
        item["round"],
    )
    await connection.execute(
        "UPDATE negative_items SET asked = asked + $2 WHERE id = $1", item["id"], len(new)
    )
    return links


async def _made_before(connection: asyncpg.Connection, order: Order) -> list[Link]:
    """What the command invited when it was carried out; the links were told then."""
    rows = await connection.fetch(
        """
        SELECT i.id, i.item_id FROM invitations i JOIN commands c ON c.received_at = i.created_at
        WHERE c.id = $1 AND i.purpose = 'PERCEIVE' ORDER BY i.item_id, i.id
        """,
        order.command,
    )
    return [Link(row["id"], row["item_id"], None) for row in rows]


async def count(
    connection: asyncpg.Connection, invitation: UUID, satisfied: bool | None, now: datetime
) -> None:
    """One more answer about an item, in the transaction that takes it; None for one that says neither.

    The item is told when everyone asked has answered, and after its time to be asked at every answer. An
    answer that comes when the item is not asked about any more stays on record and counts nowhere.
    """
    item = await connection.fetchrow(
        """
        UPDATE negative_items n SET asked = n.asked - ($2::bool IS NULL)::int,
            answered = n.answered + ($2::bool IS NOT NULL)::int,
            satisfied = n.satisfied + coalesce($2, false)::int
        FROM invitations i
        WHERE i.id = $1 AND n.id = i.item_id AND n.status = 'PERCEIVING' AND i.item_round = n.round
        RETURNING n.*
        """,
        invitation,
        satisfied,
    )
    if item is None:
        return
    over = item["due_at"] is not None and item["due_at"] <= now
    if item["answered"] >= item["asked"] or over:
        await outbox.put_item(connection, item["id"], item_projection.answers(item), now)
