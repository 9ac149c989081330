"""The guide for front-end teams says what is so: its examples fit the schema, its figures are the limits."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from graphql import parse, validate

from api import documents
from api.answers import LONGEST_COUNTED
from api.body import LARGEST_BODY, LONGEST_URL
from api.costs import UNPAGED
from api.documents import Documents, Operation
from api.errors import ErrorCode
from api.limits import Limits
from api.problems import ProblemCode
from api.rules import graphql_schema
from api.schema import schema
from infra.settings import Settings

GUIDE = Path(__file__).parents[2] / "docs" / "api.md"
TEXT = GUIDE.read_text("utf-8")
PLAIN = " ".join(TEXT.split())
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", TEXT, re.DOTALL)
QUERIES = [block for kind, block in BLOCKS if kind == "graphql"]


def test_there_are_examples() -> None:
    assert len(QUERIES) >= 6
    assert {kind for kind, _ in BLOCKS} <= {"graphql", "json"}


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.split("(")[0].split("{")[0].strip())
def test_an_example_fits_the_schema_and_its_limits(query: str) -> None:
    assert validate(graphql_schema(schema), parse(query), documents.RULES) == []
    prepared = Documents(schema, Limits(), open_schema=False).prepare(query)
    assert not isinstance(prepared, list)
    assert isinstance(prepared.operation(None), Operation)


@pytest.mark.parametrize("text", [block for kind, block in BLOCKS if kind == "json"])
def test_json_is_json(text: str) -> None:
    assert isinstance(json.loads(text), dict)


def test_figures_are_the_limits() -> None:
    limits = Limits()
    for said in (
        f"{limits.tokens:,} tokens, {limits.depth} levels of fields, {limits.fields:,} fields, "
        f"{limits.aliases} aliases, {limits.directives} directives",
        f"at most {limits.cost:,} fields in its answer",
        f"at most {limits.page:,}.",
        f"{limits.budget:,} for each signed-in subject",
        f"a list without a page size counts as {UNPAGED}.",
        f"Answers over {LONGEST_COUNTED // 1024} KiB",
        f"up to {LONGEST_URL // 1024} KiB",
        f"{LARGEST_BODY // 1024 // 1024} MiB",
    ):
        assert said in PLAIN, said


def test_names_are_those_of_the_platform() -> None:
    codes = {code.value for code in ErrorCode} | {code.value for code in ProblemCode}
    settings = {str(field.validation_alias) for field in Settings.model_fields.values()}
    assert set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", TEXT)) <= codes | settings


def test_files_it_points_to_exist() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", TEXT)
    assert links
    for link in links:
        assert (GUIDE.parent / link).exists(), link
