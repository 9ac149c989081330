"""Levers: which cases would refuse them, and what they do to those that take them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.policy import orders
from models.policy.calendar import Calendar
from models.policy.levers import LEVER_ROLES, Lever, LeverDuty, LeverFacts, refusal
from models.policy.rulebook import CaseRules
from models.policy.steps import RefusalCode
from models.terms import BatchAction, DutyKind, EntryKind, Role, Stage
from tests.models.clockwork import CALENDAR, HOUR, LIGHTING, PARKS, Run, limit, rules, when

OPEN = LeverFacts(
    Stage.HANDLING,
    "street_light",
    "jinjiang/1",
    "cn/1",
    (LeverDuty(DutyKind.REPORT_IN), LeverDuty(DutyKind.HANDLE)),
    frozenset({"lighting"}),
)
EXTEND = Lever(BatchAction.EXTEND, extra=HOUR)
HAND_OVER = Lever(BatchAction.HAND_OVER, source="lighting", target="parks")
SUSPEND, RESUME = Lever(BatchAction.SUSPEND), Lever(BatchAction.RESUME)
RECOMPUTE = Lever(BatchAction.RECOMPUTE, calendar="cn/2")
MIGRATE = Lever(
    BatchAction.MIGRATE, rulebook="jinjiang/2", categories=frozenset({"street_light"}), calendar="cn/1"
)
LEVERS = (EXTEND, HAND_OVER, SUSPEND, RESUME, RECOMPUTE, MIGRATE)
NOTHING = RefusalCode.NOTHING_TO_CHANGE


@pytest.mark.parametrize("lever", LEVERS, ids=lambda lever: lever.action.value)
def test_an_open_case_takes_a_lever_and_a_closed_one_none(lever):
    standing = replace(OPEN, suspended=lever is RESUME)
    assert refusal(lever, standing) is None
    for stage in (Stage.FILED, Stage.CANCELLED):
        no = refusal(lever, replace(standing, stage=stage))
        assert no is not None
        assert (no.code, no.found) == (RefusalCode.WRONG_STAGE, stage.value)


@pytest.mark.parametrize(
    ("lever", "changes", "code", "field"),
    [
        (EXTEND, {"duties": (LeverDuty(DutyKind.VERIFY),)}, NOTHING, "duty"),
        (EXTEND, {"duties": (LeverDuty(DutyKind.HANDLE, late=True),)}, RefusalCode.TOO_LATE, "duty"),
        (HAND_OVER, {"departments": frozenset({"water"})}, NOTHING, "department"),
        (SUSPEND, {"suspended": True}, RefusalCode.WRONG_STATUS, "issue"),
        (RESUME, {}, RefusalCode.WRONG_STATUS, "issue"),
        (RECOMPUTE, {"calendar": "cn/2"}, NOTHING, "calendar"),
        (MIGRATE, {"rulebook": "jinjiang/2"}, NOTHING, "rulebook"),
        (MIGRATE, {"category": "tree"}, RefusalCode.NOT_FOUND, "category"),
    ],
)
def test_a_case_that_would_not_change_says_why(lever, changes, code, field):
    no = refusal(lever, replace(OPEN, **changes))
    assert no is not None
    assert (no.code, no.field) == (code, field)


def test_one_duty_in_time_is_enough_to_extend():
    duties = (LeverDuty(DutyKind.HANDLE, late=True), LeverDuty(DutyKind.HANDLE))
    assert refusal(EXTEND, replace(OPEN, duties=duties)) is None


def test_every_lever_is_the_operator_s_and_rules_are_theirs_alone():
    assert set(LEVER_ROLES) == set(BatchAction)
    assert all(Role.OPERATOR in roles for roles in LEVER_ROLES.values())
    assert Role.RESPONSE_OFFICE not in LEVER_ROLES[BatchAction.MIGRATE]


# On a case ----------------------------------------------------------------------------------------------


def handling() -> Run:
    """Accepted at 10-09 09:30: report in by 10-10 09:30, done by 10-17 09:30."""
    run = Run()
    run.assess("10-09 09:10")
    run.call("10-09 09:20")
    run.step("accept", "10-09 09:30")
    return run


def other(**changes: object) -> CaseRules:
    return replace(rules(), **changes)


def test_handling_is_extended_by_working_time_and_nothing_else():
    run = handling()
    run.case.extend_handling(
        orders.ExtendHandling(run.by(), 14 * HOUR, "extension/batch"), when("10-09 10:00")
    )
    assert run.due() == {"report_in-3": "10-10 09:30", "handle-4": "10-21 09:30"}
    (note,) = run.case.drain().notes
    assert (note.kind, note.duty, note.rule) == (EntryKind.EXTENDED, "handle-4", "extension/batch")


def test_a_department_s_part_goes_over_with_all_its_duties():
    run = handling()
    run.case.hand_over_parts(orders.HandOverParts(run.by(), LIGHTING.id, PARKS.id), when("10-09 10:00"))
    assert run.part.unit == PARKS
    assert {duty.holder for duty in run.case.duties.state} == {PARKS}
    assert run.due() == {"report_in-3": "10-10 09:30", "handle-4": "10-17 09:30"}
    notes = run.case.drain().notes
    assert [(note.kind, note.department) for note in notes] == [(EntryKind.HANDED_OVER, PARKS.id)]


def test_a_new_holiday_moves_what_is_open_and_a_breach_it_undoes_may_fall_due_again():
    run = Run()
    run.assess("10-09 09:10")
    run.call("10-09 09:20")
    run.tell("10-09 15:00")
    assert [n.data["percent"] for n in run.notes if n.duty == "accept-2"] == [50, 80, 100]
    holiday = replace(CALENDAR, version="cn-2", off=[*CALENDAR.off, "2025-10-09"])
    run.case.replace_rules(orders.ReplaceRules(run.by(), other(calendar=holiday)), when("10-09 15:30"))
    assert run.due() == {"accept-2": "10-10 14:30"}
    batch = run.case.drain()
    (note,) = batch.notes
    assert note.kind is EntryKind.RULES_REPLACED
    assert (note.data["calendarBefore"], note.data["calendar"]) == ("cn-2025", "cn-2")
    assert batch.calendar == "cn-2"
    run.tell("10-10 14:30")
    assert [n.data["percent"] for n in run.notes if n.duty == "accept-2"] == [50, 80, 100, 100]


def test_a_case_migrates_with_the_rulebook_s_times_and_keeps_a_person_s():
    run = handling()
    run.case.extend(orders.Extend(run.by(), "handle-4", 70 * HOUR, "extension/1"), when("10-09 09:40"))
    before = run.due()["handle-4"]
    changed = rules(GENERAL_REPORT_IN="2 d", GENERAL_HANDLE="1 d")
    run.case.replace_rules(
        orders.ReplaceRules(run.by(), replace(changed, rulebook="jinjiang/2026.9")), when("10-09 10:00")
    )
    assert run.due() == {"report_in-3": "10-11 09:30", "handle-4": before}
    assert run.case.drain().rulebook == "jinjiang/2026.9"
    run.step("report_in", "10-09 10:30")
    run.step("complete", "10-09 11:00")
    assert run.case.state.rules.rulebook == "jinjiang/2026.9"


def test_a_kind_that_the_new_rules_do_not_know_keeps_its_time():
    run = handling()
    limits = {key: value for key, value in rules().limits.items() if key != "GENERAL/REPORT_IN"}
    run.case.replace_rules(
        orders.ReplaceRules(run.by(), other(rulebook="jinjiang/9", limits=limits)), when("10-09 10:00")
    )
    assert run.due()["report_in-3"] == "10-10 09:30"


def test_a_shorter_limit_breaches_at_the_instant_it_was_owed():
    run = handling()
    short = other(rulebook="jinjiang/9", limits={**rules().limits, "GENERAL/REPORT_IN": limit("1 h")})
    run.case.replace_rules(orders.ReplaceRules(run.by(), short), when("10-09 15:00"))
    run.tell("10-09 15:00")
    (breach,) = [note for note in run.notes if note.kind is EntryKind.BREACHED]
    assert breach.owed_at == when("10-09 10:30")


def test_a_round_the_clock_calendar_knows_no_notice():
    assert CALENDAR.round_the_clock.runs_round_the_clock
    assert not CALENDAR.runs_round_the_clock
    assert not Calendar("x", [(0, 1440)], weekdays=[0, 1]).runs_round_the_clock
