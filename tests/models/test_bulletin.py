"""Bulletins worked out from facts: what counts where, when they are out, and one writing of each table."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from models.policy.bulletin.facts import CallFacts, Facts, PartFacts, RatingFacts, ReviewFacts, SheetFacts
from models.policy.bulletin.period import PublishingTime, month, month_before, period, publish_at
from models.policy.bulletin.table import Frame, Subject, exact, table
from models.rulebooks.codec import canonical
from models.terms import BulletinKind, Criterion, FigurePart
from tests.models.clockwork import CALENDAR, when
from tests.models.scorecards import SCHEMES

MARCH = month(2026, 3)
WATER, CULTURE = (
    Subject("water", "water", "水务局", "Water Affairs"),
    Subject("culture", "culture", "文旅局", "Culture"),
)
DISTRICT = Subject("d", "jinjiang", "锦江区", "Jinjiang")
KEYS = {
    BulletinKind.DEPARTMENTS: "bulletin_departments",
    BulletinKind.STREETS: "bulletin_streets",
    BulletinKind.REVIEWS: "reverse_review",
    BulletinKind.ANNUAL: "annual_review",
}


def made(kind: BulletinKind, facts: Facts, of=MARCH):
    frame = Frame(
        kind=kind,
        period=of,
        begins="2026-03-01T00:00:00+08:00",
        cut_off="2026-04-01T00:00:00+08:00",
        rulebook="test/1",
        district=DISTRICT,
        subjects=(WATER, CULTURE),
        scheme=SCHEMES[KEYS[kind]],
        scheme_digest="0" * 64,
        process=SCHEMES["reverse_review"],
    )
    return table(frame, facts)


def shown(found, subject: str) -> dict[str, str]:
    row = next(row for row in found.document["rows"] if row["subject"] == subject)
    return {key: figure["shown"] for key, figure in row["figures"].items()}


def behind(found, subject: str, column: str) -> dict[FigurePart, tuple[str, ...]]:
    return {b.part: b.issues for b in found.behind if (b.subject, b.column) == (subject, column)}


# Periods ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-02", date(2026, 2, 1), date(2026, 2, 28)),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31)),
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_period_is_its_days(text, first, last):
    found = period(text)
    assert found is not None
    assert (found.name, found.first, found.last) == (text, first, last)
    assert found.monthly == (len(text) > 4)


@pytest.mark.parametrize(
    "text", ["", "2026-13", "2026-00", "2026-3", "26-03", "2026-03-01", "2026-03 ", "١٢٣٤"]
)
def test_what_is_no_period_is_none(text):
    assert period(text) is None


def test_a_month_ends_at_midnight_of_the_district():
    assert MARCH.begins(CALENDAR) == datetime.fromisoformat("2026-02-28T16:00:00+00:00")
    assert MARCH.ends(CALENDAR) == datetime.fromisoformat("2026-03-31T16:00:00+00:00")
    assert month_before(datetime.fromisoformat("2026-03-31T15:59:59+00:00"), CALENDAR).name == "2026-02"
    assert month_before(datetime.fromisoformat("2026-03-31T16:00:00+00:00"), CALENDAR).name == "2026-03"


@pytest.mark.parametrize(
    ("of", "day", "out"),
    [
        ("2025-08", 5, "09-05 09:00"),
        ("2025-08", 6, "09-08 09:00"),  # a Saturday
        ("2025-08", 28, "09-28 09:00"),  # a Sunday that is worked
        ("2025-09", 1, "10-09 09:00"),  # the national holiday, eight days
        ("2025-09", 11, "10-11 09:00"),  # a Saturday that is worked
    ],
)
def test_a_bulletin_is_out_on_its_day_or_the_next_working_day(of, day, out):
    assert publish_at(period(of), PublishingTime(day, 540), CALENDAR) == when(out)


# What counts ----------------------------------------------------------------------------------------


def test_the_columns_of_departments():
    parts = (
        PartFacts("i1", "water", True, True, done=True),
        PartFacts("i2", "water", True, False, done=True, late=True, reworked=True),
        PartFacts("i3", "water", False, False),
        PartFacts("i4", "water", misdirected=True),
        PartFacts("i5", "gone", True, True, done=True),
    )
    ratings = (
        RatingFacts("i1", "water", satisfied=True),
        RatingFacts("i1", "water", satisfied=False),
        RatingFacts("i2", "water", satisfied=True),
    )
    found = made(BulletinKind.DEPARTMENTS, Facts(parts=parts, ratings=ratings))
    assert shown(found, "water") == {
        "dispatched": "4",
        "done_on_time": "1",
        "done_late": "1",
        "not_done": "1",
        "rated": "3",
        "dissatisfied": "1",
        "accepted_on_time": "2",
        "reported_in_on_time": "1",
        "accurately_dispatched": "3",
        "reworked": "1",
        "closing_rate": "50.00",
        "on_time_closing_rate": "25.00",
        "dissatisfied_rate": "33.33",
        "accepted_on_time_rate": "50.00",
        "reported_in_on_time_rate": "25.00",
        "accurately_dispatched_rate": "75.00",
        "reworked_rate": "25.00",
    }
    assert behind(found, "water", "closing_rate") == {
        FigurePart.NUMERATOR: ("i1", "i2"),
        FigurePart.DENOMINATOR: ("i1", "i2", "i3", "i4"),
    }
    assert behind(found, "water", "rated") == {FigurePart.NUMERATOR: ("i1", "i1", "i2")}
    assert [row["subject"] for row in found.document["rows"]] == ["water", "culture"]


def test_where_nothing_was_dispatched_counts_are_0_and_rates_are_empty():
    found = made(BulletinKind.DEPARTMENTS, Facts(parts=(PartFacts("i1", "water", done=True),)))
    row = shown(found, "culture")
    assert {value for key, value in row.items() if not key.endswith("_rate")} == {"0"}
    assert {value for key, value in row.items() if key.endswith("_rate")} == {""}
    (culture,) = [row for row in found.document["rows"] if row["subject"] == "culture"]
    assert culture["rank"] is None
    assert culture["figures"]["closing_rate"] == {
        "value": None,
        "shown": "",
        "scale": "100",
        "numerator": "0",
        "denominator": "0",
        "gap": "NOTHING_TO_DIVIDE",
        "missing": 0,
    }
    assert behind(found, "culture", "closing_rate") == {}


def test_a_call_returned_as_misdirected_is_not_accurate():
    calls = (CallFacts("i1", "water"), CallFacts("i2", "water", misdirected=True), CallFacts("i3", "water"))
    found = made(BulletinKind.STREETS, Facts(calls=calls))
    assert shown(found, "water") == {"calls": "3", "not_misdirected": "2", "call_accuracy": "66.67"}
    assert behind(found, "water", "call_accuracy") == {
        FigurePart.NUMERATOR: ("i1", "i3"),
        FigurePart.DENOMINATOR: ("i1", "i2", "i3"),
    }


# Reviews ------------------------------------------------------------------------------------------


def review(issue: str, points: int | None, of: str = "2026-03", department: str = "water") -> ReviewFacts:
    scores = None if points is None else dict.fromkeys((criterion.value for criterion in Criterion), points)
    return ReviewFacts(issue, f"part of {issue}", department, of, scores)


def test_a_missing_review_is_shown_as_missing_and_is_never_full_marks():
    found = made(
        BulletinKind.REVIEWS, Facts(reviews=(review("i1", 20), review("i2", 17), review("i3", None)))
    )
    assert shown(found, "water") == {"process": "92.50"}
    (row, other) = found.document["rows"]
    assert (row["figures"]["process"]["missing"], other["figures"]["process"]["gap"]) == (1, "NOT_GIVEN")
    assert behind(found, "water", "process") == {
        FigurePart.NUMERATOR: ("i1", "i2"),
        FigurePart.DENOMINATOR: ("i1", "i2"),
        FigurePart.MISSING: ("i3",),
    }


def test_reviews_that_are_all_missing_leave_the_score_empty():
    found = made(BulletinKind.REVIEWS, Facts(reviews=(review("i1", None),)))
    (row,) = [row for row in found.document["rows"] if row["subject"] == "water"]
    assert (row["rank"], row["figures"]["process"]["gap"]) == (None, "PART_MISSING")


def test_the_year_is_seven_parts_process_and_three_parts_sheets():
    """Months 92.333… and 85 make 88.666…; sheets 70 and 81 make 75.5; 0.7 and 0.3 of them 84.716…"""
    reviews = (
        review("i1", 20, "2026-01"),
        review("i2", 17, "2026-01"),
        ReviewFacts(
            "i3",
            "p3",
            "water",
            "2026-01",
            {c.value: n for c, n in zip(Criterion, (20, 18, 18, 18, 18), strict=True)},
        ),
        review("i4", 17, "2026-02"),
        review("i5", None, "2026-04"),
    )
    sheets = (SheetFacts("s1", "water", Decimal(70)), SheetFacts("s2", "water", Decimal(81)))
    found = made(BulletinKind.ANNUAL, Facts(reviews=reviews, sheets=sheets), period("2026"))
    assert shown(found, "water") == {"process": "88.67", "opinion": "75.50", "annual": "84.72"}
    (row, _) = found.document["rows"]
    figures = row["figures"]
    assert figures["annual"]["value"] == "84.716666666666666666666667"
    assert (figures["process"]["missing"], figures["annual"]["missing"]) == (1, 0)
    assert behind(found, "water", "annual")[FigurePart.NUMERATOR] == ("i1", "i2", "i3", "i4")
    assert behind(found, "water", "process")[FigurePart.MISSING] == ("i5",)


def test_a_department_that_stood_out_in_the_year_is_commended():
    """Water has 100; culture is second, but has 85 only."""
    reviews = (review("i1", 20, "2026-01"), review("i2", 17, "2026-01", "culture"))
    sheets = (SheetFacts("s1", "water", Decimal(100)), SheetFacts("s2", "culture", Decimal(85)))
    found = made(BulletinKind.ANNUAL, Facts(reviews=reviews, sheets=sheets), period("2026"))
    given = {row["subject"]: (row["rank"], row["awards"]) for row in found.document["rows"]}
    assert given == {
        "water": (1, [{"key": "commended", "zh": "通报表扬", "en": "Commended"}]),
        "culture": (2, []),
    }


def test_a_year_without_sheets_has_no_score_yet():
    found = made(BulletinKind.ANNUAL, Facts(reviews=(review("i1", 20),)), period("2026"))
    (row,) = [row for row in found.document["rows"] if row["subject"] == "water"]
    assert (row["figures"]["annual"]["shown"], row["figures"]["annual"]["gap"]) == ("", "PART_MISSING")


# One writing --------------------------------------------------------------------------------------


def test_the_order_in_which_facts_are_read_never_changes_a_byte():
    parts = tuple(PartFacts(f"i{n}", "water", done=n % 2 == 0) for n in range(9))
    one = made(BulletinKind.DEPARTMENTS, Facts(parts=parts))
    other = made(BulletinKind.DEPARTMENTS, Facts(parts=parts[::-1]))
    assert canonical(one.document) == canonical(other.document)
    assert one.behind == other.behind


def test_every_column_names_its_rule_and_no_issue_is_in_the_document():
    found = made(BulletinKind.DEPARTMENTS, Facts(parts=(PartFacts("issue-1", "water", done=True),)))
    rules = {column["key"]: column["rule"] for column in found.document["columns"]}
    assert rules["closing_rate"] == "bulletin_departments/closing_rate@test/1"
    assert list(rules) == list(found.document["rows"][0]["figures"])
    assert b"issue-1" not in canonical(found.document)


@pytest.mark.parametrize(
    ("value", "text"), [("1.50", "1.5"), ("100", "100"), ("0", "0"), ("-0.0", "0"), ("1E+2", "100")]
)
def test_numbers_have_one_writing(value, text):
    assert exact(Decimal(value)) == text
