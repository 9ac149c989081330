"""Requests that are none: a typed 4xx from the whole application, and nothing written."""

from __future__ import annotations

import json

import pytest

from tests.commands.ledger import nothing_written, settled
from tests.commands.refusals import asking, rejected
from tests.commands.shelf import Shelf

BODIES = {
    "null": b"null",
    "1": b"1",
    "text": b'"x"',
    "list": b"[]",
    "nothing": b"",
    "lists 100,000 deep": b"[" * 100_000 + b"]" * 100_000,
    "objects 100,000 deep": b'{"query":' * 100_000 + b"1" + b"}" * 100_000,
    "not UTF-8": b'{"query": "\xff"}',
    "number of 5,000 digits": b'{"query": "{ serverTime }", "variables": {"a": ' + b"9" * 5000 + b"}}",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_a_body_that_is_no_request_is_refused(shelf: Shelf, body: bytes) -> None:
    await rejected(shelf.desk, shelf.people["worker"], body, None, "BAD_REQUEST")


async def test_variables_nested_100_000_deep_are_refused(shelf: Shelf) -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    body = json.dumps(asking("reportIssue", shelf.given("reportIssue"))).encode()
    body = body.replace(b'"place": ', b'"colour": ' + deep + b', "place": ')
    assert deep in body
    await rejected(shelf.desk, shelf.people["worker"], body, None, "BAD_REQUEST")


async def test_literals_nested_100_000_deep_are_refused(shelf: Shelf) -> None:
    query = "mutation { reportIssue(input: {title: " + "[" * 100_000 + "]" * 100_000 + "}) { __typename } }"
    await settled()
    async with nothing_written():
        answer = await shelf.desk.post({"query": query}, shelf.people["worker"])
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] in ("TOO_COMPLEX", "SYNTAX", "BAD_INPUT")


async def test_a_body_over_one_mebibyte_is_too_large(shelf: Shelf) -> None:
    """Announced by its length or not, and whoever sends it."""
    body = asking("reportIssue", {**shelf.given("reportIssue"), "description": "a" * 1024 * 1024})
    for viewer in (shelf.people["worker"], None):
        await rejected(shelf.desk, viewer, body, None, "PAYLOAD_TOO_LARGE", status=413)

    async def pieces():
        for _ in range(17):
            yield b" " * 65536

    async with nothing_written():
        answer = await shelf.desk.http.post(
            "/graphql", content=pieces(), headers={"Content-Type": "application/json"}
        )
    assert answer.status_code == 413


async def test_the_largest_body_is_read(shelf: Shelf) -> None:
    """Refused for its text, not for its size."""
    given = {**shelf.given("reportIssue"), "description": "a" * (1024 * 1024 - 2000)}
    answer = await shelf.desk.do("reportIssue", shelf.people["worker"], given)
    assert answer["field"] == "input.description"


async def test_many_commands_in_one_document_are_carried_out_in_their_order(shelf: Shelf) -> None:
    given = {**shelf.given("reportIssue"), "idempotencyKey": "first-of-two"}
    query = (
        "mutation($a: ReportIssueInput!, $b: ReportIssueInput!) { "
        "a: reportIssue(input: $a) { ... on IssueReported { trackingCode } } "
        "b: reportIssue(input: $b) { ... on Problem { field } } }"
    )
    data = await shelf.desk.ask(query, shelf.people["worker"], a=given, b={**given, "title": "x"})
    assert data["a"]["trackingCode"].startswith("JJ-")
    assert data["b"] == {"field": "input.idempotencyKey"}
