"""What a rulebook says of rectification: times, when residents are satisfied, how opinions are grouped.

An item or a cycle carries the slice it started with, as a case does (domain guide 4; docs/rectification.md).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from models.policy.calendar import Calendar
from models.policy.duty import Holder, Rung, ladder_for
from models.policy.limits import DEFAULT_LADDER, Limit
from models.terms import CycleStep, DutyKind, Severity

CYCLE = "CYCLE"
"""What stands in a rule's name in place of a severity where it is the whole cycle's."""


@dataclass(frozen=True)
class Perceiving:
    """When an item closes: by those who were asked again (domain guide 4, perceive)."""

    satisfied: int = 80
    """The share of answers, in percent, that must say that it was put right."""
    points: int = 80
    """An answer on the scale is satisfied from so many points on."""
    sample: int = 10
    """How many are asked where nobody who raised it can be."""
    answers: int = 3
    """So many decide once the time to answer is over; fewer only where fewer were asked."""


@dataclass(frozen=True)
class Grouping:
    """Which opinions are suggested as one item, and how grave it looks."""

    similar: int = 30
    """Percent of the grams of two texts that both have: from here on they are about the same."""
    low_scores: int = 3
    """So many low scores of one indicator in one community are suggested as an item."""
    moderate: int = 3
    severe: int = 8
    """So many opinions suggest this severity."""


@dataclass(frozen=True)
class HalfYear:
    """When a cycle begins by itself: on the first working day of two months, at a time of that day."""

    months: list[int] = field(default_factory=lambda: [4, 10])
    minute: int = 540
    """Of the day."""


@dataclass(frozen=True)
class DutyRules:
    """What one item or one cycle carries from its start."""

    rulebook: str
    """District and version, e.g. "gulou/2026.2"."""
    weight: str
    """An item's severity, or CYCLE."""
    calendar: Calendar
    limits: dict[str, Limit]
    """By kind of duty."""
    ladders: dict[str, list[Rung]]
    perceiving: Perceiving = field(default_factory=Perceiving)

    def allowed(self, kind: DutyKind) -> tuple[str, Limit]:
        """The time allowed, and its line as timelines name it. Raises KeyError for a kind it has none of."""
        limit = self.limits[kind.value]
        return f"{kind.value.lower()}/{self.weight}/{limit.text}", limit

    def ladder(self, kind: DutyKind, holder: Holder) -> list[Rung]:
        """Who hears of it when."""
        return ladder_for(self.ladders.get(kind.value, self.ladders[DEFAULT_LADDER]), holder)


@dataclass(frozen=True)
class RectificationSpec:
    """The `rectification` section of a rulebook."""

    rectify: dict[str, Limit]
    """The street's time by severity."""
    perceive: Limit
    """The office's time to ask residents about one item and have their answers."""
    steps: dict[str, Limit]
    """The time of each step of the cycle, but for its end."""
    perceiving: Perceiving
    grouping: Grouping
    half_year: HalfYear | None = None
    """None where no cycle begins by itself."""

    def for_item(
        self, rulebook: str, calendar: Calendar, ladders: dict[str, list[Rung]], severity: Severity
    ) -> DutyRules:
        limits = {
            DutyKind.RECTIFY.value: self.rectify[severity.value],
            DutyKind.PERCEIVE.value: self.perceive,
        }
        return DutyRules(rulebook, severity.value, calendar, limits, ladders, self.perceiving)

    def for_cycle(self, rulebook: str, calendar: Calendar, ladders: dict[str, list[Rung]]) -> DutyRules:
        limits = {kind.value: self.steps[step.value] for step, kind in STEP_DUTIES.items()}
        return DutyRules(rulebook, CYCLE, calendar, limits, ladders, self.perceiving)


STEP_DUTIES = {
    CycleStep.SOLICIT: DutyKind.SOLICIT,
    CycleStep.ASSESS: DutyKind.SCORE,
    CycleStep.FEED_BACK: DutyKind.FEED_BACK,
    CycleStep.RECTIFY: DutyKind.RECTIFY,
    CycleStep.PERCEIVE: DutyKind.PERCEIVE,
    CycleStep.IMPROVE: DutyKind.IMPROVE,
}
"""The duty that each step is."""
