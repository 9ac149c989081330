"""What holds of the duty clock for every calendar day, ladder and order of events."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from models.policy.calendar import MICROSECOND
from models.policy.duty import Rung
from models.terms import Clock, RungTarget
from tests.models.clockwork import CALENDAR, HOUR, ONE_MINUTE, duties, duty, when

START = when("09-29 08:00")
minutes = st.integers(min_value=0, max_value=60 * 24 * 14)
clocks = st.sampled_from(Clock)


@given(
    pauses=st.lists(minutes, max_size=6, unique=True),
    end=minutes,
    clock=clocks,
    opened=st.integers(min_value=0, max_value=600),
)
def test_time_used_and_time_suspended_are_the_time_passed(pauses, end, clock, opened):
    start = START + opened * ONE_MINUTE
    calendar = CALENDAR if clock is Clock.WORKING else CALENDAR.round_the_clock
    running = duties(duty("09-29 08:00", 100, opened_at=start, since=start, clock=clock))
    now, stood = start, timedelta()
    for number, pause in enumerate([*sorted(pauses), max([*pauses, end])]):
        then = max(now, START + pause * ONE_MINUTE)
        if number % 2:
            stood += calendar.between(now, then)
        (running.resume if number % 2 else running.suspend)(then)
        now = then
    used = running.used(running.get("accept-1"), now)
    assert used * MICROSECOND + stood == calendar.between(start, now)


actions = st.lists(
    st.tuples(
        st.sampled_from(["tell", "suspend", "resume", "extend"]),
        st.integers(min_value=1, max_value=60 * 24 * 3),
        st.integers(min_value=1, max_value=30),
    ),
    max_size=12,
)


@settings(deadline=None)
@given(plan=actions, splits=st.integers(min_value=1, max_value=9), clock=clocks)
def test_how_often_one_looks_never_changes_what_is_told(plan, splits, clock):
    """Each advance, split into several, gives the same notices; none is given twice."""
    once, often = (duties(duty("09-29 08:00", 6, opened_at=START, since=START, clock=clock)) for _ in "ab")
    seen: dict[str, list[object]] = {"once": [], "often": []}
    now = START
    for what, step, hours in plan:
        then = now + step * ONE_MINUTE
        seen["once"] += once.advance(then)
        for part in range(1, splits + 1):
            seen["often"] += often.advance(now + (then - now) * part / splits)
            seen["often"] += often.advance(now)
        now = then
        for running in (once, often):
            if what == "extend":
                allowed = running.get("accept-1").allowed + hours * HOUR
                if not running.late("accept-1", now):
                    running.extend("accept-1", allowed, f"extension/{allowed}")
            elif what in ("suspend", "resume"):
                getattr(running, what)(now)
    assert seen["once"] == seen["often"]
    told_percents = [notice.percent for notice in seen["once"]]
    assert len(set(told_percents)) == len(told_percents), "an extension in time never repeats a notice"


@given(
    percents=st.lists(st.integers(min_value=1, max_value=300), min_size=1, unique=True),
    hours=st.integers(1, 60),
)
def test_any_ladder_is_climbed_once_in_its_order(percents, hours):
    ladder = [Rung(percent, RungTarget.HEAD) for percent in sorted(percents)]
    running = duties(duty("09-29 08:00", hours, ladder=ladder))
    notices = running.advance(START + timedelta(days=200))
    assert [notice.percent for notice in notices] == sorted(percents)
    used = [CALENDAR.between(START, n.owed_at) / MICROSECOND for n in notices]
    assert used == [hours * HOUR * n.percent // 100 for n in notices]
