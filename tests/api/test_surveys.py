"""Who sees what of a round, and how many statements its lists take."""

from __future__ import annotations

import pytest

from api.ids import global_id
from tests.api.conftest import Desk, Town

NAMES = """{ surveys { nodes { code } } quotaCells { totalCount } invitations { totalCount }
  responses { nodes { submittedAt post { id } } } opinions { totalCount } }"""
SEEN = {
    # rounds, cells, invitations, responses, opinions
    "office": (3, 2, 3, 3, 3),
    "leader": (3, 2, 3, 3, 3),
    "auditor": (3, 2, 3, 3, 3),
    "operator": (3, 2, 3, 3, 3),
    "street clerk": (3, 2, 2, 1, 2),
    "community clerk": (3, 2, 0, 0, 0),
    "grid worker": (3, 2, 0, 0, 0),
    "water": (3, 2, 0, 0, 0),
    "office of B": (3, 2, 3, 3, 3),
    "street clerk of B": (3, 2, 2, 1, 2),
}
"""Both districts have an open round with three sheets; two of them in the clerk's street, of which one is the
clerk's own writing. Rounds are three: two open ones and the own draft."""


@pytest.mark.parametrize("who", SEEN)
async def test_lists_hold_what_a_role_sees(desk: Desk, town: Town, who: str) -> None:
    found = await desk.ask(NAMES, town[who])
    counts = (
        len([one for one in found["surveys"]["nodes"] if one["code"].startswith("2026H")]),
        found["quotaCells"]["totalCount"],
        found["invitations"]["totalCount"],
        len(found["responses"]["nodes"]),
        found["opinions"]["totalCount"],
    )
    assert counts == SEEN[who]


async def test_the_public_sees_rounds_that_are_open_and_nothing_below(desk: Desk, town: Town) -> None:
    shown = await desk.ask("{ surveys { nodes { code status name instrument district { key } } } }")
    assert {one["status"] for one in shown["surveys"]["nodes"]} == {"OPEN"}
    for field in ("quotaCells", "invitations", "responses", "responseFlags", "opinions"):
        code, _ = await desk.refused(f"{{ {field} {{ totalCount }} }}")
        assert code == "FORBIDDEN", field
        code, _ = await desk.refused(f"{{ {field} {{ totalCount }} }}", town["resident 1"])
        assert code == "FORBIDDEN", field


async def test_a_street_reads_opinions_and_never_the_sheet_they_stand_on(desk: Desk, town: Town) -> None:
    query = "{ opinions { nodes { words street { id } response { answers } } } }"
    seen = (await desk.ask(query, town["street clerk"]))["opinions"]["nodes"]
    assert {one["words"] for one in seen} == {"a：修路", "b：修路"}
    own = {one["words"]: one["response"] for one in seen}
    assert own["a：修路"] is None
    assert own["b：修路"] == {"answers": {"parking": "fair", "years": 3}}, "what one wrote down oneself"
    whole = (await desk.ask(query, town["office"]))["opinions"]["nodes"]
    assert all(one["response"] is not None for one in whole)


async def test_single_rows_do_not_exist_outside_ones_scope(desk: Desk, town: Town) -> None:
    for name, ground, who, seen in (
        ("response a", town.a, "street clerk", False),
        ("response b", town.a, "street clerk", True),
        ("response a", town.b, "office", False),
        ("response a", town.a, "auditor", True),
    ):
        query = "query ($id: ID!) { node(id: $id) { id } }"
        found = await desk.ask(query, town[who], id=global_id("Response", ground[name]))
        assert (found["node"] is not None) == seen, (name, who)


async def test_a_doubt_tells_its_rule_in_both_languages(desk: Desk, town: Town) -> None:
    query = """{ responseFlags(where: {reasons: [SPEEDER], lifted: false}, first: 1) { nodes {
        reasonLabel rule excludes response { channelLabel } } } }"""
    (english,) = (await desk.ask(query, town["office"]))["responseFlags"]["nodes"]
    (chinese,) = (await desk.ask(query, town["office"], "zh"))["responseFlags"]["nodes"]
    assert (english["reasonLabel"], chinese["reasonLabel"]) == ("Too quick", "作答过快")
    assert english["rule"] == "speeder: 20 s < 25.2 s for 21 answers"


async def test_progress_is_read_against_the_quota(desk: Desk, town: Town) -> None:
    query = """query ($s: ID!) { quotaCells(where: {survey: $s, modes: [TARGETED], group: "elderly"},
        orderBy: {field: WANTED, direction: DESC}) { nodes { wanted invited submitted excluded counted
        modeLabel street { code } } }
        surveys(where: {code: "2026H1"}) { nodes { cells(first: 9) { totalCount } } } }"""
    found = await desk.ask(query, town["office"], s=global_id("Survey", town.a["round"]))
    first, second = found["quotaCells"]["nodes"]
    assert first == {
        "wanted": 20,
        "invited": 2,
        "submitted": 2,
        "excluded": 1,
        "counted": 1,
        "modeLabel": "Targeted",
        "street": {"code": "s1"},
    }
    assert second["wanted"] == 10
    assert [one["cells"]["totalCount"] for one in found["surveys"]["nodes"]] == [2, 0]


LISTS = {
    "surveys": ("id code name statusLabel cells(first: 5) { nodes { wanted street { name } } }", 3),
    "quotaCells": ("wanted survey { code } street { name district { key } }", 4),
    "invitations": ("status survey { code } street { name } community { name }", 4),
    "responses": ("answers survey { code } community { name } flags { nodes { rule } }", 4),
    "responseFlags": ("rule response { answers street { name } }", 3),
    "opinions": ("words survey { code } street { name } response { channel }", 4),
}
"""A list, what is asked of each row, and how many statements that takes however many rows."""


@pytest.mark.parametrize("field", LISTS)
@pytest.mark.parametrize("size", [2, 3])
async def test_a_list_takes_as_many_statements_as_it_has_edges(
    desk: Desk, town: Town, field: str, size: int
) -> None:
    selection, statements = LISTS[field]
    found = await desk.ask(f"{{ {field}(first: {size}) {{ nodes {{ {selection} }} }} }}", town["office"])
    assert len(found[field]["nodes"]) == min(size, 2 if field == "quotaCells" else 3)
    assert len(desk.statements) == statements, desk.statements
