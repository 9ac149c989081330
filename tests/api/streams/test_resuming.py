"""Each event once, in one order, and none lost: late commits, reconnects, restarts."""

from __future__ import annotations

import asyncio
import json
from random import Random

import asyncpg
import pytest

from api.streams.token import token_of
from models.queries import db, events
from models.queries.events import Position
from tests.api.streams.following import NUMBERS, Server, happen, told, write


async def test_what_commits_late_is_told_in_its_turn(server, town, database):
    async with server.ear(town["office"]) as ear:
        await ear.subscribe()
        late, early = next(NUMBERS), next(NUMBERS)
        connection = await asyncpg.connect(database)
        try:
            await connection.set_type_codec(
                "jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads
            )
            begun = connection.transaction()
            await begun.start()
            await write(connection, town.a["i1"], late)
            await happen(town.a["i2"], early)
            # The later number is committed, the earlier is not: a cursor of numbers would now skip it.
            assert await ear.silent()
            await begun.commit()
        finally:
            await connection.close()
        assert [event["seq"] for event in await ear.events(2)] == [late, early]
        assert await ear.silent()


async def test_a_token_resumes_without_a_gap_and_without_a_repeat(server, town):
    async with server.ear(town["street clerk"]) as ear:
        await ear.subscribe()
        await told(town, "i1", "i2")
        seen = (await ear.events(2))[0]
    missed = await told(town, "i3", "i5", "i1")
    async with server.ear(town["street clerk"]) as ear:
        await ear.subscribe(after=seen["resumeToken"])
        again = await ear.events(3)
        assert [event["seq"] for event in again][1:] == [missed[0], missed[2]]
        live = await told(town, "i2")
        assert [event["seq"] for event in await ear.events(1)] == live
        assert await ear.silent()


async def test_a_token_resumes_on_another_process_that_remembers_nothing(database, keys, town):
    async with Server(keys, database).serving() as first, first.ear(town["office"]) as ear:
        await ear.subscribe()
        await told(town, "i1")
        seen = await ear.next()
    missed = await told(town, *["i1", "j1"] * 700)
    async with Server(keys, database, kept=50).serving() as second, second.ear(town["office"]) as ear:
        await ear.subscribe(after=seen["resumeToken"])
        heard = [event["seq"] for event in await ear.events(700)]
        assert heard == missed[::2]
        live = await told(town, "i2")
        assert [event["seq"] for event in await ear.events(1)] == live


async def test_nothing_is_lost_or_doubled_while_sockets_come_and_go(server, town):
    """Someone writes all the time, with commits out of order; readers reconnect at random instants."""
    office, total, readers = town["office"], 300, 6
    numbers = [next(NUMBERS) for _ in range(total)]
    async with server.ear(office) as ear:
        start = ear.ack["payload"]["resumeToken"]

    async def written(mine: list[int], hold: float) -> None:
        for number in mine:
            async with db.transaction() as connection:
                await write(connection, town.a["i1"], number)
                await asyncio.sleep(hold)

    async def reader(chance: Random) -> list[int]:
        heard: list[int] = []
        token = start
        while len(heard) < total:
            async with server.ear(office) as ear:
                await ear.subscribe(after=token)
                for _ in range(min(chance.randint(1, 60), total - len(heard))):
                    event = await ear.next()
                    heard.append(event["seq"])
                    token = event["resumeToken"]
                # Lost, not closed: what was on its way is gone.
                ear.socket.transport.abort()
        return heard

    writing = [written(numbers[n::3], 0.001 + 0.004 * n) for n in range(3)]
    answers = await asyncio.gather(*(reader(Random(n)) for n in range(readers)), *writing)
    for heard in answers[:readers]:
        assert sorted(heard) == numbers
        assert len(set(heard)) == total
        assert heard == answers[0]


async def test_a_lost_listener_is_made_again_and_nothing_is_missed(server, town):
    async with server.ear(town["office"]) as ear:
        await ear.subscribe()
        first = await told(town, "i1")
        assert (await ear.next())["seq"] == first[0]
        await db.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
        second = await told(town, "i2", "i3")
        assert [event["seq"] for event in await ear.events(2)] == second


@pytest.mark.parametrize(
    ("token", "code", "field"),
    [
        ("nonsense", "BAD_INPUT", "after"),
        ("ZTEuMS4y", "RESUME_EXPIRED", "after"),  # e1.1.2: no such event
        ("ZTEuOTIyMzM3MjAzNjg1NDc3NTgwOC4x", "BAD_INPUT", "after"),  # beyond 2^63 - 1
    ],
)
async def test_a_token_that_names_no_event_is_refused(server, town, token, code, field):
    async with server.ear(town["office"]) as ear:
        await ear.subscribe(after=token)
        answer = await ear.hear()
        assert answer["type"] == "error"
        extensions = answer["payload"][0]["extensions"]
        assert (extensions["code"], extensions["field"]) == (code, field)


async def test_a_token_grows_too_old(server, town):
    async with server.ear(town["office"]) as ear:
        await ear.subscribe()
        number = (await told(town, "i1"))[0]
        token = (await ear.next())["resumeToken"]
        # Something else happens, so that this event is not the last, where nothing would be missed.
        await told(town, "i1")
        await ear.next()
        await db.execute("UPDATE events SET at = at - interval '31 days' WHERE seq = $1", number)
        await ear.subscribe(key="2", after=token)
        answer = await ear.hear()
        assert answer["payload"][0]["extensions"]["code"] == "RESUME_EXPIRED"


async def test_events_of_another_server_are_given_places_here(database, keys, town):
    """After a logical restore transaction numbers begin anew: events of "later" ones must not stay hidden."""
    numbers = await told(town, "i1", "i2")
    later = "(pg_current_xact_id()::text::bigint + 1000000 + id)::text::xid8"
    await db.execute(f"UPDATE events SET xact = {later} WHERE seq = ANY($1)", numbers)
    async with Server(keys, database).serving() as server, server.ear(town["office"]) as ear:
        await ear.subscribe()
        live = await told(town, "i3")
        assert [event["seq"] for event in await ear.events(1)] == live
        stale = token_of(Position(2**40, 1))
        await ear.subscribe(key="2", after=stale)
        assert (await ear.hear())["payload"][0]["extensions"]["code"] == "RESUME_EXPIRED"
    assert not await events.held_back()
