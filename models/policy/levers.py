"""What operators may do to many cases at once, and which of them that would not change (domain guide 2).

Asked twice of the same table: of the projection, so that a batch is seen before it is started, and by
the case itself when its order comes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.policy.steps import Refusal, RefusalCode, closed_refusal
from models.terms import AssignmentStatus, BatchAction, DutyKind, DutyStatus, Role, Stage

OFFICE_AND_OPERATOR = frozenset({Role.RESPONSE_OFFICE, Role.OPERATOR})
LEVER_ROLES: Mapping[BatchAction, frozenset[Role]] = {
    BatchAction.EXTEND: OFFICE_AND_OPERATOR,
    BatchAction.HAND_OVER: OFFICE_AND_OPERATOR,
    BatchAction.SUSPEND: OFFICE_AND_OPERATOR,
    BatchAction.RESUME: OFFICE_AND_OPERATOR,
    BatchAction.RECOMPUTE: OFFICE_AND_OPERATOR,
    BatchAction.MIGRATE: frozenset({Role.OPERATOR}),
}
"""Who may pull which lever: what the office may do to one case it may do to many; rules are changed in
running cases by operators alone."""

AT_WORK = frozenset({AssignmentStatus.OFFERED, AssignmentStatus.ACCEPTED, AssignmentStatus.ON_SITE})


@dataclass(frozen=True, slots=True)
class Lever:
    """One action with all it needs; what it does not need is left empty."""

    action: BatchAction
    extra: int = 0
    """EXTEND: microseconds of the duty's own clock."""
    source: str = ""
    target: str = ""
    """HAND_OVER: the departments' ids."""
    rulebook: str = ""
    """MIGRATE: the version to take, as district/version."""
    categories: frozenset[str] = frozenset()
    """MIGRATE: the lines of its item list."""
    calendar: str = ""
    """RECOMPUTE and MIGRATE: the calendar to take."""


@dataclass(frozen=True, slots=True)
class LeverDuty:
    """An open duty, as far as a lever asks."""

    kind: DutyKind
    late: bool = False


@dataclass(frozen=True, slots=True)
class LeverFacts:
    """A case, as far as a lever asks; from its state or from its projection."""

    stage: Stage
    category: str
    rulebook: str
    calendar: str
    duties: tuple[LeverDuty, ...] = ()
    departments: frozenset[str] = field(default_factory=frozenset)
    """Departments with a part that is not done or returned."""
    suspended: bool = False


def refusal(lever: Lever, facts: LeverFacts) -> Refusal | None:
    """Why this case would not take the lever's order now, or None."""
    if facts.stage.closed:
        return closed_refusal(facts.stage.value)
    match lever.action:
        case BatchAction.EXTEND:
            return _extend(facts)
        case BatchAction.HAND_OVER:
            return None if lever.source in facts.departments else _nothing("department", lever.source)
        case BatchAction.SUSPEND:
            return _pause(facts, stopping=True)
        case BatchAction.RESUME:
            return _pause(facts, stopping=False)
        case BatchAction.RECOMPUTE:
            return _nothing("calendar", facts.calendar) if facts.calendar == lever.calendar else None
        case BatchAction.MIGRATE:
            return _migrate(lever, facts)


def _extend(facts: LeverFacts) -> Refusal | None:
    handling = [duty for duty in facts.duties if duty.kind is DutyKind.HANDLE]
    if not handling:
        return _nothing("duty", "")
    # Asked for before the due time (domain guide 3): a breach that was told is not taken back.
    return Refusal(RefusalCode.TOO_LATE, "duty", "") if all(duty.late for duty in handling) else None


def _pause(facts: LeverFacts, stopping: bool) -> Refusal | None:
    if facts.suspended is not stopping:
        return None
    found, expected = DutyStatus.SUSPENDED, DutyStatus.OPEN
    if not stopping:
        found, expected = expected, found
    return Refusal(RefusalCode.WRONG_STATUS, "issue", found.value, (expected.value,))


def _migrate(lever: Lever, facts: LeverFacts) -> Refusal | None:
    if facts.category not in lever.categories:
        return Refusal(RefusalCode.NOT_FOUND, "category", facts.category)
    same = (facts.rulebook, facts.calendar) == (lever.rulebook, lever.calendar)
    return _nothing("rulebook", facts.rulebook) if same else None


def _nothing(field: str, found: str) -> Refusal:
    return Refusal(RefusalCode.NOTHING_TO_CHANGE, field, found)
