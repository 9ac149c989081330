"""Pages by keyset, search, and what a list costs."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from models.policy.access import Viewer
from models.queries import db
from models.terms import Role
from tests.api.conftest import Desk
from tests.api.ground import HOUR, NOW, Ground, key

PAGE = """query ($first: Int, $after: String, $last: Int, $before: String, $orderBy: IssueSortOrder) {
  issues(first: $first, after: $after, last: $last, before: $before, orderBy: $orderBy) {
    totalCount edges { cursor node { code } } nodes { code }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""


@dataclass
class List:
    ground: Ground
    office: Viewer

    def names(self, page: dict[str, Any]) -> list[str]:
        names = [node["code"].partition("-")[2] for node in page["nodes"]]
        assert [edge["node"]["code"].partition("-")[2] for edge in page["edges"]] == names
        return names


async def _list(name: str) -> List:
    ground = await Ground.laid(name)
    await ground.street("s1")
    return List(ground, await ground.person("office", Role.RESPONSE_OFFICE))


@pytest_asyncio.fixture(scope="session")
async def seven(database: str) -> List:
    """Issues n1 … n7 by opening; n3 and n4 opened together, n2, n6 and n7 have no due time."""
    made = await _list("P")
    due = {"n1": 5, "n3": 1, "n4": 1, "n5": 3}
    for number in range(1, 8):
        name = f"n{number}"
        await made.ground.issue(
            name,
            "s1",
            opened_at=NOW + HOUR * (3 if number == 4 else number),
            due_at=NOW + HOUR * due[name] if name in due else None,
        )
    return made


async def _walk(desk: Desk, made: List, size: int, forward: bool, order: dict[str, str]) -> list[str]:
    """All names, read page by page, in the list's order."""
    seen: list[str] = []
    variables: dict[str, Any] = {"first" if forward else "last": size, "orderBy": order}
    while True:
        page = (await desk.ask(PAGE, made.office, **variables))["issues"]
        assert page["totalCount"] == 7
        names = made.names(page)
        seen = seen + names if forward else names + seen
        info = page["pageInfo"]
        assert (info["startCursor"], info["endCursor"]) == (
            page["edges"][0]["cursor"],
            page["edges"][-1]["cursor"],
        )
        if not info["hasNextPage" if forward else "hasPreviousPage"]:
            return seen
        assert len(seen) < 7
        variables["after" if forward else "before"] = info["endCursor" if forward else "startCursor"]


def _expected(field: str) -> list[str]:
    """Ascending: by value, none last, ties by id."""
    opened = {f"n{n}": 3 if n == 4 else n for n in range(1, 8)}
    due = {"n1": 5, "n3": 1, "n4": 1, "n5": 3}
    value = opened if field == "OPENED_AT" else due
    return sorted(opened, key=lambda name: (value.get(name, 99), key("P", name)))


@pytest.mark.parametrize("size", [1, 2, 3, 6])
@pytest.mark.parametrize("forward", [True, False], ids=["forward", "backward"])
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("field", ["OPENED_AT", "DUE_AT"])
async def test_walking_meets_every_row_once(
    desk: Desk, seven: List, field: str, direction: str, forward: bool, size: int
) -> None:
    expected = _expected(field)
    walked = await _walk(desk, seven, size, forward, {"field": field, "direction": direction})
    assert walked == (expected if direction == "ASC" else expected[::-1])


async def test_rows_that_come_in_between_move_nothing(desk: Desk, database: str) -> None:
    made = await _list("I")
    for number in range(1, 7):
        await made.ground.issue(f"n{number}", "s1", opened_at=NOW + HOUR * number)
    first = (await desk.ask(PAGE, made.office, first=3))["issues"]
    assert made.names(first) == ["n1", "n2", "n3"]
    last = (await desk.ask(PAGE, made.office, last=2))["issues"]
    assert made.names(last) == ["n5", "n6"]
    await made.ground.issue("early", "s1", opened_at=NOW)
    await made.ground.issue("between", "s1", opened_at=NOW + HOUR * 3.5)
    await made.ground.issue("late", "s1", opened_at=NOW + HOUR * 9)
    after = (await desk.ask(PAGE, made.office, first=3, after=first["pageInfo"]["endCursor"]))["issues"]
    assert made.names(after) == ["between", "n4", "n5"]
    assert after["pageInfo"]["hasNextPage"] is True
    before = (await desk.ask(PAGE, made.office, last=2, before=last["pageInfo"]["startCursor"]))["issues"]
    assert made.names(before) == ["between", "n4"]
    await db.execute("DELETE FROM issues WHERE id = $1", made.ground["n3"])
    again = (await desk.ask(PAGE, made.office, first=1, after=first["pageInfo"]["endCursor"]))["issues"]
    assert made.names(again) == ["between"], "the row of a cursor may be gone"


async def test_between_two_cursors_and_no_rows(desk: Desk, seven: List) -> None:
    order = {"field": "OPENED_AT"}
    edges = (await desk.ask(PAGE, seven.office, first=7, orderBy=order))["issues"]["edges"]
    inner = (
        await desk.ask(PAGE, seven.office, after=edges[0]["cursor"], before=edges[3]["cursor"], orderBy=order)
    )["issues"]
    assert seven.names(inner) == _expected("OPENED_AT")[1:3]
    none = (await desk.ask(PAGE, seven.office, first=0))["issues"]
    assert none["nodes"] == []
    assert none["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": None,
        "endCursor": None,
    }


def _cursor(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


AN_ID = "0" * 32
BAD_CURSORS = {
    "no base64": "???",
    "not ASCII": "路灯",
    "empty": "",
    "no JSON": base64.urlsafe_b64encode(b"{").decode(),
    "not UTF-8": base64.urlsafe_b64encode(b"\xff\xff").decode(),
    "another order": _cursor("DUE_AT", NOW.isoformat(), AN_ID),
    "no instant": _cursor("OPENED_AT", "yesterday", AN_ID),
    "no time zone": _cursor("OPENED_AT", "2026-03-01T00:00:00", AN_ID),
    "before year 1": _cursor("OPENED_AT", "0001-01-01T00:00:00+14:00", AN_ID),
    "a number": _cursor("OPENED_AT", 2**63, AN_ID),
    "nothing where there is always something": _cursor("OPENED_AT", None, AN_ID),
    "no id": _cursor("OPENED_AT", NOW.isoformat(), "x"),
    "an id of another kind": _cursor("OPENED_AT", NOW.isoformat(), 1),
    "too few": _cursor("OPENED_AT"),
    "nested": base64.urlsafe_b64encode(b"[" * 400).decode(),
    "too long": "A" * 5000,
}


@pytest.mark.parametrize("cursor", BAD_CURSORS.values(), ids=BAD_CURSORS)
async def test_bad_cursors_are_refused_by_name(desk: Desk, seven: List, cursor: str) -> None:
    assert await desk.refused(PAGE, seven.office, after=cursor) == ("BAD_INPUT", "after")
    assert await desk.refused(PAGE, seven.office, last=1, before=cursor) == ("BAD_INPUT", "before")


async def test_bad_text_and_number_cursors_are_refused(desk: Desk, seven: List) -> None:
    streets = "query ($after: String) { streets(after: $after) { totalCount } }"
    for value in (1, None, "\x00", "\ud800"):
        cursor = _cursor("CODE", value, AN_ID)
        assert await desk.refused(streets, seven.office, after=cursor) == ("BAD_INPUT", "after")
    items = "query ($after: String) { items(after: $after) { totalCount } }"
    for number in (2**63, 1.5, True, "1"):
        cursor = _cursor("POSITION", number, AN_ID)
        assert await desk.refused(items, seven.office, after=cursor) == ("BAD_INPUT", "after")


async def test_both_ends_at_once_and_sizes_out_of_bounds_are_refused(desk: Desk, seven: List) -> None:
    assert await desk.refused(PAGE, seven.office, first=1, last=1) == ("BAD_INPUT", "last")
    for size in (-1, 1001, 2**31 - 1):
        assert (await desk.refused(PAGE, seven.office, first=size))[0] == "BAD_INPUT"


# Search ---------------------------------------------------------------------------------------------

TITLES = {
    "lamp": ("东湖公园LED路灯不亮", "东湖路12号"),
    "drain": ("新华桥排水口水质污染", "新华路8号"),
    "stalls": ("占道堆物", "东门湖心，南湖亭旁"),
    "hydrant": ("消防栓漏水 Hydrant leaks", "锦华路12-3号"),
}
SEARCHES = {
    "one character": ("灯", {"lamp"}),
    "one character of many": ("路", {"lamp", "drain", "hydrant"}),
    "two characters": ("东湖", {"lamp"}),
    "three characters whose pairs stand apart": ("门湖亭", set()),
    "a phrase": ("水质污染", {"drain"}),
    "two words in any order": ("12号 路灯", {"lamp"}),
    "mixed in one word": ("led路灯", {"lamp"}),
    "full width": ("ＬＥＤ", {"lamp"}),
    "inside a word": ("YDRAN", {"hydrant"}),
    "two digits": ("12", {"lamp", "hydrant"}),
    "punctuation decides exactly": ("12-3", {"hydrant"}),
    "one word too many": ("路灯 漏水", set()),
    "blank": ("  ", set(TITLES)),
    "percent is no wildcard": ("%", set()),
    "title and place do not run together": ("不亮东湖路", set()),
}


@pytest_asyncio.fixture(scope="session")
async def titled(database: str) -> List:
    made = await _list("S")
    for name, (title, place) in TITLES.items():
        await made.ground.issue(name, "s1", title=title, place=place)
    return made


@pytest.mark.parametrize(("text", "expected"), SEARCHES.values(), ids=SEARCHES)
async def test_search_finds_title_and_place(desk: Desk, titled: List, text: str, expected: set[str]) -> None:
    query = "query ($text: String) { issues(where: {search: $text}) { totalCount nodes { code } } }"
    issues = (await desk.ask(query, titled.office, text=text))["issues"]
    assert {node["code"].partition("-")[2] for node in issues["nodes"]} == expected
    assert issues["totalCount"] == len(expected)


async def test_search_uses_the_index_on_grams(titled: List) -> None:
    async with db.transaction() as connection:
        await connection.execute("SET LOCAL enable_seqscan = off")
        plan = await connection.fetch(
            "EXPLAIN SELECT x.id FROM issues x WHERE x.search @> $1::text[]", ["东湖"]
        )
    assert any("Bitmap Index Scan" in line[0] for line in plan)


# Cost -----------------------------------------------------------------------------------------------

BOARD = """query ($first: Int!) { issues(first: $first) { nodes { id code title stage
  street { name } community { name } grid { code } department { name }
  timeline(last: 3) { nodes { seq kind } } } } }"""


@pytest_asyncio.fixture(scope="session")
async def busy(database: str) -> List:
    """50 issues in five grids of two communities, with five timeline entries each."""
    made = await _list("Q")
    for community in ("c1", "c2"):
        await made.ground.community(community, "s1")
    for number in range(5):
        await made.ground.grid(f"g{number}", "s1", "c1" if number < 3 else "c2")
    for number in range(50):
        name = f"n{number}"
        await made.ground.issue(
            name,
            "s1",
            community="c1" if number % 5 < 3 else "c2",
            grid=f"g{number % 5}",
            department_id=made.ground["lighting" if number % 2 else "water"],
            opened_at=NOW + timedelta(minutes=number),
        )
        for seq in range(1, 6):
            await made.ground.entry(name, seq)
    return made


@pytest.mark.parametrize("size", [5, 50])
async def test_a_list_takes_six_statements_however_long_it_is(desk: Desk, busy: List, size: int) -> None:
    issues = (await desk.ask(BOARD, busy.office, first=size))["issues"]["nodes"]
    assert len(issues) == size
    assert all([entry["seq"] for entry in issue["timeline"]["nodes"]] == [3, 4, 5] for issue in issues)
    assert {issue["community"]["name"] for issue in issues} == {"c1", "c2"}
    assert len({issue["grid"]["code"] for issue in issues}) == 5
    tables = [statement.partition(" x WHERE")[0].split()[-1] for statement in desk.statements]
    assert sorted(tables) == [
        "communities",
        "departments",
        "grids",
        "issues",
        "streets",
        "timeline_entries",
    ]


async def test_a_total_is_counted_only_when_asked_for(desk: Desk, busy: List) -> None:
    await desk.ask("{ issues(first: 5) { nodes { timeline(last: 1) { nodes { seq } } } } }", busy.office)
    assert len(desk.statements) == 2
    data = await desk.ask(
        "{ issues(first: 5) { totalCount nodes { timeline(last: 1) { totalCount } } } }", busy.office
    )
    assert len(desk.statements) == 4
    assert data["issues"]["totalCount"] == 50
    assert {issue["timeline"]["totalCount"] for issue in data["issues"]["nodes"]} == {5}


async def test_masking_a_list_of_reports_takes_one_more_statement(desk: Desk, busy: List) -> None:
    for number in range(3):
        await busy.ground.report(f"r{number}", f"n{number}", None)
    await desk.ask("{ reports { nodes { reporterName reporterPhone } } }", busy.office)
    assert len(desk.statements) == 2


async def test_the_timeline_of_an_issue_is_paged_both_ways(desk: Desk, busy: List) -> None:
    query = """query ($first: Int, $after: String, $last: Int, $before: String) { issue(code: "RQ-n0") {
      timeline(first: $first, after: $after, last: $last, before: $before) {
        totalCount nodes { seq } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""

    async def page(**paging: Any) -> tuple[list[int], dict[str, Any]]:
        found = (await desk.ask(query, busy.office, **paging))["issue"]["timeline"]
        assert found["totalCount"] == 5
        return [entry["seq"] for entry in found["nodes"]], found["pageInfo"]

    seqs, info = await page(first=2)
    assert (seqs, info["hasNextPage"], info["hasPreviousPage"]) == ([1, 2], True, False)
    seqs, info = await page(first=3, after=info["endCursor"])
    assert (seqs, info["hasNextPage"], info["hasPreviousPage"]) == ([3, 4, 5], False, True)
    seqs, info = await page(last=2, before=info["startCursor"])
    assert (seqs, info["hasPreviousPage"]) == ([1, 2], False)


async def test_open_duties_come_first(desk: Desk, database: str) -> None:
    made = await _list("D")
    await made.ground.issue("d1", "s1")
    holder = ("STREET", "s1")
    await made.ground.duty("done", "d1", "ASSESS", holder, status="FULFILLED", closed_at=NOW)
    await made.ground.duty("later", "d1", "VERIFY", holder, due_at=NOW + 2 * HOUR)
    await made.ground.duty("sooner", "d1", "REVIEW", holder, due_at=NOW + HOUR, yellow_at=NOW - HOUR)
    issue = (await desk.ask('{ issue(code: "RD-d1") { duties { key light timeLeft } } }', made.office))[
        "issue"
    ]
    assert issue["duties"] == [
        {"key": "sooner", "light": "YELLOW", "timeLeft": 3600},
        {"key": "later", "light": "GREEN", "timeLeft": 7200},
        {"key": "done", "light": None, "timeLeft": None},
    ]
