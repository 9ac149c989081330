"""Who sees which negative items and what is owed about them, and how many statements their lists take."""

from __future__ import annotations

import pytest

from api.ids import global_id
from tests.api.conftest import Desk, Town

SEEN = {
    "office": ["dust", "drains", "lamps", "noise"],
    "leader": ["dust", "drains", "lamps", "noise"],
    "auditor": ["dust", "drains", "lamps", "noise"],
    "operator": ["dust", "drains", "lamps", "noise"],
    "street clerk": ["drains", "lamps"],
    "community clerk": ["lamps"],
    "lighting": ["drains"],
    "water": [],
    "grid worker": [],
}
"""A draft is the district's alone; whoever has a part in the issue of a call sees the item that raised it."""


@pytest.mark.parametrize("who", SEEN)
async def test_items_are_seen_by_place_and_by_the_issue_of_their_call(
    desk: Desk, town: Town, who: str
) -> None:
    shown = await desk.ask("{ negativeItems(first: 100) { totalCount nodes { title } } }", town[who])
    titles = sorted(node["title"].partition("：")[0] for node in shown["negativeItems"]["nodes"])
    assert titles == sorted(SEEN[who])
    assert shown["negativeItems"]["totalCount"] == len(titles)


@pytest.mark.parametrize("who", [None, "resident 1", "machine"])
async def test_residents_and_machines_are_not_shown_items(desk: Desk, town: Town, who: str | None) -> None:
    code, _ = await desk.refused("{ negativeItems { totalCount } }", town[who] if who else None)
    assert code == "FORBIDDEN"


async def test_an_inbox_holds_duties_of_issues_items_and_cycles(desk: Desk, town: Town) -> None:
    query = """{ viewer { duties(first: 100) { nodes {
        kind issue { code } negativeItem { title } cycle { code } } } } }"""
    clerk = (await desk.ask(query, town["street clerk"]))["viewer"]["duties"]["nodes"]
    items = [duty for duty in clerk if duty["negativeItem"]]
    assert {duty["negativeItem"]["title"] for duty in items} == {"lamps：路灯", "drains：路灯"}
    assert all(duty["issue"] is None and duty["cycle"] is None for duty in items)
    assert any(duty["issue"] for duty in clerk)
    office = (await desk.ask(query, town["office"]))["viewer"]["duties"]["nodes"]
    assert [duty["cycle"] for duty in office if duty["cycle"]] == [{"code": "2026H1"}]


EDGES = 8
"""Street, community, issue, round, duties with their holders, lines, and the number of opinions."""


async def test_a_page_of_items_takes_a_statement_for_each_edge(desk: Desk, town: Town) -> None:
    query = """query ($survey: ID!) {
        negativeItems(
            where: {survey: $survey, statuses: [ISSUED, WAITING, CLOSED]}, orderBy: {field: DUE_AT}
        ) {
            totalCount
            nodes {
                code status statusLabel severityLabel light timeLeft
                street { name } community { name } issue { code } survey { code }
                duties { kind holder { ... on Street { name } } }
                timeline(first: 5) { nodes { kindLabel } }
                opinions(first: 5) { totalCount }
            }
        }
    }"""
    survey = global_id("Survey", town.a["round"])
    shown = await desk.ask(query, town["office"], survey=survey)
    assert len(desk.statements) == 2 + EDGES, desk.statements
    assert [node["status"] for node in shown["negativeItems"]["nodes"]] == ["ISSUED", "CLOSED", "WAITING"]
    assert shown["negativeItems"]["nodes"][0]["light"] == "YELLOW"


async def test_cycles_are_open_to_everybody_and_their_duties_are_not(desk: Desk, town: Town) -> None:
    shown = await desk.ask("{ rectificationCycles { nodes { code step stepLabel } } }", language="zh")
    assert {"code": "2026H1", "step": "RECTIFY", "stepLabel": "整改落实"} in shown["rectificationCycles"][
        "nodes"
    ]
    code, _ = await desk.refused(
        "{ rectificationCycles { nodes { duties { kind } } } }", town["street clerk"]
    )
    assert code == "FORBIDDEN"
