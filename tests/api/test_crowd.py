"""How soon a crowd hears of an event, each of them once, and what that costs the process."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import count
from uuid import uuid4

import pytest

from infra.keys import LocalKeys
from tests.api.crowd import process
from tests.api.following import EVENTS, happen

NUMBERS = count(100_000)
HAPPENINGS = 10
PAUSE = 1.0
"""Seconds between events."""
JOINING = 40
"""Sockets that connect at the same time."""


@pytest.mark.parametrize("size", [200, pytest.param(2000, marks=pytest.mark.prove)])
async def test_an_event_reaches_the_whole_crowd_within_a_second(database, town, tmp_path, size):
    keys = LocalKeys.load(tmp_path, "huying", "huying")
    async with process(database, tmp_path) as crowd:
        empty = crowd.memory()
        turn = asyncio.Semaphore(JOINING)

        async def join(name: str) -> None:
            # Each of them somebody else, with one of three posts.
            somebody = replace(town[name], subject=f"{name} {uuid4()}", person=uuid4())
            async with turn:
                await crowd.join(f"Bearer {keys.mint(somebody, timedelta(hours=1))}", EVENTS)

        names = ["street clerk", "office", "community clerk"]
        await asyncio.gather(*(join(names[n % 3]) for n in range(size)))
        # Each subscription is prepared once, with a context of its own.
        while (before := await crowd.executed()) < size:
            await asyncio.sleep(0.05)
        written: dict[int, float] = {}
        for _ in range(HAPPENINGS):
            number = next(NUMBERS)
            written[number] = asyncio.get_running_loop().time()
            await happen(town.a["i1"], number)
            await asyncio.sleep(PAUSE)
        async with asyncio.timeout(30):
            while any(len(member.heard) < HAPPENINGS for member in crowd.members):
                await asyncio.sleep(0.05)
        late = []
        for member in crowd.members:
            events = [(at, message["payload"]["data"]["issueEvents"]) for at, message in member.heard]
            assert [event["seq"] for _, event in events] == list(written)
            late += [at - written[event["seq"]] for at, event in events]
        late.sort()
        p50, p99 = late[len(late) // 2], late[len(late) * 99 // 100]
        per_socket = (crowd.memory() - empty) / size * 1024
        executions = await crowd.executed() - before
        print(
            f"\n{size} subscribers, {HAPPENINGS} events: p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, "
            f"slowest {late[-1] * 1000:.0f} ms; {crowd.memory():.0f} MB, {per_socket:.0f} kB a socket; "
            f"{executions} executions"
        )
        assert p99 < 1
        # One for each of the three posts, however many hold it.
        assert executions == 3 * HAPPENINGS
