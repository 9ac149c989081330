"""Closed cases run again under other rules."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.policy import orders
from models.policy.rehearsal import PastCase, PastDuty, PastStep, rehearse, summed
from models.policy.rulebook import CaseRules, Item, Rulebook
from models.terms import Clock, Command, EntryKind, Level, Role
from models.terms import RehearsedChange as Change
from tests.models.clockwork import HOUR, LIGHTING, OFFICE, PARKS, Run, limit, rules, when
from tests.models.test_planning import planning, tasks

MOVING = {
    EntryKind.ASSESSED,
    EntryKind.DISPATCHED,
    EntryKind.REGRADED,
    EntryKind.EXTENDED,
    EntryKind.HANDED_OVER,
    EntryKind.SUSPENDED,
    EntryKind.RESUMED,
}


def book(level: Level = Level.GENERAL, departments: tuple[str, ...] = ("lighting",), **overrides) -> Rulebook:
    """A rulebook with one line; `GENERAL_ASSESS="1 h"` replaces a limit."""
    of: CaseRules = rules(**overrides)
    item = Item("street_light", "parts", "路灯", "Lamps", level, list(departments))
    return Rulebook("jinjiang", "new", of.calendar, of.limits, of.ladders, [], [item], [])


def past(run: Run, suggested: Level = Level.GENERAL) -> PastCase:
    """The run as its tables show it."""
    told: dict[str, int] = {}
    for note in run.notes:
        if note.duty and "percent" in note.data:
            told[note.duty] = int(note.data["percent"])
    ended = [closed for batch in run.batches for closed in batch.closed]
    return PastCase(
        "case-1",
        "street_light",
        suggested,
        tuple(
            PastStep(
                note.kind,
                note.at,
                Level(str(note.data["level"])) if "level" in note.data else None,
                note.duty,
                note.holder,
            )
            for note in run.notes
            if note.kind in MOVING
        ),
        tuple(
            PastDuty(
                duty.key,
                duty.kind,
                duty.holder,
                duty.opened_at,
                closed.at,
                duty.allowed,
                duty.rule,
                duty.clock,
                told.get(duty.key, 0),
            )
            for closed in ended
            for duty in [closed.view.duty]
        ),
        ("lighting",),
    )


def filed(run: Run) -> Run:
    run.verify("10-09 13:30")
    run.review("10-09 14:00")
    return run


def plain() -> Run:
    run = Run()
    run.to_verifying()
    return filed(run)


def late() -> Run:
    """Accepted two days late, so that the ladder was climbed to the leader."""
    run = Run()
    run.assess("10-09 09:10")
    run.call("10-09 09:20")
    for name, at in (("accept", "10-11 10:00"), ("report_in", "10-11 10:10"), ("complete", "10-11 10:20")):
        run.step(name, at)
    run.verify("10-11 10:30")
    run.review("10-11 10:40")
    return run


def moved() -> Run:
    """Extended by hand, suspended over a day, handed to the office, which is not told as office."""
    run = Run()
    run.assess("10-09 09:10")
    run.call("10-09 09:20")
    case = run.case
    case.extend(orders.Extend(run.by(), "accept-2", 6 * HOUR, "extension/1"), when("10-09 09:30"))
    case.suspend(orders.Pause(run.by()), when("10-09 10:00"))
    case.resume(orders.Pause(run.by()), when("10-10 10:00"))
    case.hand_over(orders.HandOver(run.by(), "accept-2", OFFICE), when("10-10 10:30"))
    for name, at in (("accept", "10-13 17:00"), ("report_in", "10-13 17:10"), ("complete", "10-13 17:20")):
        run.step(name, at)
    run.verify("10-13 17:25")
    run.review("10-13 17:28")
    return run


def regraded() -> Run:
    """Suggested SIMPLE, assessed GENERAL after the two hours of SIMPLE were over."""
    run = Run(Level.SIMPLE)
    run.assess("10-09 11:30", Level.GENERAL)
    run.call("10-09 11:40")
    for name, at in (("accept", "10-09 14:00"), ("report_in", "10-09 14:10"), ("complete", "10-09 14:20")):
        run.step(name, at)
    run.verify("10-09 14:30")
    run.review("10-09 14:40")
    return run


def joint() -> Run:
    """COMPLEX: a plan decided late by the office, a task overdue, regraded, suspended, and cancelled."""
    run = planning()
    run.tell("10-14 16:00")
    decided = orders.DecidePlan(run.by(), run.part_of(PARKS).id, tasks(run, "10-16 17:30"))
    run.take(Command.DECIDE_PLAN, "10-14 16:30", decided)
    run.step("complete", "10-16 09:00", part=run.part_of(LIGHTING).id)
    run.take(Command.SUSPEND, "10-20 09:30", orders.Pause(run.by()))
    run.take(Command.RESUME, "10-21 09:30", orders.Pause(run.by()))
    run.tell("10-22 09:30")
    run.take(Command.CANCEL, "10-22 10:00", orders.Cancel(run.by(role=Role.RESPONSE_OFFICE)))
    return run


@pytest.mark.parametrize(
    ("run", "suggested"),
    [
        (joint, Level.COMPLEX),
        (plain, Level.GENERAL),
        (late, Level.GENERAL),
        (moved, Level.GENERAL),
        (regraded, Level.SIMPLE),
    ],
)
def test_under_its_own_rules_a_case_tells_what_it_told(run, suggested):
    same = book(suggested)
    assert rehearse(past(run(), suggested), same, same).same


def test_a_shorter_limit_would_have_breached_and_says_when_and_by_which_line():
    found = rehearse(past(plain()), book(), book(GENERAL_HANDLE="1 h"))
    (change,) = found.duties
    assert (change.change, change.key, change.before, change.after) == (
        Change.BREACHED,
        "handle-4",
        0,
        140,
    )
    assert (change.due_at, change.rule) == (when("10-09 10:30"), "handle/GENERAL/1 h")
    assert change.target is not None
    assert change.target.value == "LEADER"


def test_a_longer_limit_would_have_relieved_and_a_middle_one_settled_lower():
    for text, change, after in (("20 h", Change.RELIEVED, 0), ("13 h", Change.SETTLED, 100)):
        found = rehearse(past(late()), book(), book(GENERAL_ACCEPT=text))
        (one,) = found.duties
        assert (one.change, one.before) == (change, 140)
        assert after <= one.after < after + 100


def test_a_duty_that_breached_would_have_climbed_higher():
    run = Run()
    run.assess("10-09 09:10")
    run.call("10-09 09:20")
    run.step("accept", "10-09 15:00")
    run.step("report_in", "10-09 15:01")
    run.step("complete", "10-09 15:02")
    run.verify("10-09 15:03")
    run.review("10-09 15:04")
    found = rehearse(past(run), book(), book(GENERAL_ACCEPT="3 h"))
    assert [(one.change, one.before, one.after) for one in found.duties] == [(Change.CLIMBED, 100, 120)]
    assert summed([found]) == {
        Change.BREACHED: 0,
        Change.RELIEVED: 0,
        Change.CLIMBED: 1,
        Change.SETTLED: 0,
    }


def test_a_time_that_a_person_set_stays():
    """Six hours were granted; a book that gives one hour does not take them back once they were."""
    found = rehearse(past(moved()), book(), book(GENERAL_ACCEPT="5 h"))
    assert found.same


def test_holidays_of_another_calendar_are_not_worked():
    new = book()
    new = replace(new, calendar=replace(new.calendar, off=[*new.calendar.off, "2025-10-09", "2025-10-10"]))
    found = rehearse(past(late()), book(), new)
    assert [one.change for one in found.duties] == [Change.RELIEVED]


@pytest.mark.parametrize(
    ("new", "level", "departments", "listed"),
    [
        (book(Level.SIMPLE), Level.SIMPLE, ("lighting",), True),
        (book(departments=("parks", "lighting")), Level.GENERAL, ("parks", "lighting"), True),
        (replace(book(), items=[]), Level.GENERAL, (), False),
    ],
    ids=["level", "department", "off the list"],
)
def test_what_would_have_gone_elsewhere_says_where(new, level, departments, listed):
    found = rehearse(past(plain()), book(), new).elsewhere
    assert found is not None
    assert (found.level, found.departments, found.listed) == (level, departments, listed)
    assert (found.level_before, found.departments_before) == (Level.GENERAL, ("lighting",))


def test_a_department_added_behind_the_first_sends_nothing_elsewhere():
    assert rehearse(past(plain()), book(), book(departments=("lighting", "parks"))).elsewhere is None


def test_a_kind_without_a_limit_keeps_its_time():
    new = book()
    del new.limits["GENERAL/HANDLE"]
    assert rehearse(past(plain()), book(), new).same


def test_clock_time_counts_nights():
    """Accepted two nights later: 14 h 40 min of working time, two days of the clock."""
    nightly = replace(limit("20 h"), clock=Clock.CLOCK)
    assert [one.change for one in rehearse(past(late()), book(), book(GENERAL_ACCEPT="20 h")).duties] == [
        Change.RELIEVED
    ]
    assert rehearse(past(late()), book(), book(GENERAL_ACCEPT=nightly)).same
