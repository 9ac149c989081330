"""Calendars of districts: every version that deadlines were reckoned with, and the current one of each."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

import asyncpg

from models.policy.calendar import Calendar
from models.policy.rulebook import Rulebook
from models.queries import db
from models.rulebooks import codec
from models.terms import derived_id

_known: dict[tuple[UUID, str], Calendar] = {}
"""Versions never change, so one read of each is enough; there are a handful."""


async def version_of(district: UUID, version: str) -> Calendar | None:
    """The calendar of this version; None where it is not on record."""
    key = (district, version)
    if key not in _known:
        body = await db.value(
            "SELECT body FROM calendars WHERE district_id = $1 AND version = $2", district, version
        )
        if body is None:
            return None
        _known[key] = codec.calendar_from_json(body)
    return _known[key]


async def current(district: UUID) -> Calendar | None:
    """The calendar that new cases of the district take; None where it has none."""
    body = await db.value("SELECT body FROM calendars WHERE district_id = $1 AND active", district)
    return None if body is None else codec.calendar_from_json(body)


async def put(
    connection: asyncpg.Connection, district: UUID, calendar: Calendar, now: datetime, imported: bool = False
) -> UUID:
    """Puts a version on record, where it is not there already."""
    version = derived_id("calendar", district, calendar.version)
    await connection.execute(
        """
        INSERT INTO calendars (id, district_id, version, official_until, body, loaded_at, imported)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (district_id, version) DO NOTHING
        """,
        version,
        district,
        calendar.version,
        date.fromisoformat(calendar.official_until) if calendar.official_until else None,
        codec.calendar_to_json(calendar),
        now,
        imported,
    )
    return version


async def take(connection: asyncpg.Connection, district: UUID, version: UUID) -> None:
    """Makes a version on record the current one."""
    await connection.execute(
        "UPDATE calendars SET active = (id = $1) WHERE district_id = $2 AND active <> (id = $1)",
        version,
        district,
    )


async def follow(connection: asyncpg.Connection, district: UUID, book: Rulebook, now: datetime) -> None:
    """The current calendar of a district whose rulebook is now `book`.

    Its own, unless the days in force came by a notice that reaches as far: then those days, with its hours.
    """
    found = await connection.fetchrow(
        "SELECT body, imported FROM calendars WHERE district_id = $1 AND active", district
    )
    own = book.calendar
    if found is not None and found["imported"] and not own.runs_round_the_clock:
        days = codec.calendar_from_json(found["body"])
        if days.official_until >= own.official_until:
            joined = noticed(own, days, book.version)
            version = await put(connection, district, joined, now, imported=True)
            return await take(connection, district, version)
    return await take(connection, district, await put(connection, district, own, now))


def noticed(hours: Calendar, days: Calendar, rulebook: str) -> Calendar:
    """The official days of `days` on the hours and weekdays of `hours`; the version names both."""
    return replace(
        hours,
        version=f"{days.version.partition('/')[0]}/{rulebook}",
        off=list(days.off),
        on=list(days.on),
        official_until=days.official_until,
    )
