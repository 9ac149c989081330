"""Working time, to the minute (domain guide 3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.policy.calendar import Calendar, NoWorkingTimeError
from models.rulebooks.official import CALENDARS, load_calendar
from models.rulebooks.source import RulebookError

CHINA = load_calendar(CALENDARS / "china.yaml")
OFFICE = replace(CHINA, hours=[(540, 720), (810, 1050)])
"""09:00-12:00 and 13:30-17:30: seven hours a day."""


def at(text: str) -> datetime:
    """An instant in China, written as on the wall clock."""
    return datetime.fromisoformat(f"{text}+08:00")


def worked(hours: float) -> timedelta:
    return timedelta(hours=hours)


AFTER = [
    # id, start, hours of work, end. 2025-09-22 is an ordinary Monday.
    ("within_the_morning", "2025-09-22 09:10", 2, "2025-09-22 11:10"),
    ("lunch_does_not_count", "2025-09-22 11:30", 1, "2025-09-22 14:00"),
    ("started_at_lunch", "2025-09-22 12:40", 0.5, "2025-09-22 14:00"),
    ("ends_exactly_at_lunch", "2025-09-22 09:00", 3, "2025-09-22 12:00"),
    ("a_minute_past_lunch", "2025-09-22 09:00", 181 / 60, "2025-09-22 13:31"),
    ("ends_exactly_at_closing", "2025-09-22 13:30", 4, "2025-09-22 17:30"),
    ("a_minute_past_closing", "2025-09-22 13:30", 241 / 60, "2025-09-23 09:01"),
    ("started_exactly_at_closing", "2025-09-22 17:30", 1, "2025-09-23 10:00"),
    ("before_opening", "2025-09-22 06:15", 1, "2025-09-22 10:00"),
    ("exactly_at_opening", "2025-09-22 09:00", 1, "2025-09-22 10:00"),
    ("night_counts_for_nothing", "2025-09-22 17:00", 1, "2025-09-23 09:30"),
    ("midnight", "2025-09-22 00:00", 7, "2025-09-22 17:30"),
    ("three_days", "2025-09-22 10:00", 21, "2025-09-25 10:00"),
    ("over_a_weekend", "2025-09-19 17:00", 1, "2025-09-22 09:30"),
    ("started_on_saturday", "2025-09-20 11:00", 2, "2025-09-22 11:00"),
    ("make_up_sunday_is_worked", "2025-09-26 17:00", 1, "2025-09-28 09:30"),
    ("started_on_the_make_up_sunday", "2025-09-28 10:00", 1, "2025-09-28 11:00"),
    ("over_national_day", "2025-09-30 17:00", 1, "2025-10-09 09:30"),
    ("started_on_national_day", "2025-10-01 10:00", 1, "2025-10-09 10:00"),
    ("last_minute_of_the_holiday", "2025-10-08 23:59", 1 / 60, "2025-10-09 09:01"),
    ("make_up_saturday_after_the_holiday", "2025-10-10 17:00", 1, "2025-10-11 09:30"),
    ("after_the_make_up_saturday_comes_monday", "2025-10-11 17:00", 1, "2025-10-13 09:30"),
    ("ten_days_across_national_day", "2025-09-26 09:00", 70, "2025-10-15 17:30"),
    ("one_minute", "2025-09-22 09:00", 1 / 60, "2025-09-22 09:01"),
    ("spring_festival_2026", "2026-02-13 17:00", 8, "2026-02-24 09:30"),
    ("into_the_provisional_year", "2026-12-31 17:00", 1, "2027-01-04 09:30"),
    ("provisional_national_day", "2027-09-30 17:00", 1, "2027-10-04 09:30"),
    ("beyond_all_data_the_weekly_rule", "2030-05-01 09:00", 1, "2030-05-01 10:00"),
]


@pytest.mark.parametrize(("start", "hours", "end"), [row[1:] for row in AFTER], ids=[row[0] for row in AFTER])
def test_working_time_ends_at_the_minute(start, hours, end):
    amount = timedelta(minutes=round(hours * 60))
    assert OFFICE.after(at(start), amount) == at(end)
    assert OFFICE.between(at(start), at(end)) == amount


BETWEEN = [
    ("lunch_alone_is_nothing", "2025-09-22 12:00", "2025-09-22 13:30", 0),
    ("a_night_is_nothing", "2025-09-22 17:30", "2025-09-23 09:00", 0),
    ("a_weekend_is_nothing", "2025-09-19 17:30", "2025-09-22 09:00", 0),
    ("the_holiday_is_nothing", "2025-10-01 00:00", "2025-10-09 00:00", 0),
    ("one_day", "2025-09-22 00:00", "2025-09-23 00:00", 7),
    ("a_week_with_a_make_up_day", "2025-09-22 00:00", "2025-09-29 00:00", 42),
    ("october_2025", "2025-10-01 00:00", "2025-11-01 00:00", 18 * 7),
    ("the_year_2025", "2025-01-01 00:00", "2026-01-01 00:00", 248 * 7),
    ("the_year_2024", "2024-01-01 00:00", "2025-01-01 00:00", 251 * 7),
    ("backwards_is_nothing", "2025-09-23 10:00", "2025-09-22 10:00", 0),
    ("no_time_at_all", "2025-09-22 10:00", "2025-09-22 10:00", 0),
]


@pytest.mark.parametrize(
    ("start", "end", "hours"), [row[1:] for row in BETWEEN], ids=[row[0] for row in BETWEEN]
)
def test_working_time_between_two_instants(start, end, hours):
    assert OFFICE.between(at(start), at(end)) == worked(hours)


def test_2025_is_off_in_national_week_and_works_on_its_make_up_days():
    off = [date(2025, 10, day) for day in range(1, 9)]
    assert [OFFICE.works_on(day) for day in off] == [False] * 8
    assert [OFFICE.works_on(day) for day in (date(2025, 9, 28), date(2025, 10, 11))] == [True, True]
    assert [OFFICE.works_on(day) for day in (date(2025, 9, 27), date(2025, 10, 12))] == [False, False]


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_every_day_of_the_official_years_agrees_with_an_independent_source(year):
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(366)]
    of_year = [day for day in days if day.year == year]
    wrong = [day for day in of_year if OFFICE.works_on(day) is not chinese_calendar.is_workday(day)]
    assert wrong == []


def test_the_statutory_days_of_2027_are_off_and_nothing_is_made_up():
    weekdays_off = ["01-01", "02-05", "02-08", "04-05", "06-09", "09-15", "10-01"]
    assert [day for day in OFFICE.off if day.startswith("2027")] == [f"2027-{day}" for day in weekdays_off]
    assert [day for day in OFFICE.on if day.startswith("2027")] == []


PROVISIONAL = [
    ("last_official_minute", "2026-12-31 23:59", False),
    ("first_provisional_minute", "2027-01-01 00:00", True),
    ("a_past_year", "2024-01-01 00:00", False),
]


@pytest.mark.parametrize(
    ("instant", "expected"), [row[1:] for row in PROVISIONAL], ids=[row[0] for row in PROVISIONAL]
)
def test_days_beyond_the_last_notice_are_provisional(instant, expected):
    assert OFFICE.provisional(at(instant)) is expected
    assert OFFICE.provisional(at(instant).astimezone(UTC)) is expected


def test_nothing_is_provisional_without_a_horizon_or_on_clock_time():
    assert not replace(OFFICE, official_until="").provisional(at("2099-01-01 00:00"))
    assert not OFFICE.round_the_clock.provisional(at("2099-01-01 00:00"))


@pytest.mark.parametrize("amount", [timedelta(), timedelta(minutes=-5)], ids=["zero", "less_than_zero"])
@pytest.mark.parametrize("start", ["2025-09-22 10:00", "2025-10-01 03:00"], ids=["worked", "holiday"])
def test_no_time_ends_where_it_began(start, amount):
    assert OFFICE.after(at(start), amount) == at(start)


def test_an_instant_in_utc_is_reckoned_in_chinese_hours_and_answered_in_utc():
    end = OFFICE.after(datetime(2025, 9, 22, 3, 30, tzinfo=UTC), worked(1))
    assert (end, end.tzinfo) == (datetime(2025, 9, 22, 6, 0, tzinfo=UTC), UTC)


def test_an_evening_in_utc_is_already_the_next_day_in_china():
    start = datetime(2025, 9, 30, 23, 0, tzinfo=UTC)  # 1 October, 07:00 in China
    assert OFFICE.after(start, worked(1)) == at("2025-10-09 10:00")


@pytest.mark.parametrize("offset", [-720, -210, 0, 345, 480, 840])
def test_only_the_instant_matters_never_the_offset_it_is_written_in(offset):
    start = at("2025-09-26 11:45").astimezone(timezone(timedelta(minutes=offset)))
    assert OFFICE.after(start, worked(10)) == at("2025-09-28 16:15")


@pytest.mark.parametrize("offset", [0, 330, 480, 840])
def test_a_district_keeps_its_own_offset_all_year(offset):
    calendar = replace(OFFICE, utc_offset_minutes=offset)
    zone = timezone(timedelta(minutes=offset))
    for month in (3, 7, 11):
        start = datetime(2025, month, 10, 9, 0, tzinfo=zone)
        assert calendar.after(start, worked(3)) == datetime(2025, month, 10, 12, 0, tzinfo=zone)


def test_clock_time_counts_nights_and_holidays():
    clock = OFFICE.round_the_clock
    assert clock.after(at("2025-10-01 23:50"), timedelta(minutes=30)) == at("2025-10-02 00:20")
    assert clock.between(at("2025-10-01 00:00"), at("2025-10-09 00:00")) == timedelta(days=8)
    assert clock.day_length == timedelta(days=1)


def test_a_day_is_the_hours_worked_in_it():
    assert OFFICE.day_length == worked(7)


def test_hours_may_end_with_the_day():
    night = Calendar("night", hours=[(0, 60), (1380, 1440)])
    assert night.after(at("2025-09-22 23:30"), timedelta(minutes=45)) == at("2025-09-23 00:15")


@pytest.mark.parametrize(
    "empty",
    [
        replace(OFFICE, hours=[]),
        replace(OFFICE, weekdays=[], on=[]),
        replace(OFFICE, hours=[(540, 541)]),
    ],
    ids=["no_hours", "no_days", "a_minute_a_day"],
)
def test_a_calendar_without_working_time_says_so(empty):
    with pytest.raises(NoWorkingTimeError, match=r"china-2026\.1 has no working time"):
        empty.after(at("2026-11-02 09:00"), timedelta(days=30))


instants = st.datetimes(datetime(2023, 12, 1), datetime(2028, 2, 1)).map(
    lambda naive: naive.replace(tzinfo=UTC)
)
amounts = st.timedeltas(timedelta(microseconds=1), timedelta(hours=300))


@given(start=instants, amount=amounts)
def test_between_is_the_inverse_of_after(start, amount):
    end = OFFICE.after(start, amount)
    assert OFFICE.between(start, end) == amount
    assert OFFICE.works_on((end - timedelta(microseconds=1)).astimezone(OFFICE.zone).date())


@given(start=instants, first=amounts, second=amounts)
def test_time_may_be_reckoned_in_two_pieces(start, first, second):
    assert OFFICE.after(OFFICE.after(start, first), second) == OFFICE.after(start, first + second)


@given(start=instants, end=instants)
def test_clock_time_between_is_plain_subtraction(start, end):
    assert OFFICE.round_the_clock.between(start, end) == max(end - start, timedelta())


BROKEN = [
    ("wrong_year", "2025", "2026-01-01", 7, "2026-01-01 stands under 2025"),
    ("changes_nothing", "2025", "2025-10-04", 7, "2025-10-04 changes nothing under `off`"),
    ("no_date", "2025", "2025-13-01", 7, "off `2025-13-01` is not a date"),
]


@pytest.mark.parametrize(
    ("year", "day", "line", "message"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN]
)
def test_a_slip_in_an_official_calendar_is_named(tmp_path: Path, year, day, line, message):
    head = (
        'version: x-1\nofficial_until: 2025-12-31\nutc_offset: "+08:00"\n'
        "weekdays: [MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY]\n"
    )
    path = tmp_path / "x.yaml"
    path.write_text(f"{head}years:\n  {year}:\n    off: {{x: [{day}]}}\n", "utf-8")
    with pytest.raises(RulebookError) as caught:
        load_calendar(path, "x.yaml")
    assert str(caught.value).startswith(f"x.yaml:{line}:")
    assert message in str(caught.value)
