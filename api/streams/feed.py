"""What happens, read once for the whole process and kept for a while, so that thousands can follow.

One task reads the events table; everyone else is told in memory. What was read lately stays in memory:
whoever comes back with a resume token is served from there, and only from further back by the database.
"""

from __future__ import annotations

import asyncio
import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID
from weakref import WeakValueDictionary

import structlog

from models.queries import db, events
from models.queries.db import Row
from models.queries.events import NO_ISSUE, START, Event, Position, Subject
from models.queries.lines import BOOKS

KEPT = 5000
"""Happenings kept in memory, some 2 kB each."""
PAGE = 500
POLL_SECONDS = 5.0
"""How long a lost NOTIFY can go unnoticed."""
SHORTEST_WAIT, LONGEST_WAIT = 0.005, 0.1
"""Seconds until events held back by an older transaction are looked for again; doubled each time."""
HELD_SECONDS = 5.0
"""After which it is worth a line in the log that events are held back."""
RECONNECT_SECONDS = 2.0
RESUME_FOR = timedelta(days=30)
"""How old the event of a resume token may be."""

Wake = Callable[[], None]
Listen = Callable[[Wake], AbstractAsyncContextManager[Callable[[], bool]]]
"""Wakes on every NOTIFY while it is entered, and then says whether it still listens."""

log = structlog.get_logger("api.streams")


@dataclass(frozen=True, slots=True)
class Happening:
    """One event with what must be known to decide who hears of it, read once for all of them."""

    event: Event
    subject: Subject
    """Shared by all happenings of one issue and brought up to date by the last of them."""
    notices: Sequence[Row]

    @property
    def position(self) -> Position:
        return self.event.position


class Feed:
    """The one reader of a process. `heard` is called with each happening, in order, as it is read."""

    def __init__(
        self, listen: Listen, *, kept: int = KEPT, clock: Callable[[], datetime] | None = None
    ) -> None:
        self._listen = listen
        self._kept = kept
        self._clock = clock or (lambda: datetime.now(UTC))
        self._heard: Callable[[Happening], None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._started = asyncio.Lock()
        self._wake = asyncio.Event()
        self._reading_back = asyncio.Lock()
        self._recent: list[Happening] = []
        self._since = START
        self._held_since: float | None = None
        self._subjects: WeakValueDictionary[UUID, Subject] = WeakValueDictionary()
        self.position = START
        """The last event read."""
        self.closing = asyncio.Event()
        """Set when the process is to end: streams that stay open end then."""

    # Running --------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begins to read, from now on; does nothing where it has begun already."""
        async with self._started:
            if self._task is None:
                if adopted := await events.adopt():
                    log.warning("events_adopted", count=adopted)
                self.position = self._since = await events.latest()
                self._task = asyncio.create_task(self._run(), name="events")

    async def stop(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def follow(self, heard: Callable[[Happening], None] | None) -> None:
        """Whom to tell; None while nobody follows, and then nothing but the position is kept."""
        self._heard = heard

    async def _run(self) -> None:
        while True:
            try:
                async with self._listen(self._wake.set) as listens:
                    await self._follow(listens)
            except Exception as error:
                if db.away(error) or isinstance(error, TimeoutError):
                    log.warning("events_away", reason=type(error).__name__)
                else:
                    log.error("events_not_read", exc_info=error)
                await asyncio.sleep(RECONNECT_SECONDS)

    async def _follow(self, listens: Callable[[], bool]) -> None:
        wait = SHORTEST_WAIT
        while listens():
            self._wake.clear()
            moved = await self._read_on()
            held = await events.held_back()
            wait = min(wait * 2, LONGEST_WAIT) if held and not moved else SHORTEST_WAIT
            self._mind(held and not moved)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait if held else POLL_SECONDS):
                    await self._wake.wait()

    def _mind(self, held: bool) -> None:
        """Says once that events have been waiting for long."""
        now = asyncio.get_running_loop().time()
        if not held:
            self._held_since = None
        elif self._held_since is None:
            self._held_since = now
        elif now - self._held_since > HELD_SECONDS:
            self._held_since = math.inf
            log.warning("events_held_back", reason="an older transaction of this server is still open")

    async def _read_on(self) -> bool:
        moved = False
        while True:
            found = await events.after(self.position, PAGE)
            moved = moved or bool(found)
            if self._heard is None:
                self._pass(found)
            else:
                for happening in await self._happenings(found):
                    self._tell(happening)
            if len(found) < PAGE:
                return moved

    def _pass(self, found: Sequence[Event]) -> None:
        if found:
            self.position = self._since = found[-1].position
            self._recent.clear()

    def _tell(self, happening: Happening) -> None:
        self.position = happening.position
        self._recent.append(happening)
        if len(self._recent) > 2 * self._kept:
            self._since = self._recent[-self._kept - 1].position
            del self._recent[: -self._kept]
        if self._heard is not None:
            self._heard(happening)

    async def _happenings(self, found: Sequence[Event]) -> list[Happening]:
        if not found:
            return []
        told = [event for event in found if event.type in NOTICES]
        read, notices = await asyncio.gather(
            events.subjects(list({event.issue for event in found if event.issue is not None})),
            events.notices(told),
        )
        for issue, fresh in read.items():
            known = self._subjects.setdefault(issue, fresh)
            known.facts, known.row = fresh.facts, fresh.row
            read[issue] = known
        return [
            Happening(event, self._of(event, read), notices.get((event.owner, event.seq), ()))
            for event in found
        ]

    @staticmethod
    def _of(event: Event, read: Mapping[UUID, Subject]) -> Subject:
        return NO_ISSUE if event.issue is None else read[event.issue]

    # Looking back ---------------------------------------------------------------------------------

    def recent(self, position: Position) -> list[Happening] | None:
        """What happened after `position`, oldest first; None where memory does not reach back that far."""
        if position < self._since:
            return None
        return self._recent[bisect_right(self._recent, position, key=lambda kept: kept.position) :]

    async def older(self, position: Position) -> list[Happening]:
        """The next page after a `position` that `recent` does not reach; empty once it does."""
        async with self._reading_back:
            if position >= self._since:
                return []
            page = await self._happenings(await events.after(position, PAGE))
            missing = [happening for happening in page if happening.position <= self._since]
            # Memory may have moved on while this was read: the page must reach what it holds now.
            joins = len(missing) < len(page) or (missing and missing[-1].position == self._since)
            if page and (not joins or len(self._recent) + len(missing) > 2 * self._kept):
                return missing
            # Those who come back at the same time after a restart are then served from memory.
            self._recent[:0] = missing
            self._since = position
            return []

    async def resumable(self, position: Position) -> bool:
        """Whether a reader that has seen the event at `position` can go on from there."""
        if position in (self.position, self._since):
            return True
        oldest = self._clock() - RESUME_FOR
        if position == START:
            first = await events.after(START, 1)
            return not first or first[0].at >= oldest
        # Asked of the database even where memory reaches: a token of another database may look like ours.
        return await events.known_since(position, oldest)


NOTICES = frozenset(
    f"{book.name}.{kind}" for book in BOOKS.values() for kind in ("reminded", "breached", "escalated")
)
"""Types of events that posts are told of."""
