"""What an operation costs is known before it runs, told with its answer, and has two bounds."""

from __future__ import annotations

import json
from typing import Any

import pytest
from graphql import get_introspection_query

from api.answers import held
from api.budget import Budget
from api.documents import Documents, Operation
from api.encoding import encode
from api.errors import Fault
from api.graphiql import EXAMPLES
from api.limits import Limits
from api.schema import schema
from infra.keys import LocalKeys
from tests.api.conftest import Desk, Town
from tests.api.edge import OFFICE, RESIDENT, Edge, error

BOARD = """query ($n: Int = 50, $late: Int) { issues(first: $n, orderBy: {field: DUE_AT}) {
  nodes { id code title level stage dueAt street { id nameZh } community { id nameZh } grid { id code }
          department { id nameZh } timeline(last: $late) { nodes { id kind at note } } } } }"""
BOARD_ROW = 6 + 4 * 3 + 2
"""Leaves, four places with two fields each, the timeline and its nodes."""


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> LocalKeys:
    return LocalKeys.load(tmp_path_factory.mktemp("keys"), "huying", "huying")


def prepared(query: str, **limits: int) -> Operation | list[Fault]:
    documents = Documents(schema, Limits(**limits), open_schema=True)
    found = documents.prepare(query)
    return found if isinstance(found, list) else found.operation(None)


def cost(query: str, **variables: Any) -> int:
    operation = prepared(query, cost=10**9, budget=0)
    assert isinstance(operation, Operation), operation
    return operation.measured.cost.of(variables)


COSTS = {
    "leaves": ("{ serverTime a: serverTime }", {}, 2),
    "a page": ("{ streets(first: 50) { nodes { id } } }", {}, 2 + 50),
    "from its end": ("{ streets(last: 50) { nodes { id } } }", {}, 2 + 50),
    "the usual page": ("{ streets { nodes { id } } }", {}, 2 + 20),
    "what is not of the rows": (
        "{ streets(first: 9) { totalCount pageInfo { endCursor } edges { cursor node { id } } } }",
        {},
        5 + 9 * 3,
    ),
    "pages in pages": (
        "{ streets(first: 5) { nodes { communities(first: 7) { nodes { id code } } } } }",
        {},
        2 + 5 * (2 + 7 * 2),
    ),
    "no page": ("{ issue(id: 1) { duties { id } } }", {}, 2 + 10),
    "ids written": ('{ nodes(ids: ["a", "b", "c"]) { id } }', {}, 1 + 3),
    "ids given": ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["a"] * 7}, 1 + 7),
    "a variable": (BOARD, {"n": 3, "late": 4}, 2 + 3 * (BOARD_ROW + 4 * 4)),
    "its default": (BOARD, {"late": 1}, 2 + 50 * (BOARD_ROW + 4)),
    "null is the usual page": (BOARD, {"n": None, "late": 1}, 2 + 20 * (BOARD_ROW + 4)),
    "neither": (BOARD, {"n": 1}, 2 + BOARD_ROW + 20 * 4),
    "a whole float": (BOARD, {"n": 2.0, "late": 0}, 2 + 2 * BOARD_ROW),
    "both ends, of which one is null": (
        "query ($a: Int, $b: Int) { streets(first: $a, last: $b) { nodes { id } } }",
        {"a": None, "b": 30},
        2 + 30,
    ),
    "through fragments": (
        "query ($n: Int) { streets(first: $n) { ...P } communities(first: 3) { nodes { ...C } } } "
        "fragment P on StreetConnection { ...R } fragment R on StreetConnection { nodes { id code } } "
        "fragment C on Community { grids(first: 4) { ... on GridConnection { nodes { id } } } }",
        {"n": 6},
        (2 + 6 * 2) + (2 + 3 * (2 + 4)),
    ),
}


@pytest.mark.parametrize(("query", "variables", "expected"), COSTS.values(), ids=COSTS)
def test_an_operation_costs_the_fields_it_may_answer(query: str, variables: Any, expected: int) -> None:
    assert cost(query, **variables) == expected


def test_what_boards_and_exports_ask_is_admitted_and_a_cube_is_not() -> None:
    export = "{ issues(first: 1000, orderBy: {field: OPENED_AT}) { nodes { %s } } }"
    ten = "id code title place level stage source openedAt dueAt closedAt"
    assert cost(export % ten) == 10_002
    assert cost(BOARD, late=3) == 1602
    for query in (export % ten, BOARD, get_introspection_query()):
        assert isinstance(prepared(query), Operation), query
    grids = "grids(first: 100) { nodes { id } }"
    cube = prepared(
        f"{{ streets(first: 100) {{ nodes {{ communities(first: 100) {{ nodes {{ {grids} }} }} }} }} }}"
    )
    assert isinstance(cube, list)
    assert (cube[0].code, cube[0].params["found"]) == ("TOO_COMPLEX", 2 + 100 * (2 + 100 * (2 + 100)))


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.graphql")), ids=lambda file: file.stem)
def test_no_example_comes_near_the_limit(file: Any) -> None:
    beside = file.with_suffix(".json")
    variables = json.loads(beside.read_text("utf-8")) if beside.exists() else {}
    assert cost(file.read_text("utf-8"), **variables) < Limits().cost / 10


def test_fragments_in_fragments_are_priced_in_milliseconds() -> None:
    chain = " ".join(f"fragment F{n} on Street {{ ...F{n + 1} ...F{n + 1} }}" for n in range(9))
    last = "fragment F9 on Street { id }"
    query = f"query ($n: Int) {{ streets(first: $n) {{ nodes {{ ...F0 }} }} }} {chain} {last}"
    assert cost(query, n=3) == 2 + 3 * 2**9


# With the answer ------------------------------------------------------------------------------------


async def test_an_answer_tells_what_was_asked_and_what_it_holds(desk: Desk, town: Town) -> None:
    answer = (await desk.send(BOARD, town["office"], n=100, late=3)).json()
    told = answer["extensions"]["cost"]
    assert told["requested"] == 2 + 100 * (BOARD_ROW + 3 * 4)
    assert told["actual"] == fields_of(answer["data"])
    assert 0 < told["actual"] < told["requested"]
    assert Limits().budget - 1_000_000 < told["remaining"] < Limits().budget


def fields_of(value: Any) -> int:
    if isinstance(value, dict):
        return len(value) + sum(map(fields_of, value.values()))
    return sum(map(fields_of, value)) if isinstance(value, list) else 0


@pytest.mark.parametrize("text", ['"', '":', '\\":"', "\\", '{"a":1}', "：", "a\\"])
def test_fields_are_counted_in_the_bytes_whatever_texts_hold(text: str) -> None:
    data = {"a": text, "b": [{"c": {"d": text}}, {"c": None}], "e": {}, "f": []}
    assert held(encode(data)) == fields_of(data) == 7


async def test_large_answers_are_counted_when_asked_for(keys: LocalKeys) -> None:
    edge = Edge(keys)
    large = "{ issues(first: 1000) { title next { title } } }"
    for wanted, actual in ((None, None), ("all", 3001)):
        headers = {"Huying-Cost": wanted} if wanted else {}
        told = (await edge.ask(large, viewer=RESIDENT, headers=headers)).json()["extensions"]["cost"]
        assert (told["requested"], told["actual"]) == (3001, actual)
    silent = await edge.ask("{ me }", headers={"Huying-Cost": "none"})
    assert silent.content == b'{"data":{"me":"public"}}'


# By operation and by minute -------------------------------------------------------------------------


async def test_variables_cannot_pass_the_limit(keys: LocalKeys) -> None:
    edge = Edge(keys, limits=Limits(cost=100))
    query = "query ($n: Int) { issues(first: $n) { title } }"
    assert (await edge.ask(query, {"n": 99}, RESIDENT)).status_code == 200
    refused = await edge.ask(query, {"n": 100}, RESIDENT)
    assert error(refused)["code"] == "TOO_COMPLEX"
    assert "101" in error(refused)["message"]


async def test_a_minute_has_a_budget_for_each_viewer(keys: LocalKeys) -> None:
    edge = Edge(keys, limits=Limits(cost=50, budget=50))
    query = "{ issues(first: 29) { title } }"
    first = await edge.ask(query, viewer=RESIDENT)
    assert first.json()["extensions"]["cost"] == {"requested": 30, "actual": 30, "remaining": 20}
    for accept in ("application/json", "application/graphql-response+json"):
        second = await edge.ask(query, viewer=RESIDENT, headers={"Accept": accept})
        assert (second.status_code, error(second)["code"]) == (429, "RATE_LIMITED")
        assert int(second.headers["retry-after"]) in (11, 12)  # 10 of 50 a minute are missing
        assert second.headers["retry-after"] in error(second)["message"]
    assert (await edge.ask(query, viewer=OFFICE)).status_code == 200
    assert (await edge.ask("{ a: me b: me }")).status_code == 200


async def test_the_public_pays_by_address(keys: LocalKeys) -> None:
    edge = Edge(keys, limits=Limits(cost=5, budget=5))
    statuses = [(await edge.ask("{ a: me b: me c: me }")).status_code for _ in range(2)]
    assert statuses == [200, 429]


async def test_without_a_budget_nothing_is_counted_down(keys: LocalKeys) -> None:
    edge = Edge(keys, limits=Limits(budget=0))
    assert (await edge.ask("{ me }")).json()["extensions"]["cost"]["remaining"] is None


def test_a_bucket_fills_as_time_passes_and_no_further() -> None:
    now = 0.0
    budget = Budget(600, clock=lambda: now)
    assert budget.take("a", 500) == 100
    assert budget.take("a", 200) == -100
    assert budget.seconds_until(100) == 10
    now = 9.9
    assert budget.take("a", 200) == -1
    now = 10.0
    assert budget.take("a", 200) == 0
    now = 1000.0
    assert budget.take("a", 1) == 599


def test_buckets_are_forgotten_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.budget.MOST_BUCKETS", 2)
    budget = Budget(100, clock=lambda: 0.0)
    for who in ("a", "b", "a", "c"):  # b asked longest ago
        budget.take(who, 10)
    assert [budget.take(who, 0) for who in ("a", "c", "b")] == [80, 90, 100]


def test_a_budget_below_the_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="never admits"):
        Limits(cost=100, budget=99)
