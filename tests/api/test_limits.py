"""Documents that ask for too much, or for what is not theirs, are refused before anything runs."""

from __future__ import annotations

import time
from typing import Any

import pytest
import strawberry
from graphql import get_introspection_query

from api.documents import Documents, Operation, Prepared
from api.limits import Limits
from api.rules import resolved, rule_of, undeclared
from infra.keys import LocalKeys
from models.policy.access import PUBLIC, Rule, Viewer
from models.queries.pages import MOST
from tests.api.edge import OFFICE, RESIDENT, SCHEMA, STREET_CLERK, Edge, error


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Edge:
    return Edge(LocalKeys.load(tmp_path_factory.mktemp("keys"), "huying", "huying"))


def documents(**limits: int) -> Documents:
    return Documents(SCHEMA, Limits(**limits), open_schema=True)


def code(query: str, **limits: int) -> str:
    """The code a fresh preparation refuses `query` with, or "ok"."""
    prepared = documents(**limits).prepare(query)
    if isinstance(prepared, Prepared):
        operation = prepared.operation(None)
        return "ok" if isinstance(operation, Operation) else operation[0].code.value
    return prepared[0].code.value


def what(query: str, **limits: int) -> tuple[Any, Any]:
    """Which limit was passed, and the figure found."""
    prepared = documents(**limits).prepare(query)
    assert isinstance(prepared, list)
    return prepared[0].params["what"], prepared[0].params["found"]


def doubling(length: int, selection: str = "...F{0} ...F{0}") -> str:
    chain = [f"fragment F{n} on Issue {{ {selection.format(n + 1)} }}" for n in range(length)]
    return " ".join(["{ issue { ...F0 } }", *chain, f"fragment F{length} on Issue {{ title }}"])


def test_twenty_fragments_each_spread_twice_take_milliseconds() -> None:
    fresh = documents()
    started = time.perf_counter()
    prepared = fresh.prepare(doubling(20))
    assert time.perf_counter() - started < 0.1
    assert isinstance(prepared, list)
    assert prepared[0].params["found"] == 2**20 + 1


def test_depth_is_counted_through_fragments() -> None:
    nested = doubling(3, "next {{ ...F{0} }}")  # issue, three times next, title
    assert code(nested, depth=5) == "ok"
    assert what(nested, depth=4) == ("levels of fields", 5)
    assert code("{ issue { ... on Issue { ... { title } } } }", depth=2) == "ok"


def test_aliases_and_fields_are_counted() -> None:
    aliased = "{ " + " ".join(f"a{n}: me" for n in range(5)) + " }"
    assert code(aliased, aliases=5) == "ok"
    assert what(aliased, aliases=4) == ("aliases", 5)
    assert what(aliased, fields=4) == ("fields", 5)


@pytest.mark.parametrize(
    "query",
    [
        "{ issue { " + "title " * 31 + "} }",
        "{ issue { " + "... { title } " * 31 + "} }",
        "{ me } fragment Unused on Issue { " + "title " * 31 + "}",
        "{ issue { " + "next { title } " * 31 + "} }",
        "{ issue { " + "...F " * 31 + "} } fragment F on Issue { title }",
    ],
    ids=["fields", "inline fragments", "unused fragment", "objects", "spreads"],
)
def test_repeating_a_place_is_bounded_because_comparing_is_quadratic(query: str) -> None:
    assert what(query) == ("selections of one field in one place", 31)


def test_long_texts_are_refused_before_they_are_parsed() -> None:
    assert what("{ me }" + " " * 100, characters=100) == ("characters", 106)
    assert what("{ me me me }", tokens=4)[0] == "tokens"
    assert code("{ me me me }", tokens=5) == "ok"


def test_fragments_nested_too_far_or_in_a_circle_end_well() -> None:
    assert what(doubling(41, "...F{0}"))[0] == "fragments nested in one another"
    assert code(doubling(2000, "...F{0}"), tokens=100_000, characters=1_000_000) == "TOO_COMPLEX"
    circle = "{ issue { ...A } } fragment A on Issue { next { ...B } } fragment B on Issue { ...A }"
    assert code(circle) == "VALIDATION"
    assert code("{ issue " + "{ next " * 5000 + "{ title }" + "}" * 5001) == "SYNTAX"


def test_validation_stops_after_a_few_errors() -> None:
    prepared = documents(errors=3).prepare("{ " + " ".join(f"x{n}" for n in range(100)) + " }")
    assert isinstance(prepared, list)
    assert len(prepared) == 4  # three, and that there are more


def test_introspection_passes_the_depth_limit_and_no_rule() -> None:
    prepared = documents().prepare(get_introspection_query())
    assert isinstance(prepared, Prepared)
    operation = prepared.operation(None)
    assert isinstance(operation, Operation)
    assert operation.measured.needs == ()


# Page sizes -----------------------------------------------------------------------------------------

IN_VARIABLE = "query Q($n: Int{default}) {{ issues(first: $n) {{ title }} }}"


async def test_pages_hold_at_most_a_thousand(edge: Edge) -> None:
    assert Limits().page == MOST == 1000
    for size, status in ((1000, 200), (1001, 400), (-1, 400), (10**30, 400)):
        literal = await edge.ask(f"{{ issues(first: {size}) {{ title }} }}", viewer=RESIDENT)
        assert literal.status_code == status, size
    query = IN_VARIABLE.format(default="")
    for given, status in ((1000, 200), (1001, 400), (-1, 400), (2**63, 400), (1e300, 400)):
        variable = await edge.ask(query, {"n": given}, RESIDENT)
        assert variable.status_code == status, given
    refused = await edge.ask(query, {"n": 1001}, RESIDENT)
    assert error(refused)["field"] == "n"
    assert error(refused)["path"] == ["issues"]


async def test_a_default_or_a_fragment_is_no_way_round(edge: Edge) -> None:
    default = IN_VARIABLE.format(default=" = 1001")
    assert error(await edge.ask(default, viewer=RESIDENT))["code"] == "BAD_INPUT"
    hidden = "query Q($n: Int) { ...A } fragment A on Query { issues(first: $n) { title } }"
    assert error(await edge.ask(hidden, {"n": 1001}, RESIDENT))["code"] == "BAD_INPUT"


# Access ---------------------------------------------------------------------------------------------

PHONE = "{ issue { title next { phone } } }"


@pytest.mark.parametrize(
    ("query", "viewer", "refused"),
    [
        ("{ me }", PUBLIC, None),
        ("{ issue { title } }", PUBLIC, "Query.issue"),
        ("{ issue { title } }", RESIDENT, None),
        (PHONE, RESIDENT, "Issue.phone"),
        (PHONE, STREET_CLERK, "Issue.phone"),
        (PHONE, OFFICE, None),
        ("{ issue { ...F } } fragment F on Issue { n: next { p: phone } }", RESIDENT, "Issue.phone"),
        ("{ issue { ... on Issue { phone @skip(if: true) } } }", RESIDENT, "Issue.phone"),
        ("{ undeclared }", OFFICE, "Query.undeclared"),
    ],
)
async def test_a_field_is_open_to_those_its_rule_names(
    edge: Edge, query: str, viewer: Viewer, refused: str | None
) -> None:
    response = await edge.ask(query, viewer=None if viewer == PUBLIC else viewer)
    if refused is None:
        assert response.status_code == 200
        assert "errors" not in response.json()
    else:
        assert response.status_code == 403
        assert error(response)["code"] == "FORBIDDEN"
        assert f"`{refused}`" in error(response)["message"]


async def test_the_path_of_a_refused_field_is_the_answers(edge: Edge) -> None:
    query = "{ i: issue { ...F } } fragment F on Issue { n: next { p: phone } }"
    found = error(await edge.ask(query, viewer=RESIDENT))
    assert (found["path"], found["rule"]) == (["i", "n", "p"], "OVERSIGHT")


async def test_a_cached_document_is_judged_for_each_viewer(edge: Edge) -> None:
    for viewer, status in ((OFFICE, 200), (RESIDENT, 403), (OFFICE, 200)):
        assert (await edge.ask(PHONE, viewer=viewer)).status_code == status


def test_rules_are_found_on_the_field_then_on_its_type() -> None:
    assert rule_of(SCHEMA, "Issue", "phone") is Rule.OVERSIGHT
    assert rule_of(SCHEMA, "Issue", "title") is Rule.READ_ISSUES
    assert rule_of(SCHEMA, "Mutation", "report") is Rule.REPORT
    assert undeclared(SCHEMA) == ["Query.undeclared"]


@strawberry.type
class Bare:
    name: str


@strawberry.type
class BareQuery:
    @resolved(Rule.PUBLIC, "A bare thing.")
    def bare(self) -> Bare:
        return Bare(name="x")


def test_a_type_without_rule_is_found_out() -> None:
    assert undeclared(strawberry.Schema(BareQuery)) == ["Bare.name"]


# Cache ----------------------------------------------------------------------------------------------


def test_documents_are_prepared_once_and_forgotten_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.documents.CACHED_DOCUMENTS", 2)
    kept = documents()
    first = kept.prepare("{ a: me }")
    assert kept.prepare("{ a: me }") is first
    kept.prepare("{ b: me }")
    kept.prepare("{ a: me }")
    kept.prepare("{ c: me }")  # the least recently used, b, goes
    assert kept.prepare("{ a: me }") is first


def test_the_cache_is_bounded_by_size_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.documents.CACHED_CHARACTERS", 2000)
    kept = documents()
    first = kept.prepare("{ first: me }")
    for number in range(30):
        kept.prepare(f"{{ a{number}: me }}" + " " * 80)
    assert kept.prepare("{ first: me }") is not first
