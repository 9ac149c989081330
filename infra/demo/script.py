"""The order of scenes: which a story has, from report to filing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from infra.demo import closing, collecting, handling
from infra.demo.acting import Acting
from infra.demo.stories import Story
from models.terms import Level


@dataclass(frozen=True)
class Scene:
    """A scene, and what a watcher is told once it is over."""

    told: str
    play: Callable[[Acting], Awaitable[None]]


PHOTOS = Scene("photos added", collecting.photos)
CALLED = Scene("called", collecting.call)


def script(story: Story) -> list[Scene]:
    """All scenes of a story; the last one files it."""
    scenes = [*_collected(story), *_worked(story), *_closed(story)]
    return [*scenes[:-1], Scene("filed", scenes[-1].play)]


def _collected(story: Story) -> list[Scene]:
    scenes = [
        Scene("reported", collecting.report),
        PHOTOS,
        Scene("assessed", collecting.assess),
    ]
    match story.level:
        case Level.GENERAL:
            scenes.append(CALLED)
        case Level.COMPLEX:
            scenes += [CALLED, Scene("dispatched", collecting.dispatch)]
        case Level.CRITICAL:
            scenes.append(Scene("dispatched by the leader", collecting.dispatch))
    if story.returned:
        scenes += [
            Scene("returned", collecting.send_back),
            Scene(f"return: {story.returned.outcome.value}", collecting.adjudicate),
        ]
    return scenes


def _worked(story: Story) -> list[Scene]:
    scenes = []
    if story.left_waiting:
        scenes.append(Scene("leader told", handling.wait_for_the_leader))
    if story.departments:
        scenes += [Scene("accepted", handling.accept), Scene("on site", handling.report_in)]
    if story.retold:
        scenes.append(Scene(f"{len(story.retold)} more reports joined", collecting.retell))
    if story.joint:
        scenes += [
            Scene("plan proposed", handling.propose),
            Scene("plan agreed, tasks dispatched", handling.agree),
        ]
    if story.note:
        scenes.append(Scene("progress noted", handling.note))
    if story.suspended:
        scenes += [Scene("suspended", handling.suspend), Scene("resumed", handling.resume)]
    if story.extended:
        scenes += [
            Scene("more time asked for", handling.ask_for_time),
            Scene("more time granted", handling.grant_time),
        ]
    return [*scenes, Scene("done", handling.complete)]


def _closed(story: Story) -> list[Scene]:
    scenes = []
    if story.rework:
        scenes += [Scene("sent back", closing.fail), Scene("done again", handling.complete)]
    scenes.append(Scene("verified", closing.verify))
    if story.departments:
        scenes.append(Scene("answered", closing.answer))
    if story.asked:
        scenes.append(Scene("reporters asked", closing.ask))
    if story.departments:
        scenes += [Scene("review drafted", closing.review), Scene("review signed", closing.sign)]
    return scenes
