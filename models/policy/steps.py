"""The one state table of the calling cycle: what may be ordered when (domain guide 3).

The workflow refuses by it, the edge refuses by it before anything is written, and
`issue.allowedActions` is read from it. COMPLEX and CRITICAL bring their own rows, not their own code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from models.terms import AssignmentStatus, Command, DutyStatus, Level, Stage, UnitKind

ROUTED = frozenset({Level.SIMPLE, Level.GENERAL})
"""The levels whose route is built; the others are refused at assessment."""

OWN_TEAMS = frozenset({UnitKind.STREET, UnitKind.COMMUNITY, UnitKind.GRID})
"""Who may handle a SIMPLE issue: the street itself, or a part of it."""


class RefusalCode(StrEnum):
    """Why a running case refuses an order."""

    WRONG_STAGE = "WRONG_STAGE"
    WRONG_LEVEL = "WRONG_LEVEL"
    WRONG_STATUS = "WRONG_STATUS"
    NOT_FOUND = "NOT_FOUND"
    SAME_PERSON = "SAME_PERSON"
    TOO_LATE = "TOO_LATE"
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


OPEN_STAGES = frozenset(stage for stage in Stage if not stage.closed)
BEFORE_CALL = frozenset({Stage.COLLECTED, Stage.ASSESSED})

STEPS: Mapping[Command, Step] = {
    Command.ASSESS: Step(BEFORE_CALL),
    Command.CALL: Step(frozenset({Stage.ASSESSED}), frozenset({Level.GENERAL})),
    Command.ACCEPT: Step(frozenset({Stage.CALLED}), parts=frozenset({AssignmentStatus.OFFERED})),
    Command.REPORT_IN: Step(frozenset({Stage.HANDLING}), parts=frozenset({AssignmentStatus.ACCEPTED})),
    Command.COMPLETE: Step(frozenset({Stage.HANDLING}), parts=frozenset({AssignmentStatus.ON_SITE})),
    Command.VERIFY: Step(frozenset({Stage.VERIFYING})),
    Command.REVIEW: Step(
        frozenset({Stage.REVIEWING}),
        levels=frozenset(Level) - {Level.SIMPLE},
        parts=frozenset({AssignmentStatus.DONE}),
    ),
    Command.NOTE: Step(OPEN_STAGES),
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


@dataclass(frozen=True)
class CaseFacts:
    """An issue, as far as the table asks; from the workflow's state or from its projection."""

    stage: Stage
    level: Level
    parts: tuple[PartFacts, ...] = ()

    def part(self, assignment: str) -> PartFacts | None:
        return next((part for part in self.parts if part.id == assignment), None)


def refusal(command: Command, facts: CaseFacts, assignment: str | None = None) -> Refusal | None:
    """Why `command` cannot be taken now, or None; `assignment` where the step is on one part."""
    step = STEPS[command]
    if facts.stage not in step.stages:
        return Refusal(RefusalCode.WRONG_STAGE, "issue", facts.stage.value, _names(step.stages))
    if facts.level not in step.levels:
        return Refusal(RefusalCode.WRONG_LEVEL, "issue", facts.level.value, _names(step.levels))
    if step.parts is None:
        return None
    part = facts.part(assignment) if assignment else None
    if part is None:
        return Refusal(RefusalCode.NOT_FOUND, "assignment", assignment or "")
    if part.status not in step.parts:
        return Refusal(RefusalCode.WRONG_STATUS, "assignment", part.status.value, _names(step.parts))
    return None


def closed_refusal(stage: str) -> Refusal:
    """The issue is filed or cancelled; nothing is added to it any more."""
    return Refusal(RefusalCode.WRONG_STAGE, "issue", stage, _names(OPEN_STAGES))


def assessment_refusal(level: Level, team: UnitKind | None) -> Refusal | None:
    """What is wrong with an assessment itself: a route not built, or no own team for SIMPLE."""
    if level not in ROUTED:
        return Refusal(RefusalCode.WRONG_LEVEL, "level", level.value, _names(ROUTED))
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


def pause_refusal(facts: CaseFacts, running: Iterable[bool], stopping: bool) -> Refusal | None:
    """Suspending needs a clock that runs, resuming one that stands; `running` has one for each open duty."""
    if facts.stage.closed:
        return Refusal(RefusalCode.WRONG_STAGE, "issue", facts.stage.value, _names(OPEN_STAGES))
    if stopping in running:
        return None
    found, expected = (
        (DutyStatus.SUSPENDED, DutyStatus.OPEN) if stopping else (DutyStatus.OPEN, DutyStatus.SUSPENDED)
    )
    return Refusal(RefusalCode.WRONG_STATUS, "issue", found.value, (expected.value,))


def _names(members: Iterable[StrEnum]) -> tuple[str, ...]:
    return tuple(sorted(member.value for member in members))
