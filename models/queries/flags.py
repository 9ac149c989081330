"""Doubts about responses, lifted with a reason; what was said and what was doubted both stay."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from models.queries import db
from models.queries.commands import Receipt, Received
from models.queries.rounds import Order, claim
from models.terms import SurveyStatus

LIFT = """
WITH lifted AS (
    UPDATE response_flags SET lifted_at = $2, lifted_by_id = $3, lift_reason = $4
    WHERE id = $1 AND lifted_at IS NULL RETURNING id, response_id
), freed AS (
    UPDATE responses r SET excluded = false FROM lifted
    WHERE r.id = lifted.response_id AND r.excluded AND NOT EXISTS (
        SELECT 1 FROM response_flags f
        WHERE f.response_id = r.id AND f.id <> lifted.id AND f.excludes AND f.lifted_at IS NULL)
    RETURNING r.survey_id, r.street_id, r.group_key, r.mode
)
UPDATE quota_cells q SET excluded = q.excluded - 1 FROM freed
WHERE q.survey_id = freed.survey_id AND q.street_id = freed.street_id AND q.group_key = freed.group_key
    AND q.mode = freed.mode
"""


@dataclass(frozen=True, slots=True)
class Flagged:
    """A flag as a command finds it."""

    id: UUID
    response: UUID
    district: UUID
    status: SurveyStatus
    """Where its round stands: what is published counts as it was."""
    lifted: bool


async def found(flag: UUID) -> Flagged | None:
    """The flag of this id."""
    row = await db.row(
        """SELECT f.id, f.response_id, s.district_id, s.status, f.lifted_at IS NOT NULL AS lifted
           FROM response_flags f JOIN surveys s ON s.id = f.survey_id WHERE f.id = $1""",
        flag,
    )
    if row is None:
        return None
    return Flagged(
        row["id"], row["response_id"], row["district_id"], SurveyStatus(row["status"]), row["lifted"]
    )


async def lift(flag: Flagged, person: UUID | None, reason: str, order: Order) -> Received:
    """Takes the doubt back; the response counts again where no other one excludes it."""
    async with db.transaction() as connection:
        received = await claim(connection, order, flag.id)
        if received.receipt is Receipt.FRESH:
            # Two doubts about one response are lifted one after the other.
            await connection.execute("SELECT 1 FROM responses WHERE id = $1 FOR UPDATE", flag.response)
            await connection.execute(LIFT, flag.id, order.now, person, reason)
        return received
