"""Changes of a district's rules by command: a version put on record, made the current one, a new calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import asyncpg

from models.policy.calendar import Calendar
from models.queries import calendars, cases, commands, db, loading
from models.queries.commands import Receipt, Received
from models.rulebooks.district import DistrictSpec
from models.rulebooks.geography import geography
from models.rulebooks.loader import LoadedRulebook
from models.terms import derived_id


class GroundFault(StrEnum):
    """In what a rulebook's district is not the one on record."""

    DISTRICT = "DISTRICT"
    DEPARTMENTS = "DEPARTMENTS"
    STREETS = "STREETS"
    COMMUNITIES = "COMMUNITIES"


@dataclass(frozen=True)
class Asked:
    """A command that changes rules, as it goes on record."""

    command: UUID
    actor: str
    name: str
    fingerprint: str
    now: datetime


async def district_key(district: UUID) -> str | None:
    """The short name of a district; None where there is none."""
    found: str | None = await db.value("SELECT key FROM districts WHERE id = $1", district)
    return found


async def district_of(version: UUID) -> UUID | None:
    """The district of a version; None where there is none."""
    found: UUID | None = await db.value("SELECT district_id FROM rulebooks WHERE id = $1", version)
    return found


async def ground_fault(spec: DistrictSpec) -> GroundFault | None:
    """What this rulebook would change of places and departments, if anything.

    People hold posts there and cases lie there: that is no matter of rules, and goes by `huying load`.
    """
    ground = geography(spec)
    row = await db.row("SELECT key, name_zh, code_prefix FROM districts WHERE id = $1", ground.district.id)
    if row is None or tuple(row) != (
        ground.district.key,
        ground.district.name_zh,
        ground.district.code_prefix,
    ):
        return GroundFault.DISTRICT
    for fault, table, rows in (
        (GroundFault.DEPARTMENTS, "departments", ground.departments),
        (GroundFault.STREETS, "streets", ground.streets),
        (GroundFault.COMMUNITIES, "communities", ground.communities),
    ):
        found = await db.rows(
            f"SELECT id, name_zh, name_en FROM {table} WHERE district_id = $1", ground.district.id
        )
        if {tuple(one) for one in found} != {(one.id, one.name_zh, one.name_en) for one in rows}:
            return fault
    return None


async def add(loaded: LoadedRulebook, asked: Asked) -> Received:
    """Puts the version on record, for nobody to take yet. Raises VersionTakenError."""
    version = derived_id("rulebook", loaded.rulebook.name)
    async with db.transaction() as connection:
        received = await _claim(connection, asked, version)
        if received.receipt is Receipt.FRESH:
            await _lock(connection, loaded.rulebook.district)
            if not await loading.on_record(connection, loaded):
                await loading.put_version(connection, loaded, asked.now)
        return received


async def activate(version: UUID, asked: Asked) -> Received:
    """Makes a version on record the one that new cases take."""
    async with db.transaction() as connection:
        received = await _claim(connection, asked, version)
        if received.receipt is Receipt.FRESH:
            await _lock(connection, (await cases.rulebook(version)).district)
            await loading.activate(connection, version, asked.now)
        return received


async def import_notice(district: UUID, notice: Calendar, asked: Asked) -> Received | None:
    """The days of an official notice on the hours of the active rulebook, as the current calendar.

    The result is the calendar's id. None where the district has no rulebook or works round the clock.
    """
    found = await db.row("SELECT id FROM rulebooks WHERE district_id = $1 AND active", district)
    book = None if found is None else await cases.rulebook(found["id"])
    if book is None or book.calendar.runs_round_the_clock:
        return None
    calendar = calendars.noticed(book.calendar, notice, book.version)
    async with db.transaction() as connection:
        received = await _claim(connection, asked, derived_id("calendar", district, calendar.version))
        if received.receipt is Receipt.FRESH:
            await _lock(connection, book.district)
            known = await calendars.version_of(district, calendar.version)
            if known is not None and known != calendar:
                raise loading.VersionTakenError(f"calendar {notice.version} is on record with other days")
            version = await calendars.put(connection, district, calendar, asked.now, imported=True)
            await calendars.take(connection, district, version)
        return received


async def _claim(connection: asyncpg.Connection, asked: Asked, result: UUID) -> Received:
    return await commands.claim(
        connection,
        asked.command,
        actor=asked.actor,
        name=asked.name,
        fingerprint=asked.fingerprint,
        now=asked.now,
        result=result,
    )


async def _lock(connection: asyncpg.Connection, district: str) -> None:
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext($1))", district)
