"""Choosing and starting a batch: a filter looked at first, then its cases put on record in one statement."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from models.policy.access import Viewer
from models.policy.levers import Lever, LeverDuty, LeverFacts, refusal
from models.policy.steps import Refusal
from models.queries import calendars, commands, db, outbox
from models.queries.commands import Receipt, Received
from models.queries.filters import Filter
from models.queries.scope import Binds, every, guard_condition
from models.queries.shapes import ISSUE
from models.terms import DutyKind, Stage, derived_id

MOST_ITEMS = 10_000
"""Of one batch; a larger choice is made in parts."""
LOOKED_AT = 1_000
"""Cases looked at by one statement of a preview."""

FACTS = """
SELECT i.id, i.stage, i.calendar_version, t.key AS category, d.key || '/' || r.version AS rulebook,
    (SELECT array_agg(a.department_id::text) FROM assignments a WHERE a.issue_id = i.id
        AND a.department_id IS NOT NULL AND a.status NOT IN ('DONE', 'RETURNED')) AS departments,
    EXISTS (SELECT 1 FROM duties u WHERE u.issue_id = i.id AND u.status = 'SUSPENDED') AS suspended,
    coalesce((SELECT json_agg(json_build_array(u.kind,
            CASE WHEN u.due_at IS NULL THEN u.spent_us >= u.allowed_us ELSE u.due_at <= $2 END))
       FROM duties u WHERE u.issue_id = i.id AND u.status IN ('OPEN', 'SUSPENDED')), '[]') AS duties
FROM issues i JOIN items t ON t.id = i.item_id JOIN rulebooks r ON r.id = i.rulebook_id
    JOIN districts d ON d.id = i.district_id
WHERE i.id = ANY($1)
"""


@dataclass(frozen=True)
class Refused:
    """A case that would not take the order, and why."""

    issue: UUID
    why: Refusal


@dataclass(frozen=True)
class Preview:
    """What a batch would come to now."""

    total: int
    sample: list[UUID]
    refused: list[Refused]
    """All of them, in the order of the batch."""


@dataclass(frozen=True)
class NewBatch:
    """A batch that has passed all checks."""

    district: UUID
    lever: Lever
    reason: str
    chosen: Mapping[str, object]
    rulebook: UUID | None
    person: UUID | None
    post: UUID | None
    request: str | None


# Choosing -------------------------------------------------------------------------------------------


def _chosen(viewer: Viewer, district: UUID, filters: Sequence[Filter], binds: Binds) -> str:
    """Issues of the district in the viewer's scope that the filter finds, closed ones too."""
    conditions = [
        guard_condition(ISSUE.guard, viewer, binds),
        f"x.district_id = {binds.add(district)}",
        *(condition(binds) for condition in filters),
    ]
    return every(conditions)


async def count(viewer: Viewer, district: UUID, filters: Sequence[Filter]) -> int:
    """How many issues the filter finds."""
    binds = Binds()
    where = _chosen(viewer, district, filters, binds)
    return int(await db.value(f"SELECT count(*) FROM issues x WHERE {where}", *binds.values))


async def preview(
    viewer: Viewer, district: UUID, filters: Sequence[Filter], lever: Lever, now: datetime, sample: int
) -> Preview:
    """What the lever would come to; more than `MOST_ITEMS` are counted and not looked at."""
    binds = Binds()
    where = _chosen(viewer, district, filters, binds)
    found = await db.rows(
        f"SELECT x.id FROM issues x WHERE {where} ORDER BY x.opened_at, x.id LIMIT {MOST_ITEMS + 1}",
        *binds.values,
    )
    ids = [row["id"] for row in found]
    if len(ids) > MOST_ITEMS:
        return Preview(await count(viewer, district, filters), ids[:sample], [])
    refused: list[Refused] = []
    for first in range(0, len(ids), LOOKED_AT):
        refused += await _refused(ids[first : first + LOOKED_AT], lever, now)
    return Preview(len(ids), ids[:sample], refused)


async def _refused(ids: list[UUID], lever: Lever, now: datetime) -> list[Refused]:
    found = {row["id"]: row for row in await db.rows(FACTS, ids, now)}
    looked = ((issue, refusal(lever, _facts(found[issue]))) for issue in ids if issue in found)
    return [Refused(issue, why) for issue, why in looked if why is not None]


def _facts(row: db.Row) -> LeverFacts:
    return LeverFacts(
        stage=Stage(row["stage"]),
        category=row["category"],
        rulebook=row["rulebook"],
        calendar=row["calendar_version"],
        duties=tuple(LeverDuty(DutyKind(kind), late) for kind, late in row["duties"]),
        departments=frozenset(row["departments"] or ()),
        suspended=row["suspended"],
    )


# Starting -------------------------------------------------------------------------------------------


async def start(
    new: NewBatch,
    viewer: Viewer,
    filters: Sequence[Filter],
    expected: int,
    *,
    command: UUID,
    actor: str,
    fingerprint: str,
    now: datetime,
) -> Received | int:
    """Puts batch and items on record in one transaction; a relay then starts it. The result is the batch.

    Where the filter finds another number than `expected`, that number, and nothing is written.
    """
    try:
        async with db.transaction() as connection:
            received = await commands.claim(
                connection,
                command,
                actor=actor,
                name="START_BATCH",
                fingerprint=fingerprint,
                now=now,
                result=derived_id("batch", command),
            )
            if received.receipt is Receipt.FRESH:
                await _put(connection, derived_id("batch", command), new, viewer, filters, expected, now)
        return received
    except _OtherNumberError as other:
        return other.found


async def _put(
    connection: asyncpg.Connection,
    batch: UUID,
    new: NewBatch,
    viewer: Viewer,
    filters: Sequence[Filter],
    expected: int,
    now: datetime,
) -> None:
    await _batch(connection, batch, new, expected, now)
    binds = Binds([batch])
    where = _chosen(viewer, new.district, filters, binds)
    found = db.touched(
        await connection.execute(
            f"""
            INSERT INTO batch_items (id, batch_id, issue_id, position, status, attempts)
            SELECT gen_random_uuid(), $1, x.id, row_number() OVER (ORDER BY x.opened_at, x.id), 'WAITING', 0
            FROM issues x WHERE {where}
            """,
            *binds.values,
        )
    )
    if found != expected:
        raise _OtherNumberError(found)
    await connection.execute("SELECT pg_notify($1, '')", outbox.CHANNEL)


class _OtherNumberError(Exception):
    """Rolls the transaction back; the number travels up as a value."""

    def __init__(self, found: int) -> None:
        super().__init__(found)
        self.found = found


async def _batch(
    connection: asyncpg.Connection, batch: UUID, new: NewBatch, total: int, now: datetime
) -> None:
    lever = new.lever
    await connection.execute(
        """
        INSERT INTO batches (id, district_id, action, status, reason, chosen, extra_us, source_id, target_id,
            rulebook_id, calendar_version, person_id, post_id, request_id, total, created_at)
        VALUES ($1, $2, $3, 'RUNNING', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        """,
        batch,
        new.district,
        lever.action.value,
        new.reason,
        json.dumps(new.chosen, ensure_ascii=False, separators=(",", ":"), default=str),
        lever.extra or None,
        UUID(lever.source) if lever.source else None,
        UUID(lever.target) if lever.target else None,
        new.rulebook,
        lever.calendar or None,
        new.person,
        new.post,
        new.request,
        total,
        now,
    )


async def unstarted() -> list[db.Row]:
    """Batches that Temporal has not taken yet, the oldest first: id, district and how they are called."""
    return await db.rows(
        """
        SELECT id, district_id, action, total FROM batches WHERE started_at IS NULL
        ORDER BY created_at LIMIT 20
        """
    )


async def started(batch: UUID, now: datetime) -> None:
    await db.execute("UPDATE batches SET started_at = coalesce(started_at, $2) WHERE id = $1", batch, now)


# What a lever takes -----------------------------------------------------------------------------------


async def active_rulebook(district: UUID) -> UUID | None:
    """The version that new cases take."""
    found: UUID | None = await db.value(
        "SELECT id FROM rulebooks WHERE district_id = $1 AND active", district
    )
    return found


async def current_calendar(district: UUID) -> str | None:
    """The version of the calendar that new cases take."""
    calendar = await calendars.current(district)
    return None if calendar is None else calendar.version
