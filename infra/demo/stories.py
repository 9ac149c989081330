"""What happens in the demo: the published cases, and others made up for each street of the district."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from models.rulebooks.told import ToldCase
from models.terms import Criterion, Level, ReportSource, ReturnOutcome, Role

DISTRICT = "jinjiang"
RULEBOOK = "jinjiang-demo"
FILE = Path(__file__).with_name("stories.yaml")

SOURCES: Mapping[Role, ReportSource] = {
    Role.RESIDENT: ReportSource.RESIDENT,
    Role.COMMUNITY_CLERK: ReportSource.HOTLINE_12345,
}
"""How it came in, by who enters it: a community clerk writes down what the hotline was told."""


def full_marks() -> dict[Criterion, int]:
    """What a street gives that has nothing to complain of."""
    return dict.fromkeys(Criterion, 20)


@dataclass(frozen=True)
class Returned:
    """The department that was called first says it is not its duty, and the office says whose it is: that of
    the story's department."""

    by: str
    outcome: ReturnOutcome
    grounds: str
    reason: str
    """The office's."""
    suggested: str = ""


@dataclass(frozen=True)
class Extended:
    """The department asks for more time, and is given it."""

    reason: str
    decision: str


@dataclass(frozen=True)
class Suspended:
    """The office stops the clocks for a while."""

    reason: str
    resumed: str


@dataclass(frozen=True)
class Retold:
    """Somebody else reports the same problem; that report is joined to the first."""

    reporter: Role
    title: str
    description: str


@dataclass(frozen=True)
class Story:
    """One issue from report to filing. Streets, categories and departments by their rulebook keys."""

    street: str
    category: str
    title: str
    place: str
    description: str
    level: Level = Level.SIMPLE
    departments: Sequence[str] = ()
    """Who handles it, the lead first; none where the street's own people do."""
    tasks: Mapping[str, str] = field(default_factory=dict)
    """What the plan asks of each department, where several plan together."""
    reporter: Role = Role.GRID_WORKER
    note: str = ""
    """What the handlers report on the way."""
    answer: str = "您反映的问题已处理完毕，感谢您的监督。"
    """What the street tells those who reported it."""
    scores: Mapping[Criterion, int] = field(default_factory=full_marks)
    left_waiting: bool = False
    """Nobody accepts the call until the district leader has heard of it."""
    rework: bool = False
    """The first verification fails, and handling reopens."""
    returned: Returned | None = None
    extended: Extended | None = None
    suspended: Suspended | None = None
    retold: Sequence[Retold] = ()
    told: ToldCase | None = None
    """What was published of it; shown beside the case, never mixed with what the demo does."""

    @property
    def department(self) -> str:
        """The lead, or the only one; blank where there is none."""
        return self.departments[0] if self.departments else ""

    @property
    def called(self) -> str:
        """Whom the street calls first."""
        return self.returned.by if self.returned else self.department

    @property
    def joint(self) -> bool:
        """Whether departments are dispatched together and agree a plan."""
        return self.level in (Level.COMPLEX, Level.CRITICAL)

    @property
    def asked(self) -> bool:
        """Whether somebody who reported it is asked at the end how it went."""
        reporters = (self.reporter, *(one.reporter for one in self.retold))
        return any(SOURCES.get(role, ReportSource.PATROL).asked for role in reporters)

    @property
    def facts(self) -> list[str]:
        """The published facts, a line each."""
        told = self.told
        if told is None:
            return []
        lines = [f"reported in {told.opened}"]
        if told.closed:
            lines.append(f"closed on {told.closed}")
        lines += [f"{name}: {count:,}" for name, count in told.results.items()]
        if told.review:
            lines.append(
                "reviewed at " + ", ".join(f"{key.value} {score}" for key, score in told.review.items())
            )
        return [*lines, told.outcome_en] if told.outcome_en else lines


@dataclass(frozen=True)
class Programme:
    """What is played at the start, and what goes on being reported afterwards."""

    opening: list[Story]
    later: list[Story]
