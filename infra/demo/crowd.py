"""Many at once, not all at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

One = TypeVar("One")
Made = TypeVar("Made")


async def all_of(work: Callable[[One], Awaitable[Made]], each: Iterable[One], at_once: int) -> list[Made]:
    """What `work` makes of each, in their order; raises the first failure, which calls the others off."""
    waiting = enumerate(each)
    made: dict[int, Made] = {}

    async def one_after_the_other() -> None:
        for number, one in waiting:
            made[number] = await work(one)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(one_after_the_other())
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [made[number] for number in sorted(made)]
