"""What a round's results are made from: all of it arguments, so that the same facts give the same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from models.policy.bulletin.table import Subject
from models.policy.scheme.definition import Scheme
from models.policy.survey.estimate import Alike
from models.policy.survey.instrument import Instrument
from models.policy.survey.marks import marks
from models.policy.survey.plan import Plan
from models.policy.survey.spec import SurveySpec
from models.policy.survey.strata import Cell
from models.terms import RatedLevel, Severity

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answered:
    """So many counted sheets of one community, group and mode that picked the same."""

    street: str
    community: str
    cell: Cell
    picked: tuple[str | None, ...]
    """In the order of `Answers.questions`."""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Answers:
    """All sheets of a round that count, as far as they are picked from a scale."""

    questions: tuple[str, ...]
    sheets: tuple[Answered, ...]

    def alike(self, instrument: Instrument, plan: Plan) -> Iterator[tuple[Answered, Alike]]:
        """Each with what it is worth at the level of `plan`."""
        marked = marks(instrument, plan)
        for sheet in self.sheets:
            given = {
                key: pick for key, pick in zip(self.questions, sheet.picked, strict=True) if pick is not None
            }
            yield sheet, Alike(sheet.cell, marked.points(sheet.cell.group, given), sheet.count)


@dataclass(frozen=True, slots=True)
class Community:
    """A community and the street it lies in."""

    subject: Subject
    street: str


@dataclass(frozen=True, slots=True)
class Feature:
    """What the office entered for one special indicator of a street, and where it has it from."""

    score: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class Round:
    """What a round is, and under which rules it is scored."""

    district: Subject
    code: str
    year: int
    half: int
    zh: str
    en: str
    opened: str
    closed: str
    cut_off: str
    """Instants in ISO 8601. What was recorded at the cut-off or later is not known to the results."""
    on: date
    """The day whose dated numbers hold: the local day of closing."""
    rulebook: str
    spec: SurveySpec
    instrument: Instrument
    schemes: Mapping[RatedLevel, Scheme]
    year_scheme: Scheme | None
    streets: tuple[Subject, ...]
    communities: tuple[Community, ...]
    residents: Mapping[str, int]
    """By street."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What was counted, entered and published before."""

    answers: Answers
    quota: Mapping[tuple[str, Cell], int] = field(default_factory=dict)
    """How many were wanted, by street and cell."""
    items: Mapping[str, Mapping[Severity, int]] = field(default_factory=dict)
    """By street: confirmed negative items of the round."""
    features: Mapping[str, Mapping[str, Feature]] = field(default_factory=dict)
    """By street and input of the scheme."""
    process: Mapping[str, Any] = field(default_factory=dict)
    """Counts of invitations and responses, for showing only."""
    earlier: Json | None = None
    """The round before, as published."""
    year: tuple[Json, ...] = ()
    """Earlier rounds of the same year, as published."""
