"""Reads stories.yaml, and makes stories of the published cases."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from infra.demo.stories import (
    DISTRICT,
    FILE,
    Extended,
    Programme,
    Retold,
    Returned,
    Story,
    Suspended,
    full_marks,
)
from models.rulebooks import reader
from models.rulebooks.reader import Fields, Problems
from models.rulebooks.source import Node, RulebookError, read_tree
from models.rulebooks.told import ToldCase, told_cases
from models.terms import Criterion, Level, ReturnOutcome, Role

NEEDED = ("street", "category", "title", "place", "description")
OPTIONAL = (
    "department",
    "reporter",
    "note",
    "answer",
    "scores",
    "left_waiting",
    "rework",
    "returned",
    "extended",
    "suspended",
    "retold",
)

T = TypeVar("T")


@dataclass(frozen=True)
class Setting:
    """What the demo adds to a published case: a place, words on the way, a task for each department."""

    place: str
    note: str
    tasks: dict[str, str]


def programme(path: Path = FILE) -> Programme:
    """The published cases of the district first, then the stories of the file. Raises RulebookError."""
    problems = Problems()
    got = Fields(read_tree(path, path.name), "the stories", problems, ("told", "opening", "later"))
    cases = {case.key: case for case in told_cases() if case.district == DISTRICT}
    nothing: list[Story] = []
    told = got.take("told", nothing, _told, cases)
    opening, later = got.take("opening", nothing, _stories), got.take("later", nothing, _stories)
    if problems.found:
        raise RulebookError(problems.found)
    return Programme([*told, *opening], later)


def _told(node: Node, what: str, problems: Problems, cases: dict[str, ToldCase]) -> list[Story]:
    got = Fields(node, what, problems, list(cases))
    return [
        _published(case, setting)
        for key, case in cases.items()
        if (setting := got.take(key, None, _setting)) is not None
    ]


def _setting(node: Node, what: str, problems: Problems) -> Setting:
    got = Fields(node, what, problems, ("place", "note"), ("tasks",))
    none: dict[str, str] = {}
    return Setting(
        got.take("place", "", reader.text),
        got.take("note", "", reader.text),
        got.take("tasks", none, _tasks),
    )


def _tasks(node: Node, what: str, problems: Problems) -> dict[str, str]:
    listed = reader.entries(node, what, problems)
    return {key: reader.text(value, key, problems) for key, _, value in listed}


def _published(told: ToldCase, setting: Setting) -> Story:
    """Street, title, level, departments and review are the register's; the way there is the demo's."""
    return Story(
        street=told.street,
        category=told.category,
        title=told.zh,
        place=setting.place,
        description=f"公开报道的案例：{told.zh}（{told.opened}）。",
        level=told.level,
        departments=told.departments,
        tasks=setting.tasks,
        note=setting.note,
        scores=told.review or full_marks(),
        told=told,
    )


def _stories(node: Node, what: str, problems: Problems) -> list[Story]:
    return [_story(item, problems) for item in reader.items(node, what, problems)]


def _story(node: Node, problems: Problems) -> Story:
    got = Fields(node, "a story", problems, NEEDED, OPTIONAL)
    text = partial(_text, got)
    department = text("department")
    nobody: list[Retold] = []
    return Story(
        street=text("street"),
        category=text("category"),
        title=text("title"),
        place=text("place"),
        description=text("description"),
        level=Level.GENERAL if department else Level.SIMPLE,
        departments=[department] if department else [],
        reporter=_role(got),
        note=text("note"),
        answer=text("answer") or Story.answer,
        scores=got.take("scores", full_marks(), _scores),
        left_waiting=got.take("left_waiting", False, reader.flag),
        rework=got.take("rework", False, reader.flag),
        returned=got.take("returned", None, _returned),
        extended=got.take("extended", None, _extended),
        suspended=got.take("suspended", None, _suspended),
        retold=got.take("retold", nobody, _retold),
    )


def _returned(node: Node, what: str, problems: Problems) -> Returned:
    got = Fields(node, what, problems, ("by", "outcome", "grounds", "reason"), ("suggested",))
    text = partial(_text, got)
    upheld = ReturnOutcome.UPHELD
    return Returned(
        by=text("by"),
        outcome=got.take("outcome", upheld, reader.choice, ReturnOutcome, upheld),
        grounds=text("grounds"),
        reason=text("reason"),
        suggested=text("suggested"),
    )


def _extended(node: Node, what: str, problems: Problems) -> Extended:
    got = Fields(node, what, problems, ("reason", "decision"))
    return Extended(_text(got, "reason"), _text(got, "decision"))


def _suspended(node: Node, what: str, problems: Problems) -> Suspended:
    got = Fields(node, what, problems, ("reason", "resumed"))
    return Suspended(_text(got, "reason"), _text(got, "resumed"))


def _retold(node: Node, what: str, problems: Problems) -> list[Retold]:
    found = []
    for item in reader.items(node, what, problems):
        got = Fields(item, what, problems, ("reporter", "title", "description"))
        found.append(Retold(_role(got), _text(got, "title"), _text(got, "description")))
    return found


def _role(got: Fields) -> Role:
    return got.take("reporter", Role.GRID_WORKER, reader.choice, Role, Role.GRID_WORKER)


def _text(got: Fields, key: str) -> str:
    return got.take(key, "", reader.text)


def _scores(node: Node, what: str, problems: Problems) -> dict[Criterion, int]:
    got = Fields(node, what, problems, list(Criterion))
    return {Criterion(key): reader.whole(value, key, problems, 0, 20) for key, value in got.values.items()}
