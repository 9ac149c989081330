"""The one state table of the calling cycle: what may be ordered when (domain guide 3).

The workflow refuses by it, the edge refuses by it before anything is written, and
`issue.allowedActions` is read from it. What a row cannot say – an instant too late, a plan that misses a
part – the case refuses itself, by the functions below.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from models.terms import AssignmentStatus, Command, DutyKind, DutyStatus, Level, Role, Stage, UnitKind

OWN_TEAMS = frozenset({UnitKind.STREET, UnitKind.COMMUNITY, UnitKind.GRID})
"""Who may handle a SIMPLE issue: the street itself, or a part of it."""


class RefusalCode(StrEnum):
    """Why a running case refuses an order."""

    WRONG_STAGE = "WRONG_STAGE"
    WRONG_LEVEL = "WRONG_LEVEL"
    WRONG_STATUS = "WRONG_STATUS"
    ROUTED = "ROUTED"
    """Somebody has a part in it already."""
    NOT_OWED = "NOT_OWED"
    """No duty of this kind is open."""
    NOT_FOUND = "NOT_FOUND"
    SAME_PERSON = "SAME_PERSON"
    TOO_LATE = "TOO_LATE"
    TOO_MANY = "TOO_MANY"
    """It was done as often as the rulebook lets."""
    BAD_INPUT = "BAD_INPUT"
    NOTHING_TO_CHANGE = "NOTHING_TO_CHANGE"
    """It is as the order would make it."""


@dataclass(frozen=True)
class Refusal:
    """An expected no: what was found, and what would have been right."""

    code: RefusalCode
    field: str
    found: str
    expected: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """One row: where the issue, and the part of it concerned, must stand."""

    stages: frozenset[Stage]
    levels: frozenset[Level] = frozenset(Level)
    parts: frozenset[AssignmentStatus] | None = None
    """For a step on an assignment: the statuses in which it may be taken."""
    duty: DutyKind | None = None
    """The duty that must be open: of that part, where the step is on one."""
    unrouted: bool = False
    """Whether it is taken only while nobody has a part in it."""
    by: Mapping[Role, Step] = field(default_factory=dict)
    """Rows that hold instead for whoever acts in this role."""


OPEN_STAGES = frozenset(stage for stage in Stage if not stage.closed)
BEFORE_CALL = frozenset({Stage.COLLECTED, Stage.ASSESSED})
BEFORE_PARTS = BEFORE_CALL | {Stage.CALLED}
AT_WORK = frozenset({Stage.CALLED, Stage.PLANNING, Stage.HANDLING})
AFTER_WORK = frozenset({Stage.VERIFYING, Stage.REVIEWING})
UNDONE = frozenset({AssignmentStatus.OFFERED, AssignmentStatus.ACCEPTED, AssignmentStatus.ON_SITE})
OFFERED = frozenset({AssignmentStatus.OFFERED})
ON_SITE = frozenset({AssignmentStatus.ON_SITE})
WHILE_SUSPENDED = frozenset({Command.RESUME, Command.NOTE, Command.CANCEL, Command.REGRADE})
"""What is taken while every clock stands still (domain guide 3, 挂起)."""

STEPS: Mapping[Command, Step] = {
    Command.ASSESS: Step(BEFORE_CALL, unrouted=True),
    Command.CALL: Step(frozenset({Stage.ASSESSED}), frozenset({Level.GENERAL, Level.COMPLEX}), unrouted=True),
    Command.DISPATCH: Step(
        BEFORE_PARTS,
        unrouted=True,
        by={
            Role.RESPONSE_OFFICE: Step(
                frozenset({Stage.CALLED}), frozenset({Level.COMPLEX}), duty=DutyKind.DISPATCH, unrouted=True
            )
        },
    ),
    Command.ACCEPT: Step(AT_WORK, parts=OFFERED),
    Command.RETURN: Step(AT_WORK, levels=frozenset(Level) - {Level.CRITICAL}, parts=OFFERED),
    Command.ADJUDICATE: Step(
        AT_WORK, parts=frozenset({AssignmentStatus.RETURNED}), duty=DutyKind.ADJUDICATE_RETURN
    ),
    Command.REPORT_IN: Step(
        frozenset({Stage.PLANNING, Stage.HANDLING}), parts=frozenset({AssignmentStatus.ACCEPTED})
    ),
    Command.PROPOSE_PLAN: Step(frozenset({Stage.PLANNING}), parts=ON_SITE),
    Command.AGREE_PLAN: Step(frozenset({Stage.PLANNING}), parts=ON_SITE),
    Command.DECIDE_PLAN: Step(frozenset({Stage.PLANNING}), duty=DutyKind.DECIDE_PLAN),
    Command.ASK_EXTENSION: Step(frozenset({Stage.HANDLING}), parts=UNDONE, duty=DutyKind.HANDLE),
    Command.DECIDE_EXTENSION: Step(frozenset({Stage.HANDLING}), parts=UNDONE, duty=DutyKind.DECIDE_EXTENSION),
    Command.OFFER_HANDOVER: Step(AT_WORK, parts=UNDONE),
    Command.ACCEPT_HANDOVER: Step(AT_WORK, parts=UNDONE),
    Command.DECLINE_HANDOVER: Step(AT_WORK, parts=UNDONE),
    Command.COMPLETE: Step(frozenset({Stage.HANDLING}), parts=ON_SITE),
    Command.VERIFY: Step(frozenset({Stage.VERIFYING}), duty=DutyKind.VERIFY),
    Command.ANSWER: Step(AFTER_WORK, duty=DutyKind.ANSWER),
    Command.RATE: Step(AFTER_WORK, duty=DutyKind.FOLLOW_UP),
    Command.FOLLOW_UP: Step(AFTER_WORK, duty=DutyKind.FOLLOW_UP),
    Command.REVIEW: Step(
        frozenset({Stage.REVIEWING}), parts=frozenset({AssignmentStatus.DONE}), duty=DutyKind.REVIEW
    ),
    Command.NOTE: Step(OPEN_STAGES),
    Command.REGRADE: Step(OPEN_STAGES),
    Command.SUSPEND: Step(OPEN_STAGES),
    Command.RESUME: Step(OPEN_STAGES),
    Command.CANCEL: Step(OPEN_STAGES, by={Role.STREET_CLERK: Step(BEFORE_PARTS, unrouted=True)}),
    Command.MERGE: Step(BEFORE_PARTS, unrouted=True),
    Command.SPLIT: Step(OPEN_STAGES),
}


@dataclass(frozen=True)
class PartFacts:
    """One part of the issue, as far as the table asks."""

    id: str
    unit_kind: UnitKind
    unit_id: str
    status: AssignmentStatus
    handler: str | None = None
    """The person who completed it."""
    bound: bool = False


@dataclass(frozen=True)
class CaseFacts:
    """An issue, as far as the table asks; from the workflow's state or from its projection."""

    stage: Stage
    level: Level
    parts: tuple[PartFacts, ...] = ()
    duties: tuple[tuple[DutyKind, str | None], ...] = ()
    """The open duties, each with the part it belongs to, if any."""
    suspended: bool = False

    def part(self, assignment: str) -> PartFacts | None:
        return next((part for part in self.parts if part.id == assignment), None)

    def owes(self, kind: DutyKind, assignment: str | None = None) -> bool:
        """Whether a duty of this kind is open; of this part, where one is named."""
        return any(found is kind and assignment in (None, part) for found, part in self.duties)

    @property
    def routed(self) -> bool:
        """Whether somebody has a part in it, or the office still decides whether they have."""
        active = any(part.status is not AssignmentStatus.RETURNED for part in self.parts)
        return active or self.owes(DutyKind.ADJUDICATE_RETURN)


def step_for(command: Command, role: Role | None = None) -> Step:
    """The row of the table that holds for whoever acts in `role`."""
    step = STEPS[command]
    return step.by.get(role, step) if role is not None else step


def refusal(
    command: Command, facts: CaseFacts, assignment: str | None = None, role: Role | None = None
) -> Refusal | None:
    """Why `command` cannot be taken now, or None; `assignment` where the step is on one part."""
    step = step_for(command, role)
    if facts.stage not in step.stages:
        return Refusal(RefusalCode.WRONG_STAGE, "issue", facts.stage.value, _names(step.stages))
    if facts.suspended and command not in WHILE_SUSPENDED:
        return Refusal(
            RefusalCode.WRONG_STATUS, "issue", DutyStatus.SUSPENDED.value, (DutyStatus.OPEN.value,)
        )
    if not facts.suspended and command is Command.RESUME:
        return Refusal(
            RefusalCode.WRONG_STATUS, "issue", DutyStatus.OPEN.value, (DutyStatus.SUSPENDED.value,)
        )
    if facts.level not in step.levels:
        return Refusal(RefusalCode.WRONG_LEVEL, "issue", facts.level.value, _names(step.levels))
    if step.unrouted and facts.routed:
        return Refusal(RefusalCode.ROUTED, "issue", facts.stage.value)
    return _part_refusal(step, facts, assignment)


def _part_refusal(step: Step, facts: CaseFacts, assignment: str | None) -> Refusal | None:
    """What the part concerned, or the duty that must be open, has against it."""
    if step.parts is not None:
        part = facts.part(assignment) if assignment else None
        if part is None:
            return Refusal(RefusalCode.NOT_FOUND, "assignment", assignment or "")
        if part.status not in step.parts:
            return Refusal(RefusalCode.WRONG_STATUS, "assignment", part.status.value, _names(step.parts))
    if step.duty is not None and not facts.owes(step.duty, assignment if step.parts is not None else None):
        field = "issue" if step.parts is None else "assignment"
        return Refusal(RefusalCode.NOT_OWED, field, "", (step.duty.value,))
    return None


def closed_refusal(stage: str) -> Refusal:
    """The issue is filed or cancelled; nothing is added to it any more."""
    return Refusal(RefusalCode.WRONG_STAGE, "issue", stage, _names(OPEN_STAGES))


def assessment_refusal(level: Level, team: UnitKind | None) -> Refusal | None:
    """What is wrong with an assessment itself: no own team for SIMPLE."""
    if level is Level.SIMPLE and team not in OWN_TEAMS:
        return Refusal(RefusalCode.BAD_INPUT, "team", team.value if team else "", _names(OWN_TEAMS))
    return None


def verification_refusal(facts: CaseFacts, person: str | None) -> Refusal | None:
    """Someone other than the handler checks the result (domain guide 1, 核实)."""
    if person is not None and any(part.handler == person for part in facts.parts):
        return Refusal(RefusalCode.SAME_PERSON, "issue", "")
    return None


def review_refusal(scores: Mapping[str, int], points: Mapping[str, int]) -> Refusal | None:
    """A review scores each criterion, from 0 to its points, and nothing else."""
    for key in scores:
        if key not in points:
            return Refusal(RefusalCode.BAD_INPUT, f"scores.{key}", key, tuple(sorted(points)))
    for key, most in points.items():
        if key not in scores:
            return Refusal(RefusalCode.BAD_INPUT, f"scores.{key}", "", (f"0..{most}",))
        if not 0 <= scores[key] <= most:
            return Refusal(RefusalCode.BAD_INPUT, f"scores.{key}", str(scores[key]), (f"0..{most}",))
    return None


def note_refusal(facts: CaseFacts, assignment: str | None) -> Refusal | None:
    """A note on a part of the issue needs that part."""
    if assignment is not None and facts.part(assignment) is None:
        return Refusal(RefusalCode.NOT_FOUND, "assignment", assignment)
    return None


def _names(members: Iterable[StrEnum]) -> tuple[str, ...]:
    return tuple(sorted(member.value for member in members))
