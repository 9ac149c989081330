"""Compiled reads answer what strawberry answers, to the byte."""

from __future__ import annotations

import json
from inspect import isawaitable
from random import Random
from typing import Any

import pytest
import pytest_asyncio
from graphql import execute

from api.context import Context
from api.documents import Documents, Operation
from api.http import encode
from api.ids import global_id
from api.limits import Limits
from api.plans import viewers
from api.plans.plans import Plans
from api.rules import graphql_schema
from api.schema import schema
from models.queries import db
from models.queries.lanes import Lanes
from models.queries.shapes import SHAPES
from models.terms import Language
from tests.api.ground import NOW
from tests.api.random_documents import RandomDocuments

Answers = tuple[bytes | None, bytes | None]
"""A plan's answer, None where it leaves it to strawberry, and strawberry's, None where it has errors."""

QUERIES = {
    "board": """
        query($n: Int, $stages: [Stage!]) {
          issues(first: $n, where: {stages: $stages}, orderBy: {field: DUE_AT, direction: DESC}) {
            nodes { id code title stage stageLabel level dueAt openedAt light overdue timeLeft
                    street { id nameZh name } community { name } grid { code } department { id key }
                    timeline(last: 3) { nodes { seq kind kindLabel at } } }
            totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
            edges { cursor node { id } } } }""",
    "whole": "{ issues(first: 2) { nodes { __typename id duties { id kind status light timeLeft } "
    "assignments { id statusLabel department { name } } calls { demand } scorecards { total } "
    "reports(first: 3) { totalCount nodes { code mine description } } "
    "evidence(first: 2) { edges { cursor node { kindLabel size } } } } } }",
    "places": "{ streets(first: 50) { nodes { id nameZh communities(first: 3) { totalCount nodes { id name "
    "grids(last: 2) { nodes { code } pageInfo { hasPreviousPage endCursor } } } } } } }",
    "viewer": """{ viewer { subject unreadCount person { name phone }
        posts { id role roleLabel head district { key } person { name } }
        duties(first: 5) { nodes { id dueAt issue { code } } totalCount } } }""",
    "people": "{ people(first: 10) { nodes { id name posts(first: 5) { nodes { role roleLabel } } } } }",
    "items": '{ items(first: 10, where: {search: "路灯"}) { nodes { key name group departmentKeys } } }',
    "fragments": "query { streets(first: 2) { ...S } } fragment S on StreetConnection { nodes { "
    "... on Node { id } x: nameZh ... on Street { district { key } } } }",
}


@pytest_asyncio.fixture(scope="session")
async def ways(database):
    lanes = Lanes(database)
    documents = Documents(schema, Limits(), open_schema=True)
    plans = Plans(graphql_schema(schema), lanes)

    async def both(query: str, viewer: Any, language=Language.EN, **variables) -> Answers:
        prepared = documents.prepare(query)
        assert not isinstance(prepared, list), prepared
        operation = prepared.operation(None)
        assert isinstance(operation, Operation), operation

        def context() -> Context:
            return Context(viewer, language, "r", clock=lambda: NOW)

        result = execute(
            graphql_schema(schema),
            operation.document,
            context_value=context(),
            variable_values=variables,
            executor_class=schema.execution_context_class,
        )
        done = await result if isawaitable(result) else result
        slow = None if done.errors else encode(done.data)
        return await plans.data(operation, variables, context()), slow

    yield both
    await lanes.close()


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", QUERIES)
async def test_a_plan_answers_as_strawberry_does(ways, town, name, language):
    variables = {"n": 4, "stages": ["HANDLING", "COLLECTED", "CALLED"]} if name == "board" else {}
    for who in ("office", "street clerk", "lighting", "resident 1", "machine"):
        planned, slow = await ways(QUERIES[name], town[who], language, **variables)
        assert planned is not None, (name, who)
        assert json.loads(planned) == json.loads(slow)
        assert planned == slow


VIEWERS = ("office", "street clerk", "lighting", "resident 1", "machine")
SAMPLE, WHOLE = 80, 5_000


@pytest_asyncio.fixture(scope="session")
async def known(town) -> dict[str, list[str]]:
    """Ids that exist, by type; not all of them in everybody's scope."""
    found = {}
    for name, shape in SHAPES.items():
        rows = await db.rows(f"SELECT id FROM {shape.table} ORDER BY id LIMIT 12")
        found[name] = [global_id(name, row["id"]) for row in rows]
    return {name: keys for name, keys in found.items() if keys}


async def compared(ways, town, known, count: int, seed: int) -> tuple[int, int]:
    """How many answers were planned, of how many; every one must be strawberry's to the byte."""
    made = RandomDocuments(graphql_schema(schema), Random(seed), known, ("路", "路灯", "A", "s1"))
    planned = asked = 0
    for n in range(count):
        query, variables = made.document()
        language = Language.ZH if n % 2 else Language.EN
        for name in VIEWERS:
            answer, slow = await ways(query, town[name], language, **variables)
            asked += 1
            if answer is not None:
                planned += 1
                assert answer == slow, (query, variables, name, answer.decode(), slow and slow.decode())
    return planned, asked


async def test_random_documents_are_answered_alike(ways, town, known):
    planned, asked = await compared(ways, town, known, SAMPLE, seed=1)
    assert planned / asked > 0.95, "a read that needs no live state must be planned"


@pytest.mark.prove
@pytest.mark.timeout(3000)
async def test_five_thousand_random_documents_are_answered_alike(ways, town, known):
    planned, asked = await compared(ways, town, known, WHOLE, seed=2)
    print(f"\n{WHOLE} documents, {len(VIEWERS)} viewers: {asked} answers, {planned} planned, all equal")


async def test_a_planted_scope_bug_is_caught(ways, town, known, monkeypatch):
    honest = viewers.guard_condition

    def lax(guard, viewer, binds, alias="x"):
        honest(guard, viewer, binds, alias)
        return "TRUE"

    monkeypatch.setattr(viewers, "guard_condition", lax)
    with pytest.raises(AssertionError):
        await compared(ways, town, known, SAMPLE, seed=3)
