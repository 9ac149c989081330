"""One story being acted out: who takes part, and what has come of it so far."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from infra.demo.cast import Cast, Player
from infra.demo.client import PATIENCE, Api, DemoError
from infra.demo.photos import CONTENT_TYPE, Degrees, photo
from infra.demo.stories import Story
from models.terms import EvidenceKind, EvidenceStatus, Role

OWN_TEAM = ""
"""Stands for the part of the street's own people, where parts are kept by department."""
STATUS = "query Status($photo: ID!) { node(id: $photo) { ... on Evidence { status refusalLabel } } }"
GRID = "query Grid($issue: ID!) { issue(id: $issue) { grid { polygon } } }"
LOOK_AGAIN = 0.2
"""Seconds between two looks at a photo that is being examined."""
PARTS = "issue { assignments { id unitKind status department { key } } }"


@dataclass
class Acting:
    """What every scene of a story shares. `key` begins its idempotency keys."""

    api: Api
    cast: Cast
    story: Story
    key: str
    acknowledged: list[str]
    """Codes of every report that was acknowledged, of all stories."""
    issue: str = ""
    code: str = ""
    parts: dict[str, str] = field(default_factory=dict)
    """The part of each department, as far as the last answer told."""
    own_kind: str = ""
    """Which of the street's own people handle it."""
    plan: str = ""
    sheets: list[Any] = field(default_factory=list)
    """Drafted and not yet signed by a second person."""
    authors: dict[str, Player] = field(default_factory=dict)
    """Who made each report, by its code: only they may rate it."""
    _keys: int = 0
    _photos: int = 0

    @property
    def head(self) -> Player:
        """The head of the street, who assesses, calls, verifies, answers and drafts reviews."""
        return self.cast.street_clerk(self.story.street)

    @property
    def clerk(self) -> Player:
        """The clerk beside them, who signs reviews as well."""
        return self.cast.street_clerk(self.story.street, head=False)

    @property
    def office(self) -> Player:
        return self.cast.any_of(Role.RESPONSE_OFFICE)

    @property
    def leader(self) -> Player:
        return self.cast.any_of(Role.DISTRICT_LEADER)

    def handler(self, department: str) -> Player:
        """Who does the work: somebody of the department, or of the street's own, never the street's head."""
        if department != OWN_TEAM:
            return self.cast.handler(department)
        street = self.story.street
        return {
            "STREET": lambda: self.clerk,
            "COMMUNITY": lambda: self.cast.community_clerk(street),
            "GRID": lambda: self.cast.grid_worker(street),
        }[self.own_kind]()

    def reporter(self, role: Role, number: int = 0) -> Player:
        """Who reports; of residents one of several."""
        if role is Role.RESIDENT:
            return self.cast.resident(number)
        if role is Role.COMMUNITY_CLERK:
            return self.cast.community_clerk(self.story.street)
        return self.cast.grid_worker(self.story.street)

    async def act(self, by: Player, mutation: str, answer: str, /, **given: object) -> Any:
        """Carries a mutation out. Raises DemoError where it is refused."""
        self._keys += 1
        return await self.api.act(by.token, mutation, f"{self.key}/{self._keys}", answer, **given)

    async def ask(self, by: Player, document: str) -> Any:
        """The issue, as a document with `$issue` asks for it."""
        return (await self.api.ask(by.token, document, issue=self.issue))["issue"]

    def learn(self, answered: Any) -> None:
        """Takes note of the parts that an answer tells of; those returned are no part any more."""
        for part in answered["issue"]["assignments"]:
            if part["status"] != "RETURNED":
                self.parts[part["department"]["key"] if part["department"] else OWN_TEAM] = part["id"]
                self.own_kind = part["unitKind"]

    async def photo(self, by: Player, kind: EvidenceKind) -> str:
        """Announced, sent straight to the store, confirmed, and waited for until accepted; returns its id."""
        self._photos += 1
        seed = f"{self.key}/{self.story.title}/{self._photos}"
        picture = photo(seed, kind, datetime.now(UTC), await self._place(by))
        ready = await self.act(
            by,
            "requestEvidenceUpload",
            "evidence { id } upload { url method headers { name value } fields { name value } }",
            issue=self.issue,
            kind=kind.value,
            contentType=CONTENT_TYPE,
            size=len(picture.data),
            sha256=picture.sha256,
        )
        await self.api.upload(ready["upload"], picture.data)
        made = str(ready["evidence"]["id"])
        await self.act(by, "confirmEvidence", "evidence { status }", evidence=made)
        await self._accepted(by, made)
        return made

    async def _accepted(self, by: Player, made: str) -> None:
        """Raises DemoError where it is refused, or is not looked at."""
        deadline = time.monotonic() + PATIENCE
        while True:
            found = (await self.api.ask(by.token, STATUS, photo=made))["node"]
            if found["status"] == EvidenceStatus.ACCEPTED:
                return
            if found["status"] == EvidenceStatus.REFUSED or time.monotonic() > deadline:
                raise DemoError(f"photo {made} is {found['status']}: {found['refusalLabel']}")
            await asyncio.sleep(LOOK_AGAIN)

    async def _place(self, by: Player) -> Degrees | None:
        """The middle of the issue's grid, where it lies in one."""
        grid = (await self.ask(by, GRID))["grid"]
        if grid is None:
            return None
        ring = grid["polygon"]["coordinates"][0][:-1]
        return sum(p[0] for p in ring) / len(ring), sum(p[1] for p in ring) / len(ring)
