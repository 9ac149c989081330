"""The catalogue of errors is written down, in both languages, and every code of it can be met."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.requests import HTTPConnection

from api import catalogue
from api.body import GraphQLRequest
from api.errors import HTTP_STATUS, MEANINGS, MESSAGES, OF_THE_DOCUMENT, ErrorCode
from api.identity import NOBODY, Identity
from api.jwks import FixedKeys, KeysUnavailableError
from api.limits import Limits
from api.problems import CODES_IN_CHINESE, ProblemCode, Problems
from api.streams.service import Inquiry
from api.streams.sse import EventStream
from infra.keys import LocalKeys
from models.policy.access import PUBLIC, Refusal
from models.policy.evidence.gate import Missing
from models.policy.steps import Refusal as StepRefusal
from models.policy.steps import RefusalCode
from models.queries.events import Position
from models.terms import EvidenceKind, EvidenceStep, Language
from tests.api.edge import RESIDENT, Edge, error

TESTS = Path(__file__).parents[1]
DOCUMENT = TESTS.parent / "docs" / "errors.md"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> LocalKeys:
    return LocalKeys.load(tmp_path_factory.mktemp("keys"), "huying", "huying")


def test_the_catalogue_is_current() -> None:
    again = "put it right: .venv/bin/python -m api.catalogue > docs/errors.md"
    assert DOCUMENT.read_text("utf-8") == catalogue.written(), again


def test_every_code_is_explained_in_both_languages() -> None:
    assert list(MEANINGS) == list(ErrorCode)
    assert list(CODES_IN_CHINESE) == list(ProblemCode)
    assert HTTP_STATUS.keys().isdisjoint(OF_THE_DOCUMENT)
    for english, chinese in (*MEANINGS.values(), *MESSAGES.values()):
        assert english.isascii()
        assert not chinese.isascii()


# Errors ---------------------------------------------------------------------------------------------


class _NoKeys:
    async def keys(self, _: str | None) -> Any:
        raise KeysUnavailableError("away")


async def _no_keys(edge: Edge) -> httpx.Response:
    edge.app._identity = Identity(_NoKeys(), "huying", "huying")
    return await edge.ask("{ me }", viewer=RESIDENT)


async def _no_context(edge: Edge) -> httpx.Response:
    def broken(*_: Any) -> object:
        raise RuntimeError("hunter2")

    edge.app._context_for = broken
    return await edge.ask("{ me }")


async def _twice(edge: Edge) -> httpx.Response:
    await edge.ask("{ a: me b: me }")
    return await edge.ask("{ a: me b: me }")


async def _untrusted(edge: Edge) -> httpx.Response:
    closed = Edge(edge.keys, only_registered=True)
    return await closed.ask("{ me }", headers={"Accept-Language": "zh"})


WAYS: dict[ErrorCode, Callable[[Edge], Awaitable[httpx.Response]]] = {
    ErrorCode.BAD_REQUEST: lambda edge: edge.send(b"{"),
    ErrorCode.METHOD_NOT_ALLOWED: lambda edge: edge.client.delete("/graphql"),
    ErrorCode.NOT_ACCEPTABLE: lambda edge: edge.ask("{ me }", headers={"Accept": "text/html"}),
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: lambda edge: edge.client.post("/graphql", data={"query": "{ me }"}),
    ErrorCode.PAYLOAD_TOO_LARGE: lambda edge: edge.send(b'"' + b"a" * 1024 * 1024 + b'"'),
    ErrorCode.URI_TOO_LONG: lambda edge: edge.get(query="{ me }" + " " * 20_000),
    ErrorCode.UNAUTHENTICATED: lambda edge: edge.ask("{ me }", headers={"Authorization": "Bearer x"}),
    ErrorCode.FORBIDDEN: lambda edge: edge.ask("{ issue { title } }"),
    ErrorCode.DOCUMENT_NOT_TRUSTED: _untrusted,
    ErrorCode.PERSISTED_QUERY_NOT_FOUND: lambda edge: edge.send(b'{"documentId": "x"}'),
    ErrorCode.SYNTAX: lambda edge: edge.ask("{"),
    ErrorCode.VALIDATION: lambda edge: edge.ask("{ nothing }"),
    ErrorCode.UNKNOWN_OPERATION: lambda edge: edge.ask("query A { me } query B { me }"),
    ErrorCode.TOO_COMPLEX: lambda edge: edge.ask("{ " + "me " * 40 + "}"),
    ErrorCode.BAD_INPUT: lambda edge: edge.ask("query ($t: String!) { echo(text: $t) }"),
    ErrorCode.RATE_LIMITED: _twice,
    ErrorCode.UNAVAILABLE: _no_keys,
    ErrorCode.INTERNAL: _no_context,
}
ELSEWHERE = frozenset(ErrorCode) - WAYS.keys() - {ErrorCode.SLOW_READER}
"""Met on open connections only: tests of subscriptions name them."""


@pytest.mark.parametrize("code", WAYS, ids=str)
async def test_every_error_can_be_met(keys: LocalKeys, code: ErrorCode) -> None:
    edge = Edge(keys, limits=Limits(cost=50, budget=50, depth=3))
    edge.app._budget.per_minute = 3
    edge.client.headers["Accept-Language"] = "zh"
    response = await WAYS[code](edge)
    found = error(response)
    assert (found["code"], response.status_code) == (code, HTTP_STATUS.get(code, 400))
    assert not found["message"].isascii()
    assert found["requestId"]
    assert "hunter2" not in response.text


@pytest.mark.parametrize("code", sorted(ELSEWHERE))
def test_errors_of_open_connections_are_met_elsewhere(code: ErrorCode) -> None:
    others = [file for file in TESTS.rglob("test_*.py") if file.name != Path(__file__).name]
    assert any(code.value.lower() in file.read_text("utf-8").lower() for file in others)


class _Flood:
    """An operation whose results pile up faster than they are taken."""

    open = 0

    def __init__(self) -> None:
        self.closing = asyncio.Event()

    async def position(self) -> Position:
        return Position(1, 1)

    async def run(self, _: Inquiry, line: EventStream) -> list[Any]:
        line.overrun()
        return await asyncio.Event().wait()


async def test_a_slow_reader_of_an_event_stream_is_told(keys: LocalKeys) -> None:
    sent: list[bytes] = []

    async def receive() -> Any:
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message.get("body", b""))

    identity = Identity(FixedKeys(keys.public), "huying", "huying")
    inquiry = Inquiry(GraphQLRequest("{ me }"), PUBLIC, Language.ZH, "abc", HTTPConnection({"type": "http"}))
    await EventStream(_Flood(), identity, inquiry, NOBODY, receive, send).run()
    told = json.loads(sent[-1].split(b"data: ")[1].split(b"\n")[0])["errors"][0]
    assert told["extensions"]["code"] == ErrorCode.SLOW_READER
    assert not told["message"].isascii()


# Problems -------------------------------------------------------------------------------------------


def _step(code: RefusalCode, found: str, *expected: str) -> Callable[[Problems], Any]:
    return lambda problems: problems.refused(StepRefusal(code, "issue", found, expected))


LACKING = Missing(EvidenceStep.COMPLETE, (EvidenceKind.AFTER,), (), "jinjiang/1: complete needs AFTER")
REFUSALS: dict[ProblemCode, Callable[[Problems], Any]] = {
    ProblemCode.INVALID_INPUT: lambda problems: problems.invalid("input.title", "BLANK"),
    ProblemCode.NOT_FOUND: lambda problems: problems.not_found("input.issue", "issue"),
    ProblemCode.KEY_REUSED: lambda problems: problems.key_reused(),
    ProblemCode.UNAVAILABLE: lambda problems: problems.unavailable(),
    ProblemCode.WRONG_STAGE: _step(RefusalCode.WRONG_STAGE, "FILED", "CALLED"),
    ProblemCode.WRONG_LEVEL: _step(RefusalCode.WRONG_LEVEL, "SIMPLE", "GENERAL"),
    ProblemCode.WRONG_STATUS: _step(RefusalCode.WRONG_STATUS, "DONE", "OFFERED"),
    ProblemCode.TOO_LATE: _step(RefusalCode.TOO_LATE, ""),
    ProblemCode.ROUTED: _step(RefusalCode.ROUTED, "HANDLING"),
    ProblemCode.NOT_OWED: _step(RefusalCode.NOT_OWED, "", "VERIFY"),
    ProblemCode.TOO_MANY: _step(RefusalCode.TOO_MANY, "2", "2"),
    ProblemCode.SIGNED: lambda problems: problems.signed("input.sheet"),
    ProblemCode.NOT_OPEN: lambda problems: problems.not_open("input.token"),
    ProblemCode.ALREADY_ANSWERED: lambda problems: problems.already_answered("input.answers"),
    ProblemCode.NOTHING_TO_CHANGE: _step(RefusalCode.NOTHING_TO_CHANGE, ""),
    ProblemCode.EVIDENCE_MISSING: lambda problems: problems.missing_evidence("input.assignment", LACKING),
    **{
        ProblemCode(reason.value): lambda problems, reason=reason: problems.forbidden(reason, "CALL")
        for reason in Refusal
    },
}


@pytest.mark.parametrize("code", ProblemCode, ids=lambda code: code.value)
def test_every_problem_is_said_in_both_languages(code: ProblemCode) -> None:
    said = {language: REFUSALS[code](Problems(language)) for language in Language}
    assert {problem.code for problem in said.values()} == {code}
    assert said[Language.EN].message.isascii()
    assert not said[Language.ZH].message.isascii()
