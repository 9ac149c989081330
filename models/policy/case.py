"""One case of the calling cycle as values: its state, and what it reports of itself (domain guide 3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from models.policy.duty import BREACH, Duty, Holder
from models.policy.orders import Task, Telling
from models.policy.rulebook import CaseRules
from models.terms import (
    AssignmentStatus,
    CycleStep,
    DutyStatus,
    EntryKind,
    ExtensionStatus,
    HandoverStatus,
    ItemStatus,
    Level,
    PlanStatus,
    ReturnOutcome,
    RungTarget,
    Stage,
)

Data = dict[str, str | int | bool | list[str]]
"""What a line of the timeline says beyond its kind: ids, enums and numbers, never words."""

Standing = Stage | ItemStatus | CycleStep
"""Where an issue, a negative item or a satisfaction cycle stands; no two members have the same name."""


@dataclass(frozen=True)
class Part:
    """承办: one unit's part of the issue."""

    id: str
    unit: Holder
    status: AssignmentStatus
    offered_at: datetime
    call: str | None = None
    accepted_at: datetime | None = None
    on_site_at: datetime | None = None
    done_at: datetime | None = None
    reworks: int = 0
    handler: str | None = None
    """The person who declared it done."""
    lead: bool = False
    """Whether it leads where several handle jointly."""
    bound: bool = False
    """A return was adjudicated against it: it must handle and cannot return (domain guide 3, solve first)."""
    returned_at: datetime | None = None
    dispatched_at: datetime | None = None
    """When it got its task: the call in GENERAL, the second dispatch in COMPLEX and CRITICAL."""
    reviewed: bool = False

    @property
    def active(self) -> bool:
        """Whether the unit still has it; a return ends that, unless the office sends it back."""
        return self.status is not AssignmentStatus.RETURNED


@dataclass(frozen=True)
class Plan:
    """Who leads and who does what by when; of the plans of a case only the last is of any force."""

    id: str
    lead: str
    tasks: list[Task]
    at: datetime
    by: str | None = None
    """The part that proposed it; None for the office."""
    agreed: list[str] = field(default_factory=list)
    """The parts that agreed to it."""
    status: PlanStatus = PlanStatus.PROPOSED
    settled_at: datetime | None = None


@dataclass(frozen=True)
class Returned:
    """One return of a part, and how it was adjudicated."""

    id: str
    assignment: str
    at: datetime
    suggested: str | None = None
    outcome: ReturnOutcome | None = None
    department: str | None = None
    """Who must act instead."""
    settled_at: datetime | None = None


@dataclass(frozen=True)
class Extension:
    """One request for more time on a HANDLE duty."""

    id: str
    assignment: str
    duty: str
    """The duty's key."""
    at: datetime
    until: datetime
    status: ExtensionStatus = ExtensionStatus.ASKED
    granted_until: datetime | None = None
    settled_at: datetime | None = None


@dataclass(frozen=True)
class Handover:
    """One offer of a part to another unit."""

    id: str
    assignment: str
    giver: Holder
    to: Holder
    at: datetime
    status: HandoverStatus = HandoverStatus.OFFERED
    settled_at: datetime | None = None


@dataclass(frozen=True)
class CaseState:
    """All there is of a running case: it starts the workflow and survives continue-as-new as it is."""

    id: str
    district: str
    street: str
    rules: CaseRules
    level: Level
    opened_at: datetime
    code: str = ""
    """What people call it, e.g. "JJ-2026-000123": for operators, who see it beside its id."""
    request: str | None = None
    """The request id of the report that opened it, for the logs of every part."""
    stage: Stage = Stage.COLLECTED
    seq: int = 0
    opened: int = 0
    """Duties ever opened; numbers their keys."""
    recent: list[str] = field(default_factory=list)
    """Commands taken lately: a repeat that outlives continue-as-new still changes nothing."""
    duties: list[Duty] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    reports: list[Telling] = field(default_factory=list)
    suspended: bool = False
    round: int = 0
    """How often a dissatisfied reporter reopened it: answers and ratings are those of the present round."""
    plan: Plan | None = None
    """The plan proposed and not yet settled."""
    returns: list[Returned] = field(default_factory=list)
    """Returns not yet adjudicated."""
    extensions: list[Extension] = field(default_factory=list)
    """Every request for a duty that is still open: they are counted."""
    handovers: list[Handover] = field(default_factory=list)
    """Offers not yet answered."""
    merged_into: str | None = None


@dataclass(frozen=True)
class Note:
    """One line for the timeline, numbered within the case."""

    seq: int
    kind: EntryKind
    at: datetime
    stage: Standing
    owed_at: datetime | None = None
    """For a reminder or breach: the instant it was owed."""
    command: str | None = None
    request: str | None = None
    post: str | None = None
    person: str | None = None
    department: str | None = None
    assignment: str | None = None
    duty: str | None = None
    holder: Holder | None = None
    target: RungTarget | None = None
    rule: str | None = None
    data: Data = field(default_factory=dict)


@dataclass(frozen=True)
class DutyView:
    """A duty with the instants that follow from it, for the projection."""

    duty: Duty
    yellow_at: datetime | None
    due_at: datetime | None
    provisional: bool


@dataclass(frozen=True)
class ClosedDuty:
    """How a duty ended, and how it last stood: it may have opened, or breached, in the same batch."""

    view: DutyView
    status: DutyStatus
    at: datetime
    spent: int


@dataclass(frozen=True)
class Batch:
    """What one write tells the database: the case as it stands now, and what led there.

    The state is whole, so that writing it twice, or only the last of several, ends the same.
    """

    case: str
    seq: int
    stage: Stage
    level: Level
    category: str
    rulebook: str
    calendar: str
    department: str | None
    yellow_at: datetime | None
    due_at: datetime | None
    duties: list[DutyView] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    closed: list[ClosedDuty] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    suspended: bool = False
    round: int = 0
    merged_into: str | None = None
    plans: list[Plan] = field(default_factory=list)
    """Those that changed since the last batch, as they stand now; likewise the next three."""
    returns: list[Returned] = field(default_factory=list)
    extensions: list[Extension] = field(default_factory=list)
    handovers: list[Handover] = field(default_factory=list)


def notice_kind(percent: int) -> EntryKind:
    """What a notice at this share of the time is: a reminder, the breach, or a rung above it."""
    if percent < BREACH:
        return EntryKind.REMINDED
    return EntryKind.BREACHED if percent == BREACH else EntryKind.ESCALATED
