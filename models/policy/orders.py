"""What may be ordered of a running case: one frozen value for each command.

They cross to Temporal, so they hold ids, enums and numbers only: names, phones and free text stay in
PostgreSQL under the command's id (architecture: no personal data in payloads).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from models.policy.duty import Holder
from models.policy.rulebook import CaseRules
from models.terms import Level


@dataclass(frozen=True)
class Actor:
    """Who orders, under which command id; the id is the Temporal update id and makes a repeat harmless."""

    command: str
    post: str | None = None
    person: str | None = None
    request: str | None = None
    """The request id of the HTTP request, for the logs of every part."""


@dataclass(frozen=True)
class Assess:
    """The street's judgement: the level and, for SIMPLE, which own team handles it."""

    by: Actor
    level: Level
    team: Holder | None = None
    rules: CaseRules | None = None
    """The slice of the category, where the street corrected the category."""


@dataclass(frozen=True)
class CallDepartment:
    """The street's call; in GENERAL it is the dispatch as well (domain guide 3)."""

    by: Actor
    call: str
    department: str


@dataclass(frozen=True)
class OnAssignment:
    """A step on one part of the issue: accept, report in, complete."""

    by: Actor
    assignment: str


@dataclass(frozen=True)
class Verify:
    """The result of looking at the place; a failed one reopens handling."""

    by: Actor
    passed: bool
    evidence: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Review:
    """The street's five scores for one department; keys are members of `Criterion`."""

    by: Actor
    assignment: str
    scores: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class AddNote:
    """A progress note; its words are in PostgreSQL under the command's id."""

    by: Actor
    assignment: str | None = None


@dataclass(frozen=True)
class Extend:
    """A new time allowed for one duty, in microseconds of its clock, counted from the duty's start."""

    by: Actor
    duty: str
    allowed: int
    rule: str


@dataclass(frozen=True)
class HandOver:
    by: Actor
    duty: str
    holder: Holder


@dataclass(frozen=True)
class Pause:
    """Suspends or resumes every clock of the case."""

    by: Actor


Order = Assess | CallDepartment | OnAssignment | Verify | Review | AddNote | Extend | HandOver | Pause
"""Anything that may be ordered of a case."""
