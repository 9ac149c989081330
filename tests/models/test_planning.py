"""Joint handling (domain guide 3): two dispatches, a plan agreed or decided, N duties side by side."""

from __future__ import annotations

import pytest

from models.policy import orders
from models.policy.duty import Holder
from models.policy.orders import Task
from models.policy.steps import RefusalCode
from models.terms import Command, DutyStatus, EntryKind, Level, PlanStatus, Role, Stage, UnitKind
from tests.models.clockwork import LIGHTING, PARKS, Run, when

WATER = Holder(UnitKind.DEPARTMENT, "water")
ALL = (LIGHTING, PARKS, WATER)


def called(*departments: Holder) -> Run:
    """A COMPLEX case that the street called on 9 October at 09:20."""
    run = Run(Level.COMPLEX)
    run.assess("10-09 09:10", Level.COMPLEX)
    run.call("10-09 09:20", *(departments or ALL))
    return run


def planning(*departments: Holder, on_site: bool = True) -> Run:
    """Dispatched at 09:30; everyone concerned on site by 10:00."""
    run = called(*departments)
    run.dispatch("10-09 09:30", *(departments or ALL))
    for part in run.case.state.parts if on_site else ():
        run.step("accept", "10-09 09:40", part=part.id)
        run.step("report_in", "10-09 10:00", part=part.id)
    return run


def tasks(run: Run, *due: str) -> list[Task]:
    """A task for each part, in turn."""
    parts = run.case.state.parts
    return [Task(p.id, when(due[min(n, len(due) - 1)])) for n, p in enumerate(parts)]


def propose(run: Run, at: str, unit: Holder = LIGHTING, *due: str) -> str:
    part = run.part_of(unit).id
    return run.take(
        Command.PROPOSE_PLAN,
        at,
        orders.ProposePlan(run.by(), part, part, tasks(run, *(due or ("10-16 17:30",)))),
    )


def agree(run: Run, at: str, plan: str, *units: Holder) -> None:
    for unit in units:
        run.take(Command.AGREE_PLAN, at, orders.AgreePlan(run.by(), run.part_of(unit).id, plan))


def test_the_office_dispatches_what_the_street_called():
    run = called()
    assert (run.case.stage, run.due()) == (Stage.CALLED, {"dispatch-2": "10-09 14:50"})
    assert run.owed() == [("DISPATCH", "jinjiang")]
    assert run.notes[-1].data == {"call": "call-1", "departments": ["lighting", "parks", "water"]}
    run.dispatch("10-09 09:30", *ALL)
    assert run.case.stage is Stage.PLANNING
    assert run.due() == {
        "accept-3": "10-09 15:00",
        "accept-4": "10-09 15:00",
        "accept-5": "10-09 15:00",
        "plan-6": "10-13 09:30",
    }
    assert run.owed()[-1] == ("PLAN", "lighting"), "whoever is named first convenes"


def test_an_agreed_plan_is_the_second_dispatch_and_three_clocks_run_side_by_side():
    run = planning()
    plan = propose(run, "10-09 10:30", PARKS, "10-10 12:00", "10-11 17:30", "10-16 10:00")
    agree(run, "10-09 11:00", plan, LIGHTING)
    assert run.case.stage is Stage.PLANNING
    agree(run, "10-09 11:30", plan, WATER)
    assert (run.case.stage, run.case.state.plan) == (Stage.HANDLING, None)
    assert run.due() == {"handle-10": "10-10 12:00", "handle-11": "10-11 17:30", "handle-12": "10-16 10:00"}
    assert run.case.state.duties[0].rule == "plan/COMPLEX/2025-10-10 12:00"
    assert [part.lead for part in run.case.state.parts] == [False, True, False]
    assert run.case.departments == ["parks", "lighting", "water"]
    (settled,) = run.batches[-1].plans
    assert (settled.status, settled.settled_at) == (PlanStatus.AGREED, when("10-09 11:30"))
    second = [n.data for n in run.notes if n.kind is EntryKind.DISPATCHED][3:]
    assert [(d["dispatch"], d["lead"]) for d in second] == [(2, False), (2, True), (2, False)]


def test_the_issue_is_resolved_when_all_tasks_are():
    run = planning()
    agree(run, "10-09 11:00", propose(run, "10-09 10:30"), PARKS, WATER)
    for n, unit in enumerate(ALL):
        assert run.case.stage is Stage.HANDLING
        run.step("complete", f"10-1{n} 09:30", f"handler-{n}", run.part_of(unit).id)
    assert (run.case.stage, run.owed()) == (Stage.VERIFYING, [("VERIFY", "donghu")])
    run.verify("10-13 09:00")
    assert run.owed() == [("REVIEW", "donghu")] * 3
    for unit in ALL:
        run.review("10-13 10:00", part=run.part_of(unit).id)
    assert run.case.stage is Stage.FILED


def test_a_new_proposal_voids_the_agreements_to_the_old_one():
    run = planning()
    first = propose(run, "10-09 10:30")
    agree(run, "10-09 10:40", first, PARKS)
    second = propose(run, "10-09 10:50", PARKS)
    assert [(p.id, p.status) for p in run.batches[-1].plans] == [
        (first, PlanStatus.VOIDED),
        (second, PlanStatus.PROPOSED),
    ]
    late = orders.AgreePlan(run.by(), run.part_of(WATER).id, first)
    assert run.refusal(Command.AGREE_PLAN, "10-09 11:00", late).code is RefusalCode.NOT_FOUND
    twice = orders.AgreePlan(run.by(), run.part_of(PARKS).id, second)
    assert run.refusal(Command.AGREE_PLAN, "10-09 11:00", twice).code is RefusalCode.WRONG_STATUS
    agree(run, "10-09 11:00", second, LIGHTING, WATER)
    assert run.case.stage is Stage.HANDLING


def test_one_department_alone_agrees_with_itself():
    run = planning(LIGHTING)
    propose(run, "10-09 10:30")
    assert (run.case.stage, run.owed()) == (Stage.HANDLING, [("HANDLE", "lighting")])


def test_a_plan_that_is_not_agreed_in_time_is_the_office_s_from_the_instant_owed():
    run = planning()
    propose(run, "10-09 10:30")
    run.tell("10-13 11:00")
    decide = run.case.state.duties[0]
    assert (decide.kind.value, decide.holder.id, decide.opened_at) == (
        "DECIDE_PLAN",
        "jinjiang",
        when("10-13 09:30"),
    )
    (plan,) = [c for c in run.batches[-1].closed if c.view.duty.kind.value == "PLAN"]
    assert (plan.status, plan.at, plan.view.duty.told) == (DutyStatus.CANCELLED, when("10-13 09:30"), 3)
    assert [n.target.value for n in run.notes if n.data.get("duty") == "PLAN"] == ["HOLDER", "HOLDER", "HEAD"]
    order = orders.DecidePlan(run.by(), run.part_of(WATER).id, tasks(run, "10-20 17:30"))
    run.take(Command.DECIDE_PLAN, "10-13 11:30", order)
    assert run.case.stage is Stage.HANDLING
    assert run.owed() == [("HANDLE", "lighting"), ("HANDLE", "parks"), ("HANDLE", "water")]
    assert [p.status for p in run.batches[-1].plans] == [PlanStatus.VOIDED, PlanStatus.DECIDED]


def test_what_the_office_owes_falls_due_even_when_nobody_woke_up_for_days():
    run = planning()
    run.tell("10-20 09:00")
    told = [
        (n.data["duty"], n.target.value, n.owed_at) for n in run.notes if n.data.get("duty") == "DECIDE_PLAN"
    ]
    assert told[2] == ("DECIDE_PLAN", "HEAD", when("10-14 09:30"))
    assert len(told) == 4, "the office's own rung is left out"


def test_the_office_s_plan_does_not_wait_for_who_is_not_there():
    run = planning(on_site=False)
    run.tell("10-13 09:30")
    order = orders.DecidePlan(run.by(), run.part_of(LIGHTING).id, tasks(run, "10-20 17:30"))
    run.take(Command.DECIDE_PLAN, "10-13 10:00", order)
    assert sorted(run.owed()) == sorted([(kind, unit.id) for unit in ALL for kind in ("ACCEPT", "HANDLE")])
    run.step("accept", "10-13 10:10", part=run.part_of(PARKS).id)
    assert run.owed().count(("HANDLE", "parks")) == 1
    assert ("REPORT_IN", "parks") in run.owed()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        pytest.param(lambda made: made[:2], "tasks", id="a part has no task"),
        pytest.param(lambda made: [*made, made[0]], "tasks", id="a part has two"),
        pytest.param(lambda made: [*made[:2], Task("x", made[0].due_at)], "tasks", id="a part unknown"),
        pytest.param(
            lambda made: [*made[:2], Task(made[2].assignment, when("10-09 10:20"))],
            "tasks.2.dueAt",
            id="past",
        ),
        pytest.param(
            lambda made: [Task(made[0].assignment, when("11-30 09:00")), *made[1:]],
            "tasks.0.dueAt",
            id="beyond the level's handling time",
        ),
        pytest.param(
            lambda made: [Task(made[0].assignment, when("10-09 13:00")), *made[1:]],
            None,
            id="in the lunch break",
        ),
    ],
)
def test_a_plan_names_each_part_once_and_a_time_within_the_limit(change, field):
    run = planning()
    part = run.part_of(LIGHTING).id
    order = orders.ProposePlan(run.by(), part, part, change(tasks(run, "10-16 17:30")))
    refusal = run.refusal(Command.PROPOSE_PLAN, "10-09 10:30", order)
    assert (refusal and refusal.field) == field


def test_a_plan_has_one_lead_of_those_concerned():
    run = planning()
    part = run.part_of(LIGHTING).id
    order = orders.ProposePlan(run.by(), part, "somebody", tasks(run, "10-16 17:30"))
    assert run.refusal(Command.PROPOSE_PLAN, "10-09 10:30", order).field == "lead"


# Critical ------------------------------------------------------------------------------------------------


def test_what_is_assessed_critical_is_the_leader_s_to_dispatch_on_clock_time():
    run = Run(Level.GENERAL, opened="10-09 12:10")
    run.assess("10-09 12:20", Level.CRITICAL)
    assert (run.due(), run.owed()) == ({"dispatch-2": "10-09 12:50"}, [("DISPATCH", "jinjiang")])
    assert run.case.state.duties[0].holder.kind is UnitKind.LEADER
    run.dispatch("10-09 12:30", LIGHTING, PARKS, role=Role.DISTRICT_LEADER)
    assert run.due() == {"accept-3": "10-09 13:00", "accept-4": "10-09 13:00", "plan-5": "10-10 12:00"}
    assert [part.lead for part in run.case.state.parts] == [True, False]
    for part in run.case.state.parts:
        run.step("accept", "10-09 12:40", part=part.id)
    assert run.due()["report_in-6"] == "10-09 14:40"


@pytest.mark.parametrize("stage", ["collected", "assessed", "called"])
def test_a_leader_dispatches_top_down_what_nobody_has_yet(stage):
    run = Run(Level.COMPLEX)
    if stage != "collected":
        run.assess("10-09 09:10", Level.COMPLEX)
    if stage == "called":
        run.call("10-09 09:15", *ALL)
    run.dispatch("10-09 09:20", PARKS, role=Role.DISTRICT_LEADER)
    assert (run.case.level, run.case.stage) == (Level.CRITICAL, Stage.PLANNING)
    assert run.owed() == [("ACCEPT", "parks"), ("PLAN", "parks")]


def test_nobody_returns_what_is_critical():
    run = Run()
    run.dispatch("10-09 09:20", PARKS, role=Role.DISTRICT_LEADER)
    refusal = run.refusal(Command.RETURN, "10-09 09:30", orders.Return(run.by(), run.part.id))
    assert refusal.code is RefusalCode.WRONG_LEVEL


@pytest.mark.parametrize("departments", [[], ["water", "water"]])
def test_a_dispatch_names_departments_once_each(departments):
    run = called()
    order = orders.Dispatch(run.by(role=Role.RESPONSE_OFFICE), departments)
    refusal = run.refusal(Command.DISPATCH, "10-09 09:30", order)
    assert (refusal.code, refusal.field) == (RefusalCode.BAD_INPUT, "departments")


def test_a_general_call_names_one_department():
    run = Run()
    run.assess("10-09 09:10")
    order = orders.CallDepartments(run.by(), "call", ["water", "parks"])
    assert run.refusal(Command.CALL, "10-09 09:20", order).field == "departments"
