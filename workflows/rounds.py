"""The loop of what works off a table beside the worker: a round at every NOTIFY, and now and then without."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod

import asyncpg
import structlog

from models.queries import db

log = structlog.get_logger()

POLL_SECONDS = 2.0
"""How long a missed NOTIFY can delay a row."""


class Rounds(ABC):
    """Any number may run at once, in any number of processes: a row is one's alone."""

    def __init__(self, wakes: str, batch: int) -> None:
        """`wakes` is the NOTIFY channel; after a round of `batch` rows the next one follows at once."""
        self._wakes = wakes
        self._batch = batch
        self._wake = asyncio.Event()
        self._stopping = False

    @property
    def stopping(self) -> bool:
        """Whether `stop` was called: a long round had better end."""
        return self._stopping

    @abstractmethod
    async def hand_on(self) -> int:
        """Works off one batch; returns how many rows it worked off: fewer than a batch, and it rests."""

    async def run(self) -> None:
        """Until `stop`; a database that is away is waited for."""
        while not self._stopping:
            try:
                await self._listen()
            except (*db.AWAY, asyncpg.PostgresError) as fault:
                log.warning("rows not reachable", wakes=self._wakes, error=str(fault))
                await asyncio.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Ends `run` after the round it is in."""
        self._stopping = True
        self._wake.set()

    async def _listen(self) -> None:
        async with db.pool().acquire() as connection:
            await connection.add_listener(self._wakes, self._woken)
            try:
                while not self._stopping and not connection.is_closed():
                    await self._round()
            finally:
                await connection.remove_listener(self._wakes, self._woken)

    def _woken(self, *_: object) -> None:
        self._wake.set()

    async def _round(self) -> None:
        self._wake.clear()
        if await self.hand_on() < self._batch and not self._stopping:
            try:
                await asyncio.wait_for(self._wake.wait(), POLL_SECONDS)
            except TimeoutError:
                return
