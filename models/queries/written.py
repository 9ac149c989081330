"""When what a workflow decided stands in the database: whoever gave the order is answered then, not before.

Nothing here decides or writes: it hears of each writing transaction by NOTIFY, where somebody passes that
on, and looks for itself where nobody does, or where nothing was heard for a while.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from uuid import UUID

from models.queries import db

NUMBERS = {
    "case": "SELECT seq FROM issues WHERE id = $1",
    "appeal": "SELECT seq FROM appeals WHERE assignment_id = $1",
    "item": "SELECT seq FROM negative_items WHERE id = $1",
    "cycle": "SELECT seq FROM rectification_cycles WHERE id = $1",
}
"""The last number written, by what the workflow's id begins with."""

SOON, LATER, LATEST = 0.01, 1.0, 1.0
"""Seconds until the first look where nobody tells, where somebody does, and the longest between two looks:
each waits twice as long as the one before it."""


@dataclass(eq=False, slots=True)
class _Ear:
    number: int = 0
    stirred: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, number: int) -> None:
        self.number = max(self.number, number)
        self.stirred.set()


class Written:
    """What one process waits for. `told` says that every NOTIFY's payload comes to `heard`."""

    def __init__(self, *, told: bool = False) -> None:
        self._first_look = LATER if told else SOON
        self._ears: dict[str, list[_Ear]] = {}

    def heard(self, payload: str) -> None:
        """An owner and its last number, as `lines.told` says; others mean nothing here."""
        owner, _, number = payload.partition(" ")
        for ear in self._ears.get(owner, ()):
            ear.hear(int(number or 0))

    @contextmanager
    def expecting(self, workflow: str) -> Iterator[Callable[[int], Awaitable[None]]]:
        """What it gives returns once the workflow's entry of this number is written, however long that takes.

        Entered before the order is sent, so that nothing written meanwhile goes unheard.
        """
        kind, _, owner = workflow.partition("/")
        ear = _Ear()
        self._ears.setdefault(owner, []).append(ear)
        try:
            yield lambda number: self._until(ear, number, NUMBERS[kind], UUID(owner))
        finally:
            self._ears[owner].remove(ear)
            if not self._ears[owner]:
                del self._ears[owner]

    async def _until(self, ear: _Ear, number: int, look: str, owner: UUID) -> None:
        pause = self._first_look
        while ear.number < number:
            ear.stirred.clear()
            try:
                async with asyncio.timeout(pause):
                    await ear.stirred.wait()
            except TimeoutError:
                with suppress(*db.AWAY, TimeoutError):  # it may come back before nobody waits any more
                    ear.hear(await db.value(look, owner) or 0)
                pause = min(pause * 2, LATEST)
