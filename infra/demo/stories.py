"""What happens in the demo: one published case, and others made up for each street of the district."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from models.rulebooks import reader
from models.rulebooks.reader import Fields, Problems
from models.rulebooks.source import Node, RulebookError, read_tree
from models.rulebooks.told import ToldCase, told_cases
from models.terms import Criterion, Level, Role

DISTRICT = "jinjiang"
RULEBOOK = "jinjiang-demo"
TOLD = "street_lights"
FILE = Path(__file__).with_name("stories.yaml")
NEEDED = ("street", "category", "title", "place", "description")
OPTIONAL = ("department", "reporter", "note", "scores", "left_waiting", "rework")


def full_marks() -> dict[Criterion, int]:
    """What a street gives that has nothing to complain of."""
    return dict.fromkeys(Criterion, 20)


@dataclass(frozen=True)
class Story:
    """One issue from report to filing. Streets, categories and departments by their rulebook keys."""

    street: str
    category: str
    title: str
    place: str
    description: str
    department: str = ""
    """Who is called; blank where the street's own people handle it."""
    reporter: Role = Role.GRID_WORKER
    note: str = ""
    """What the handlers report on the way."""
    scores: Mapping[Criterion, int] = field(default_factory=full_marks)
    left_waiting: bool = False
    """Nobody accepts the call until the district leader has heard of it."""
    rework: bool = False
    """The first verification fails, and handling reopens."""
    facts: tuple[str, ...] = ()
    """What was published of it; shown beside the case, never mixed with what the demo does."""

    @property
    def level(self) -> Level:
        return Level.GENERAL if self.department else Level.SIMPLE


@dataclass(frozen=True)
class Programme:
    """What is played at the start, and what goes on being reported afterwards."""

    opening: list[Story]
    later: list[Story]


def programme(path: Path = FILE) -> Programme:
    """The published case first, then the stories of the file. Raises RulebookError."""
    problems = Problems()
    got = Fields(read_tree(path, path.name), "the stories", problems, ("opening", "later"))
    nothing: list[Story] = []
    opening, later = got.take("opening", nothing, _stories), got.take("later", nothing, _stories)
    if problems.found:
        raise RulebookError(problems.found)
    told = next(case for case in told_cases() if case.key == TOLD)
    return Programme([published(told), *opening], later)


def published(told: ToldCase) -> Story:
    """A published case as a story: its title, place and review are the source's."""
    facts = [f"reported in {told.opened}", *(f"{name}: {count:,}" for name, count in told.results.items())]
    if told.review:
        facts.append("reviewed at " + ", ".join(f"{key.value} {score}" for key, score in told.review.items()))
    return Story(
        street=told.street,
        category=told.category,
        title=told.zh,
        place="成龙路街道辖区道路",
        description=f"公开报道的案例：{told.zh}（{told.opened}年）。",
        department=told.departments[0],
        note="已逐杆排查线路与灯具，正在更换损坏部件。",
        scores=told.review,
        facts=tuple(facts),
    )


def _stories(node: Node, what: str, problems: Problems) -> list[Story]:
    return [_story(item, problems) for item in reader.items(node, what, problems)]


def _story(node: Node, problems: Problems) -> Story:
    got = Fields(node, "a story", problems, NEEDED, OPTIONAL)

    def text(key: str) -> str:
        return got.take(key, "", reader.text)

    return Story(
        street=text("street"),
        category=text("category"),
        title=text("title"),
        place=text("place"),
        description=text("description"),
        department=text("department"),
        reporter=got.take("reporter", Role.GRID_WORKER, reader.choice, Role, Role.GRID_WORKER),
        note=text("note"),
        scores=got.take("scores", full_marks(), _scores),
        left_waiting=got.take("left_waiting", False, reader.flag),
        rework=got.take("rework", False, reader.flag),
    )


def _scores(node: Node, what: str, problems: Problems) -> dict[Criterion, int]:
    got = Fields(node, what, problems, list(Criterion))
    return {Criterion(key): reader.whole(value, key, problems, 0, 20) for key, value in got.values.items()}
