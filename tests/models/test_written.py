"""Who gave an order is answered when what came of it is written: told of it, or having looked."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from models.queries import db, written
from models.queries.events import listening
from models.queries.lines import CHANNEL
from models.queries.written import Written
from tests.workflows.ground import issue_on_record


async def begun(coroutine) -> asyncio.Task[None]:
    task = asyncio.ensure_future(coroutine)
    await asyncio.sleep(0.05)
    return task


async def test_the_number_awaited_answers_and_no_lower_one(monkeypatch):
    monkeypatch.setattr(written, "LATER", 60.0)
    owner, other, waits = uuid4(), uuid4(), Written(told=True)
    with waits.expecting(f"case/{owner}") as stands:
        waiting = await begun(stands(3))
        for said in (f"{owner} 2", f"{other} 3", ""):
            waits.heard(said)
        await asyncio.sleep(0.05)
        assert not waiting.done()
        waits.heard(f"{owner} 4")
        await asyncio.wait_for(waiting, 1)


async def test_what_was_written_before_the_answer_came_was_heard(monkeypatch):
    monkeypatch.setattr(written, "LATER", 60.0)
    owner, waits = uuid4(), Written(told=True)
    with waits.expecting(f"item/{owner}") as stands:
        waits.heard(f"{owner} 1")
        await asyncio.wait_for(stands(1), 1)


async def test_two_who_wait_for_one_owner_are_each_answered_at_their_number(monkeypatch):
    monkeypatch.setattr(written, "LATER", 60.0)
    owner, waits = uuid4(), Written(told=True)
    with waits.expecting(f"case/{owner}") as first, waits.expecting(f"case/{owner}") as second:
        one, two = await begun(first(1)), await begun(second(2))
        waits.heard(f"{owner} 1")
        await asyncio.wait_for(one, 1)
        assert not two.done()
        waits.heard(f"{owner} 2")
        await asyncio.wait_for(two, 1)


@pytest.mark.parametrize("told", [False, True], ids=["untold", "told but deaf"])
async def test_who_hears_nothing_looks(database, told):
    issue = (await issue_on_record()).id
    with Written(told=told).expecting(f"case/{issue}") as stands:
        waiting = await begun(stands(1))
        assert not waiting.done()
        await db.execute("UPDATE issues SET seq = 1 WHERE id = $1", issue)
        await asyncio.wait_for(waiting, 5)


@pytest.mark.parametrize("workflow", ["case", "appeal", "item", "cycle"])
async def test_each_kind_of_workflow_has_its_number(database, workflow):
    """What is not there yet is not written yet."""
    with Written().expecting(f"{workflow}/{uuid4()}") as stands, pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await stands(1)


async def test_while_the_database_is_away_nothing_is_written_and_nothing_fails(monkeypatch):
    async def away(*_):
        raise ConnectionRefusedError

    monkeypatch.setattr(db, "value", away)
    with Written().expecting(f"case/{uuid4()}") as stands, pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await stands(1)


async def test_a_listener_passes_on_what_a_writer_said(database):
    said: list[str] = []
    woken = asyncio.Event()
    async with listening(database, woken.set, said.append):
        await db.execute("SELECT pg_notify($1, 'somebody 7')", CHANNEL)
        async with asyncio.timeout(5):
            while "somebody 7" not in said:
                await asyncio.sleep(0.01)
    assert woken.is_set()
