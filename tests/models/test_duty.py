"""The clock every cycle is made of: who hears what at which instant, whatever happens in between."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.policy.calendar import MICROSECOND
from models.policy.duty import Duties, NoSuchDutyError, ladder_for, light
from models.terms import Clock, Light
from tests.models.clockwork import (
    CALENDAR,
    HOUR,
    LADDER,
    LEADER,
    LIGHTING,
    OFFICE,
    PARKS,
    duties,
    duty,
    told,
    when,
)

FOUR_HOURS = [
    ("HOLDER 50", "10-09 11:00"),
    ("HOLDER 80", "10-09 13:42"),
    ("HEAD 100", "10-09 14:30"),
    ("OFFICE 120", "10-09 15:18"),
    ("LEADER 140", "10-09 16:06"),
]


@pytest.mark.parametrize(
    ("opened", "hours", "clock", "expected"),
    [
        pytest.param("10-09 09:00", 4, Clock.WORKING, FOUR_HOURS, id="across lunch"),
        pytest.param("10-09 03:00", 4, Clock.WORKING, FOUR_HOURS, id="opened at night"),
        pytest.param("10-01 10:00", 4, Clock.WORKING, FOUR_HOURS, id="opened on a holiday"),
        pytest.param(
            "09-30 16:00",
            4,
            Clock.WORKING,
            [
                ("HOLDER 50", "10-09 09:30"),
                ("HOLDER 80", "10-09 10:42"),
                ("HEAD 100", "10-09 11:30"),
                ("OFFICE 120", "10-09 13:48"),
                ("LEADER 140", "10-09 14:36"),
            ],
            id="over the national holiday",
        ),
        pytest.param(
            "09-27 12:00",
            7,
            Clock.WORKING,
            [
                ("HOLDER 50", "09-28 14:00"),
                ("HOLDER 80", "09-28 16:06"),
                ("HEAD 100", "09-28 17:30"),
                ("OFFICE 120", "09-29 10:24"),
                ("LEADER 140", "09-29 11:48"),
            ],
            id="a make-up Sunday is worked",
        ),
        pytest.param(
            "10-03 22:00",
            2,
            Clock.CLOCK,
            [
                ("HOLDER 50", "10-03 23:00"),
                ("HOLDER 80", "10-03 23:36"),
                ("HEAD 100", "10-04 00:00"),
                ("OFFICE 120", "10-04 00:24"),
                ("LEADER 140", "10-04 00:48"),
            ],
            id="clock time runs through holiday and night",
        ),
    ],
)
def test_each_rung_is_owed_at_its_minute(opened, hours, clock, expected):
    running = duties(duty(opened, hours, clock=clock))
    assert told(running, "10-20 09:00") == expected
    assert told(running, "10-30 09:00") == []


def test_a_rung_is_told_at_its_instant_and_not_a_microsecond_before():
    running = duties(duty("10-09 09:00"))
    assert running.advance(when("10-09 11:00") - MICROSECOND) == []
    assert [notice.percent for notice in running.advance(when("10-09 11:00"))] == [50]
    assert running.advance(when("10-09 11:00")) == []


def test_notices_of_several_duties_come_in_the_order_owed():
    slow = duty("10-09 09:00", 7, key="report_in-2")
    running = duties(slow, duty("10-09 09:00", 4))
    owed = [notice.owed_at for notice in running.advance(when("10-13 09:00"))]
    assert len(owed) == 10
    assert owed == sorted(owed)


def test_the_one_timer_is_the_next_rung_of_any_duty_and_none_at_the_end():
    running = duties(duty("10-09 09:00", 7, key="report_in-2"), duty("10-09 09:00", 4))
    assert running.next_instant() == when("10-09 11:00")
    assert running.due() == when("10-09 14:30")
    running.advance(when("10-20 09:00"))
    assert running.next_instant() is None
    assert running.due() == when("10-09 14:30")


# Extension --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told_until", "already", "after"),
    [
        pytest.param(
            "10-09 10:00",
            0,
            [
                ("HOLDER 50", "10-09 14:00"),
                ("HOLDER 80", "10-09 16:06"),
                ("HEAD 100", "10-09 17:30"),
                ("OFFICE 120", "10-10 10:24"),
                ("LEADER 140", "10-10 11:48"),
            ],
            id="before any reminder: both come again later",
        ),
        pytest.param(
            "10-09 11:30",
            1,
            [
                ("HOLDER 80", "10-09 16:06"),
                ("HEAD 100", "10-09 17:30"),
                ("OFFICE 120", "10-10 10:24"),
                ("LEADER 140", "10-10 11:48"),
            ],
            id="after the first reminder: it stays told",
        ),
        pytest.param(
            "10-09 14:00",
            2,
            [("HEAD 100", "10-09 17:30"), ("OFFICE 120", "10-10 10:24"), ("LEADER 140", "10-10 11:48")],
            id="after both reminders",
        ),
        pytest.param(
            "10-09 14:30",
            3,
            [("HEAD 100", "10-09 17:30"), ("OFFICE 120", "10-10 10:24"), ("LEADER 140", "10-10 11:48")],
            id="after the breach: it may fall due again",
        ),
        pytest.param(
            "10-09 16:30",
            5,
            [("HEAD 100", "10-09 17:30"), ("OFFICE 120", "10-10 10:24"), ("LEADER 140", "10-10 11:48")],
            id="after the whole ladder",
        ),
    ],
)
def test_an_extension_counts_from_the_duty_s_own_start(told_until, already, after):
    running = duties(duty("10-09 09:00", 4))
    assert len(told(running, told_until)) == already
    running.extend("accept-1", 7 * HOUR, "extension/1")
    assert running.get("accept-1").rule == "extension/1"
    assert running.due() == when("10-09 17:30")
    assert told(running, "10-20 09:00") == after


def test_less_time_breaches_at_once_and_tells_nothing_again():
    running = duties(duty("10-09 09:00", 4))
    assert told(running, "10-09 11:30") == [("HOLDER 50", "10-09 11:00")]
    running.extend("accept-1", 2 * HOUR, "assess/SIMPLE/2 h")
    assert running.late("accept-1", when("10-09 11:30"))
    assert told(running, "10-09 11:30") == [
        ("HOLDER 80", "10-09 10:36"),
        ("HEAD 100", "10-09 11:00"),
        ("OFFICE 120", "10-09 11:24"),
    ]


def test_a_breach_that_a_shorter_time_only_confirms_is_not_told_twice():
    running = duties(duty("10-09 09:00", 4))
    told(running, "10-09 14:30")
    running.extend("accept-1", 3 * HOUR, "regrade")
    assert [who for who, _ in told(running, "10-20 09:00")] == ["OFFICE 120", "LEADER 140"]


def test_a_regrade_to_clock_time_counts_every_minute_since_the_start():
    running = duties(duty("10-09 17:00", 4))
    running.extend("accept-1", HOUR, "assess/CRITICAL/1 h clock", Clock.CLOCK)
    assert running.due() == when("10-09 18:00")


# Suspension -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("suspend", "resume", "lost", "due"),
    [
        pytest.param("09-30 16:30", "09-30 17:00", timedelta(minutes=30), "10-09 12:00", id="half an hour"),
        pytest.param("09-30 18:00", "10-09 08:00", timedelta(), "10-09 11:30", id="a holiday costs nothing"),
        pytest.param("09-30 17:00", "10-09 09:30", timedelta(hours=1), "10-09 14:00", id="across a holiday"),
        pytest.param(
            "09-30 16:00", "10-11 09:00", timedelta(hours=15.5), "10-11 14:30", id="to a make-up day"
        ),
    ],
)
def test_suspending_moves_every_deadline_by_the_working_time_lost(suspend, resume, lost, due):
    running = duties(duty("09-30 16:00", 4), duty("09-30 16:00", 14, key="handle-2"))
    before = {d.key: running.instant(d) for d in running.state}
    assert CALENDAR.between(when(suspend), when(resume)) == lost
    assert len(running.suspend(when(suspend))) == 2
    assert running.due() is None
    assert running.next_instant() is None
    assert told(running, resume) == []
    assert len(running.resume(when(resume))) == 2
    for d in running.state:
        assert CALENDAR.between(before[d.key], running.instant(d)) == lost
    assert running.instant(running.get("accept-1")) == when(due)


def test_clock_time_stands_still_as_well():
    running = duties(duty("10-03 22:00", 2, clock=Clock.CLOCK))
    running.suspend(when("10-03 22:30"))
    running.resume(when("10-05 08:00"))
    assert running.due() == when("10-05 09:30")


def test_a_duty_that_was_late_when_suspended_stays_late():
    running = duties(duty("10-09 09:00"))
    running.suspend(when("10-09 14:31"))
    assert running.late("accept-1", when("10-09 15:00"))
    assert running.overdue(when("10-09 15:00"))


def test_a_duty_suspended_in_time_is_not_late_and_suspending_again_changes_nothing():
    running = duties(duty("10-09 09:00"))
    running.suspend(when("10-09 10:00"))
    assert not running.late("accept-1", when("10-20 09:00"))
    assert not running.overdue(when("10-20 09:00"))
    assert running.suspend(when("10-10 10:00")) == []
    assert running.get("accept-1").spent == HOUR
    running.resume(when("10-13 09:00"))
    assert running.resume(when("10-14 09:00")) == []
    assert running.due() == when("10-13 12:00")


def test_an_extension_while_suspended_counts_when_resumed():
    running = duties(duty("10-09 09:00"))
    running.suspend(when("10-09 10:00"))
    running.extend("accept-1", 5 * HOUR, "extension/1")
    running.resume(when("10-10 09:00"))
    assert running.due() == when("10-10 14:30")


# Handing over -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("holder", "targets"),
    [
        pytest.param(
            LIGHTING, ["HOLDER", "HOLDER", "HEAD", "OFFICE", "LEADER"], id="a department climbs all"
        ),
        pytest.param(OFFICE, ["HOLDER", "HOLDER", "HEAD", "LEADER"], id="the office does not tell itself"),
        pytest.param(LEADER, ["HOLDER", "HOLDER", "HEAD", "OFFICE"], id="nor does the leader"),
    ],
)
def test_a_rung_that_is_the_holder_s_own_is_skipped(holder, targets):
    assert [rung.target.value for rung in ladder_for(LADDER, holder)] == targets


@pytest.mark.parametrize(
    ("until", "left"),
    [
        pytest.param("10-09 10:00", ["HOLDER 50", "HOLDER 80", "HEAD 100", "LEADER 140"], id="before all"),
        pytest.param("10-09 14:30", ["LEADER 140"], id="after the breach"),
        pytest.param("10-09 15:18", ["LEADER 140"], id="after the rung that is now its own"),
        pytest.param("10-09 16:06", [], id="after all"),
    ],
)
def test_handing_over_to_the_office_keeps_what_was_told_and_skips_its_rung(until, left):
    running = duties(duty("10-09 09:00"))
    told(running, until)
    moved = running.hand_over("accept-1", OFFICE, ladder_for(LADDER, OFFICE))
    assert moved.holder == OFFICE
    assert running.due() == when("10-09 14:30")
    assert [who for who, _ in told(running, "10-20 09:00")] == left


def test_handing_back_brings_the_rung_back_only_where_it_is_still_to_come():
    running = duties(duty("10-09 09:00", ladder=ladder_for(LADDER, OFFICE), holder=OFFICE))
    told(running, "10-09 14:30")
    running.hand_over("accept-1", PARKS, LADDER)
    assert [who for who, _ in told(running, "10-20 09:00")] == ["OFFICE 120", "LEADER 140"]


# State ------------------------------------------------------------------------------------------------


def test_a_duty_that_is_not_open_is_named():
    running = duties(duty("10-09 09:00"))
    running.fulfil("accept-1")
    for change in (
        lambda: running.get("accept-1"),
        lambda: running.fulfil("accept-1"),
        lambda: running.extend("accept-1", HOUR, "x"),
        lambda: running.hand_over("accept-1", PARKS, LADDER),
    ):
        with pytest.raises(NoSuchDutyError, match="accept-1"):
            change()


def test_the_state_is_all_there_is():
    running = duties(duty("10-09 09:00"), duty("10-09 09:00", 14, key="handle-2"))
    running.advance(when("10-09 11:00"))
    running.suspend(when("10-09 11:30"))
    again = Duties(CALENDAR, running.state)
    for clock in (running, again):
        clock.resume(when("10-10 09:00"))
    assert again.advance(when("10-20 09:00")) == running.advance(when("10-20 09:00"))


@pytest.mark.parametrize(
    ("now", "colour"),
    [
        pytest.param(when("10-09 13:42") - MICROSECOND, Light.GREEN, id="just before 80 %"),
        pytest.param(when("10-09 13:42"), Light.YELLOW, id="at 80 %"),
        pytest.param(when("10-09 14:30") - MICROSECOND, Light.YELLOW, id="just before it is due"),
        pytest.param(when("10-09 14:30"), Light.RED, id="due"),
        pytest.param(when("10-09 15:00"), Light.RED, id="overdue"),
    ],
)
def test_lights_change_at_their_instants(now, colour):
    running = duties(duty("10-09 09:00"))
    one = running.get("accept-1")
    assert light(now, running.instant(one, 80), running.instant(one)) is colour
    assert running.late("accept-1", now) is (colour is Light.RED)
