"""Stories played through GraphQL, every scene by the people whose it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from infra.demo.acting import Acting
from infra.demo.cast import Cast
from infra.demo.client import Api
from infra.demo.script import CALLED, PHOTOS, Scene, script
from infra.demo.stories import Story


@dataclass
class Running:
    """A story on its way, for whoever watches."""

    story: Story
    steps: int
    """How many it takes."""
    code: str = ""
    step: str = ""
    done: int = 0
    left: bool = False
    """Nobody goes on with it."""

    @property
    def over(self) -> bool:
        """Whether no further step comes."""
        return self.left or self.done >= self.steps


Told = Callable[[Running], None]
"""Hears of each step taken."""


@dataclass
class Play:
    """One run's way of playing stories. `key` makes idempotency keys of this run its own."""

    api: Api
    cast: Cast
    key: str
    told: Told
    pause: float = 0.0
    """Seconds between two steps, so that a person can follow."""
    acknowledged: list[str] = field(default_factory=list)
    """Codes of every report that was acknowledged."""

    async def story(self, story: Story, number: int) -> str:
        """From report to filing; returns the code. Raises DemoError where a step is refused."""
        return await self._until(None, story, number)

    async def left(self, story: Story, number: int, called: bool = False) -> str:
        """Only as far as somebody lets it lie: reported, or called and not accepted."""
        return await self._until(CALLED if called and story.departments else PHOTOS, story, number)

    async def _until(self, last: Scene | None, story: Story, number: int) -> str:
        scenes = script(story)
        on = Acting(self.api, self.cast, story, f"{self.key}/{number}", self.acknowledged)
        running = Running(story, len(scenes))
        for scene in scenes:
            await scene.play(on)
            running.code, running.step, running.done = on.code, scene.told, running.done + 1
            running.left = scene == last
            self.told(running)
            if running.left:
                break
            if self.pause:
                await asyncio.sleep(self.pause)
        return running.code
