"""What the contestants answer from: a district full of issues, the same ones on every machine.

Ids, titles, places and stages are drawn by arithmetic and one seeded generator. Instants are relative to the
`base` given, the day of the load, so that nothing falls due while the run lasts and every contestant counts
the same; what is overdue was due before.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import asyncpg

from models.policy.search import grams

SEED = 20_260_301
CHUNK = 50_000
DAYS = 500
"""Over so many days before `base` the issues were opened."""

STAGES: tuple[str, ...] = (
    ("FILED",) * 80 + ("CANCELLED",) * 2 + ("HANDLING",) * 9 + ("COLLECTED", "ASSESSED", "CALLED") * 2
)
STAGES += ("VERIFYING",) * 2 + ("REVIEWING",)
SOURCES = ("RESIDENT", "PATROL", "HOTLINE_12345", "INSPECTION")
ENTRIES = ("COLLECTED", "ASSESSED", "PROGRESS")
NOTES = (None, "已派人到现场查看", "居民反映属实，正在处理", None, "Parts ordered; back on Thursday")
PHOTOS = ("NEAR", "FAR", "BEFORE", "AFTER")
ISSUE, ENTRY, PHOTO = 1, 2, 3
WORKING = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'autovacuum worker'"
QUIET_WITHIN = 120
"""Seconds."""


def words(text: str) -> list[str]:
    """Names between spaces."""
    return text.split()


ISSUE_COLUMNS = words(
    "id code district_id street_id community_id grid_id item_id rulebook_id calendar_version source title "
    "place search level stage seq department_id yellow_at due_at opened_at closed_at updated_at"
)
ENTRY_COLUMNS = words("id issue_id seq kind stage at note data")
PHOTO_COLUMNS = words("id issue_id kind status object_key content_type size sha256 announced_at confirmed_at")


@dataclass(frozen=True)
class Ground:
    """Where issues can be: read from the loaded rulebook."""

    district: UUID
    rulebook: UUID
    calendar: str
    grids: list[tuple[UUID, UUID, UUID]]
    """Grid, community, street; by code."""
    departments: list[UUID]
    items: list[tuple[UUID, str]]
    """Id and Chinese name."""


def made_id(kind: int, number: int) -> UUID:
    """The id of the `number`th row of a kind: version 4 by its bits, scattered like any other."""
    mixed = (number * 0x9E3779B97F4A7C15 + kind * 0xD1B54A32D192ED03) & (2**64 - 1)
    return UUID(int=(mixed << 64 | kind << 48 | number) & ~(0xF << 76) & ~(3 << 62) | 4 << 76 | 2 << 62)


async def ground(connection: asyncpg.Connection, key: str) -> Ground:
    """The ground of the district with this key, whose rulebook is loaded."""
    district = await connection.fetchval("SELECT id FROM districts WHERE key = $1", key)
    book = await connection.fetchrow(
        "SELECT id, body::jsonb -> 'calendar' ->> 'version' AS calendar FROM rulebooks "
        "WHERE district_id = $1 AND active",
        district,
    )
    grids = await connection.fetch(
        "SELECT id, community_id, street_id FROM grids WHERE district_id = $1 ORDER BY code", district
    )
    departments = await connection.fetch(
        "SELECT id FROM departments WHERE district_id = $1 ORDER BY key", district
    )
    items = await connection.fetch(
        "SELECT id, name_zh FROM items WHERE rulebook_id = $1 ORDER BY position", book["id"]
    )
    return Ground(
        district,
        book["id"],
        book["calendar"],
        [tuple(row) for row in grids],
        [row["id"] for row in departments],
        [(row["id"], row["name_zh"]) for row in items],
    )


async def load(
    connection: asyncpg.Connection, place: Ground, base: datetime, start: int, end: int, below: bool = True
) -> None:
    """Adds the issues numbered from `start` up to `end`, with three entries and a photo each if `below`.

    Then everything is vacuumed and analysed, as it would be in production.
    """
    for first in range(start, end, CHUNK):
        numbers = range(first, min(first + CHUNK, end))
        rows = list(_issues(place, base, numbers))
        await connection.copy_records_to_table("issues", records=rows, columns=ISSUE_COLUMNS)
        if below:
            await connection.copy_records_to_table(
                "timeline_entries", records=_entries(rows, numbers), columns=ENTRY_COLUMNS
            )
            await connection.copy_records_to_table(
                "evidence", records=_photos(rows, numbers), columns=PHOTO_COLUMNS
            )
        print(f"  {numbers.stop:,} issues", file=sys.stderr, flush=True)


async def settle(connection: asyncpg.Connection) -> None:
    """Vacuums and analyses, as the server does by itself in a night, and waits until it has nothing to do."""
    for table in ("issues", "timeline_entries", "evidence", "tallies", "streets", "communities", "grids"):
        await connection.execute(f"VACUUM (FREEZE, ANALYZE) {table}")
    for _ in range(QUIET_WITHIN):
        if not await connection.fetchval(WORKING):
            break
        await asyncio.sleep(1)


def _issues(place: Ground, base: datetime, numbers: range) -> Iterator[tuple[Any, ...]]:
    known: dict[tuple[str, str], list[str]] = {}
    for number in numbers:
        chance = Random(SEED + number)
        grid, community, street = chance.choice(place.grids)
        item, name = chance.choice(place.items)
        title, where = f"{name}需要处理", f"{chance.randrange(1, 200)}号楼{chance.randrange(1, 9)}单元"
        stage, level = chance.choice(STAGES), chance.choice(("SIMPLE", "GENERAL"))
        closed = stage in ("FILED", "CANCELLED")
        opened = base - timedelta(
            seconds=chance.randrange(3600, DAYS * 86_400), microseconds=number % 1_000_000
        )
        # A third of what is open is late; nothing falls due within a day of `base`.
        late = timedelta(seconds=chance.randrange(86_400, 20 * 86_400))
        due = None if closed else base - late if chance.random() < 1 / 3 else base + late
        key = (title, where)
        if key not in known:
            known[key] = grams(f"{title} {where}")
        yield (
            made_id(ISSUE, number),
            f"GL-{base.year}-{number:07d}",
            place.district,
            street,
            community,
            grid,
            item,
            place.rulebook,
            place.calendar,
            chance.choice(SOURCES),
            title,
            where,
            known[key],
            level,
            stage,
            len(ENTRIES),
            chance.choice(place.departments) if level == "GENERAL" else None,
            due and due - timedelta(hours=4),
            due,
            opened,
            opened + timedelta(days=3) if closed else None,
            opened + timedelta(hours=2),
        )  # fmt: skip


def _entries(issues: list[tuple[Any, ...]], numbers: range) -> Iterator[tuple[Any, ...]]:
    for issue, number in zip(issues, numbers, strict=True):
        opened = issue[ISSUE_COLUMNS.index("opened_at")]
        for seq, kind in enumerate(ENTRIES, start=1):
            yield (
                made_id(ENTRY, number * len(ENTRIES) + seq),
                issue[0],
                seq,
                kind,
                "COLLECTED",
                opened + timedelta(minutes=40 * (seq - 1)),
                NOTES[(number + seq) % len(NOTES)],
                "{}",
            )


def _photos(issues: list[tuple[Any, ...]], numbers: range) -> Iterator[tuple[Any, ...]]:
    for issue, number in zip(issues, numbers, strict=True):
        opened = issue[ISSUE_COLUMNS.index("opened_at")]
        yield (
            made_id(PHOTO, number),
            issue[0],
            PHOTOS[number % len(PHOTOS)],
            "ACCEPTED",
            f"bench/{number}",
            "image/jpeg",
            200_000 + number % 1000,
            f"{number:064x}",
            opened + timedelta(minutes=5),
            opened + timedelta(minutes=6),
        )
