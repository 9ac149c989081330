"""Score sheets of a year as they are entered from paper, and taken back where that went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import asyncpg

from models.policy.acts import Ground
from models.queries import commands, db
from models.queries.commands import Receipt
from models.terms import RaterGroup, derived_id

INSERT = """
INSERT INTO score_sheets (id, district_id, year, number, department_id, community_id, rater, score, post_id,
    entered_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""


@dataclass(frozen=True, slots=True)
class NewSheet:
    """One sheet as it was typed in."""

    number: str
    department: UUID
    community: UUID
    rater: RaterGroup
    score: Decimal


@dataclass(frozen=True, slots=True)
class Entered:
    """What an entry came to; `taken` are numbers that are on record already, and then nothing was entered."""

    receipt: Receipt
    sheets: tuple[UUID, ...] = ()
    taken: tuple[str, ...] = ()


async def grounds(communities: Sequence[UUID]) -> list[Ground | None]:
    """Where each community lies, in the order asked."""
    sql = "SELECT id, district_id, street_id FROM communities WHERE id = ANY($1)"
    return [
        row and Ground(row["district_id"], row["street_id"], row["id"])
        for row in await db.by_id(sql, communities)
    ]


async def of_district(departments: Sequence[UUID], district: UUID) -> list[bool]:
    """Whether each department is one of the district."""
    sql = "SELECT id, district_id FROM departments WHERE id = ANY($1)"
    return [row is not None and row["district_id"] == district for row in await db.by_id(sql, departments)]


async def closed(district: UUID, year: int) -> bool:
    """Whether the year's table is published, so that a further sheet would count nowhere."""
    sql = "SELECT true FROM bulletins WHERE district_id = $1 AND kind = 'ANNUAL' AND period = $2"
    return bool(await db.value(sql, district, str(year)))


async def enter(
    sheets: Sequence[NewSheet],
    *,
    district: UUID,
    year: int,
    post: UUID | None,
    command: UUID,
    actor: str,
    fingerprint: str,
    now: datetime,
) -> Entered:
    """Enters all of the sheets or, where a number is taken, none."""
    ids = tuple(derived_id(command, "sheet", sheet.number) for sheet in sheets)
    try:
        async with db.transaction() as connection:
            claimed = await commands.claim(
                connection,
                command,
                actor=actor,
                name="ENTER_SCORE_SHEETS",
                fingerprint=fingerprint,
                now=now,
            )
            if claimed.receipt is not Receipt.FRESH:
                return Entered(claimed.receipt, ids if claimed.receipt is Receipt.APPLIED else ())
            rows = [
                (key, district, year, s.number, s.department, s.community, s.rater.value, s.score, post, now)
                for key, s in zip(ids, sheets, strict=True)
            ]
            await connection.executemany(INSERT, rows)
    except asyncpg.UniqueViolationError:
        return Entered(Receipt.FRESH, taken=await _taken(district, year, [s.number for s in sheets]))
    return Entered(Receipt.FRESH, ids)


async def _taken(district: UUID, year: int, numbers: Sequence[str]) -> tuple[str, ...]:
    sql = """SELECT number FROM score_sheets WHERE district_id = $1 AND year = $2 AND number = ANY($3)
        AND withdrawn_at IS NULL ORDER BY number"""
    return tuple(row["number"] for row in await db.rows(sql, district, year, list(numbers)))


@dataclass(frozen=True, slots=True)
class OnRecord:
    """A sheet that was entered."""

    ground: Ground
    year: int


async def on_record(sheet: UUID) -> OnRecord | None:
    """Where a sheet comes from, and of which year it is."""
    row = await db.row(
        "SELECT s.district_id, c.street_id, s.community_id, s.year FROM score_sheets s "
        "JOIN communities c ON c.id = s.community_id WHERE s.id = $1",
        sheet,
    )
    return row and OnRecord(Ground(row["district_id"], row["street_id"], row["community_id"]), row["year"])


async def withdraw(sheet: UUID, *, command: UUID, actor: str, fingerprint: str, now: datetime) -> Receipt:
    """Takes a sheet back; one that was taken back stays as it is."""
    async with db.transaction() as connection:
        claimed = await commands.claim(
            connection,
            command,
            actor=actor,
            name="WITHDRAW_SCORE_SHEET",
            fingerprint=fingerprint,
            now=now,
            result=sheet,
        )
        if claimed.receipt is Receipt.FRESH:
            await connection.execute(
                "UPDATE score_sheets SET withdrawn_at = coalesce(withdrawn_at, $2) WHERE id = $1", sheet, now
            )
        return claimed.receipt
