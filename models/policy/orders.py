"""What may be ordered of a running case: one frozen value for each command.

They cross to Temporal, so they hold ids, enums, instants and numbers only: names, phones and free text stay
in PostgreSQL under the command's id (architecture: no personal data in payloads).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from models.policy.duty import Holder
from models.policy.rulebook import CaseRules
from models.terms import AppealOutcome, Level, Rating, ReturnOutcome, Role


@dataclass(frozen=True)
class Actor:
    """Who orders, under which command id; the id is the Temporal update id and makes a repeat harmless."""

    command: str
    post: str | None = None
    person: str | None = None
    request: str | None = None
    """The request id of the HTTP request, for the logs of every part."""
    role: Role | None = None
    """The role of the post that entitles them: some rows of the state table differ by it."""


# The way of a case -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Assess:
    """The street's judgement: the level and, for SIMPLE, which own team handles it."""

    by: Actor
    level: Level
    team: Holder | None = None
    rules: CaseRules | None = None
    """The slice of the category, where the street corrected the category."""


@dataclass(frozen=True)
class CallDepartments:
    """The street's call. In GENERAL it names one department and is the dispatch as well; in COMPLEX it
    names those it thinks concerned, and the office dispatches (domain guide 3)."""

    by: Actor
    call: str
    departments: list[str]
    """The one called, or the one named first, stands first."""


@dataclass(frozen=True)
class Dispatch:
    """The first dispatch: every department concerned must report in. By the office in COMPLEX; by a district
    leader top-down, which makes the issue CRITICAL: then the first is the lead."""

    by: Actor
    departments: list[str]


@dataclass(frozen=True)
class OnAssignment:
    """A step on one part that needs no more: accept, report in, complete, a hand-over taken or declined."""

    by: Actor
    assignment: str


@dataclass(frozen=True)
class AddNote:
    """A progress note; its words are in PostgreSQL under the command's id."""

    by: Actor
    assignment: str | None = None


@dataclass(frozen=True)
class Verify:
    """The result of looking at the place; a failed one reopens handling."""

    by: Actor
    passed: bool
    evidence: list[str] = field(default_factory=list)
    answered: bool = False
    """Whether the command's words answer every reporter in the same step (texts: `answer`)."""


@dataclass(frozen=True)
class Review:
    """The street's five scores for one department; keys are members of `Criterion`."""

    by: Actor
    assignment: str
    scores: dict[str, int] = field(default_factory=dict)
    signers: list[str] = field(default_factory=list)
    """Ids of the people of the street who signed the sheet; at least two different ones."""


# Planning ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Task:
    """What a plan asks of one part; its words are the command's text `task:{assignment}`."""

    assignment: str
    due_at: datetime


@dataclass(frozen=True)
class ProposePlan:
    """A plan for joint handling: who leads, and a task for every part; it voids the one before."""

    by: Actor
    assignment: str
    """The part that proposes, and thereby agrees."""
    lead: str
    """The part that leads; the others help."""
    tasks: list[Task]


@dataclass(frozen=True)
class AgreePlan:
    by: Actor
    assignment: str
    plan: str
    """The plan agreed to: one that was voided meanwhile is not agreed to by mistake."""


@dataclass(frozen=True)
class DecidePlan:
    """The office's plan, where the departments did not agree one in time."""

    by: Actor
    lead: str
    tasks: list[Task]


# Returns, extensions, hand-overs ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Return:
    """退单: "not our duty"; the grounds are words (texts: `note`)."""

    by: Actor
    assignment: str
    suggested: str | None = None
    """The department whose duty it is, as the returner thinks."""


@dataclass(frozen=True)
class Adjudicate:
    by: Actor
    assignment: str
    """The part that was returned."""
    outcome: ReturnOutcome
    department: str | None = None
    """UPHELD: who must accept instead, if anybody. SOLVE_FIRST: who must handle; it may be the returner."""


@dataclass(frozen=True)
class AskExtension:
    """More time for the part's HANDLE duty; the reason is words (texts: `note`)."""

    by: Actor
    assignment: str
    until: datetime


@dataclass(frozen=True)
class DecideExtension:
    by: Actor
    assignment: str
    granted: bool
    until: datetime | None = None
    """Another instant than the one asked for."""


@dataclass(frozen=True)
class OfferHandover:
    """Offers the part to another unit; it stays with the one first asked until that accepts."""

    by: Actor
    assignment: str
    to: Holder


# The end -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """The street's answer to reporters (texts: `answer`)."""

    by: Actor
    reports: list[str] = field(default_factory=list)
    """Whom it answers; empty for everyone not answered yet."""


@dataclass(frozen=True)
class Rate:
    """What a reporter said of the result: RATE by the reporter, FOLLOW_UP by the street that asked."""

    by: Actor
    report: str
    rating: Rating


@dataclass(frozen=True)
class Regrade:
    by: Actor
    level: Level


@dataclass(frozen=True)
class Cancel:
    """Ends the issue; the reason, which answers every reporter, is words (texts: `note`)."""

    by: Actor


@dataclass(frozen=True)
class Pause:
    """Suspends or resumes every clock of the case; the reason is words (texts: `note`)."""

    by: Actor


# Merging -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Telling:
    """反映: one report as its case knows it."""

    id: str
    asked: bool
    """Whether its reporter is asked at the end; see `ReportSource.asked`."""
    joined: bool = False
    """Whether it came with another issue, and can be split off again."""
    answered: bool = False
    rating: Rating | None = None


@dataclass(frozen=True)
class Merge:
    """Ends this issue: its reports go on as reports of `into`."""

    by: Actor
    into: str


@dataclass(frozen=True)
class Join:
    """Takes the reports of an issue that ends by merging; sent by that issue's case, never by a person."""

    by: Actor
    origin: str
    reports: list[Telling]


@dataclass(frozen=True)
class Split:
    """Makes an issue of its own of one report that was joined."""

    by: Actor
    report: str


# The clock's own, for operators -------------------------------------------------------------------------


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
class ExtendHandling:
    """So many microseconds more for every HANDLE duty of the case that is not late."""

    by: Actor
    extra: int
    rule: str


@dataclass(frozen=True)
class HandOverParts:
    """Every part that one department has at work goes to another, by order: nobody is asked."""

    by: Actor
    source: str
    target: str


@dataclass(frozen=True)
class ReplaceRules:
    """The case goes on under these rules: those of another version, or the same on another calendar."""

    by: Actor
    rules: CaseRules


# Appeals, a case of their own ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Appeal:
    """A department's appeal against its scorecard; its grounds are words (texts: `note`)."""

    by: Actor


@dataclass(frozen=True)
class DecideAppeal:
    by: Actor
    outcome: AppealOutcome
    scores: dict[str, int] = field(default_factory=dict)
    """CHANGED: what counts instead; keys are members of `Criterion`."""


Order = (
    Assess
    | CallDepartments
    | Dispatch
    | OnAssignment
    | AddNote
    | Verify
    | Review
    | ProposePlan
    | AgreePlan
    | DecidePlan
    | Return
    | Adjudicate
    | AskExtension
    | DecideExtension
    | OfferHandover
    | Answer
    | Rate
    | Regrade
    | Cancel
    | Pause
    | Merge
    | Join
    | Split
    | Extend
    | HandOver
    | ExtendHandling
    | HandOverParts
    | ReplaceRules
    | Appeal
    | DecideAppeal
)
"""Anything that may be ordered of a case."""
