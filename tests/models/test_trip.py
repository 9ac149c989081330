"""Statements that go together do what each says, with its own values; alone they are all or nothing."""

from __future__ import annotations

from uuid import uuid4

import asyncpg
import pytest

from models.queries import db
from models.queries.trip import Trip

PUT = "INSERT INTO code_counters (id, taken) VALUES ($1, $2)"
PUT_MANY = "INSERT INTO code_counters (id, taken) SELECT * FROM unnest($1::text[], $2::int[])"
RAISE = "UPDATE code_counters SET taken = taken + $2 WHERE id = $1 AND taken = $3 RETURNING pg_notify($4, id)"
CHANNEL = "test_trip"


async def taken(key: str) -> dict[str, int]:
    """The counters of this test, by the rest of their names."""
    rows = await db.rows("SELECT id, taken FROM code_counters WHERE starts_with(id, $1)", key)
    return {row["id"].removeprefix(key): row["taken"] for row in rows}


@pytest.fixture
def key(database) -> str:
    return f"{uuid4()}/"


async def test_each_statement_has_its_own_values_however_many(key):
    async with db.connection() as connection:
        trip = Trip(connection)
        for number in range(1, 7):  # beyond nine placeholders
            trip.take(PUT, f"{key}{number}", number)
        trip.take(PUT_MANY, [f"{key}a", f"{key}b"], [7, 8])
        await trip.go()
        await trip.go()  # nothing was taken since
    assert await taken(key) == {**{str(n): n for n in range(1, 7)}, "a": 7, "b": 8}


async def test_alone_it_writes_where_the_first_finds_its_row_and_says_so_to_who_listens(key):
    heard = []
    await db.execute(PUT, f"{key}first", 1)
    async with db.connection() as ears, db.connection() as connection:
        await ears.add_listener(CHANNEL, lambda *said: heard.append(said[-1]))
        trip = Trip(connection)
        trip.take(RAISE, f"{key}first", 10, 1, CHANNEL)
        trip.take(PUT, f"{key}second", 2)
        assert await trip.go_alone()
        await ears.fetch("SELECT 1")  # what was told comes with the answer
        await ears.reset()
    assert await taken(key) == {"first": 11, "second": 2}
    assert heard == [f"{key}first"]


@pytest.mark.parametrize("bears", [0, 2], ids=["less", "more"])
async def test_alone_it_writes_nothing_where_the_first_finds_no_row(key, bears):
    await db.execute(PUT, f"{key}first", 1)
    async with db.connection() as connection:
        trip = Trip(connection)
        trip.take(RAISE, f"{key}first", 10, bears, CHANNEL)
        trip.take(PUT, f"{key}second", 2)
        assert not await trip.go_alone()
    assert await taken(key) == {"first": 1}


async def test_what_fails_leaves_nothing_behind_and_is_raised(key):
    await db.execute(PUT, f"{key}first", 1)
    async with db.connection() as connection:
        trip = Trip(connection)
        trip.take(RAISE, f"{key}first", 10, 1, CHANNEL)
        trip.take(PUT, f"{key}first", 2)
        with pytest.raises(asyncpg.UniqueViolationError):
            await trip.go_alone()
    assert await taken(key) == {"first": 1}
