"""`huying demo`: everything started, the cases played, and then a few new issues a minute until told."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable, Coroutine, Iterator
from datetime import datetime
from functools import partial
from itertools import count, cycle
from typing import Any, TypeVar

from infra import connections
from infra.commands.failures import CommandError
from infra.demo import bulletin
from infra.demo.cast import Cast
from infra.demo.client import Api, DemoError, session
from infra.demo.crowd import all_of
from infra.demo.play import Play
from infra.demo.programme import programme
from infra.demo.show import Show
from infra.demo.stories import DISTRICT, RULEBOOK, Programme, Story
from infra.demo.summary import Summary, summary
from infra.settings import Settings
from infra.supervisor import Everything, everything
from models.queries import posts
from models.queries.posts import PostAsked
from models.rulebooks.loader import load
from models.terms import Role

AT_ONCE = 5
"""Stories. With more each goes slower and the whole is no shorter (59 s on two cores); duties last ten."""
EVERY = 15.0
"""Seconds between two issues of a demo that stays: four a minute."""
PAUSE = 1.5
"""Seconds between two steps of those, well within the shortest duty's ten."""
FILED = "{ issues(where: {stages: [FILED]}, first: 1) { totalCount } }"

T = TypeVar("T")
Fate = Callable[[Story, int], Coroutine[Any, Any, str]]
"""How far a story is played; returns its code."""


async def play(settings: Settings, once: bool, as_json: bool) -> None:
    """The whole demo. Raises CommandError where it does not end as it should."""
    show = Show(as_json)
    stories = programme()
    async with everything(settings, load(RULEBOOK), show.note) as running:
        cast = await _cast(running)
        show.opening(running.addresses(), cast.tokens())
        async with session() as http:
            api = Api(f"{running.api.address}/graphql", http)
            scene = Play(api, cast, f"demo-{secrets.token_hex(6)}", show.told)
            try:
                if once or not await _played_before(scene, stories):
                    told = await while_kept(running, _opening(scene, stories, show))
                    if as_json:
                        print(json.dumps(told.as_json(), ensure_ascii=False), flush=True)
                    if told.complaint:
                        raise DemoError(told.complaint)
                if not once:
                    await while_kept(running, _staying(scene, stories, show))
            except DemoError as failure:
                raise CommandError(f"the demo failed: {failure}") from failure


async def _played_before(scene: Play, stories: Programme) -> bool:
    """Whether a run before this one played all cases: a demo that stays goes on from there."""
    found = await scene.api.ask(scene.cast.any_of(Role.AUDITOR).token, FILED)
    filed: int = found["issues"]["totalCount"]
    return filed >= len(stories.opening)


async def _cast(running: Everything) -> Cast:
    async with connections.database(running.settings):
        held = await posts.posts(PostAsked(district=DISTRICT))
    return Cast(held, connections.local_keys(running.settings))


async def while_kept(running: Everything, work: Coroutine[Any, Any, T]) -> T:
    """Does the work while the parts are kept running; fails as soon as either does."""
    working, keeping = asyncio.ensure_future(work), asyncio.ensure_future(running.keep())
    try:
        await asyncio.wait({working, keeping}, return_when=asyncio.FIRST_COMPLETED)
        if keeping.done():
            keeping.result()
        return working.result()
    finally:
        for task in (working, keeping):
            task.cancel()
        await asyncio.gather(working, keeping, return_exceptions=True)


async def _opening(scene: Play, stories: Programme, show: Show) -> Summary:
    numbered = list(enumerate(stories.opening, 1))
    with show.playing(len(numbered)):
        played = await all_of(lambda one: scene.story(one[1], one[0]), numbered, AT_ONCE)
    auditor = scene.cast.any_of(Role.AUDITOR)
    today = datetime.now(load(RULEBOOK).rulebook.calendar.zone)
    month = await bulletin.draft(scene.api, auditor.token, f"{today:%Y-%m}")
    cases = list(zip(played, stories.opening, strict=True))
    told = await summary(scene.api, auditor.token, cases, scene.acknowledged, month)
    show.closing(told)
    return told


async def _staying(scene: Play, stories: Programme, show: Show) -> None:
    """New issues without end: some carried on, some accepted late, some left lying."""
    show.note("The demo stays on and reports a few issues a minute; Ctrl-C stops everything.")
    later = Play(scene.api, scene.cast, scene.key, show.told, pause=PAUSE)
    carried_on, unaccepted, unassessed = later.story, partial(later.left, called=True), later.left
    fates: Iterator[Fate] = cycle((carried_on, carried_on, unaccepted, carried_on, unassessed))
    numbers = count(len(stories.opening) + 1)
    with show.playing():
        async with asyncio.TaskGroup() as group:
            for number, story, fate in zip(numbers, cycle(stories.later), fates, strict=False):
                group.create_task(_survived(fate(story, number), show))
                await asyncio.sleep(EVERY)


async def _survived(playing: Coroutine[Any, Any, str], show: Show) -> None:
    """One issue that goes wrong does not end a demo that stays."""
    try:
        await playing
    except DemoError as failure:
        show.note(f"✗ {failure}")
