"""The state table: what it takes and what it refuses, derived from the table and from the domain guide."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from models.policy import steps
from models.policy.steps import STEPS, CaseFacts, PartFacts, Refusal, RefusalCode
from models.terms import AssignmentStatus, Command, DutyKind, Level, Role, Stage, UnitKind

PART = "part-1"

OPEN = set(Stage) - {Stage.FILED, Stage.CANCELLED}
BEFORE_PARTS = {Stage.COLLECTED, Stage.ASSESSED, Stage.CALLED}
AT_WORK = {Stage.CALLED, Stage.PLANNING, Stage.HANDLING}
AT_THE_END = {Stage.VERIFYING, Stage.REVIEWING}

SPOKEN: dict[Command, set[Stage]] = {
    Command.ASSESS: {Stage.COLLECTED, Stage.ASSESSED},
    Command.CALL: {Stage.ASSESSED},
    Command.DISPATCH: BEFORE_PARTS,
    Command.ACCEPT: AT_WORK,
    Command.RETURN: AT_WORK,
    Command.ADJUDICATE: AT_WORK,
    Command.REPORT_IN: {Stage.PLANNING, Stage.HANDLING},
    Command.PROPOSE_PLAN: {Stage.PLANNING},
    Command.AGREE_PLAN: {Stage.PLANNING},
    Command.DECIDE_PLAN: {Stage.PLANNING},
    Command.ASK_EXTENSION: {Stage.HANDLING},
    Command.DECIDE_EXTENSION: {Stage.HANDLING},
    Command.OFFER_HANDOVER: AT_WORK,
    Command.ACCEPT_HANDOVER: AT_WORK,
    Command.DECLINE_HANDOVER: AT_WORK,
    Command.COMPLETE: {Stage.HANDLING},
    Command.VERIFY: {Stage.VERIFYING},
    Command.ANSWER: AT_THE_END,
    Command.RATE: AT_THE_END,
    Command.FOLLOW_UP: AT_THE_END,
    Command.REVIEW: {Stage.REVIEWING},
    Command.NOTE: OPEN,
    Command.REGRADE: OPEN,
    Command.SUSPEND: OPEN,
    Command.RESUME: OPEN,
    Command.CANCEL: OPEN,
    Command.MERGE: BEFORE_PARTS,
    Command.SPLIT: OPEN,
}
"""The six steps of domain guide 3, written out: the table must say the same."""

FOR_ROLES: dict[tuple[Command, Role], tuple[set[Stage], set[Level]]] = {
    (Command.DISPATCH, Role.RESPONSE_OFFICE): ({Stage.CALLED}, {Level.COMPLEX}),
    (Command.CANCEL, Role.STREET_CLERK): (BEFORE_PARTS, set(Level)),
}
"""Where it depends on who asks: the office dispatches what the street called, the street cancels what nobody
has a part in."""


def facts(
    command: Command, stage: Stage, level: Level, role: Role | None = None, status: str | None = None
) -> CaseFacts:
    """An issue at this point, with everything else as the command wants it."""
    step = steps.step_for(command, role)
    parts = ()
    if not step.unrouted:
        fit = AssignmentStatus(status) if status else min(step.parts or {AssignmentStatus.OFFERED})
        parts = (PartFacts(PART, UnitKind.DEPARTMENT, "lighting", fit),)
    duties = ((step.duty, PART),) if step.duty else ()
    return CaseFacts(stage, level, parts, duties, suspended=command is Command.RESUME)


def names(members) -> tuple[str, ...]:
    return tuple(sorted(one.value for one in members))


ROWS = [(command, None) for command in Command] + list(FOR_ROLES)


def test_every_command_has_its_row_and_the_row_says_what_the_guide_says():
    assert set(STEPS) == set(Command)
    assert {command: set(step.stages) for command, step in STEPS.items()} == SPOKEN
    rows = {(command, role): row for command, step in STEPS.items() for role, row in step.by.items()}
    assert {key: (set(row.stages), set(row.levels)) for key, row in rows.items()} == FOR_ROLES


@pytest.mark.parametrize(
    ("command", "role", "level", "stage"),
    [
        pytest.param(c, role, level, s, id=f"{c.value}-{role and role.value}-{level.value}-{s.value}")
        for (c, role), level, s in product(ROWS, Level, Stage)
    ],
)
def test_a_command_is_taken_in_its_stages_and_levels_and_refused_elsewhere(command, role, level, stage):
    step = steps.step_for(command, role)
    refusal = steps.refusal(command, facts(command, stage, level, role), PART, role)
    if stage not in step.stages:
        assert refusal == Refusal(RefusalCode.WRONG_STAGE, "issue", stage.value, names(step.stages))
    elif level not in step.levels:
        assert refusal == Refusal(RefusalCode.WRONG_LEVEL, "issue", level.value, names(step.levels))
    else:
        assert refusal is None


ON_PARTS = [c for c in Command if STEPS[c].parts is not None]


@pytest.mark.parametrize(
    ("command", "status"),
    [pytest.param(c, s, id=f"{c.value}-{s.value}") for c, s in product(ON_PARTS, AssignmentStatus)],
)
def test_a_step_on_a_part_needs_that_part_in_its_status(command, status):
    step = STEPS[command]
    here = facts(command, min(step.stages), Level.GENERAL, status=status)
    refusal = steps.refusal(command, here, PART)
    if status in step.parts:
        assert refusal is None
    else:
        expected = names(step.parts)
        assert refusal == Refusal(RefusalCode.WRONG_STATUS, "assignment", status.value, expected)


@pytest.mark.parametrize("assignment", [None, "part-2"])
@pytest.mark.parametrize("command", ON_PARTS)
def test_a_part_that_is_not_there_is_named(command, assignment):
    here = facts(command, min(STEPS[command].stages), Level.GENERAL)
    refusal = steps.refusal(command, here, assignment)
    assert refusal == Refusal(RefusalCode.NOT_FOUND, "assignment", assignment or "")


@pytest.mark.parametrize("command", [c for c in Command if STEPS[c].duty is not None])
def test_what_answers_a_duty_needs_that_duty_of_that_part(command):
    step = STEPS[command]
    field = "assignment" if step.parts else "issue"
    here = facts(command, min(step.stages), Level.GENERAL)
    expected = Refusal(RefusalCode.NOT_OWED, field, "", (step.duty.value,))
    assert steps.refusal(command, replace(here, duties=()), PART) == expected
    elsewhere = replace(here, duties=((step.duty, "part-2"),))
    assert steps.refusal(command, elsewhere, PART) == (expected if step.parts else None)


@pytest.mark.parametrize("command", [c for c in Command if STEPS[c].unrouted])
def test_what_comes_before_parts_is_refused_once_there_is_one_or_may_be_again(command):
    here = facts(command, Stage.ASSESSED, Level.GENERAL)
    part = PartFacts(PART, UnitKind.DEPARTMENT, "lighting", AssignmentStatus.OFFERED)
    routed = Refusal(RefusalCode.ROUTED, "issue", "ASSESSED")
    assert steps.refusal(command, replace(here, parts=(part,))) == routed
    returned = replace(here, parts=(replace(part, status=AssignmentStatus.RETURNED),))
    assert steps.refusal(command, returned) is None
    disputed = replace(returned, duties=((DutyKind.ADJUDICATE_RETURN, PART),))
    assert steps.refusal(command, disputed) == routed


@pytest.mark.parametrize("command", Command)
def test_while_suspended_only_little_is_taken(command):
    here = replace(facts(command, min(STEPS[command].stages), Level.GENERAL), suspended=True)
    refusal = steps.refusal(command, here, PART)
    if command in {Command.RESUME, Command.NOTE, Command.CANCEL, Command.REGRADE}:
        assert refusal is None
    else:
        assert refusal == Refusal(RefusalCode.WRONG_STATUS, "issue", "SUSPENDED", ("OPEN",))


def test_what_runs_is_not_resumed():
    here = CaseFacts(Stage.HANDLING, Level.GENERAL)
    refusal = steps.refusal(Command.RESUME, here)
    assert refusal == Refusal(RefusalCode.WRONG_STATUS, "issue", "OPEN", ("SUSPENDED",))


@pytest.mark.parametrize(
    ("level", "team", "code", "field"),
    [
        pytest.param(Level.GENERAL, None, None, None, id="general needs no team"),
        pytest.param(Level.SIMPLE, UnitKind.GRID, None, None, id="simple by a grid"),
        pytest.param(Level.SIMPLE, UnitKind.COMMUNITY, None, None, id="simple by a community"),
        pytest.param(Level.SIMPLE, UnitKind.STREET, None, None, id="simple by the street"),
        pytest.param(Level.SIMPLE, None, RefusalCode.BAD_INPUT, "team", id="simple by nobody"),
        pytest.param(
            Level.SIMPLE, UnitKind.DEPARTMENT, RefusalCode.BAD_INPUT, "team", id="not by a department"
        ),
        pytest.param(Level.SIMPLE, UnitKind.OFFICE, RefusalCode.BAD_INPUT, "team", id="nor by the office"),
        pytest.param(Level.COMPLEX, None, None, None, id="complex is called"),
        pytest.param(Level.CRITICAL, None, None, None, id="critical goes to the leader"),
    ],
)
def test_an_assessment_names_what_is_wrong_with_it(level, team, code, field):
    refusal = steps.assessment_refusal(level, team)
    assert (refusal and refusal.code, refusal and refusal.field) == (code, field)


@pytest.mark.parametrize(("person", "refused"), [("handler", True), ("somebody else", False), (None, False)])
def test_somebody_other_than_the_handler_verifies(person, refused):
    done = CaseFacts(
        Stage.VERIFYING,
        Level.GENERAL,
        (PartFacts(PART, UnitKind.DEPARTMENT, "lighting", AssignmentStatus.DONE, "handler"),),
    )
    refusal = steps.verification_refusal(done, person)
    assert (refusal == Refusal(RefusalCode.SAME_PERSON, "issue", "")) is refused


POINTS = {"OUTCOME": 20, "COOPERATION": 20}


@pytest.mark.parametrize(
    ("scores", "field"),
    [
        pytest.param({"OUTCOME": 20, "COOPERATION": 0}, None, id="full and none"),
        pytest.param({"OUTCOME": 20}, "scores.COOPERATION", id="one is missing: never full marks"),
        pytest.param({"OUTCOME": 21, "COOPERATION": 0}, "scores.OUTCOME", id="above"),
        pytest.param({"OUTCOME": 20, "COOPERATION": -1}, "scores.COOPERATION", id="below"),
        pytest.param({"OUTCOME": 20, "COOPERATION": 1, "total": 100}, "scores.total", id="one too many"),
    ],
)
def test_a_review_scores_each_criterion_within_its_points(scores, field):
    refusal = steps.review_refusal(scores, POINTS)
    assert (refusal and refusal.field) == field
    assert refusal is None or refusal.code is RefusalCode.BAD_INPUT


def test_a_note_on_a_part_needs_that_part():
    here = facts(Command.NOTE, Stage.HANDLING, Level.GENERAL)
    assert steps.note_refusal(here, None) is None
    assert steps.note_refusal(here, PART) is None
    assert steps.note_refusal(here, "x") == Refusal(RefusalCode.NOT_FOUND, "assignment", "x")
