"""How soon a crowd hears of an event, each of them once, and what that costs the process."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import pytest

from infra.keys import LocalKeys
from tests.api.streams.crowd import Crowd, Member, process
from tests.api.streams.following import EVENTS, happen

NUMBERS = count(100_000)
HAPPENINGS = 10
PAUSE = 1.0
"""Seconds between events."""
POSTS = ("street clerk", "office", "community clerk")
JOINING = 40
"""Sockets that connect at the same time."""


async def gathered(crowd: Crowd, town: Any, keys: LocalKeys, size: int) -> None:
    """So many people, each somebody else, with one of three posts."""
    turn = asyncio.Semaphore(JOINING)

    async def join(name: str) -> None:
        somebody = replace(town[name], subject=f"{name} {uuid4()}", person=uuid4())
        async with turn:
            await crowd.join(f"Bearer {keys.mint(somebody, timedelta(hours=1))}", EVENTS)

    await asyncio.gather(*(join(POSTS[n % len(POSTS)]) for n in range(size)))
    # Each subscription is prepared once, with a context of its own.
    while await crowd.executed() < size:
        await asyncio.sleep(0.05)


async def happened(crowd: Crowd, town: Any) -> dict[int, float]:
    """Events that all of them hear of, by number, with the instant each began to be written."""
    written: dict[int, float] = {}
    for _ in range(HAPPENINGS):
        number = next(NUMBERS)
        written[number] = asyncio.get_running_loop().time()
        await happen(town.a["i1"], number)
        await asyncio.sleep(PAUSE)
    async with asyncio.timeout(30):
        while any(len(member.heard) < HAPPENINGS for member in crowd.members):
            await asyncio.sleep(0.05)
    return written


def latencies(member: Member, written: dict[int, float]) -> list[float]:
    """Seconds until each event was heard; every event once and in order."""
    events = [(at, message["payload"]["data"]["issueEvents"]) for at, message in member.heard]
    assert [event["seq"] for _, event in events] == list(written)
    return [at - written[event["seq"]] for at, event in events]


@pytest.mark.parametrize("size", [200, pytest.param(2000, marks=pytest.mark.prove)])
async def test_an_event_reaches_the_whole_crowd_within_a_second(database, town, tmp_path, size):
    # Collecting this process's own garbage takes up to a second, which is not the server's.
    gc.freeze()
    async with process(database, tmp_path) as crowd:
        empty = crowd.memory()
        await gathered(crowd, town, LocalKeys.load(tmp_path, "huying", "huying"), size)
        before = await crowd.executed()
        written = await happened(crowd, town)
        late = sorted(second for member in crowd.members for second in latencies(member, written))
        p50, p99 = late[len(late) // 2], late[len(late) * 99 // 100]
        executions = await crowd.executed() - before
        print(
            f"\n{size} subscribers, {HAPPENINGS} events: p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, "
            f"slowest {late[-1] * 1000:.0f} ms; {crowd.memory():.0f} MB, "
            f"{(crowd.memory() - empty) / size * 1024:.0f} kB a socket; {executions} executions"
        )
        assert p99 < 1
        # One for each of the three posts, however many hold it.
        assert executions == len(POSTS) * HAPPENINGS
    gc.unfreeze()
