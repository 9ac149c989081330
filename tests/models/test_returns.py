"""退单 (domain guide 3): returned in time, adjudicated by the office; solve first, then dispute."""

from __future__ import annotations

import pytest

from models.policy import orders
from models.policy.steps import RefusalCode
from models.terms import AssignmentStatus, Command, DutyStatus, Level, ReturnOutcome, Stage
from tests.models.clockwork import LIGHTING, PARKS, Run, when
from tests.models.test_planning import ALL, WATER, agree, planning, propose


def offered() -> Run:
    run = Run()
    run.assess("10-09 09:10")
    run.call("10-09 09:20")
    return run


def returned(run: Run, at: str = "10-09 10:00", part: str | None = None) -> str:
    part = part or run.part.id
    run.take(Command.RETURN, at, orders.Return(run.by(), part, "parks"))
    return part


def adjudicate(run: Run, part: str, outcome: ReturnOutcome, department: str | None = None) -> None:
    run.take(Command.ADJUDICATE, "10-09 11:00", orders.Adjudicate(run.by(), part, outcome, department))


def test_a_return_is_the_office_s_to_adjudicate():
    run = offered()
    part = returned(run)
    assert run.due() == {"adjudicate_return-3": "10-09 15:30"}
    assert (run.part.status, run.case.stage) == (AssignmentStatus.RETURNED, Stage.CALLED)
    assert run.case.state.duties[0].assignment == part
    (accept,) = [c for c in run.batches[-1].closed if c.view.duty.kind.value == "ACCEPT"]
    assert accept.status is DutyStatus.FULFILLED, "returning in time is an answer in time"
    assert run.notes[-1].data == {"suggested": "parks"}


def test_upheld_it_goes_to_the_department_the_office_names():
    run = offered()
    adjudicate(run, returned(run), ReturnOutcome.UPHELD, "parks")
    assert (run.case.stage, run.owed()) == (Stage.CALLED, [("ACCEPT", "parks")])
    run.step("accept", "10-09 11:10")
    assert (run.case.stage, run.part.unit) == (Stage.HANDLING, PARKS)
    run.step("report_in", "10-09 11:20")
    run.step("complete", "10-09 11:30")
    assert run.case.stage is Stage.VERIFYING, "what was returned is not waited for"


def test_upheld_without_a_name_it_is_the_street_s_again():
    run = offered()
    adjudicate(run, returned(run), ReturnOutcome.UPHELD)
    assert (run.case.stage, run.due()) == (Stage.ASSESSED, {"assess-4": "10-09 16:30"})
    run.call("10-09 13:30", PARKS)
    assert run.owed() == [("ACCEPT", "parks")]


@pytest.mark.parametrize(
    ("outcome", "named"),
    [
        pytest.param(ReturnOutcome.REJECTED, None, id="rejected"),
        pytest.param(ReturnOutcome.SOLVE_FIRST, "lighting", id="solve first, by the returner"),
    ],
)
def test_whoever_is_bound_must_accept_and_cannot_return_again(outcome, named):
    run = offered()
    part = returned(run)
    adjudicate(run, part, outcome, named)
    assert (run.part.id, run.part.bound, run.owed()) == (part, True, [("ACCEPT", "lighting")])
    refusal = run.refusal(Command.RETURN, "10-09 11:10", orders.Return(run.by(), part))
    assert (refusal.code, refusal.found) == (RefusalCode.WRONG_STATUS, "BOUND")
    run.step("accept", "10-09 11:10")


def test_solve_first_may_name_another_and_binds_it():
    run = offered()
    adjudicate(run, returned(run), ReturnOutcome.SOLVE_FIRST, "water")
    assert (run.part.unit, run.part.bound, run.owed()) == (WATER, True, [("ACCEPT", "water")])
    (settled,) = run.batches[-1].returns
    assert (settled.outcome, settled.department) == (ReturnOutcome.SOLVE_FIRST, "water")


def test_after_the_accept_limit_it_is_too_late():
    run = offered()
    run.tell("10-09 14:50")
    refusal = run.refusal(Command.RETURN, "10-09 14:50", orders.Return(run.by(), run.part.id))
    assert refusal.code is RefusalCode.TOO_LATE


@pytest.mark.parametrize(
    ("outcome", "department"),
    [
        (ReturnOutcome.UPHELD, "lighting"),
        (ReturnOutcome.REJECTED, "parks"),
        (ReturnOutcome.SOLVE_FIRST, None),
    ],
    ids=["upheld, yet the returner's", "rejected, yet another's", "solved by nobody"],
)
def test_an_adjudication_names_whom_its_outcome_needs(outcome, department):
    run = offered()
    order = orders.Adjudicate(run.by(), returned(run), outcome, department)
    assert run.refusal(Command.ADJUDICATE, "10-09 11:00", order).field == "department"


# Where several plan together --------------------------------------------------------------------------------


def test_a_return_while_planning_voids_the_plan_and_somebody_else_convenes():
    run = planning(on_site=False)
    for unit in (PARKS, WATER):
        run.step("accept", "10-09 09:40", part=run.part_of(unit).id)
        run.step("report_in", "10-09 09:50", part=run.part_of(unit).id)
    propose(run, "10-09 09:55", PARKS)
    part = returned(run, "10-09 10:00", run.part_of(LIGHTING).id)
    assert run.case.state.plan is None
    assert ("PLAN", "parks") in run.owed()
    adjudicate(run, part, ReturnOutcome.UPHELD)
    assert run.case.stage is Stage.PLANNING
    plan = run.take(
        Command.PROPOSE_PLAN,
        "10-09 11:10",
        orders.ProposePlan(
            run.by(), run.part_of(PARKS).id, run.part_of(PARKS).id, [t for t in _tasks(run) if t]
        ),
    )
    agree(run, "10-09 11:20", plan, WATER)
    assert run.owed() == [("HANDLE", "parks"), ("HANDLE", "water")]


def _tasks(run: Run) -> list[orders.Task]:
    return [orders.Task(p.id, when("10-16 17:30")) for p in run.case.state.parts if p.active]


def test_when_everyone_returns_the_office_s_adjudications_are_what_is_left():
    run = planning(on_site=False)
    parts = [part.id for part in run.case.state.parts]
    for part in parts:
        returned(run, "10-09 10:00", part)
    assert [kind for kind, _ in run.owed()] == ["ADJUDICATE_RETURN"] * 3
    for part in parts[:2]:
        adjudicate(run, part, ReturnOutcome.UPHELD)
    adjudicate(run, parts[2], ReturnOutcome.REJECTED)
    assert (run.case.stage, run.owed()) == (Stage.PLANNING, [("ACCEPT", "water"), ("PLAN", "water")])


def test_when_all_are_upheld_the_street_assesses_anew():
    run = planning(on_site=False)
    parts = [part.id for part in run.case.state.parts]
    for part in parts:
        returned(run, "10-09 10:00", part)
    for part in parts:
        adjudicate(run, part, ReturnOutcome.UPHELD)
    assert (run.case.stage, run.owed()) == (Stage.ASSESSED, [("ASSESS", "donghu")])
    run.call("10-09 13:30", *ALL)
    run.dispatch("10-09 13:40", *ALL)
    assert len(run.case.state.parts) == 6


def test_a_case_does_not_resolve_while_a_return_is_undecided():
    run = planning(on_site=False)
    run.tell("10-13 09:30")
    order = orders.DecidePlan(run.by(), run.part_of(LIGHTING).id, _tasks(run))
    run.take(Command.DECIDE_PLAN, "10-13 10:00", order)
    for unit in (LIGHTING, PARKS):
        run.step("accept", "10-13 10:10", part=run.part_of(unit).id)
        run.step("report_in", "10-13 10:10", part=run.part_of(unit).id)
    refusal = run.refusal(Command.RETURN, "10-13 10:10", orders.Return(run.by(), run.part_of(WATER).id))
    assert refusal.code is RefusalCode.TOO_LATE, "the accept limit is long over"


@pytest.mark.parametrize("level", [Level.SIMPLE, Level.COMPLEX, Level.CRITICAL])
def test_a_regrade_leaves_a_return_to_be_adjudicated(level):
    run = offered()
    part = returned(run)
    run.take(Command.REGRADE, "10-09 10:10", orders.Regrade(run.by(), level))
    adjudicate(run, part, ReturnOutcome.UPHELD)
    holder = "jinjiang" if level is Level.CRITICAL else "donghu"
    assert (run.case.stage, run.owed()[0][1]) == (Stage.ASSESSED, holder)
