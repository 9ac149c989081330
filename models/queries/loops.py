"""Satisfaction cycles: begun, told how their round stands, and the one writer of a running one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from models.policy.item_orders import RoundFacts
from models.policy.loop import LoopBatch, LoopState
from models.queries import cases, commands, db, duties, items, lines, outbox, stored
from models.queries.commands import Receipt
from models.queries.rounds import Order
from models.queries.subject import cycle_subject
from models.queries.trip import Trip
from models.terms import CycleStep, SurveyStatus, derived_id

FACTS = """
    SELECT s.status, count(n.id) FILTER (WHERE n.status = 'DRAFT') AS drafts,
        count(n.id) FILTER (WHERE n.status <> 'DRAFT' AND n.rectified_at IS NULL) AS undone,
        count(n.id) FILTER (WHERE n.status NOT IN ('DRAFT', 'CLOSED')) AS open,
        count(n.id) FILTER (WHERE n.status <> 'DRAFT') AS items
    FROM surveys s LEFT JOIN negative_items n ON n.survey_id = s.id WHERE s.id = $1 GROUP BY s.id
"""


class UnknownCycleError(LookupError):
    """A batch for a cycle that is not in this database."""


@dataclass(frozen=True)
class CycleOnRecord:
    """A cycle and its duties, as they stand."""

    id: UUID
    code: str
    district: UUID
    survey: UUID
    rulebook: UUID
    step: CycleStep
    seq: int
    started_at: datetime
    duties: tuple[dict[str, Any], ...]

    async def state(self) -> LoopState:
        """What its workflow starts from: a new cycle, or a lost one from what was written of it."""
        rules = await items.on_calendar((await cases.rulebook(self.rulebook)).cycle_rules(), self.district)
        running = [d for d in self.duties if d["status"] in cases.OPEN]
        return LoopState(
            id=str(self.id),
            district=str(self.district),
            rules=rules,
            started_at=self.started_at,
            code=self.code,
            stage=self.step,
            seq=self.seq,
            opened=len(self.duties),
            duties=[stored.duty(row, rules) for row in running],
        )

    async def facts(self) -> RoundFacts:
        """How its round stands now, in counts."""
        found = await db.row(FACTS, self.survey)
        if found is None:
            raise UnknownCycleError(str(self.id))
        return RoundFacts(
            SurveyStatus(found["status"]), found["drafts"], found["undone"], found["open"], found["items"]
        )


async def cycle(key: UUID) -> CycleOnRecord | None:
    """The cycle of this id, or None."""
    found = await db.row(
        """
        SELECT c.*, s.rulebook_id,
            coalesce((SELECT json_agg(d) FROM duties d WHERE d.cycle_id = c.id), '[]') AS duties
        FROM rectification_cycles c JOIN surveys s ON s.id = c.survey_id WHERE c.id = $1
        """,
        key,
    )
    return found and CycleOnRecord(
        id=found["id"],
        code=found["code"],
        district=found["district_id"],
        survey=found["survey_id"],
        rulebook=found["rulebook_id"],
        step=CycleStep(found["step"]),
        seq=found["seq"],
        started_at=found["started_at"],
        duties=tuple(found["duties"]),
    )


def cycle_id(survey: UUID) -> UUID:
    """The cycle of a round: derived, so that beginning it twice is beginning it once."""
    return derived_id("cycle", survey)


async def begin(connection: asyncpg.Connection, survey: UUID, now: datetime) -> UUID:
    """Begins the cycle of a round, with what starts its workflow; where it has begun, nothing changes."""
    key = cycle_id(survey)
    made = await connection.fetchrow(
        """
        INSERT INTO rectification_cycles (id, district_id, survey_id, code, step, seq, started_at)
        SELECT $1, s.district_id, s.id, s.code, $3, 0, $4 FROM surveys s WHERE s.id = $2
        ON CONFLICT DO NOTHING RETURNING id
        """,
        key,
        survey,
        CycleStep.SOLICIT.value,
        now,
    )
    if made is not None:
        await outbox.put_cycle(connection, key, now)
    return key


async def begin_by(order: Order, survey: UUID) -> tuple[Receipt, UUID]:
    """The same by a command, once for its key."""
    async with db.transaction() as connection:
        received = await commands.claim(
            connection,
            order.command,
            actor=order.actor,
            name=order.name,
            fingerprint=order.fingerprint,
            now=order.now,
        )
        if received.receipt is Receipt.FRESH:
            await begin(connection, survey, order.now)
        return received.receipt, cycle_id(survey)


async def item_moved(connection: asyncpg.Connection, survey: UUID, now: datetime) -> None:
    """Has the cycle told where this item was the last one that it waits for.

    The cycle's row is locked first: of two items that end at once, the second sees the first.
    """
    row = await connection.fetchrow(
        "SELECT id, step FROM rectification_cycles WHERE survey_id = $1 FOR NO KEY UPDATE", survey
    )
    if row is None or row["step"] not in (CycleStep.RECTIFY, CycleStep.PERCEIVE):
        return
    facts = await connection.fetchrow(FACTS, survey)
    if facts["drafts"] + facts["undone"] == 0 and (row["step"] == CycleStep.RECTIFY or facts["open"] == 0):
        await outbox.put_cycle(connection, row["id"], now)


async def record(batch: LoopBatch) -> bool:
    """Writes the batch; False where all of it was there already. Raises UnknownCycleError."""
    key = UUID(batch.cycle)
    async with db.transaction() as connection:
        current = await connection.fetchrow(
            "SELECT seq, district_id FROM rectification_cycles WHERE id = $1 FOR UPDATE", key
        )
        if current is None:
            raise UnknownCycleError(batch.cycle)
        notes = [note for note in batch.notes if note.seq > current["seq"]]
        if not notes:
            return False
        trip, subject = Trip(connection), cycle_subject(key)
        trip.take(
            f"""
            UPDATE rectification_cycles SET seq = $2, step = $3, yellow_at = $4, due_at = $5, ended_at = $6
            WHERE id = $1 RETURNING {lines.told()}
            """,
            key,
            batch.seq,
            batch.step.value,
            batch.yellow_at,
            batch.due_at,
            notes[-1].at if batch.step is CycleStep.DONE else None,
        )
        duties.write(trip, subject, batch.duties, batch.closed, batch.calendar, notes)
        lines.write(trip, subject, notes)
        await trip.go()
        await duties.tell(connection, subject, None, current["district_id"], notes)
        # What ended between the facts and this write found another step: it is looked at once more.
        if batch.step in (CycleStep.RECTIFY, CycleStep.PERCEIVE) and any(n.kind == "STEPPED" for n in notes):
            await outbox.put_cycle(connection, key, notes[-1].at)
    return True
