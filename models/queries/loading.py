"""Putting a rulebook into the database: the district, what lies below it, and the version itself.

Loading the same rulebook twice changes nothing; a changed one under the same version is refused,
because running cases carry what that version said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from models.queries import calendars, db
from models.rulebooks import codec
from models.rulebooks.geography import Geography, district_id, geography
from models.rulebooks.loader import LoadedRulebook
from models.rulebooks.people import People, people
from models.terms import derived_id


class VersionTakenError(ValueError):
    """This version of the district's rulebook is on record with other rules."""


@dataclass(frozen=True)
class Loaded:
    """What a load came to."""

    rulebook: UUID
    name: str
    fresh: bool
    """False where the same version was there already."""
    counts: dict[str, int]


async def store(loaded: LoadedRulebook, now: datetime) -> Loaded:
    """Stores the rulebook and makes it the one new cases take; raises VersionTakenError."""
    ground = geography(loaded.district)
    crowd = people(ground)
    book = loaded.rulebook
    version = derived_id("rulebook", book.name)
    async with db.transaction() as connection:
        # One load at a time: two processes that start together both load.
        await connection.execute("SELECT pg_advisory_xact_lock(hashtext($1))", book.district)
        known = await on_record(connection, loaded)
        if not known:
            await _places(connection, ground)
            await _people(connection, crowd)
            await put_version(connection, loaded, now)
        await activate(connection, version, now)
    counts = {
        "streets": len(ground.streets),
        "communities": len(ground.communities),
        "grids": len(ground.grids),
        "departments": len(ground.departments),
        "people": len(crowd.people),
        "items": len(book.items),
    }
    return Loaded(version, book.name, not known, counts)


async def on_record(connection: asyncpg.Connection, loaded: LoadedRulebook) -> bool:
    """Whether this version is there already; raises VersionTakenError where it says other rules."""
    book = loaded.rulebook
    version = derived_id("rulebook", book.name)
    digest = await connection.fetchval("SELECT digest FROM rulebooks WHERE id = $1", version)
    if digest is not None and digest != loaded.digest:
        raise VersionTakenError(
            f"version {book.version} of {book.district} is on record with other rules; "
            "give the changed rulebook a new version"
        )
    return digest is not None


async def activate(connection: asyncpg.Connection, version: UUID, now: datetime) -> str | None:
    """Makes a version on record the one new cases take, with its calendar; returns the one before, if any.

    Days that came by a notice stay where they reach as far: a rulebook brings its hours then.
    """
    before: str | None = await connection.fetchval(
        """
        WITH chosen AS (SELECT id, district_id FROM rulebooks WHERE id = $1),
             former AS (SELECT b.version, b.district_id FROM rulebooks b JOIN chosen USING (district_id)
                        WHERE b.active AND b.id <> chosen.id),
             turned AS (UPDATE rulebooks b SET active = (b.id = chosen.id) FROM chosen
                        WHERE b.district_id = chosen.district_id AND b.active <> (b.id = chosen.id))
        SELECT version FROM former
        """,
        version,
    )
    found = await connection.fetchrow("SELECT district_id, body FROM rulebooks WHERE id = $1", version)
    book = codec.from_json(found["body"])
    await calendars.follow(connection, found["district_id"], book, now)
    return before


async def _places(connection: asyncpg.Connection, ground: Geography) -> None:
    await _put(
        connection,
        "districts",
        "id key name_zh name_en division_code code_prefix",
        [ground.district],
    )
    await _put(connection, "departments", "id district_id key name_zh name_en", ground.departments)
    await _put(connection, "streets", "id district_id code name_zh name_en", ground.streets)
    await _put(
        connection,
        "communities",
        "id district_id street_id code name_zh name_en synthetic",
        ground.communities,
    )
    await _put(
        connection, "grids", "id district_id street_id community_id code polygon synthetic", ground.grids
    )


async def _people(connection: asyncpg.Connection, crowd: People) -> None:
    await _put(connection, "people", "id district_id subject name phone synthetic", crowd.people)
    await _put(
        connection,
        "posts",
        "id person_id role head district_id street_id community_id grid_id department_id",
        crowd.posts,
    )


async def put_version(connection: asyncpg.Connection, loaded: LoadedRulebook, now: datetime) -> UUID:
    """Puts a version with its item list and its calendar on record, for nobody to take yet."""
    book = loaded.rulebook
    version, district = derived_id("rulebook", book.name), district_id(book.district)
    await connection.execute(
        """
        INSERT INTO rulebooks (id, district_id, version, digest, body, loaded_at, active)
        VALUES ($1, $2, $3, $4, $5, $6, false)
        """,
        version,
        district,
        book.version,
        loaded.digest,
        codec.to_json(book),
        now,
    )
    await calendars.put(connection, district, book.calendar, now)
    groups = {group.key: group for group in book.groups}
    await connection.executemany(
        """
        INSERT INTO items (id, rulebook_id, key, group_key, group_zh, group_en, name_zh, name_en, level,
            own_team, departments, position)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """,
        [
            (
                derived_id(version, "item", item.key),
                version,
                item.key,
                item.group,
                groups[item.group].zh,
                groups[item.group].en,
                item.zh,
                item.en,
                item.level.value,
                item.own_team.value,
                item.departments,
                position,
            )
            for position, item in enumerate(book.items)
        ],
    )
    return version


async def _put(connection: asyncpg.Connection, table: str, columns: str, found: Iterable[Any]) -> None:
    """Inserts rows whose attributes are the columns; a row that is there keeps its id and takes new names."""
    names: Sequence[str] = columns.split()
    places = ", ".join(f"${n}" for n in range(1, len(names) + 1))
    changes = ", ".join(f"{name} = excluded.{name}" for name in names if name != "id")
    await connection.executemany(
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places}) "
        f"ON CONFLICT (id) DO UPDATE SET {changes}",
        [tuple(getattr(one, name) for name in names) for one in found],
    )
