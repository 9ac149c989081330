"""The worked examples that GraphiQL opens with fit the schema and its limits."""

from __future__ import annotations

import json

import pytest
from graphql import parse, validate

from api.graphiql import EXAMPLES
from api.rules import graphql_schema
from api.schema import schema

FILES = sorted(EXAMPLES.glob("*.graphql"))


def test_there_are_examples():
    assert len(FILES) >= 6


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_example_fits_the_schema(file):
    document = parse(file.read_text("utf-8"))
    assert validate(graphql_schema(schema), document) == []
    beside = file.with_suffix(".json")
    if beside.exists():
        assert isinstance(json.loads(beside.read_text("utf-8")), dict)
