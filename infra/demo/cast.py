"""Who plays: people of the database, each with a token of their own for the post they hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from api.ids import global_id
from infra.demo.client import DemoError
from infra.demo.stories import DISTRICT
from infra.keys import LocalKeys
from models.policy.access import Grant, Post, Viewer
from models.queries.posts import PostHeld
from models.rulebooks.geography import department_id, street_id
from models.terms import Role

SHOWN_STREETS, SHOWN_DEPARTMENT = {DISTRICT: "chenglonglu", "gulou": "ninghailu"}, "lighting"
"""The tokens that are shown are of those who play the published case, or of the first street."""

LIFETIME = timedelta(days=30)
"""A demo may stay on for long."""


@dataclass(frozen=True)
class Player:
    """One person in one post."""

    held: PostHeld
    token: str

    @property
    def unit(self) -> str:
        """The GraphQL id of the smallest place of the post; for a resident there is none."""
        post = self.held.post
        for kind, key in (("Grid", post.grid), ("Community", post.community), ("Street", post.street)):
            if key is not None:
                return global_id(kind, key)
        raise DemoError(f"{self.held.subject} holds no place")


class Cast:
    """Everybody of the district, by role and place."""

    def __init__(self, held: Sequence[PostHeld], keys: LocalKeys, district: str = DISTRICT) -> None:
        self._held = held
        self._district = district
        self._keys = keys
        self._tokens: dict[str, str] = {}

    def grid_worker(self, street: str) -> Player:
        """The worker of the street's first grid."""
        return self._player(Role.GRID_WORKER, street_id(self._district, street))

    def community_clerk(self, street: str) -> Player:
        """The clerk of the community that the first grid lies in."""
        community = self.grid_worker(street).held.post.community
        return self._one(one for one in self._of(Role.COMMUNITY_CLERK) if one.post.community == community)

    def street_clerk(self, street: str, head: bool = True) -> Player:
        """The head of the street, or the clerk beside them."""
        return self._player(Role.STREET_CLERK, street_id(self._district, street), head)

    def handler(self, department: str) -> Player:
        """A handler of the department who is not its head."""
        key = department_id(self._district, department)
        return self._one(
            one
            for one in self._of(Role.DEPARTMENT_HANDLER)
            if one.post.department == key and not one.post.head
        )

    def any_of(self, role: Role) -> Player:
        """The first who holds a post of this role."""
        return self._one(iter(self._of(role)))

    def resident(self, number: int) -> Player:
        """One of the residents; neighbours are numbered from 0."""
        return self._one(iter(self._of(Role.RESIDENT)[number:]))

    def department(self, key: str) -> str:
        """The GraphQL id of a department."""
        return global_id("Department", department_id(self._district, key))

    def street(self, key: str) -> str:
        """The GraphQL id of a street."""
        return global_id("Street", street_id(self._district, key))

    def tokens(self) -> list[tuple[Role, str, str]]:
        """For each role: who, and a token to try things out with."""
        street = SHOWN_STREETS[self._district]
        players = {
            Role.GRID_WORKER: self.grid_worker(street),
            Role.COMMUNITY_CLERK: self.community_clerk(street),
            Role.STREET_CLERK: self.street_clerk(street),
            Role.DEPARTMENT_HANDLER: self.handler(SHOWN_DEPARTMENT),
        }
        shown: list[tuple[Role, str, str]] = []
        for role in Role:
            if role is Role.INTEGRATOR:
                shown.append((role, "machine", self._machine_token()))
            else:
                player = players.get(role) or self.any_of(role)
                shown.append((role, f"{player.held.name} {player.held.place_zh}", player.token))
        return shown

    def _machine_token(self) -> str:
        district = self._held[0].post.district
        post = Post(None, Role.INTEGRATOR, head=False, district=district)
        return self._keys.mint(Viewer("demo-integrator", None, (post,), frozenset(Grant)), LIFETIME)

    def _player(self, role: Role, street: UUID, head: bool | None = None) -> Player:
        return self._one(
            one
            for one in self._of(role)
            if one.post.street == street and (head is None or one.post.head is head)
        )

    def _of(self, role: Role) -> list[PostHeld]:
        return [one for one in self._held if one.post.role is role]

    def _one(self, found: Iterator[PostHeld]) -> Player:
        held = next(found, None)
        if held is None:
            raise DemoError("the demo's rulebook lacks somebody who is needed; load it again")
        if held.subject not in self._tokens:
            self._tokens[held.subject] = self._keys.mint(held.viewer, LIFETIME)
        return Player(held, self._tokens[held.subject])
