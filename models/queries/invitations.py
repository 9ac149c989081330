"""邀请: single-use links. A token is 128 random bits and is shown once; only its digest is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import asyncpg

from models.queries import db
from models.queries.commands import Receipt, Received
from models.queries.rounds import Order, Round, claim, round_of
from models.terms import (
    InvitationStatus,
    ResponseStatus,
    SurveyMode,
    SurveyPurpose,
    SurveyStatus,
    derived_id,
)

INVITED = """
SELECT i.id, i.survey_id, i.district_id, i.street_id, i.community_id, i.group_key, i.mode, i.purpose,
    i.item_id, i.status, i.opened_at, s.code, s.name_zh, s.name_en, s.status AS survey_status, s.rulebook_id,
    s.opens_at, s.closes_at, s.opened_at AS survey_opened_at, r.id AS response_id,
    r.status AS response_status, r.digest, r.started_at, r.answers, t.name_zh AS street_zh,
    t.name_en AS street_en, c.name_zh AS community_zh, c.name_en AS community_en, n.title AS matter,
    i.origin_id IS NOT NULL AS raised
FROM invitations i
JOIN surveys s ON s.id = i.survey_id
JOIN streets t ON t.id = i.street_id
JOIN communities c ON c.id = i.community_id
LEFT JOIN responses r ON r.invitation_id = i.id
LEFT JOIN negative_items n ON n.id = i.item_id
WHERE i.token_digest = $1
"""
LOCKED = "SELECT 1 FROM quota_cells WHERE survey_id = $1 AND mode = $2 ORDER BY id FOR UPDATE"
MINT = """
WITH made AS (
    INSERT INTO invitations (id, survey_id, district_id, street_id, community_id, group_key, mode, purpose,
        token_digest, status, created_at)
    SELECT x.id, $2, $3, c.street_id, c.id, x.group_key, $4, 'SCORE', x.digest, 'SENT', $5
    FROM unnest($1::uuid[], $6::uuid[], $7::text[], $8::text[]) AS x (id, community, group_key, digest)
    JOIN communities c ON c.id = x.community AND c.district_id = $3
    ON CONFLICT DO NOTHING
    RETURNING street_id, group_key, mode
), counted AS (
    SELECT street_id, group_key, mode, count(*) AS more FROM made GROUP BY street_id, group_key, mode
)
UPDATE quota_cells q SET invited = q.invited + counted.more FROM counted
WHERE q.survey_id = $2 AND q.street_id = counted.street_id AND q.group_key = counted.group_key
    AND q.mode = counted.mode
"""


@dataclass(frozen=True, slots=True)
class New:
    """One invitation to be made: whom it is for, and the digest of its token."""

    id: UUID
    community: UUID
    group: str
    digest: str


@dataclass(frozen=True, slots=True)
class Named:
    """A place in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation with its round and, where there is one, its response."""

    id: UUID
    district: UUID
    street: UUID
    community: UUID
    group: str
    mode: SurveyMode
    purpose: SurveyPurpose
    item: UUID | None
    status: InvitationStatus
    opened_at: datetime | None
    round: Round
    response: UUID | None
    response_status: ResponseStatus | None
    digest: str | None
    started_at: datetime | None
    answers: dict[str, object]
    """What is kept so far; empty where nothing is."""
    street_named: Named
    community_named: Named
    matter: str | None = None
    """PERCEIVE: what the negative item is about."""
    raised: bool = False
    """PERCEIVE: whether it goes to a respondent who raised it; else to a fresh sample."""

    @property
    def answered(self) -> bool:
        return self.response_status is ResponseStatus.SUBMITTED

    def takes_answers(self, now: datetime) -> bool:
        """Whether it may be answered. Whether an item was put right is asked at any time."""
        if self.status is InvitationStatus.WITHDRAWN:
            return False
        if self.purpose is SurveyPurpose.PERCEIVE:
            return True
        return self.round.status is SurveyStatus.OPEN and now < self.round.closes_at


def token_digest(token: str) -> str:
    """What is kept of a token."""
    return sha256(token.encode()).hexdigest()


async def by_token(token: str) -> Invited | None:
    """The invitation that this link belongs to."""
    return await by_digest(token_digest(token))


async def by_digest(digest: str) -> Invited | None:
    """The same, by the digest of the token."""
    row = await db.row(INVITED, digest)
    return None if row is None else _invited(row)


async def issue(round_: Round, mode: SurveyMode, new: Sequence[New], order: Order) -> Received:
    """Makes all of them once. An order that is sent again finds them made."""
    async with db.transaction() as connection:
        received = await claim(connection, order, round_.id)
        if received.receipt is Receipt.FRESH:
            # Two orders about the same cells take them in one order, so that neither waits for the other.
            await connection.execute(LOCKED, round_.id, mode.value)
            await _mint(connection, round_, mode, new, order.now)
        return received


async def mint(round_: Round, mode: SurveyMode, new: New, now: datetime) -> None:
    """Makes one; whoever mints the same token, before or at the same time, makes the same one."""
    db.tell(MINT)
    async with db.pool().acquire(timeout=db.ACQUIRE_SECONDS) as connection:
        await _mint(connection, round_, mode, [new], now)


async def _mint(
    connection: asyncpg.Connection, round_: Round, mode: SurveyMode, new: Sequence[New], now: datetime
) -> None:
    await connection.execute(
        MINT,
        [one.id for one in new],
        round_.id,
        round_.district,
        mode.value,
        now,
        [one.community for one in new],
        [one.group for one in new],
        [one.digest for one in new],
    )


@dataclass(frozen=True, slots=True)
class Place:
    """A community of a district."""

    id: UUID
    code: str
    named: Named
    street: Named


async def places(district: UUID) -> list[Place]:
    """The communities of a district, street by street."""
    found = await db.rows(
        """SELECT c.id, c.code, c.name_zh, c.name_en, s.name_zh AS street_zh, s.name_en AS street_en
           FROM communities c JOIN streets s ON s.id = c.street_id WHERE c.district_id = $1
           ORDER BY s.code, c.code""",
        district,
    )
    return [
        Place(
            row["id"],
            row["code"],
            Named(row["name_zh"], row["name_en"]),
            Named(row["street_zh"], row["street_en"]),
        )
        for row in found
    ]


async def opened(invitation: UUID, now: datetime) -> None:
    """The link was opened; the first time is kept."""
    await db.execute(
        """
        UPDATE invitations SET opened_at = $2, status = CASE status WHEN 'SENT' THEN 'OPENED' ELSE status END
        WHERE id = $1 AND opened_at IS NULL
        """,
        invitation,
        now,
    )


def invitation_id(digest: str) -> UUID:
    """The id that belongs to a token, so that two who mint it make one row."""
    return derived_id("invitation", digest)


def _invited(row: db.Row) -> Invited:
    return Invited(
        id=row["id"],
        district=row["district_id"],
        street=row["street_id"],
        community=row["community_id"],
        group=row["group_key"],
        mode=SurveyMode(row["mode"]),
        purpose=SurveyPurpose(row["purpose"]),
        item=row["item_id"],
        status=InvitationStatus(row["status"]),
        opened_at=row["opened_at"],
        round=round_of(row, "survey_"),
        response=row["response_id"],
        response_status=ResponseStatus(row["response_status"]) if row["response_status"] else None,
        digest=row["digest"],
        started_at=row["started_at"],
        answers=row["answers"] or {},
        street_named=Named(row["street_zh"], row["street_en"]),
        community_named=Named(row["community_zh"], row["community_en"]),
        matter=row["matter"],
        raised=row["raised"],
    )
