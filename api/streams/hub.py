"""Brings together who follows and what happens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from uuid import UUID

from api.streams.audience import Audience, Follower, Show, tell_all
from api.streams.feed import Feed, Happening
from api.streams.source import Sight, Source
from models.queries.events import Position

AT_ONCE = 6
"""Operations executed at the same time; fewer than there are database connections, so that reads go on."""
REPLAYED_AT_ONCE = 16
"""Missed happenings handed to one follower before it must have taken them; fewer than an outlet always has
room for, or who comes back to large answers would be cut off again."""


class Hub:
    """All audiences of a process over its one feed."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self._audiences: dict[Hashable, Audience] = {}
        self._asked: dict[Hashable, Audience] = {}
        self._by_person: dict[UUID, dict[Hashable, Audience]] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def follow(
        self,
        follower: Follower,
        key: Hashable,
        source: Source,
        sights: Sequence[Sight],
        show: Show,
        after: Position | None,
        caught_up: Callable[[], Awaitable[None]],
    ) -> None:
        """Tells `follower` all that happens after `after`, or from now on. Equal keys mean equal answers.

        Returns once it follows live; `caught_up` waits until its socket has taken what it was given. The
        feed must have been started.
        """
        follower.audiences = [self._audience((key, sight), source, sight, show) for sight in sights]
        self.feed.follow(self._heard)
        # From here to the last line nothing may be lost or doubled: no await between looking and joining.
        follower.position = self.feed.position if after is None else after
        while True:
            page = self.feed.recent(follower.position)
            recent = page is not None
            if page is None:
                page = await self.feed.older(follower.position)
            if self._replay(follower, page) and recent:
                break
            await follower.settled()
            await caught_up()
        for audience in follower.audiences:
            audience.followers[follower] = None

    def leave(self, follower: Follower) -> None:
        """Tells it nothing more. May be called at any time, and again."""
        follower.forget()
        audiences, follower.audiences = follower.audiences, []
        for audience in audiences:
            audience.followers.pop(follower, None)
            audience.users -= 1
            if not audience.users:
                self._drop(audience)
        if not self._audiences:
            self.feed.follow(None)

    def _replay(self, follower: Follower, page: Sequence[Happening]) -> bool:
        """Hands over what was missed; whether that was all of the page."""
        taken = 0
        for happening in page:
            if taken == REPLAYED_AT_ONCE:
                return False
            for audience in follower.audiences:
                if audience.wants(happening):
                    follower.take(audience.telling(happening))
                    taken += 1
            follower.position = max(follower.position, happening.position)
        return True

    def _heard(self, happening: Happening) -> None:
        tell_all(self._asked.values(), happening)
        for person in happening.subject.facts.reporters:
            tell_all(self._by_person.get(person, {}).values(), happening)

    def _audience(self, key: Hashable, source: Source, sight: Sight, show: Show) -> Audience:
        audience = self._audiences.get(key)
        if audience is None:
            audience = self._audiences[key] = Audience(key, source, sight, show, self._turns)
            self._shelf(sight)[key] = audience
        audience.users += 1
        return audience

    def _drop(self, audience: Audience) -> None:
        audience.stop()
        del self._audiences[audience.key]
        shelf = self._shelf(audience.sight)
        del shelf[audience.key]
        if audience.sight.person is not None and not shelf:
            del self._by_person[audience.sight.person]

    def _shelf(self, sight: Sight) -> dict[Hashable, Audience]:
        """Where an audience is found: by the one reporter it is for, or among those that must be asked."""
        return self._asked if sight.person is None else self._by_person.setdefault(sight.person, {})
