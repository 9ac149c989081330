"""What moves deadlines: extension, suspension, hand-over, regrading and cancelling (domain guide 3)."""

from __future__ import annotations

import pytest

from models.policy import orders
from models.policy.calling import CallingCase
from models.policy.steps import RefusalCode
from models.terms import (
    Command,
    DutyStatus,
    EntryKind,
    ExtensionStatus,
    HandoverStatus,
    Level,
    Role,
    Stage,
)
from tests.models.clockwork import COMMUNITY, LIGHTING, PARKS, STREET, Run, when
from tests.models.test_planning import WATER, called, planning


def handling() -> Run:
    """GENERAL, accepted at 09:30: to be handled by 17 October 09:30."""
    run = Run()
    run.assess("10-09 09:10")
    run.call("10-09 09:20")
    run.step("accept", "10-09 09:30")
    run.step("report_in", "10-09 10:00")
    return run


# Extension -----------------------------------------------------------------------------------------------


def ask(run: Run, at: str, until: str) -> None:
    run.take(Command.ASK_EXTENSION, at, orders.AskExtension(run.by(), run.part.id, when(until)))


def decide(run: Run, at: str, granted: bool, until: str | None = None) -> None:
    order = orders.DecideExtension(run.by(), run.part.id, granted, when(until) if until else None)
    run.take(Command.DECIDE_EXTENSION, at, order)


@pytest.mark.parametrize(
    ("granted", "until", "due", "status"),
    [
        pytest.param(True, None, "10-21 12:00", ExtensionStatus.GRANTED, id="as asked"),
        pytest.param(True, "10-20 12:00", "10-20 12:00", ExtensionStatus.GRANTED, id="less"),
        pytest.param(False, None, "10-17 09:30", ExtensionStatus.REFUSED, id="not at all"),
    ],
)
def test_the_office_decides_an_extension(granted, until, due, status):
    run = handling()
    ask(run, "10-15 09:00", "10-21 12:00")
    assert run.due() == {"handle-4": "10-17 09:30", "decide_extension-5": "10-15 14:30"}
    decide(run, "10-15 10:00", granted, until)
    assert run.due() == {"handle-4": due}
    assert [one.status for one in run.batches[-1].extensions] == [status]


def test_an_extension_names_its_rule_and_undoes_a_breach_that_came_while_it_was_decided():
    run = handling()
    ask(run, "10-17 09:00", "10-21 12:00")
    run.tell("10-17 09:30")
    assert run.kinds()[-1] == "BREACHED"
    decide(run, "10-17 10:00", True)
    assert run.case.state.duties[0].rule == "extension/GENERAL/2025-10-21 12:00"
    assert not run.case.duties.overdue(when("10-17 10:00"))


def test_more_time_is_asked_for_at_most_twice_a_duty():
    run = handling()
    for n in (1, 2):
        ask(run, f"10-1{n} 09:00", f"10-2{n} 12:00")
        decide(run, f"10-1{n} 10:00", False)
    order = orders.AskExtension(run.by(), run.part.id, when("10-24 12:00"))
    refusal = run.refusal(Command.ASK_EXTENSION, "10-13 09:00", order)
    assert (refusal.code, refusal.found, refusal.expected) == (RefusalCode.TOO_MANY, "2", ("2",))
    run.step("complete", "10-13 10:00")
    run.verify("10-13 11:00", passed=False)
    ask(run, "10-14 09:00", "10-28 12:00")


@pytest.mark.parametrize(
    ("at", "until", "code"),
    [
        pytest.param("10-17 09:30", "10-21 12:00", RefusalCode.TOO_LATE, id="after the due time"),
        pytest.param("10-15 09:00", "10-17 09:30", RefusalCode.BAD_INPUT, id="to no later than it is due"),
        pytest.param("10-15 09:00", "10-01 09:30", RefusalCode.BAD_INPUT, id="to the past"),
    ],
)
def test_an_extension_is_asked_for_in_time_and_for_later(at, until, code):
    run = handling()
    run.tell(at)
    order = orders.AskExtension(run.by(), run.part.id, when(until))
    assert run.refusal(Command.ASK_EXTENSION, at, order).code is code


def test_one_request_at_a_time_and_it_lapses_with_the_duty():
    run = handling()
    ask(run, "10-15 09:00", "10-21 12:00")
    again = orders.AskExtension(run.by(), run.part.id, when("10-22 12:00"))
    assert run.refusal(Command.ASK_EXTENSION, "10-15 09:10", again).code is RefusalCode.WRONG_STATUS
    run.step("complete", "10-15 09:20")
    assert run.owed() == [("VERIFY", "donghu")]
    assert [one.status for one in run.batches[-1].extensions] == [ExtensionStatus.LAPSED]
    assert run.case.state.extensions == []


# Suspension ---------------------------------------------------------------------------------------------


def test_what_opens_while_suspended_opens_stopped_and_runs_from_the_resumption():
    run = called()
    run.take(Command.SUSPEND, "10-09 09:30", orders.Pause(run.by()))
    assert run.due() == {"dispatch-2": "-"}
    run.take(Command.REGRADE, "10-09 10:00", orders.Regrade(run.by(), Level.GENERAL))
    assert (run.case.stage, run.due()) == (Stage.ASSESSED, {"assess-3": "-"})
    assert run.batches[-1].suspended
    run.take(Command.RESUME, "10-10 09:00", orders.Pause(run.by()))
    assert run.due() == {"assess-3": "10-10 14:30"}


def test_time_suspended_is_not_counted_and_nothing_is_told_meanwhile():
    run = handling()
    run.take(Command.SUSPEND, "10-09 10:30", orders.Pause(run.by()))
    lines = len(run.notes)
    run.tell("11-10 09:00")
    assert len(run.notes) == lines
    assert run.refusal(Command.SUSPEND, "11-10 09:00", orders.Pause(run.by())).found == "SUSPENDED"
    done = orders.OnAssignment(run.by(), run.part.id)
    assert run.refusal(Command.COMPLETE, "11-10 09:00", done).found == "SUSPENDED"
    run.take(Command.RESUME, "11-10 09:00", orders.Pause(run.by()))
    assert run.due() == {"handle-4": "11-18 16:30"}, "one hour of seven days was used"


# Hand-over ----------------------------------------------------------------------------------------------


def offer(run: Run, at: str = "10-09 10:10", to=PARKS) -> None:
    run.take(Command.OFFER_HANDOVER, at, orders.OfferHandover(run.by(), run.part.id, to))


def test_a_part_stays_with_the_first_asked_until_the_other_accepts():
    run = handling()
    offer(run)
    assert (run.part.unit, run.owed()) == (LIGHTING, [("HANDLE", "lighting")])
    run.step("accept_handover", "10-09 10:30")
    assert (run.part.unit, run.owed()) == (PARKS, [("HANDLE", "parks")])
    assert run.due() == {"handle-4": "10-17 09:30"}, "the time is the same"
    assert [one.status for one in run.batches[-1].handovers] == [HandoverStatus.ACCEPTED]
    assert run.notes[-1].department == "parks"


def test_a_declined_offer_changes_nothing_and_leaves_room_for_another():
    run = handling()
    offer(run)
    run.step("decline_handover", "10-09 10:30")
    assert (run.part.unit, run.case.state.handovers) == (LIGHTING, [])
    offer(run, "10-09 10:40", WATER)
    run.step("complete", "10-09 10:50")
    assert [one.status for one in run.batches[-1].handovers] == [HandoverStatus.LAPSED]


def test_an_offer_is_taken_while_it_stands_and_there_is_one():
    run = handling()
    step = orders.OnAssignment(run.by(), run.part.id)
    refusal = run.refusal(Command.ACCEPT_HANDOVER, "10-09 10:10", step)
    assert (refusal.code, refusal.field) == (RefusalCode.NOT_FOUND, "handover")
    offer(run)
    again = orders.OfferHandover(run.by(), run.part.id, WATER)
    assert run.refusal(Command.OFFER_HANDOVER, "10-09 10:20", again).code is RefusalCode.WRONG_STATUS


@pytest.mark.parametrize("to", [COMMUNITY, STREET, LIGHTING], ids=["a community", "a street", "itself"])
def test_a_department_hands_over_to_another_department(to):
    run = handling()
    order = orders.OfferHandover(run.by(), run.part.id, to)
    refusal = run.refusal(Command.OFFER_HANDOVER, "10-09 10:10", order)
    assert (refusal.code, refusal.field) == (RefusalCode.BAD_INPUT, "to")


def test_an_own_team_hands_over_to_another_of_its_street():
    run = Run(Level.SIMPLE)
    run.assess("10-09 09:10", Level.SIMPLE, COMMUNITY)
    offer(run, to=STREET)
    run.step("accept_handover", "10-09 10:30")
    assert run.owed() == [("HANDLE", "donghu")]


def test_who_convenes_hands_that_over_too():
    run = planning()
    part = run.part_of(LIGHTING).id
    other = WATER.__class__(WATER.kind, "police")
    run.take(Command.OFFER_HANDOVER, "10-09 10:10", orders.OfferHandover(run.by(), part, other))
    run.step("accept_handover", "10-09 10:20", part=part)
    assert ("PLAN", "police") in run.owed()


# Regrading ----------------------------------------------------------------------------------------------


def test_a_regrade_recomputes_every_open_duty_from_its_own_start():
    run = handling()
    run.take(Command.REGRADE, "10-10 09:00", orders.Regrade(run.by(), Level.COMPLEX))
    assert run.due() == {"handle-4": "11-19 09:30"}
    run.take(Command.REGRADE, "10-10 10:00", orders.Regrade(run.by(), Level.SIMPLE))
    assert run.due() == {"handle-4": "10-13 09:30"}
    assert run.notes[-1].data == {"level": "SIMPLE", "before": "COMPLEX"}


def test_a_regrade_whose_time_is_past_breaches_now():
    run = Run()
    run.assess("10-09 09:10")
    run.call("10-09 09:20")
    run.take(Command.REGRADE, "10-09 10:30", orders.Regrade(run.by(), Level.CRITICAL))
    breach = next(n for n in run.notes if n.kind is EntryKind.BREACHED)
    assert (breach.owed_at, breach.at) == (when("10-09 09:50"), when("10-09 10:30"))


def test_a_kind_that_the_new_level_does_not_know_keeps_its_time():
    run = Run()
    run.assess("10-09 09:10")
    run.call("10-09 09:20")
    run.take(Command.REGRADE, "10-09 10:00", orders.Regrade(run.by(), Level.SIMPLE))
    assert run.due() == {"accept-2": "10-09 14:50"}
    run.step("accept", "10-09 10:10")
    assert run.case.duties.state[0].rule == "report_in/GENERAL/1 d", "the next heavier level's"


@pytest.mark.parametrize(
    ("level", "owed"),
    [
        (Level.CRITICAL, [("DISPATCH", "jinjiang")]),
        (Level.COMPLEX, [("ASSESS", "donghu")]),
        (Level.SIMPLE, [("ASSESS", "donghu")]),
    ],
)
def test_before_any_part_a_regrade_leaves_the_duty_that_fits(level, owed):
    run = Run(Level.GENERAL)
    run.take(Command.REGRADE, "10-09 09:20", orders.Regrade(run.by(), level))
    assert (run.case.stage, run.owed()) == (Stage.ASSESSED, owed)


# Cancelling ---------------------------------------------------------------------------------------------


def test_the_office_cancels_at_any_open_stage_and_nothing_is_owed():
    run = handling()
    ask(run, "10-15 09:00", "10-21 12:00")
    run.take(Command.CANCEL, "10-15 09:10", orders.Cancel(run.by(role=Role.RESPONSE_OFFICE)))
    assert (run.case.stage, run.owed(), run.kinds()[-1]) == (Stage.CANCELLED, [], "CANCELLED")
    assert {c.status for c in run.batches[-1].closed} == {DutyStatus.CANCELLED}
    assert run.notes[-1].data == {"reports": ["report-1"], "round": 0}


def test_the_street_cancels_what_nobody_has_a_part_in():
    run = called()
    run.take(Command.CANCEL, "10-09 09:30", orders.Cancel(run.by(role=Role.STREET_CLERK)))
    assert run.case.stage is Stage.CANCELLED
    other = handling()
    order = orders.Cancel(other.by(role=Role.STREET_CLERK))
    assert other.refusal(Command.CANCEL, "10-09 10:10", order).code is RefusalCode.WRONG_STAGE


def test_the_state_carries_whatever_is_under_way():
    run = handling()
    ask(run, "10-15 09:00", "10-21 12:00")
    offer(run, "10-15 09:10")
    again = CallingCase(run.case.state)
    decision = orders.DecideExtension(run.by(), run.part.id, True)
    for case in (run.case, again):
        case.take(Command.DECIDE_EXTENSION, decision, when("10-15 10:00"))
        case.take(Command.ACCEPT_HANDOVER, orders.OnAssignment(decision.by, run.part.id), when("10-15 10:00"))
    assert again.state == run.case.state
