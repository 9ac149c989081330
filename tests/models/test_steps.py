"""The state table: what it takes and what it refuses, derived from the table and from the domain guide."""

from __future__ import annotations

from itertools import product

import pytest

from models.policy import steps
from models.policy.steps import STEPS, CaseFacts, PartFacts, Refusal, RefusalCode
from models.terms import AssignmentStatus, Command, Level, Stage, UnitKind

PART = "part-1"

SPOKEN: dict[Command, set[Stage]] = {
    Command.ASSESS: {Stage.COLLECTED, Stage.ASSESSED},
    Command.CALL: {Stage.ASSESSED},
    Command.ACCEPT: {Stage.CALLED},
    Command.REPORT_IN: {Stage.HANDLING},
    Command.COMPLETE: {Stage.HANDLING},
    Command.VERIFY: {Stage.VERIFYING},
    Command.REVIEW: {Stage.REVIEWING},
    Command.NOTE: set(Stage) - {Stage.FILED, Stage.CANCELLED},
}
"""The six steps of domain guide 3, written out: the table must say the same."""


def facts(stage: Stage, level: Level, status: AssignmentStatus = AssignmentStatus.OFFERED) -> CaseFacts:
    return CaseFacts(stage, level, (PartFacts(PART, UnitKind.DEPARTMENT, "lighting", status),))


def fitting(command: Command) -> AssignmentStatus:
    """A status in which the part lets the command pass."""
    return next(iter(STEPS[command].parts or {AssignmentStatus.OFFERED}))


def test_every_command_has_its_row_and_the_row_says_what_the_guide_says():
    assert set(STEPS) == set(Command)
    assert {command: set(step.stages) for command, step in STEPS.items()} == SPOKEN


@pytest.mark.parametrize(
    ("command", "level", "stage"),
    [
        pytest.param(c, level, s, id=f"{c.value}-{level.value}-{s.value}")
        for c, level, s in product(Command, Level, Stage)
    ],
)
def test_a_command_is_taken_in_its_stages_and_levels_and_refused_elsewhere(command, level, stage):
    step = STEPS[command]
    refusal = steps.refusal(command, facts(stage, level, fitting(command)), PART)
    if stage not in step.stages:
        expected = tuple(sorted(s.value for s in step.stages))
        assert refusal == Refusal(RefusalCode.WRONG_STAGE, "issue", stage.value, expected)
    elif level not in step.levels:
        expected = tuple(sorted(one.value for one in step.levels))
        assert refusal == Refusal(RefusalCode.WRONG_LEVEL, "issue", level.value, expected)
    else:
        assert refusal is None


@pytest.mark.parametrize(
    ("command", "status"),
    [
        pytest.param(c, s, id=f"{c.value}-{s.value}")
        for c, s in product((c for c in Command if STEPS[c].parts is not None), AssignmentStatus)
    ],
)
def test_a_step_on_a_part_needs_that_part_in_its_status(command, status):
    step = STEPS[command]
    refusal = steps.refusal(command, facts(next(iter(step.stages)), Level.GENERAL, status), PART)
    if status in step.parts:
        assert refusal is None
    else:
        expected = tuple(sorted(one.value for one in step.parts))
        assert refusal == Refusal(RefusalCode.WRONG_STATUS, "assignment", status.value, expected)


@pytest.mark.parametrize("assignment", [None, "part-2"])
@pytest.mark.parametrize("command", [c for c in Command if STEPS[c].parts is not None])
def test_a_part_that_is_not_there_is_named(command, assignment):
    refusal = steps.refusal(command, facts(next(iter(STEPS[command].stages)), Level.GENERAL), assignment)
    assert refusal == Refusal(RefusalCode.NOT_FOUND, "assignment", assignment or "")


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
        pytest.param(Level.COMPLEX, None, RefusalCode.WRONG_LEVEL, "level", id="complex has no route yet"),
        pytest.param(Level.CRITICAL, None, RefusalCode.WRONG_LEVEL, "level", id="nor has critical"),
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
    here = facts(Stage.HANDLING, Level.GENERAL)
    assert steps.note_refusal(here, None) is None
    assert steps.note_refusal(here, PART) is None
    assert steps.note_refusal(here, "x") == Refusal(RefusalCode.NOT_FOUND, "assignment", "x")


@pytest.mark.parametrize(
    ("stage", "running", "stopping", "code"),
    [
        pytest.param(Stage.CALLED, [True], True, None, id="suspend what runs"),
        pytest.param(Stage.CALLED, [False, True], True, None, id="suspend the rest"),
        pytest.param(Stage.CALLED, [False], True, RefusalCode.WRONG_STATUS, id="suspended already"),
        pytest.param(Stage.CALLED, [False], False, None, id="resume what stands"),
        pytest.param(Stage.CALLED, [True], False, RefusalCode.WRONG_STATUS, id="nothing to resume"),
        pytest.param(Stage.FILED, [], True, RefusalCode.WRONG_STAGE, id="a filed case has no clock"),
        pytest.param(Stage.FILED, [], False, RefusalCode.WRONG_STAGE, id="nor one to resume"),
    ],
)
def test_suspending_needs_a_running_clock_and_resuming_a_standing_one(stage, running, stopping, code):
    refusal = steps.pause_refusal(facts(stage, Level.GENERAL), running, stopping)
    assert (refusal and refusal.code) == code
