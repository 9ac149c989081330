"""The calling cycle as decisions: what each order changes, which duties it ends and opens."""

from __future__ import annotations

import pytest

from models.policy import orders
from models.policy.calling import RECENT_COMMANDS, CallingCase
from models.policy.steps import STEPS, RefusalCode
from models.terms import AssignmentStatus, Clock, Command, DutyStatus, EntryKind, Level, Stage
from tests.models.clockwork import (
    COMMUNITY,
    FULL_MARKS,
    HOUR,
    LIGHTING,
    OFFICE,
    PARKS,
    SIGNERS,
    Run,
    limit,
    rules,
    when,
)

# The way through ----------------------------------------------------------------------------------------


def test_a_general_case_passes_all_six_steps_and_opens_each_duty_in_its_turn():
    run = Run()
    assert run.due() == {"assess-1": "10-09 14:30"}
    run.assess("10-09 09:10")
    assert (run.case.stage, run.due()) == (Stage.ASSESSED, {"assess-1": "10-09 14:30"})
    run.call("10-09 09:20")
    assert (run.case.stage, run.due()) == (Stage.CALLED, {"accept-2": "10-09 14:50"})
    run.step("accept", "10-09 09:30")
    assert run.case.stage is Stage.HANDLING
    assert run.due() == {"report_in-3": "10-10 09:30", "handle-4": "10-17 09:30"}
    run.step("report_in", "10-09 10:00")
    assert run.due() == {"handle-4": "10-17 09:30"}
    run.step("complete", "10-09 11:00", "handler")
    assert (run.case.stage, run.due()) == (Stage.VERIFYING, {"verify-5": "10-11 11:00"})
    run.verify("10-09 13:30")
    assert (run.case.stage, run.due()) == (Stage.REVIEWING, {"review-6": "10-15 12:00"})
    run.review("10-09 14:00")
    assert (run.case.stage, run.due()) == (Stage.FILED, {})
    way = "COLLECTED ASSESSED CALLED ACCEPTED REPORTED_IN COMPLETED VERIFIED ANSWERED REVIEWED FILED"
    assert run.kinds() == way.split()
    assert [note.seq for note in run.notes] == list(range(1, 11))


def test_a_simple_case_goes_to_the_street_s_own_team_and_is_filed_after_verification():
    run = Run(Level.SIMPLE)
    assert run.due() == {"assess-1": "10-09 11:00"}
    run.assess("10-09 09:30", Level.SIMPLE, COMMUNITY)
    assert (run.case.stage, run.due()) == (Stage.HANDLING, {"handle-2": "10-13 09:30"})
    assert (run.part.unit, run.part.status) == (COMMUNITY, AssignmentStatus.ON_SITE)
    run.step("complete", "10-09 14:00", "worker")
    assert (run.case.stage, run.due()) == (Stage.VERIFYING, {"verify-3": "10-10 14:00"})
    run.verify("10-09 15:00")
    assert (run.case.stage, run.due()) == (Stage.FILED, {})
    assert run.kinds() == [
        "COLLECTED",
        "ASSESSED",
        "DISPATCHED",
        "COMPLETED",
        "VERIFIED",
        "ANSWERED",
        "FILED",
    ]


def test_every_duty_ends_fulfilled_with_the_time_it_took():
    run = Run()
    run.to_verifying()
    run.verify("10-09 13:30")
    run.review("10-09 14:00")
    closed = {c.view.duty.key: (c.status, c.spent // 60_000_000) for b in run.batches for c in b.closed}
    assert closed == {
        "assess-1": (DutyStatus.FULFILLED, 20),
        "accept-2": (DutyStatus.FULFILLED, 10),
        "report_in-3": (DutyStatus.FULFILLED, 30),
        "handle-4": (DutyStatus.FULFILLED, 90),
        "verify-5": (DutyStatus.FULFILLED, 60),
        "review-6": (DutyStatus.FULFILLED, 30),
    }


def test_a_duty_that_opens_and_ends_before_anything_is_written_is_in_the_batch():
    run = Run()
    run.assess("10-09 09:10")
    run.call("10-09 09:20")
    for name, at in (("accept", "10-09 09:30"), ("report_in", "10-09 09:31")):
        getattr(run.case, name)(orders.OnAssignment(run.by(), run.part.id), when(at))
    batch = run.case.drain()
    assert [view.duty.key for view in batch.duties] == ["handle-4"]
    assert [closed.view.duty.key for closed in batch.closed] == ["accept-2", "report_in-3"]
    assert batch.closed[1].view.due_at == when("10-10 09:30")


def test_the_batch_holds_the_whole_case_as_it_stands():
    run = Run()
    run.assess("10-09 09:10")
    run.call("10-09 09:20")
    batch = run.batches[-1]
    assert (batch.case, batch.seq, batch.stage, batch.level) == ("case-1", 3, Stage.CALLED, Level.GENERAL)
    assert (batch.category, batch.rulebook, batch.calendar) == ("street_light", "jinjiang/2026.1", "cn-2025")
    assert (batch.department, batch.due_at, batch.yellow_at) == (
        LIGHTING.id,
        when("10-09 14:50"),
        when("10-09 14:02"),
    )
    assert [part.id for part in batch.parts] == [run.part.id]
    assert run.case.drain().notes == []


def test_a_deadline_beyond_the_official_calendar_is_provisional():
    run = Run(opened="12-31 15:00")
    assert [view.provisional for view in run.case.views()] == [True]
    assert [view.provisional for view in Run(opened="12-31 09:00").case.views()] == [False]


# What falls due ------------------------------------------------------------------------------------------


def test_notices_name_duty_holder_target_and_both_instants():
    run = Run()
    run.assess("10-09 09:10")
    run.call("10-09 09:20")
    run.tell("10-09 15:00")
    breach = run.notes[-1]
    assert [n.kind for n in run.notes[3:]] == [EntryKind.REMINDED, EntryKind.REMINDED, EntryKind.BREACHED]
    assert (breach.owed_at, breach.at) == (when("10-09 14:50"), when("10-09 15:00"))
    assert (breach.duty, breach.holder, breach.department) == ("accept-2", LIGHTING, LIGHTING.id)
    assert (breach.rule, breach.data) == ("accept/GENERAL/4 h", {"percent": 100, "duty": "ACCEPT"})
    run.tell("10-20 09:00")
    assert [n.kind for n in run.notes[6:]] == [EntryKind.ESCALATED, EntryKind.ESCALATED]


def test_a_breach_that_came_first_is_told_before_the_late_acceptance():
    run = Run()
    run.assess("10-09 09:10")
    run.call("10-09 09:20")
    run.step("accept", "10-09 14:51")
    assert run.kinds()[-2:] == ["BREACHED", "ACCEPTED"]
    (accept,) = [c for c in run.batches[-1].closed if c.view.duty.key == "accept-2"]
    assert accept.view.duty.told == 3


# Rework ----------------------------------------------------------------------------------------------------


def test_a_failed_verification_reopens_handling_with_its_full_time_and_counts():
    run = Run()
    run.to_verifying()
    run.verify("10-10 09:00", passed=False)
    assert run.case.stage is Stage.HANDLING
    assert run.due() == {"handle-6": "10-17 17:30"}
    assert (run.part.status, run.part.reworks, run.part.done_at) == (AssignmentStatus.ON_SITE, 1, None)
    assert run.notes[-1].data == {"reworks": 1}
    run.step("complete", "10-10 10:00", "handler")
    run.verify("10-10 11:00", passed=False)
    assert (run.part.reworks, run.kinds()[-1]) == (2, "REWORK")
    run.step("complete", "10-11 10:00", "handler")
    run.verify("10-11 11:00")
    assert run.case.stage is Stage.REVIEWING


def test_a_failed_verification_of_a_simple_case_goes_back_to_its_team():
    run = Run(Level.SIMPLE)
    run.assess("10-09 10:00", Level.SIMPLE, COMMUNITY)
    run.step("complete", "10-09 14:00", "worker")
    run.verify("10-10 09:00", passed=False)
    assert (run.case.stage, run.due()) == (Stage.HANDLING, {"handle-4": "10-13 17:30"})


# Regrading -------------------------------------------------------------------------------------------------


def test_a_regrade_counts_the_open_assessment_from_its_own_start():
    run = Run(Level.SIMPLE)
    run.assess("10-09 10:00", Level.GENERAL)
    assert run.due() == {"assess-1": "10-09 14:30"}
    assert run.notes[-1].data == {"level": "GENERAL", "suggested": "SIMPLE"}
    assert run.case.state.duties[0].rule == "assess/GENERAL/4 h"


def test_a_regrade_whose_time_is_past_breaches_now():
    run = Run(Level.GENERAL)
    run.assess("10-09 13:40", new=rules(GENERAL_ASSESS="2 h"))
    told = [(n.kind.value, n.owed_at, n.at) for n in run.notes if n.owed_at]
    assert told == [
        ("REMINDED", when("10-09 11:00"), when("10-09 13:40")),
        ("REMINDED", when("10-09 10:36"), when("10-09 13:40")),
        ("BREACHED", when("10-09 11:00"), when("10-09 13:40")),
        ("ESCALATED", when("10-09 11:24"), when("10-09 13:40")),
        ("ESCALATED", when("10-09 11:48"), when("10-09 13:40")),
    ]


def test_a_regrade_undoes_a_breach_that_the_new_time_moves():
    run = Run(Level.SIMPLE)
    run.tell("10-09 11:01")
    assert run.kinds()[-1] == "BREACHED"
    run.assess("10-09 11:10", Level.GENERAL)
    assert not run.case.duties.overdue(when("10-09 11:10"))
    run.tell("10-09 14:30")
    assert [n.owed_at for n in run.notes if n.kind is EntryKind.BREACHED] == [
        when("10-09 11:00"),
        when("10-09 14:30"),
    ]


def test_assessing_again_without_a_change_keeps_an_extension():
    run = Run()
    run.case.extend(orders.Extend(run.by(), "assess-1", 6 * HOUR, "extension/1"), when("10-09 10:00"))
    run.assess("10-09 10:10")
    assert run.due() == {"assess-1": "10-09 16:30"}


def test_a_corrected_category_brings_its_own_rules():
    run = Run()
    run.assess("10-09 09:10", new=rules("manhole_cover", GENERAL_ACCEPT="2 h"))
    assert run.batches[-1].category == "manhole_cover"
    run.call("10-09 09:20")
    assert run.due() == {"accept-2": "10-09 11:20"}
    assert run.case.state.duties[0].rule == "accept/GENERAL/2 h"


def test_a_corrected_category_may_count_clock_time():
    run = Run(opened="10-09 17:00")
    run.assess("10-09 17:10", new=rules("gas_leak", GENERAL_ASSESS=limit("1 h", Clock.CLOCK)))
    assert run.due() == {"assess-1": "10-09 18:00"}


# The clock's own orders ---------------------------------------------------------------------------------


def test_suspending_and_resuming_moves_every_open_deadline():
    run = Run()
    run.assess("10-09 09:10")
    run.call("10-09 09:20")
    run.step("accept", "10-09 09:30")
    run.case.suspend(orders.Pause(run.by()), when("10-09 10:30"))
    assert run.due() == {"report_in-3": "-", "handle-4": "-"}
    assert (run.case.drain().due_at, run.case.duties.next_instant()) == (None, None)
    run.case.resume(orders.Pause(run.by()), when("10-09 11:30"))
    assert run.due() == {"report_in-3": "10-10 10:30", "handle-4": "10-17 10:30"}


def test_a_handed_over_duty_speaks_of_its_new_holder():
    run = Run()
    run.assess("10-09 09:10")
    run.call("10-09 09:20")
    run.tell("10-09 11:30")
    run.case.hand_over(orders.HandOver(run.by(), "accept-2", PARKS), when("10-09 11:40"))
    run.tell("10-09 14:50")
    assert [n.holder for n in run.notes if n.owed_at] == [LIGHTING, PARKS, PARKS]
    run.case.hand_over(orders.HandOver(run.by(), "accept-2", OFFICE), when("10-09 15:00"))
    run.tell("10-20 09:00")
    assert [n.target.value for n in run.notes if n.owed_at] == ["HOLDER", "HOLDER", "HEAD", "LEADER"]


# Commands ------------------------------------------------------------------------------------------------


def test_the_last_commands_are_remembered_and_no_more():
    case = Run().case
    for number in range(RECENT_COMMANDS + 10):
        case.remember(f"c-{number}")
    assert case.took(f"c-{RECENT_COMMANDS + 9}")
    assert case.took("c-10")
    assert not case.took("c-0")
    assert CallingCase(case.state).took("c-10")


def test_the_state_is_the_whole_case():
    run = Run()
    run.to_verifying()
    again = CallingCase(run.case.state)
    assert again.state == run.case.state
    for case in (run.case, again):
        case.verify(orders.Verify(orders.Actor("c"), True), when("10-09 13:30"))
    assert again.state == run.case.state


def case_at(stage: Stage) -> Run:
    """A GENERAL case brought to `stage` by orders alone."""
    run = Run()
    way = {
        Stage.ASSESSED: lambda: run.assess("10-09 09:10"),
        Stage.CALLED: lambda: run.call("10-09 09:20"),
        Stage.HANDLING: lambda: run.step("accept", "10-09 09:30"),
        Stage.VERIFYING: lambda: (
            run.step("report_in", "10-09 10:00"),
            run.step("complete", "10-09 11:00", "handler"),
        ),
        Stage.REVIEWING: lambda: run.verify("10-09 13:30"),
        Stage.FILED: lambda: run.review("10-09 14:00"),
    }
    for reached, take in way.items():
        if run.case.stage is stage:
            return run
        take()
        assert run.case.stage is reached
    return run


REACHED = [stage for stage in Stage if stage not in (Stage.PLANNING, Stage.CANCELLED)]
"""The stages a GENERAL case passes."""


def asked(run: Run, command: Command):
    """What the case says to a well-formed order of this kind."""
    by = orders.Actor("asked", person="somebody else")
    part = run.case.state.parts[0].id if run.case.state.parts else "none"
    step = orders.OnAssignment(by, part)
    order = {
        Command.ASSESS: orders.Assess(by, Level.GENERAL),
        Command.CALL: orders.CallDepartments(by, "c", [LIGHTING.id]),
        Command.DISPATCH: orders.Dispatch(by, [LIGHTING.id]),
        Command.RETURN: orders.Return(by, part),
        Command.VERIFY: orders.Verify(by, True),
        Command.REVIEW: orders.Review(by, part, FULL_MARKS, SIGNERS),
        Command.NOTE: orders.AddNote(by),
        Command.REGRADE: orders.Regrade(by, Level.SIMPLE),
        Command.CANCEL: orders.Cancel(by),
        Command.MERGE: orders.Merge(by, "case-2"),
        Command.SUSPEND: orders.Pause(by),
    }.get(command, step)
    return run.case.refuse(command, order, run.notes[-1].at)


STEADY = {
    Command.ASSESS,
    Command.CALL,
    Command.DISPATCH,
    Command.ACCEPT,
    Command.RETURN,
    Command.REPORT_IN,
    Command.COMPLETE,
    Command.VERIFY,
    Command.REVIEW,
    Command.NOTE,
    Command.REGRADE,
    Command.CANCEL,
    Command.MERGE,
    Command.SUSPEND,
}
"""The commands that a GENERAL case without incident knows; the others wait for one."""


@pytest.mark.parametrize("stage", REACHED)
def test_a_running_case_refuses_by_the_table(stage):
    run = case_at(stage)
    before = run.case.state
    for command in Command:
        if command not in STEADY:
            continue
        refusal = asked(run, command)
        if stage not in STEPS[command].stages:
            assert refusal.code is RefusalCode.WRONG_STAGE, command
        elif stage is Stage.CALLED and STEPS[command].unrouted:
            assert refusal.code is RefusalCode.ROUTED, command
        elif stage is Stage.HANDLING and command in (Command.COMPLETE, Command.ACCEPT, Command.RETURN):
            assert refusal.code is RefusalCode.WRONG_STATUS, "accepted, and nobody has reported in"
        else:
            assert refusal is None, command
    assert run.case.state == before, "asking changes nothing"


@pytest.mark.parametrize(
    ("scores", "field"),
    [
        pytest.param({**FULL_MARKS, "OUTCOME": 21}, "scores.OUTCOME", id="too many points"),
        pytest.param({k: v for k, v in FULL_MARKS.items() if k != "OUTCOME"}, "scores.OUTCOME", id="missing"),
        pytest.param({**FULL_MARKS, "total": 100}, "scores.total", id="a total of its own"),
    ],
)
def test_a_review_with_wrong_scores_is_refused_by_name(scores, field):
    run = case_at(Stage.REVIEWING)
    order = orders.Review(run.by(), run.part.id, scores, SIGNERS)
    refusal = run.refusal(Command.REVIEW, "10-09 14:00", order)
    assert (refusal.code, refusal.field) == (RefusalCode.BAD_INPUT, field)


def test_the_handler_does_not_verify_its_own_work():
    run = case_at(Stage.VERIFYING)
    refusal = run.refusal(Command.VERIFY, "10-09 13:30", orders.Verify(run.by("handler"), True))
    assert refusal.code is RefusalCode.SAME_PERSON
