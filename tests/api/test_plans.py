"""Compiled reads answer what strawberry answers, to the byte."""

from __future__ import annotations

import json
from inspect import isawaitable
from typing import Any

import pytest
import pytest_asyncio
from graphql import execute

from api.context import Context
from api.documents import Documents, Operation
from api.http import encode
from api.limits import Limits
from api.plans.plans import Plans
from api.rules import graphql_schema
from api.schema import schema
from models.queries.lanes import Lanes
from models.terms import Language
from tests.api.ground import NOW

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
    "viewer": "{ viewer { subject duties(first: 5) { nodes { id dueAt issue { code } } totalCount } } }",
    "people": "{ people(first: 10) { nodes { id name posts(first: 5) { nodes { role roleLabel } } } } }",
    "items": '{ items(first: 10, where: {search: "路灯"}) { nodes { key name group departmentKeys } } }',
    "fragments": "query { streets(first: 2) { ...S } } "
    "fragment S on StreetConnection { nodes { ... on Node { id } x: nameZh ... on Street { district { key } } } }",
}


@pytest_asyncio.fixture(scope="session")
async def ways(database):
    lanes = Lanes(database)
    documents = Documents(schema, Limits(), open_schema=True)
    plans = Plans(graphql_schema(schema), lanes)

    async def both(query: str, viewer: Any, language=Language.EN, **variables) -> tuple[bytes | None, bytes]:
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
        assert done.errors is None, done.errors
        return await plans.data(operation, variables, context()), encode(done.data)

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
