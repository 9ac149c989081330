"""Those who are told the same: one operation, equal variables, one way of looking at the feed.

What happens is executed once for an audience and handed to each of its followers. A follower keeps the
order of the feed even where two audiences tell it, and is told nothing twice.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Hashable, Iterable

from api.streams.feed import Happening
from api.streams.source import Sight, Source
from models.queries.events import Position

REMEMBERED = 256
FRESH_SECONDS = 5.0
"""How long an answer may serve those who come back: what it says of the issue grows old."""
MOST_PENDING = 500
"""Of one follower: happenings whose answers are not ready yet."""

Show = Callable[[Happening, Source, Sight], Awaitable[str]]
"""Executes an operation for one happening; the JSON of its result. Never raises."""


class Telling:
    """One happening as one audience is shown it."""

    __slots__ = ("followers", "happening", "made_at", "ready", "text")

    def __init__(self, happening: Happening, made_at: float) -> None:
        self.happening = happening
        self.made_at = made_at
        self.text = ""
        self.ready = asyncio.Event()
        self.followers: list[Follower] = []

    @property
    def position(self) -> Position:
        return self.happening.position


class Follower:
    """One subscription of one socket. `deliver` is called in order; `overrun` when answers pile up."""

    __slots__ = ("_deliver", "_overrun", "_pending", "audiences", "position")

    def __init__(self, deliver: Callable[[Telling], None], overrun: Callable[[], None]) -> None:
        self._deliver = deliver
        self._overrun = overrun
        self._pending: deque[Telling] = deque()
        self.audiences: list[Audience] = []
        self.position = Position(0, 0)
        """The last happening taken, told or passed over."""

    def take(self, telling: Telling) -> None:
        """Will deliver `telling` after everything taken before; nothing that was taken already."""
        if telling.position <= self.position:
            return
        self.position = telling.position
        self._pending.append(telling)
        telling.followers.append(self)
        if telling.ready.is_set():
            self.flush()
        elif len(self._pending) > MOST_PENDING:
            self._overrun()

    def flush(self) -> None:
        while self._pending and self._pending[0].ready.is_set():
            self._deliver(self._pending.popleft())

    def forget(self) -> None:
        self._pending.clear()

    async def settled(self) -> None:
        """Returns once everything taken was delivered."""
        while self._pending:
            await self._pending[-1].ready.wait()


class Audience:
    """Followers of one operation with one sight."""

    def __init__(
        self, key: Hashable, source: Source, sight: Sight, show: Show, turns: asyncio.Semaphore
    ) -> None:
        self.key = key
        self.source = source
        self.sight = sight
        self.followers: dict[Follower, None] = {}
        self.users = 0
        """Followers, and those still catching up."""
        self._show = show
        self._turns = turns
        self._todo: deque[Telling] = deque()
        self._made: OrderedDict[Position, Telling] = OrderedDict()
        self._work: asyncio.Task[None] | None = None

    def wants(self, happening: Happening) -> bool:
        return self.source.wants(happening, self.sight)

    def tell(self, happening: Happening) -> None:
        """Tells every follower, once it is known what there is to say."""
        telling = self.telling(happening)
        for follower in self.followers:
            follower.take(telling)

    def telling(self, happening: Happening) -> Telling:
        now = asyncio.get_running_loop().time()
        made = self._made.get(happening.position)
        if made is not None and now - made.made_at < FRESH_SECONDS:
            return made
        made = self._made[happening.position] = Telling(happening, now)
        if len(self._made) > REMEMBERED:
            self._made.popitem(last=False)
        self._todo.append(made)
        if self._work is None:
            self._work = asyncio.create_task(self._run())
        return made

    def stop(self) -> None:
        if self._work is not None:
            self._work.cancel()
            self._work = None

    async def _run(self) -> None:
        while self._todo:
            telling = self._todo.popleft()
            async with self._turns:
                telling.text = await self._show(telling.happening, self.source, self.sight)
            telling.ready.set()
            for follower in telling.followers:
                follower.flush()
            telling.followers.clear()
        self._work = None


def tell_all(audiences: Iterable[Audience], happening: Happening) -> None:
    for audience in audiences:
        if audience.followers and audience.wants(happening):
            audience.tell(happening)
