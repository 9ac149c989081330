"""Taking in a report: everything an acknowledged report needs, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from models.queries import commands, db, outbox
from models.queries.commands import Receipt, Received
from models.terms import Level, ReportSource, Stage, derived_id

YEAR_ZONE = ZoneInfo("Asia/Shanghai")
"""A code names the year as the district's residents count it."""


@dataclass(frozen=True)
class Place:
    """Where a problem is, as far as it was told; the smallest unit decides the larger ones."""

    district: UUID
    street: UUID
    community: UUID | None
    grid: UUID | None


@dataclass(frozen=True)
class NewReport:
    """A report that has passed all checks."""

    place: Place
    category: str
    title: str
    where: str
    description: str
    grams: list[str]
    source: ReportSource
    longitude: float | None
    latitude: float | None
    happened_at: datetime | None
    external_ticket: str | None
    reporter: UUID | None
    reporter_name: str | None
    reporter_phone: str | None


@dataclass(frozen=True)
class Active:
    """The rulebook version new cases take, and one line of its item list."""

    rulebook: UUID
    calendar: str
    item: UUID
    level: Level


async def place_of(kind: str, unit: UUID) -> Place | None:
    """The place of a street, community or grid; None where there is no such unit."""
    found = await db.row(PLACES[kind], unit)
    return found and Place(found["district_id"], found["street_id"], found["community_id"], found["grid_id"])


PLACES = {
    "Street": """
        SELECT district_id, id AS street_id, NULL::uuid AS community_id, NULL::uuid AS grid_id
        FROM streets WHERE id = $1""",
    "Community": """
        SELECT district_id, street_id, id AS community_id, NULL::uuid AS grid_id
        FROM communities WHERE id = $1""",
    "Grid": "SELECT district_id, street_id, community_id, id AS grid_id FROM grids WHERE id = $1",
}


async def active(district: UUID, category: str) -> Active | None:
    """The line of the district's active item list for `category`; None where it has no such line."""
    found = await db.row(
        """
        SELECT r.id AS rulebook_id, t.id AS item_id, t.level,
            coalesce(c.version, r.body -> 'calendar' ->> 'version') AS calendar
        FROM rulebooks r JOIN items t ON t.rulebook_id = r.id AND t.key = $2
            LEFT JOIN calendars c ON c.district_id = r.district_id AND c.active
        WHERE r.district_id = $1 AND r.active
        """,
        district,
        category,
    )
    return found and Active(found["rulebook_id"], found["calendar"], found["item_id"], Level(found["level"]))


async def code_of(issue: UUID) -> str:
    """The code of an issue that is on record."""
    return str(await db.value("SELECT code FROM issues WHERE id = $1", issue))


async def report(
    new: NewReport,
    under: Active,
    *,
    command: UUID,
    actor: str,
    fingerprint: str,
    request: str | None,
    now: datetime,
) -> Received:
    """Writes report, issue and outbox row; the result is the issue's id. A repeat writes nothing."""
    issue = derived_id("issue", command)
    async with db.transaction() as connection:
        received = await commands.claim(
            connection,
            command,
            actor=actor,
            name="REPORT",
            fingerprint=fingerprint,
            result=issue,
            now=now,
        )
        if received.receipt is not Receipt.FRESH:
            return received
        code = await next_code(connection, new.place.district, now)
        await _issue(connection, issue, code, new, under, now)
        await _report(connection, issue, code, new, now)
        await connection.execute("UPDATE commands SET issue_id = $2 WHERE id = $1", command, issue)
        await outbox.put(connection, derived_id(issue, "outbox"), issue, request, now)
        return received


async def next_code(connection: asyncpg.Connection, district: UUID, now: datetime) -> str:
    """The next code of the district's year; its counter is locked until the transaction ends."""
    year = now.astimezone(YEAR_ZONE).year
    found = await connection.fetchrow(
        """
        WITH taken AS (
            INSERT INTO code_counters (id, taken) VALUES ($1, 1)
            ON CONFLICT (id) DO UPDATE SET taken = code_counters.taken + 1 RETURNING taken)
        SELECT d.code_prefix, taken.taken FROM districts d, taken WHERE d.id = $2
        """,
        f"{district}/{year}",
        district,
    )
    return f"{found['code_prefix']}-{year}-{found['taken']:06d}"


async def _issue(
    connection: asyncpg.Connection, issue: UUID, code: str, new: NewReport, under: Active, now: datetime
) -> None:
    await connection.execute(
        """
        INSERT INTO issues (id, code, district_id, street_id, community_id, grid_id, item_id, rulebook_id,
            calendar_version, source, title, place, longitude, latitude, search, level, stage, seq, opened_at,
            updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 0, $18, $18)
        """,
        issue,
        code,
        new.place.district,
        new.place.street,
        new.place.community,
        new.place.grid,
        under.item,
        under.rulebook,
        under.calendar,
        new.source.value,
        new.title,
        new.where,
        new.longitude,
        new.latitude,
        new.grams,
        under.level.value,
        Stage.COLLECTED.value,
        now,
    )


async def _report(
    connection: asyncpg.Connection, issue: UUID, code: str, new: NewReport, now: datetime
) -> None:
    await connection.execute(
        """
        INSERT INTO reports (id, code, issue_id, source, external_ticket, description, happened_at,
            reported_at, reporter_id, reporter_name, reporter_phone)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """,
        derived_id(issue, "report"),
        code,
        issue,
        new.source.value,
        new.external_ticket,
        new.description,
        new.happened_at,
        now,
        new.reporter,
        new.reporter_name,
        new.reporter_phone,
    )
