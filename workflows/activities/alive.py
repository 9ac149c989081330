"""Says to Temporal that an activity lives, so that the death of its worker is noticed in seconds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from temporalio import activity

EVERY = 2.0
"""Seconds between two words; Temporal is asked less often where the time allowed is long."""


@asynccontextmanager
async def alive() -> AsyncIterator[None]:
    """While the block runs. What holds up the event loop for long is not alive."""
    saying = asyncio.create_task(_say())
    try:
        yield
    finally:
        saying.cancel()
        with suppress(asyncio.CancelledError):
            await saying


async def _say() -> None:
    while True:
        activity.heartbeat()
        await asyncio.sleep(EVERY)
