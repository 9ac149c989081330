"""Random cases on the real server, in virtual time: after every step the due date agrees everywhere."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

import pytest

from api.ids import global_id
from models.queries import posts
from models.queries.posts import PostAsked
from models.terms import Role
from tests.api.conftest import Desk, desk
from tests.workflows.beside import Ask, Beside

AT_ONCE = 5
"""Cases side by side; each has a clock of its own."""
STEPS = 12
PATIENCE = 120.0
"""Seconds for one case: one that hangs is named."""

__all__ = ["desk"]


@pytest.fixture
async def ask(desk: Desk) -> Ask:
    office = (await posts.posts(PostAsked(role=Role.RESPONSE_OFFICE, district="jinjiang")))[0].viewer

    async def answered(query: str, issue: UUID) -> dict[str, Any]:
        return await desk.ask(query, office, id=global_id("Issue", issue))

    return answered


async def examples(env: Any, queue: str, ask: Ask, seeds: range) -> Counter[str]:
    taken: Counter[str] = Counter()
    for first in range(seeds.start, seeds.stop, AT_ONCE):
        some = range(first, min(first + AT_ONCE, seeds.stop))
        for moves in await asyncio.gather(*(example(env, queue, ask, seed) for seed in some)):
            taken.update(moves)
    return taken


async def example(env: Any, queue: str, ask: Ask, seed: int) -> dict[str, int]:
    try:
        async with asyncio.timeout(PATIENCE):
            return await Beside(env, queue, ask, seed).play(STEPS)
    except BaseException as failure:
        failure.add_note(f"with seed {seed}")
        raise


async def test_random_cases_agree_everywhere_after_every_step(virtual, crew, ask):
    await examples(virtual, crew, ask, range(5))


@pytest.mark.prove
async def test_forty_random_cases_agree_everywhere_after_every_step(virtual, crew, ask):
    taken = await examples(virtual, crew, ask, range(100, 140))
    print(f"\n40 cases, {sum(taken.values())} moves taken: {dict(taken.most_common())}")
