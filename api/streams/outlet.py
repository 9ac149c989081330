"""What waits to be written to one connection. Bounded: who does not read is cut off, not remembered."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

MOST_FRAMES = 256
MOST_CHARACTERS = 1024 * 1024
ALWAYS_FRAMES = 32
"""So many may wait whatever their size: they were asked for."""
PATIENCE_SECONDS = 60.0
"""How long a connection may take over what it asked to have replayed."""


class Outlet:
    """Frames of one connection, in order. `overrun` is called, once, when they are not taken in time."""

    __slots__ = ("_changed", "_characters", "_emptied", "_frames", "_overrun", "_spilt")

    def __init__(self, overrun: Callable[[], None]) -> None:
        self._overrun = overrun
        self._frames: deque[str] = deque()
        self._characters = 0
        self._spilt = False
        self._changed = asyncio.Event()
        self._emptied = asyncio.Event()
        self._emptied.set()

    def put(self, frame: str) -> None:
        if self._spilt:
            return
        self._frames.append(frame)
        self._characters += len(frame)
        self._changed.set()
        self._emptied.clear()
        waiting = len(self._frames)
        if waiting > MOST_FRAMES or (waiting > ALWAYS_FRAMES and self._characters > MOST_CHARACTERS):
            self.spill()

    def spill(self) -> None:
        """Takes no more and throws away what waits."""
        if not self._spilt:
            self._spilt = True
            self._frames.clear()
            self._emptied.set()
            self._overrun()

    async def write(self, send: Callable[[str], Awaitable[None]]) -> None:
        """Writes frames as they come; until it is cancelled."""
        while True:
            while self._frames:
                frame = self._frames[0]
                await send(frame)
                # Only now: what is being written still counts as waiting.
                if self._frames:
                    self._frames.popleft()
                    self._characters -= len(frame)
            self._changed.clear()
            if not self._frames:
                self._emptied.set()
                await self._changed.wait()

    async def emptied(self) -> None:
        """Returns once everything was written; a connection that takes too long is cut off."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._emptied.wait()
        except TimeoutError:
            self.spill()
