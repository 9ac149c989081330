"""What a district's rulebook says, as values: limits, ladders, the item list, review criteria.

A district is data (domain guide 2). The loader in `models/rulebooks` makes these values from YAML; a
case carries the `CaseRules` slice it started with, so that new data never changes a running case.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from models.policy.bulletin.period import PublishingTime
from models.policy.calendar import Calendar
from models.policy.duty import BREACH, Holder, Rung, ladder_for
from models.policy.evidence.rules import EvidenceRules, Required
from models.policy.limits import DEFAULT_LADDER, Limit
from models.policy.rectification_rules import DutyRules, RectificationSpec
from models.policy.scheme.definition import Scheme
from models.policy.survey.spec import SurveySpec
from models.terms import Criterion, DutyKind, Level, Severity, UnitKind

__all__ = ["DEFAULT_LADDER", "Limit"]

MOST_EXTENSIONS = 2
"""How often more time may be asked for, where a rulebook does not say."""


@dataclass(frozen=True)
class Nearness:
    """Which issues look like one problem told twice: same category and district, still open, and near."""

    metres: int = 200
    days: int = 7
    """How far apart they were opened, at most."""


@dataclass(frozen=True)
class Item:
    """A line of the item list (综合性事项清单): what a category of problem is and who answers for it.

    `limits` overrides the district's for this category; keys as in `limit_key`.
    """

    key: str
    group: str
    zh: str
    en: str
    level: Level
    departments: list[str]
    own_team: UnitKind = UnitKind.COMMUNITY
    """Who handles it when it is SIMPLE: STREET, COMMUNITY or GRID."""
    limits: dict[str, Limit] = field(default_factory=dict)
    evidence: Required = field(default_factory=dict)
    """Photos that a step of this category needs, where that is not what the district says for all."""


@dataclass(frozen=True)
class ItemGroup:
    """A heading of the item list, e.g. public facilities 公用设施."""

    key: str
    zh: str
    en: str


@dataclass(frozen=True)
class ReviewCriterion:
    """One of the five criteria of a reverse review and its highest score."""

    key: Criterion
    zh: str
    en: str
    points: int = 20


@dataclass(frozen=True)
class CaseRules:
    """The slice of a rulebook that one case carries from its start: under 6 kB of plain data."""

    rulebook: str
    """District and version, e.g. "jinjiang/2026.1"."""
    category: str
    """The line of the item list that the limits are specialised to."""
    calendar: Calendar
    limits: dict[str, Limit]
    """For every level, specialised to the case's category; keys as in `limit_key`."""
    ladders: dict[str, list[Rung]]
    """By duty kind, with DEFAULT for the rest."""
    extensions: int = MOST_EXTENSIONS
    """How often more time may be asked for a duty."""

    def limit(self, level: Level, kind: DutyKind) -> Limit | None:
        """The time allowed for `kind` at `level`; None where the level does not know this kind."""
        return self.limits.get(limit_key(level, kind))

    def limit_near(self, level: Level, kind: DutyKind) -> tuple[Level, Limit]:
        """The same, from the next heavier level where this one knows no such kind: after a regrade a case
        may go through a step that its level does not have. Raises KeyError where none does."""
        levels = list(Level)
        for near in levels[levels.index(level) :]:
            if limit := self.limit(near, kind):
                return near, limit
        raise KeyError(limit_key(level, kind))

    def ladder(self, kind: DutyKind, holder: Holder) -> list[Rung]:
        """Who hears of it when. A plan's ends with its breach: from then on the office owes the decision."""
        rungs = ladder_for(self.ladders.get(kind.value, self.ladders[DEFAULT_LADDER]), holder)
        return [rung for rung in rungs if kind is not DutyKind.PLAN or rung.percent <= BREACH]


@dataclass(frozen=True)
class Rulebook:
    """One version of one district's rules."""

    district: str
    version: str
    calendar: Calendar
    limits: dict[str, Limit]
    ladders: dict[str, list[Rung]]
    groups: list[ItemGroup]
    items: list[Item]
    review: list[ReviewCriterion]
    schemes: list[Scheme] = field(default_factory=list)
    """How scorecards become standings; a case carries none of it."""
    publishing: PublishingTime | None = None
    """When the bulletin of a month is out; none is published by itself where it is not said."""
    extensions: int = MOST_EXTENSIONS
    merging: Nearness = field(default_factory=Nearness)
    rectification: RectificationSpec | None = None
    """How negative items are put right; a district that runs no satisfaction cycle says nothing of it."""
    survey: SurveySpec | None = None
    """How satisfaction is measured; a case carries none of it."""
    evidence: EvidenceRules = field(default_factory=EvidenceRules)

    @property
    def name(self) -> str:
        return f"{self.district}/{self.version}"

    def scheme(self, key: str) -> Scheme | None:
        return next((scheme for scheme in self.schemes if scheme.key == key), None)

    def item(self, category: str) -> Item | None:
        return next((item for item in self.items if item.key == category), None)

    def required_evidence(self, category: str) -> Required:
        """The photos that each step of a category needs."""
        item = self.item(category)
        return {**self.evidence.required, **(item.evidence if item else {})}

    def slice_for(self, category: str) -> CaseRules:
        """What a case of this category carries; raises KeyError for a category not on the item list."""
        item = self.item(category)
        if item is None:
            raise KeyError(category)
        limits = {**self.limits, **item.limits}
        return CaseRules(self.name, category, self.calendar, limits, self.ladders, self.extensions)

    def item_rules(self, severity: Severity) -> DutyRules:
        """What a negative item carries; raises KeyError where the rulebook says nothing of rectification."""
        return self._rectification.for_item(self.name, self.calendar, self.ladders, severity)

    def cycle_rules(self) -> DutyRules:
        """What a satisfaction cycle carries; raises KeyError likewise."""
        return self._rectification.for_cycle(self.name, self.calendar, self.ladders)

    @property
    def _rectification(self) -> RectificationSpec:
        if self.rectification is None:
            raise KeyError("rectification")
        return self.rectification


def limit_key(level: Level, kind: DutyKind) -> str:
    return f"{level.value}/{kind.value}"


def rule_text(level: Level, kind: DutyKind, limit: Limit) -> str:
    """The line of the rulebook that set a time, as the timeline and notices name it."""
    return f"{kind.value.lower()}/{level.value}/{limit.text}"
