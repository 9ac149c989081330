"""Figures against plain counting, on a real database: at random, at once, out of order, and at any size."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import pytest_asyncio

from infra.worker import _sweep
from models.queries import counters, db
from models.queries.counters import Figures
from tests.api.ground import HOUR, NOW, Ground

KINDS = {"District": "district_id", "Street": "street_id", "Community": "community_id"}
KINDS["Department"] = "department_id"
ORACLE = """SELECT count(*) AS open, count(*) FILTER (WHERE due_at <= $2) AS overdue FROM issues
    WHERE {column} = $1 AND stage NOT IN ('FILED', 'CANCELLED')"""
INSERT = """INSERT INTO issues (id, code, district_id, street_id, community_id, item_id, rulebook_id,
        calendar_version, source, title, place, search, level, stage, seq, department_id, due_at, opened_at,
        updated_at)
    SELECT gen_random_uuid(), 'CT-' || substr(md5(random()::text), 1, 16), $1, $2, $3, $4, $5, '1',
        'RESIDENT', '路灯', '路', '{}', 'GENERAL', $6, 0, $7, $8, $9, $9
    FROM generate_series(1, $10) RETURNING id"""
SWEPT_TO = "SELECT swept_to FROM tally_sweeps"
STAGES = ("COLLECTED", "HANDLING", "VERIFYING", "FILED", "CANCELLED")


class Board:
    """One district whose figures are read both ways."""

    def __init__(self, ground: Ground, seed: int) -> None:
        self.ground = ground
        self.chance = Random(seed)
        self.busy = False
        """While others write, only what is read in one snapshot can be compared."""
        self.units = {
            "District": ["district"],
            "Street": ["s1", "s2"],
            "Community": ["c1", "c2", "c3"],
            "Department": ["lighting", "water"],
        }

    def instant(self) -> datetime:
        """One of few, so that equal due times, sweeps and questions meet."""
        return NOW + self.chance.randrange(-12, 13) * HOUR

    def place(self) -> tuple[UUID, UUID | None]:
        street, community = self.chance.choice(
            [("s1", "c1"), ("s1", "c2"), ("s2", "c3"), ("s1", None), ("s2", None)]
        )
        return self.ground[street], self.ground[community] if community else None

    def department(self) -> UUID | None:
        name = self.chance.choice(["lighting", "water", None])
        return self.ground[name] if name else None

    def due(self) -> datetime | None:
        return self.instant() if self.chance.random() < 0.8 else None

    async def insert(self, to: Any, many: int = 1) -> list[UUID]:
        street, community = self.place()
        stage, ground = self.chance.choice(STAGES), self.ground
        rows = await to.fetch(
            INSERT, ground["district"], street, community, ground["lamp"], ground["rulebook"], stage,
            self.department(), self.due(), NOW, many,
        )  # fmt: skip
        return [row["id"] for row in rows]

    async def change(self, to: Any, ids: list[UUID]) -> None:
        street, community = self.place()
        changes = [
            ("stage = $2", self.chance.choice(STAGES)),
            ("due_at = $2", self.due()),
            ("department_id = $2", self.department()),
            ("title = $2", "改了"),
        ]
        what, value = self.chance.choice(changes)
        await to.execute(f"UPDATE issues SET {what} WHERE id = ANY($1)", ids, value)
        if self.chance.random() < 0.2:
            sql = "UPDATE issues SET street_id = $2, community_id = $3 WHERE id = ANY($1)"
            await to.execute(sql, ids, street, community)

    async def agrees(self, now: datetime) -> None:
        """Every unit's figures at `now` are what counting says; in one snapshot."""
        for kind, names in self.units.items():
            ids = [self.ground[name] for name in names]
            column = KINDS[kind]
            plain = ORACLE.format(column=column)
            sql = (
                "SELECT f.open, f.overdue, plain.open AS plain_open, plain.overdue AS plain_overdue "
                f"FROM unnest($1::uuid[]) u (id) CROSS JOIN LATERAL {counters.both(kind, 'u', '$2')} f "
                f"CROSS JOIN LATERAL ({plain.replace('$1', 'u.id')}) plain"
            )
            for row in await db.rows(sql, ids, now):
                assert (row["open"], row["overdue"]) == (row["plain_open"], row["plain_overdue"])
            if self.busy:
                continue
            counted = [await db.row(plain, one, now) for one in ids]
            wanted = [Figures(row["open"], row["overdue"]) for row in counted if row]
            assert await counters.figures(kind, ids, now) == wanted


async def laid(name: str, seed: int) -> Board:
    ground = await Ground.laid(name)
    for street in ("s1", "s2"):
        await ground.street(street)
    for community, street in (("c1", "s1"), ("c2", "s1"), ("c3", "s2")):
        await ground.community(community, street)
    return Board(ground, seed)


@asynccontextmanager
async def session(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of its own, beside the pool."""
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


@pytest_asyncio.fixture(scope="module")
async def board(database: str) -> Board:
    return await laid("count", seed=7)


async def test_whatever_is_written_and_swept_the_figures_are_what_counting_says(board: Board) -> None:
    chance, ids = board.chance, await board.insert(db.pool(), 5)
    for step in range(300):
        some = chance.sample(ids, min(len(ids), chance.randrange(1, 4)))
        match chance.choice(["insert", "change", "change", "change", "delete", "sweep"]):
            case "insert":
                ids += await board.insert(db.pool(), chance.randrange(1, 4))
            case "change":
                await board.change(db.pool(), some)
            case "delete":
                await db.execute("DELETE FROM issues WHERE id = ANY($1)", some)
                ids = [one for one in ids if one not in some] or await board.insert(db.pool())
            case "sweep":
                assert await counters.sweep(board.instant())
        await board.agrees(board.instant())
        if step % 30 == 0:
            for hours in range(-13, 14):
                await board.agrees(NOW + hours * HOUR)


async def test_a_writer_that_commits_behind_the_sweep_is_counted(database: str, board: Board) -> None:
    """The sweep passes an issue's due time while the issue is not committed yet; neither waits."""
    late = NOW + 20 * HOUR
    async with session(database) as writer:
        writing = writer.transaction()
        await writing.start()
        ids = await board.insert(writer, 3)
        await writer.execute(
            "UPDATE issues SET stage = 'HANDLING', due_at = $2 WHERE id = ANY($1)", ids, late
        )
        assert await asyncio.wait_for(counters.sweep(late + HOUR), 5)
        await writing.commit()
    for now in (late - HOUR, late, late + HOUR, late + 2 * HOUR):
        await board.agrees(now)
    assert await counters.sweep(late + HOUR)
    await board.agrees(late - HOUR)
    await board.agrees(late + HOUR)


async def test_what_is_rolled_back_was_never_counted(database: str, board: Board) -> None:
    async with session(database) as writer:
        writing = writer.transaction()
        await writing.start()
        await board.insert(writer, 4)
        await writing.rollback()
    await board.agrees(NOW)


async def test_one_sweep_runs_at_a_time_and_no_writer_waits_for_it(database: str, board: Board) -> None:
    async with session(database) as other:
        sweeping = other.transaction()
        await sweeping.start()
        await other.execute("SELECT 1 FROM tally_sweeps FOR UPDATE")
        await other.execute("DELETE FROM tallies WHERE due_at <= $1", NOW)
        assert not await counters.sweep(NOW)
        await asyncio.wait_for(board.insert(db.pool(), 2), 5)
        await board.agrees(NOW)
        await sweeping.rollback()
    assert await counters.sweep(NOW)


async def test_writers_readers_and_sweeps_at_once(database: str) -> None:
    """Six writers lock and change the same few issues as projections do; every snapshot agrees meanwhile."""
    board = await laid("rush", seed=11)
    board.busy = True
    ids = await board.insert(db.pool(), 40)
    done = asyncio.Event()

    async def write(turns: int) -> None:
        async with session(database) as connection:
            for _ in range(turns):
                async with connection.transaction():
                    (one,) = board.chance.sample(ids, 1)
                    await connection.fetch("SELECT 1 FROM issues WHERE id = $1 FOR UPDATE", one)
                    await board.change(connection, [one])
                    if board.chance.random() < 0.1:
                        await board.insert(connection)

    async def look() -> int:
        looks = 0
        while not done.is_set():
            await counters.sweep(board.instant())
            await board.agrees(board.instant())
            looks += 1
        return looks

    looking = asyncio.create_task(look())
    try:
        await asyncio.wait_for(asyncio.gather(*(write(60) for _ in range(6))), 60)
    finally:
        done.set()
    assert await looking > 5
    board.busy = False
    for hours in range(-13, 14):
        await board.agrees(NOW + hours * HOUR)


def _touched(plan: dict[str, Any]) -> int:
    """Rows that the scans of a plan looked at, those they threw away too."""
    own = 0
    if "Scan" in plan["Node Type"]:
        seen = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
        own = round(seen * plan["Actual Loops"])
    return own + sum(_touched(below) for below in plan.get("Plans", []))


async def test_the_cost_of_figures_does_not_grow_with_the_issues(database: str) -> None:
    board = await laid("grow", seed=3)
    communities = [board.ground[name] for name in board.units["Community"]]
    sql = (
        "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT f.open, f.overdue FROM unnest($1::uuid[]) u (id) "
        f"CROSS JOIN LATERAL {counters.both('Community', 'u', '$2')} f"
    )

    async def cost() -> tuple[int, int]:
        now = max(NOW + 13 * HOUR, await db.value(SWEPT_TO))
        ids = await board.insert(db.pool(), 3)
        live = "UPDATE issues SET stage = 'HANDLING', due_at = $2 WHERE id = ANY($1)"
        await db.execute(live, ids, now + HOUR)
        await counters.sweep(now)
        await db.execute("VACUUM ANALYZE tallies")
        async with session(database) as fresh:
            (found,) = json.loads(await fresh.fetchval(sql, communities, now + HOUR))
        await board.agrees(now + HOUR)
        return _touched(found["Plan"]), found["Plan"]["Shared Hit Blocks"] + found["Plan"][
            "Shared Read Blocks"
        ]

    for _ in range(20):
        await board.insert(db.pool(), 5)
    few_rows, few_blocks = await cost()
    for _ in range(60):
        await board.insert(db.pool(), 300)
    many_rows, many_blocks = await cost()
    in_all = "SELECT count(*) FROM issues WHERE district_id = $1"
    assert await db.value(in_all, board.ground["district"]) > 18_000
    # For each unit one row a figure, the row of the sweep, and the few that fell due in the hour since.
    assert many_rows <= few_rows + 6 <= 40, (few_rows, many_rows)
    assert many_blocks <= few_blocks + 12, (few_blocks, many_blocks)


async def test_the_worker_sweeps_until_it_is_asked_to_stop(database: str, board: Board) -> None:
    await board.insert(db.pool(), 3)
    before = await db.value(SWEPT_TO)
    told = asyncio.Event()
    sweeping = asyncio.create_task(_sweep(told))
    async with asyncio.timeout(10):
        while await db.value(SWEPT_TO) == before:
            await asyncio.sleep(0.02)
    told.set()
    await asyncio.wait_for(sweeping, 5)
    rows = "SELECT count(*) FROM tallies WHERE unit_id = $1 AND due_at <= $2"
    assert await db.value(rows, board.ground["district"], NOW) <= 1
    await board.agrees(NOW)


def test_every_kind_with_figures_is_counted_by_its_own_column() -> None:
    assert {kind: counters.column_of(kind) for kind in counters.OWNERS} == KINDS
