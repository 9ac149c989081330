"""The schema itself: everything described and ruled, ids that are none, the registry and its types."""

from __future__ import annotations

import base64
from pathlib import Path
from uuid import UUID

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
)
from strawberry.utils.str_converters import to_snake_case

from api.context import Context
from api.errors import ErrorCode, language_of
from api.ids import global_id, parsed
from api.labels import LABELS
from api.rules import graphql_schema, undeclared
from api.schema import schema, sdl
from api.types.record import ENTITIES
from api.types.scalars import instant, written
from models.queries import db
from models.queries.shapes import SHAPES
from models.terms import Language
from tests.api.conftest import Desk, Town
from tests.api.ground import key

STANDARD = {"String", "Int", "Float", "Boolean", "ID"}


def test_every_field_declares_who_may_ask() -> None:
    assert undeclared(schema) == []


def test_everything_is_described() -> None:
    missing = []
    for name, kind in graphql_schema(schema).type_map.items():
        if name.startswith("__") or name in STANDARD:
            continue
        named = {name: kind}
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for field_name, field in kind.fields.items():
                named[f"{name}.{field_name}"] = field
                named |= {f"{name}.{field_name}({argument})": a for argument, a in field.args.items()}
        elif isinstance(kind, GraphQLInputObjectType):
            named |= {f"{name}.{field_name}": field for field_name, field in kind.fields.items()}
        elif isinstance(kind, GraphQLEnumType):
            named |= {f"{name}.{value}": member for value, member in kind.values.items()}
        else:
            assert isinstance(kind, GraphQLScalarType | GraphQLUnionType)
        missing += [path for path, element in named.items() if not (element.description or "").strip()]
    assert missing == []


def test_schema_graphql_is_current() -> None:
    written_down = Path(__file__).parents[2] / "schema.graphql"
    assert written_down.read_text("utf-8") == sdl(), "run `make schema`"


def test_every_enum_member_has_both_names() -> None:
    for kind, (_, members) in LABELS.items():
        assert list(members) == [member.name for member in kind]
        assert all(label.zh and label.en for label in members.values())


@pytest.mark.parametrize("name", SHAPES)
async def test_the_registry_names_real_columns(database: str, name: str) -> None:
    shape = SHAPES[name]
    sql = "SELECT column_name FROM information_schema.columns WHERE table_name = $1"
    real = {row[0] for row in await db.rows(sql, shape.table)}
    edges = {edge.column for edge in (*shape.to_one.values(), *shape.to_each.values())}
    sorts = {sort.column for sort in shape.sorts.values()}
    assert real >= set(shape.columns) >= edges | sorts
    for edge in shape.to_many.values():
        assert edge.column in SHAPES[edge.target].columns
        assert edge.sort in SHAPES[edge.target].sorts
    nullable = {row[0] for row in await db.rows(f"{sql} AND is_nullable = 'YES'", shape.table)}
    assert {s.column for s in shape.sorts.values() if s.nullable} == sorts & nullable


def test_every_type_shows_its_edges_and_leaves_of_real_columns() -> None:
    fields = graphql_schema(schema).type_map
    for name, kind in ENTITIES.items():
        shape = SHAPES[name]
        assert kind.shape is shape
        shown = {to_snake_case(field) for field in fields[name].fields}  # type: ignore[attr-defined]
        assert shape.to_one.keys() | shape.to_many.keys() | shape.to_each.keys() <= shown
        columns = {f.python_name for f in kind.__strawberry_definition__.fields if f.base_resolver is None}
        assert columns <= set(shape.columns)


# Ids ------------------------------------------------------------------------------------------------


NO_IDS = {
    "empty": "",
    "no separator": "%%%",
    "not ASCII": "问题",
    "no type": "6f1d4b52-8a3e-5c07-9d2b-0e6a1c94f7d3",
    "no UUID": "Issue:1",
    "2^63": f"Issue:{2**63}",
    "braces": "Issue:{6f1d4b52-8a3e-5c07-9d2b-0e6a1c94f7d3}",
    "other digits": "Issue:６f1d4b52-8a3e-5c07-9d2b-0e6a1c94f7d3",
    "base64 of an id": base64.b64encode(b"Issue:6f1d4b52-8a3e-5c07-9d2b-0e6a1c94f7d3").decode(),
    "very long": "A" * 10_000,
}


@pytest.mark.parametrize("text", NO_IDS.values(), ids=NO_IDS)
async def test_what_is_no_id_is_refused_by_name(desk: Desk, town: Town, text: str) -> None:
    office = town["office"]
    asked = {
        "id": "query ($id: ID!) { node(id: $id) { id } }",
        "ids[0]": "query ($id: ID!) { nodes(ids: [$id]) { id } }",
        "where.street": "query ($id: ID!) { issues(where: {street: $id}) { totalCount } }",
        "where.issue": "query ($id: ID!) { duties(where: {issue: $id}) { totalCount } }",
    }
    for argument, query in asked.items():
        assert await desk.refused(query, office, id=text) == ("BAD_INPUT", argument)
    assert await desk.refused("query ($id: ID!) { issue(id: $id) { id } }", office, id=text) == (
        "BAD_INPUT",
        "id",
    )


@pytest.mark.parametrize("text", ["\x00", "\ud800", "a\udfff"])
async def test_what_is_no_text_is_refused_everywhere(desk: Desk, town: Town, text: str) -> None:
    for query in (
        "query ($t: ID!) { node(id: $t) { id } }",
        "query ($t: String!) { issue(code: $t) { id } }",
        "query ($t: String!) { trackReport(code: $t) { code } }",
        "query ($t: String!) { district(key: $t) { id } }",
        "query ($t: String!) { issues(where: {search: $t}) { totalCount } }",
        "query ($t: String!) { issues(where: {category: $t}) { totalCount } }",
        "query ($t: String!) { issues(after: $t) { totalCount } }",
    ):
        code, named = await desk.refused(query, town["office"], t=text)
        assert (code, named) in {("BAD_REQUEST", "variables.t"), ("BAD_INPUT", "t")}, query


GUARDED = {
    "id": "query ($t: ID!) { node(id: $t) { id } }",
    "where.search": "query ($t: String!) { issues(where: {search: $t}) { totalCount } }",
    "where.category": "query ($t: String!) { issues(where: {category: $t}) { totalCount } }",
    "after": "query ($t: String!) { issues(after: $t) { totalCount } }",
}


@pytest.mark.parametrize("text", ["\x00", "\ud800", "x" * 5000])
@pytest.mark.parametrize("argument", GUARDED)
async def test_resolvers_guard_themselves_too(town: Town, argument: str, text: str) -> None:
    """Behind an edge that lets everything pass, nothing but a named fault comes of it."""
    context = Context(town["office"])
    done = await schema.execute(GUARDED[argument], {"t": text}, context_value=context)
    fault = done.errors[0].original_error.fault
    assert (fault.code, fault.field) == (ErrorCode.BAD_INPUT, argument)


async def test_texts_that_no_row_can_have_find_nothing(town: Town) -> None:
    query = """query ($t: String!) {
      issue(code: $t) { id } district(key: $t) { id } trackReport(code: $t) { code } }"""
    for text in ("\x00", "\ud800", "x" * 5000):
        done = await schema.execute(query, {"t": text}, context_value=Context(town["office"]))
        assert done.errors is None
        assert done.data == {"issue": None, "district": None, "trackReport": None}


async def test_ids_of_nothing_are_null(desk: Desk, town: Town) -> None:
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    unknown = [global_id(name, key("nobody")) for name in SHAPES]
    foreign = [global_id(name, key("nobody")) for name in ("Query", "Nothing", "IssueConnection", "PageInfo")]
    assert await desk.ask(query, town["office"], ids=unknown + foreign) == {
        "nodes": [None] * (len(SHAPES) + 4)
    }
    assert await desk.refused(query, town["office"], ids=unknown * 6) == ("BAD_INPUT", "ids")
    wrong = global_id("Street", town.a["s1"])
    assert await desk.refused("query ($id: ID!) { issue(id: $id) { id } }", town["office"], id=wrong) == (
        "BAD_INPUT",
        "id",
    )
    assert await desk.refused("{ issue { id } }", town["office"]) == ("BAD_INPUT", "id")
    assert await desk.refused('{ issue(id: "", code: "x") { id } }', town["office"]) == ("BAD_INPUT", "id")


async def test_every_entity_is_found_by_its_id(desk: Desk, town: Town) -> None:
    await town.a.notification("office's post", "i1", "i1 verify", 20)
    await town.a.bulletin("february")
    await town.a.score_sheet("sheet 1", "water", "c1")
    await town.a.proofs("i1")
    names = {
        "District": "district",
        "Street": "s1",
        "Community": "c1",
        "Grid": "g1",
        "Department": "water",
        "Person": "street clerk",
        "Post": "street clerk's post",
        "Rulebook": "rulebook",
        "Item": "lamp",
        "Issue": "i1",
        "Report": "r1",
        "Call": "i1 calls lighting",
        "Assignment": "i1 by lighting",
        "Duty": "i1 verify",
        "TimelineEntry": "i1 entry 1",
        "Evidence": "photo of i1",
        "EvidenceFinding": "finding of i1",
        "EvidenceOpening": "opening of i1",
        "EvidenceHold": "hold of i1",
        "EvidenceDeletion": "deletion of i1",
        "EvidenceSweep": "sweep",
        "Scorecard": "scorecard of i1",
        "Notification": "told office's post 20",
        "Plan": "plan of i1",
        "PlanTask": "task of i1",
        "Return": "return of i1",
        "Extension": "extension of i1",
        "Suspension": "suspension of i1",
        "Handover": "handover of i1",
        "Answer": "answer of r1",
        "ReportRating": "rating of r1",
        "ReportMessage": "message 1 of r1",
        "ReviewSheet": "sheet of i1",
        "ReviewSignature": "signature of i1",
        "Appeal": "appeal of i1",
        "Bulletin": "february",
        "ScoreSheet": "sheet 1",
        "Batch": "batch",
        "BatchItem": "item of the batch",
        "Survey": "round",
        "QuotaCell": "cell s1",
        "Invitation": "invitation a",
        "Response": "response a",
        "ResponseFlag": "flag a",
        "Opinion": "opinion a",
        "NegativeItem": "lamps",
        "ItemEntry": "lamps entry 1",
        "RectificationCycle": "cycle",
        "CycleEntry": "cycle entry 1",
    }
    assert set(names) | {"Calendar"} == set(SHAPES)
    for type_name, name in names.items():
        found = await desk.ask(
            "query ($id: ID!) { node(id: $id) { __typename id } }",
            town["office"],
            id=global_id(type_name, town.a[name]),
        )
        assert found["node"] == {"__typename": type_name, "id": global_id(type_name, town.a[name])}


def test_an_id_is_its_type_and_uuid() -> None:
    uuid = UUID("6f1d4b52-8a3e-5c07-9d2b-0e6a1c94f7d3")
    assert parsed(global_id("Issue", uuid)) == ("Issue", uuid)
    assert parsed(f"Issue:{uuid.hex}") is None, "one entity has one id"


# Instants -------------------------------------------------------------------------------------------


def test_instants_are_written_in_utc_as_the_database_writes_them() -> None:
    assert written(instant("2026-03-01T09:02:03.004900+08:00")) == "2026-03-01T01:02:03.0049+00:00"
    assert written(instant("2026-03-01T09:02:00+08:00")) == "2026-03-01T01:02:00+00:00"
    assert written(instant("0999-01-01T00:00:00Z")) == "0999-01-01T00:00:00+00:00"


@pytest.mark.parametrize("text", ["2026-03-01", "2026-03-01T09:02:03", "0001-01-01T00:00:00+14:00", "x", ""])
async def test_instants_that_are_none_are_refused_by_name(desk: Desk, town: Town, text: str) -> None:
    query = "query ($at: DateTime) { issues(where: {openedFrom: $at}) { totalCount } }"
    assert await desk.refused(query, town["office"], at=text) == ("BAD_INPUT", "at")
    literal = f'{{ issues(where: {{openedFrom: "{text}"}}) {{ totalCount }} }}'
    assert await desk.refused(literal, town["office"]) == ("BAD_INPUT", "where.openedFrom")


async def test_labels_of_enums_in_both_languages(desk: Desk) -> None:
    query = '{ enumLabels(names: ["Level", "Nothing"]) { name members { value zh en label } } }'
    (level,) = (await desk.ask(query, None, "zh"))["enumLabels"]
    assert level["members"][0] == {"value": "SIMPLE", "zh": "简单", "en": "Simple", "label": "简单"}
    everything = (await desk.ask("{ enumLabels { name } }"))["enumLabels"]
    assert {one["name"] for one in everything} == {kind.__name__ for kind in LABELS}
    assert language_of("zh-CN,zh;q=0.9") is Language.ZH
