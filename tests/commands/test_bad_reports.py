"""What reportIssue does not take: each refusal is typed, names the field, and leaves nothing behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from api.ids import global_id
from tests.commands.refusals import Raw, asking, inline, refused, rejected
from tests.commands.shelf import Shelf, in_name_only

INVALID, UNKNOWN, FORBIDDEN = "InvalidInputProblem", "NotFoundProblem", "ForbiddenProblem"


def ago(**time: float) -> str:
    return (datetime.now(UTC) - timedelta(**time)).isoformat()


UNUSABLE_LINES = {
    "empty": "",
    "spaces": " \t ",
    "ideographic spaces": "\u3000\u3000",
    "only zero-width": "\u200b\u200d\u2060",
    "10,000 characters": "灯" * 10_000,
    "bell": "路灯\x07",
    "escape": "\x1b[2J路灯",
    "delete": "路灯\x7f",
    "next line": "路\x85灯",
    "line separator": "路\u2028灯",
    "two lines": "路灯\n不亮",
    "turned round": "路灯\u202e不亮",
    "byte order mark within": "路\ufeff灯",
    "noncharacter": "路灯\uffff",
    "noncharacter of another plane": "路灯\U0010fffe",
}
"""What neither a title nor a place can be."""
REPORTS: dict[str, tuple[dict[str, Any], str, str]] = {
    **{
        f"{field} {name}": ({field: text}, INVALID, f"input.{field}")
        for field in ("title", "place")
        for name, text in UNUSABLE_LINES.items()
    },
    "title of 101": ({"title": "灯" * 101}, INVALID, "input.title"),
    "place of 121": ({"place": "灯" * 121}, INVALID, "input.place"),
    "description of 2,001": ({"description": "灯" * 2001}, INVALID, "input.description"),
    "bell in description": ({"description": "坏\x07"}, INVALID, "input.description"),
    "ticket of 61": ({"externalTicket": "1" * 61}, INVALID, "input.externalTicket"),
    "name of 41": ({"reporterName": "张" * 41}, INVALID, "input.reporterName"),
    "name in two lines": ({"reporterName": "张\n三"}, INVALID, "input.reporterName"),
    "phone of 31": ({"reporterPhone": "1" * 31}, INVALID, "input.reporterPhone"),
    "unknown category": ({"category": "flying_saucer"}, INVALID, "input.category"),
    "blank category": ({"category": ""}, INVALID, "input.category"),
    "long category": ({"category": "x" * 10_000}, INVALID, "input.category"),
    "longitude alone": ({"longitude": 104.1}, INVALID, "input.longitude"),
    "latitude alone": ({"latitude": 30.6}, INVALID, "input.longitude"),
    "longitude too far east": ({"longitude": 180.1, "latitude": 30}, INVALID, "input.longitude"),
    "longitude too far west": ({"longitude": -180.1, "latitude": 30}, INVALID, "input.longitude"),
    "latitude beyond the pole": ({"longitude": 104, "latitude": 90.1}, INVALID, "input.latitude"),
    "latitude of 1e308": ({"longitude": 104, "latitude": -1e308}, INVALID, "input.latitude"),
    "source of machines": ({"source": "INTEGRATION"}, INVALID, "input.source"),
    "blank key": ({"idempotencyKey": "  "}, INVALID, "input.idempotencyKey"),
    "key of 201": ({"idempotencyKey": "k" * 201}, INVALID, "input.idempotencyKey"),
    "bell in key": ({"idempotencyKey": "k\x07"}, INVALID, "input.idempotencyKey"),
    "no id": ({"unit": ""}, INVALID, "input.unit"),
    "malformed id": ({"unit": "not an id"}, INVALID, "input.unit"),
    "id of 10,000": ({"unit": "A" * 10_000}, INVALID, "input.unit"),
    "number as id": ({"unit": 2**63}, INVALID, "input.unit"),
    "id without UUID": ({"unit": "R3JpZDoxMjM="}, INVALID, "input.unit"),
    "id of a department": ({"unit": global_id("Department", uuid4())}, INVALID, "input.unit"),
    "unknown grid": ({"unit": global_id("Grid", uuid4())}, UNKNOWN, "input.unit"),
    "unknown street": ({"unit": global_id("Street", uuid4())}, UNKNOWN, "input.unit"),
    "street's id as a grid's": ({"unit": "STREET AS GRID"}, UNKNOWN, "input.unit"),
    "grid of another district": ({"unit": "FOREIGN"}, UNKNOWN, "input.unit"),
}
TIMES = {
    "tomorrow": lambda: ago(days=-1),
    "in three minutes": lambda: ago(minutes=-3),
    "367 days ago": lambda: ago(days=367),
    "year 1": lambda: "0001-01-01T00:00:00Z",
    "year 9999": lambda: "9999-12-31T23:59:59Z",
}


@pytest.mark.parametrize(("changes", "kind", "field"), REPORTS.values(), ids=REPORTS)
async def test_a_wrong_report_is_refused(
    shelf: Shelf, changes: dict[str, Any], kind: str, field: str
) -> None:
    special = {
        "FOREIGN": shelf.foreign["Grid"],
        "STREET AS GRID": global_id("Grid", shelf.people["clerk"].posts[0].street),
    }
    changes = {
        name: special.get(value, value) if name == "unit" else value for name, value in changes.items()
    }
    given = {**shelf.given("reportIssue"), **changes}
    await refused(shelf.desk, "reportIssue", shelf.people["worker"], given, kind, field)


@pytest.mark.parametrize("when", TIMES.values(), ids=TIMES)
async def test_a_time_that_cannot_be_is_refused(shelf: Shelf, when: Any) -> None:
    given = {**shelf.given("reportIssue"), "happenedAt": when()}
    await refused(shelf.desk, "reportIssue", shelf.people["worker"], given, INVALID, "input.happenedAt")


async def test_a_resident_does_not_report_as_a_patrol(shelf: Shelf) -> None:
    given = {**shelf.given("reportIssue"), "source": "PATROL"}
    await refused(shelf.desk, "reportIssue", shelf.people["resident"], given, INVALID, "input.source")


NOT_REPORTERS = {
    "nobody": ("NOT_SIGNED_IN", None),
    "auditor": ("WRONG_ROLE", None),
    "machine that reads": ("WRONG_ROLE", None),
    "machine for rulebooks": ("WRONG_ROLE", None),
}


@pytest.mark.parametrize("who", NOT_REPORTERS)
async def test_who_may_not_report_is_told_so(shelf: Shelf, who: str) -> None:
    code, field = NOT_REPORTERS[who]
    viewer = shelf.people.get(who)
    problem = await refused(
        shelf.desk, "reportIssue", viewer, shelf.given("reportIssue"), FORBIDDEN, field, code
    )
    assert "REPORT" in problem["rule"]


async def test_a_person_who_is_not_on_record_does_not_report(shelf: Shelf) -> None:
    viewer = in_name_only(shelf.people["worker"])
    await refused(
        shelf.desk, "reportIssue", viewer, shelf.given("reportIssue"), FORBIDDEN, None, "WRONG_ROLE"
    )


VARIABLES: dict[str, tuple[dict[str, Any], str]] = {
    "title null": ({"title": None}, "input.title"),
    "title a number": ({"title": 1}, "input.title"),
    "title a list": ({"title": ["a", "b"]}, "input.title"),
    "longitude a text": ({"longitude": "104"}, "input.longitude"),
    "longitude an object": ({"longitude": {}}, "input.longitude"),
    "unit a fraction": ({"unit": 1.5}, "input.unit"),
    "no such source": ({"source": "CARRIER_PIGEON"}, "input.source"),
    "no such field": ({"colour": "red"}, "input.colour"),
    "time without zone": ({"happenedAt": "2026-11-01T08:00:00"}, "input.happenedAt"),
    "time that is none": ({"happenedAt": "yesterday"}, "input.happenedAt"),
    "time as a number": ({"happenedAt": 1700000000}, "input.happenedAt"),
    "time off the calendar": ({"happenedAt": "2026-02-30T08:00:00Z"}, "input.happenedAt"),
    "time before year 1": ({"happenedAt": "0001-01-01T00:00:00+08:00"}, "input.happenedAt"),
    "NUL": ({"title": "路灯\x00"}, "variables.input.title"),
    "lone surrogate": ({"title": "路灯\ud800"}, "variables.input.title"),
    "NUL in the key": ({"idempotencyKey": "\x00"}, "variables.input.idempotencyKey"),
    "NUL in an id": ({"unit": "\x00"}, "variables.input.unit"),
    "NaN": ({"longitude": float("nan"), "latitude": 30}, "variables.input.longitude"),
    "infinity": ({"longitude": 104, "latitude": float("inf")}, "variables.input.latitude"),
}


@pytest.mark.parametrize(("changes", "field"), VARIABLES.values(), ids=VARIABLES)
async def test_variables_that_do_not_fit_are_named(shelf: Shelf, changes: dict[str, Any], field: str) -> None:
    body = asking("reportIssue", {**shelf.given("reportIssue"), **changes})
    await rejected(shelf.desk, shelf.people["worker"], body, field)


async def test_a_missing_title_is_named(shelf: Shelf) -> None:
    given = shelf.given("reportIssue")
    del given["title"]
    await rejected(shelf.desk, shelf.people["worker"], asking("reportIssue", given), "input.title")
    await rejected(shelf.desk, shelf.people["worker"], inline("reportIssue", given), "input.title")


LITERALS: dict[str, tuple[dict[str, Any], str]] = {
    "NUL": ({"title": Raw(r'"路灯\u0000"')}, "input.title"),
    "NUL in braces": ({"title": Raw(r'"路灯\u{0}"')}, "input.title"),
    "lone surrogate": ({"title": Raw(r'"路灯\uD800"')}, None),
    "NUL as it is": ({"title": Raw('"路灯\x00"')}, "query"),
    "lone surrogate as it is": ({"title": Raw('"路灯\ud800"')}, "query"),
    "title a number": ({"title": Raw("7")}, "input.title"),
    "no such source": ({"source": Raw("CARRIER_PIGEON")}, "input.source"),
    "no such field": ({"colour": "red"}, "input.colour"),
    "time without zone": ({"happenedAt": "2026-11-01T08:00:00"}, "input.happenedAt"),
    "NaN": ({"longitude": Raw("NaN"), "latitude": 30}, "input.longitude"),
}


@pytest.mark.parametrize(("changes", "field"), LITERALS.values(), ids=LITERALS)
async def test_literals_that_do_not_fit_are_named(
    shelf: Shelf, changes: dict[str, Any], field: str | None
) -> None:
    body = inline("reportIssue", {**shelf.given("reportIssue"), **changes})
    codes = ("BAD_INPUT", "BAD_REQUEST") if field else ("SYNTAX",)
    await rejected(shelf.desk, shelf.people["worker"], body, field, *codes)


async def test_a_literal_too_large_for_a_number_is_out_of_range(shelf: Shelf) -> None:
    body = inline("reportIssue", {**shelf.given("reportIssue"), "longitude": Raw("1e999"), "latitude": 30})
    answer = (await shelf.desk.post(body, shelf.people["worker"])).json()
    assert answer["data"]["result"]["field"] == "input.longitude"


async def test_the_longest_texts_are_taken_and_kept(desk, shelf: Shelf) -> None:
    """The other side of the limits, in characters outside the basic plane and of a newer Unicode."""
    rare = "\U00031350"
    texts = {
        "title": rare * 100,
        "place": rare * 120,
        "externalTicket": rare * 60,
        "reporterName": rare * 40,
        "reporterPhone": "1" * 30,
        "description": "一\n二\t" + rare * 1996,
        "source": "HOTLINE_12345",
        "longitude": -180,
        "latitude": 90,
        "happenedAt": ago(days=365),
        "idempotencyKey": uuid4().hex + rare * 168,
    }
    answer = await desk.do(
        "reportIssue",
        shelf.people["worker"],
        {**shelf.given("reportIssue"), **texts},
        "issue { title place longitude latitude } report { description reporterName }",
    )
    assert answer["issue"] == {
        "title": rare * 100,
        "place": rare * 120,
        "longitude": -180.0,
        "latitude": 90.0,
    }
    assert answer["report"]["description"] == texts["description"]


async def test_a_refused_key_is_still_free(desk, shelf: Shelf) -> None:
    key, worker = uuid4().hex, shelf.people["worker"]
    given = shelf.given("reportIssue")
    assert (await desk.do("reportIssue", worker, {**given, "title": " "}, key=key))["field"] == "input.title"
    assert (await desk.do("reportIssue", worker, given, key=key))["__typename"] == "IssueReported"
