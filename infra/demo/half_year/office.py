"""Who runs a half-year in the demo, and what they share: the office, the streets, an integrator."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from api.ids import global_id
from infra.demo.cast import LIFETIME, Cast, Player
from infra.demo.client import Api
from infra.demo.crowd import all_of
from infra.keys import LocalKeys
from models.policy.access import Grant, Post, Viewer
from models.rulebooks.geography import Geography
from models.terms import Role

AT_ONCE = 16
LOOK_AGAIN = 0.5
WEEK = timedelta(days=7)

One = TypeVar("One")
Note = Callable[[str], None]


@dataclass
class Office:
    """What every step of the half-year needs. `key` begins the idempotency keys of this run."""

    api: Api
    cast: Cast
    ground: Geography
    key: str
    machine: str
    """The token of a front end that hands in what residents answered elsewhere."""
    texts: frozenset[str]
    """Questions that are answered in words."""
    note: Note
    """Hears what is being done."""
    keys: dict[str, int] = field(default_factory=dict)

    @property
    def head(self) -> Player:
        return self.cast.any_of(Role.RESPONSE_OFFICE)

    def clerk(self, street: str) -> Player:
        """The head of a street, by its key."""
        return self.cast.street_clerk(street)

    def community(self, code: str) -> str:
        """The GraphQL id of a community, by its code."""
        return self._communities[code]

    def __post_init__(self) -> None:
        self._communities = {one.code: global_id("Community", one.id) for one in self.ground.communities}
        self.streets = {global_id("Street", one.id): one.key for one in self.ground.streets}
        """Keys of the district's streets, by their GraphQL ids."""

    async def act(self, by: Player, mutation: str, answer: str, /, **given: object) -> Any:
        """Carries a mutation out. Raises DemoError where it is refused."""
        number = self.keys[mutation] = self.keys.get(mutation, 0) + 1
        return await self.api.act(by.token, mutation, f"{self.key}/{mutation}/{number}", answer, **given)

    async def all_of(self, work: Callable[[One], Awaitable[object]], each: Iterable[One]) -> None:
        """Does the same for each, so many at once; the first failure ends it."""
        await all_of(work, each, AT_ONCE)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Looks again and again until it holds."""
    while True:
        if await holds():
            return
        await asyncio.sleep(LOOK_AGAIN)


def machine_token(cast: Cast, keys: LocalKeys) -> str:
    """A token of an integrator of the district that may hand in responses."""
    post = Post(
        None, Role.INTEGRATOR, head=False, district=cast.any_of(Role.RESPONSE_OFFICE).held.post.district
    )
    return keys.mint(Viewer("demo-survey", None, (post,), frozenset({Grant.RESPONSES_WRITE})), LIFETIME)
