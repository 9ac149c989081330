"""The edge takes anything a socket can bring and answers with typed errors."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from api.body import LARGEST_BODY
from api.errors import MESSAGES
from api.graphiql import ASSETS, GraphiQLPage
from infra.keys import LocalKeys
from infra.telemetry import of_request
from infra.web import Finding
from models.terms import Language
from tests.api.edge import RESIDENT, WRITTEN, Edge, error
from tests.api.serving import application, served

REPORT = "mutation R($input: ReportInput!) { report(input: $input) }"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> LocalKeys:
    return LocalKeys.load(tmp_path_factory.mktemp("keys"), "huying", "huying")


@pytest.fixture(scope="module")
def edge(keys: LocalKeys) -> Edge:
    return Edge(keys)


@pytest.fixture(autouse=True)
def _nothing_written() -> None:
    WRITTEN.clear()


def body(**parts: Any) -> bytes:
    return json.dumps(parts).encode()


async def test_a_query_is_answered_in_utf8(edge: Edge) -> None:
    headers = {"Accept": "*/*", "Huying-Cost": "none"}
    response = await edge.ask("{ issue { title } }", viewer=RESIDENT, headers=headers)
    assert response.status_code == 200
    assert response.content == '{"data":{"issue":{"title":"路灯不亮"}}}'.encode()
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert int(response.headers["content-length"]) == len(response.content)


MALFORMED = {
    "null": (b"null", "not null"),
    "number": (b"1", "not a number"),
    "string": (b'"x"', "not a string"),
    "list": (b"[]", "not a list"),
    "batch": (b'[{"query": "{ me }"}]', "not a list"),
    "empty": (b"", "not valid JSON"),
    "cut short": (b'{"query": "{ me }"', "not valid JSON"),
    "nested 100,000 deep": (b"[" * 100_000, "levels deep"),
    "objects nested 100,000 deep": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "levels deep"),
    "bad UTF-8": (b'{"query": "\xff"}', "not UTF-8"),
    "surrogate in UTF-8": (b'{"query": "\xed\xa0\x80"}', "not UTF-8"),
    "number too long": (b'{"query": "{ me }", "variables": {"a": ' + b"9" * 5000 + b"}}", "too many digits"),
    "no query": (b"{}", "`query` is missing"),
    "query null": (b'{"query": null}', "`query` is missing"),
    "query not text": (b'{"query": 1}', "`query` must be a string, not a number"),
    "variables a list": (
        b'{"query": "{ me }", "variables": []}',
        "`variables` must be an object or null, not a list",
    ),
    "variables text": (b'{"query": "{ me }", "variables": "x"}', "`variables` must be an object or null"),
    "operation a number": (
        b'{"query": "{ me }", "operationName": 1}',
        "`operationName` must be a string",
    ),
    "extensions a list": (b'{"query": "{ me }", "extensions": []}', "`extensions` must be an object or null"),
}


@pytest.mark.parametrize(("sent", "said"), MALFORMED.values(), ids=MALFORMED)
async def test_a_malformed_body_is_a_typed_400(edge: Edge, sent: bytes, said: str) -> None:
    response = await edge.send(sent)
    assert response.status_code == 400
    assert error(response)["code"] == "BAD_REQUEST"
    assert said in error(response)["message"]


BAD_VALUES = {
    "NUL": ({"input": {"title": "a\x00b"}}, "variables.input.title"),
    "lone surrogate": ({"input": {"title": "\ud800"}}, "variables.input.title"),
    "in a list": ({"input": {"title": "a", "tags": ["ok", "\udfff"]}}, "variables.input.tags[1]"),
    "in a key": ({"input": {"\x00": 1}}, "variables.input"),
    "unused variable": ({"input": {"title": "a"}, "other": "\x00"}, "variables.other"),
}


@pytest.mark.parametrize(("variables", "field"), BAD_VALUES.values(), ids=BAD_VALUES)
async def test_what_no_text_may_hold_is_refused_by_its_path(edge: Edge, variables: Any, field: str) -> None:
    response = await edge.send(body(query=REPORT, variables=variables), **edge.token(RESIDENT))
    assert response.status_code == 400
    assert (error(response)["code"], error(response)["field"]) == ("BAD_REQUEST", field)
    assert WRITTEN == []


@pytest.mark.parametrize("number", [b"1e999", b"NaN", b"-Infinity"])
async def test_a_number_that_is_not_finite_is_refused_by_its_path(edge: Edge, number: bytes) -> None:
    response = await edge.send(b'{"query": "{ me }", "variables": {"a": {"b": ' + number + b"}}}")
    assert response.status_code == 400
    assert error(response)["code"] == "BAD_REQUEST"
    assert error(response)["field"] == "variables.a.b"


async def test_variables_nested_too_deep_are_refused(edge: Edge) -> None:
    deep: Any = 1
    for _ in range(100):
        deep = [deep]
    assert "64 levels" in error(await edge.send(body(query="{ me }", variables={"a": deep})))["message"]


COERCIONS = {
    "missing": ({}, "input"),
    "null": ({"input": None}, "input"),
    "not an object": ({"input": 3}, "input"),
    "member missing": ({"input": {}}, "input.title"),
    "member null": ({"input": {"title": None}}, "input.title"),
    "member of another type": ({"input": {"title": 3}}, "input.title"),
    "in a list": ({"input": {"title": "a", "tags": ["b", 1]}}, "input.tags[1]"),
    "2^63": ({"input": {"title": "a", "count": 2**63}}, "input.count"),
    "unknown member": ({"input": {"title": "a", "zz": 1}}, "input.zz"),
}


@pytest.mark.parametrize(("variables", "field"), COERCIONS.values(), ids=COERCIONS)
async def test_input_that_does_not_fit_names_its_field(edge: Edge, variables: Any, field: str) -> None:
    response = await edge.ask(REPORT, variables, RESIDENT)
    assert response.status_code == 400
    assert (error(response)["code"], error(response)["field"]) == ("BAD_INPUT", field)
    assert WRITTEN == []


LITERALS = {
    "wrong type": ("mutation { report(input: {title: 3}) }", "input.title"),
    "in a list": ('mutation { report(input: {title: "a", tags: ["b", 1]}) }', "input.tags[1]"),
    "member missing": ("mutation { report(input: {}) }", "input.title"),
    "unknown member": ('mutation { report(input: {title: "a", zz: 1}) }', "input.zz"),
    "argument missing": ("mutation { report }", "input"),
    "NUL by escape": (r'mutation { report(input: {title: "a\u0000"}) }', "input.title"),
    "NUL in a default": (r'mutation M($t: String! = "\u0000") { report(input: {title: $t}) }', "t"),
    "NUL in a fragment": (
        r'mutation { ...F } fragment F on Mutation { report(input: {title: "\u0000"}) }',
        "input.title",
    ),
}


@pytest.mark.parametrize(("query", "field"), LITERALS.values(), ids=LITERALS)
async def test_input_written_in_the_query_names_its_field_too(edge: Edge, query: str, field: str) -> None:
    response = await edge.ask(query, viewer=RESIDENT)
    assert response.status_code == 400
    assert (error(response)["code"], error(response)["field"]) == ("BAD_INPUT", field)
    assert WRITTEN == []


async def test_surrogates_are_no_way_to_a_500(edge: Edge) -> None:
    by_escape = await edge.ask(r'{ echo(text: "\uD800") }')
    assert (by_escape.status_code, error(by_escape)["code"]) == (400, "SYNTAX")
    in_the_text = await edge.send(body(query='{ echo(text: "\ud800") }'))
    assert (in_the_text.status_code, error(in_the_text)["field"]) == (400, "query")
    as_a_name = await edge.send(body(query="query A { me }", operationName="\ud800"))
    assert (as_a_name.status_code, error(as_a_name)["field"]) == (400, "operationName")
    pair = await edge.send(body(query="query($t: String!) { echo(text: $t) }", variables={"t": "😀"}))
    assert pair.json()["data"] == {"echo": "😀"}
    answered = await edge.ask("{ half }")
    assert answered.status_code == 200
    assert json.loads(answered.content)["data"] == {"half": "\ud83d"}


async def test_an_unknown_operation_names_the_known_ones(edge: Edge) -> None:
    two = "query A { me } query B { me }"
    for name, said in ((None, "several operations"), ("C", "no operation named `C`; it has: A, B")):
        response = await edge.send(body(query=two, operationName=name))
        assert (response.status_code, error(response)["code"]) == (400, "UNKNOWN_OPERATION")
        assert said in error(response)["message"]
    named = await edge.send(body(query=two, operationName="B"))
    assert named.json()["data"] == {"me": "public"}
    none = await edge.ask("fragment F on Query { me }")
    assert error(none)["code"] == "UNKNOWN_OPERATION"


@pytest.mark.parametrize(
    "sent", ["text/plain", "application/x-www-form-urlencoded", "", "application/json; charset=gbk"]
)
async def test_only_json_in_utf8_is_read(edge: Edge, sent: str) -> None:
    response = await edge.client.post(
        "/graphql", content=b'{"query": "{ me }"}', headers={"Content-Type": sent}
    )
    assert (response.status_code, error(response)["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


ACCEPTED = {
    "application/graphql-response+json": "application/graphql-response+json",
    "application/json": "application/json",
    "*/*": "application/json",
    "application/graphql-response+json, application/json;q=0.9": "application/graphql-response+json",
    "application/graphql-response+json;q=0.1, application/json": "application/json",
}


@pytest.mark.parametrize(("accept", "type_"), ACCEPTED.items(), ids=ACCEPTED)
async def test_the_answer_has_the_type_asked_for(edge: Edge, accept: str, type_: str) -> None:
    response = await edge.ask("{ me }", headers={"Accept": accept})
    assert response.headers["content-type"].split(";")[0] == type_


async def test_a_type_we_do_not_speak_is_406(edge: Edge) -> None:
    response = await edge.ask("{ me }", headers={"Accept": "text/html"})
    assert (response.status_code, error(response)["code"]) == (406, "NOT_ACCEPTABLE")


async def test_a_get_in_production_names_a_registered_document(edge: Edge) -> None:
    response = await edge.get(query="{ me }")
    assert (response.status_code, error(response)["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert response.headers["allow"] == "POST"


@pytest.mark.parametrize("extra", [0, 1], ids=["largest", "one too many"])
async def test_a_body_over_one_mebibyte_is_413(edge: Edge, extra: int) -> None:
    start = b'{"query": "{ me }", "x": "'
    sent = start + b"a" * (LARGEST_BODY - len(start) - 2 + extra) + b'"}'
    response = await edge.send(sent)
    assert response.status_code == (413 if extra else 200)
    if extra:
        assert error(response)["code"] == "PAYLOAD_TOO_LARGE"


async def test_messages_speak_the_language_asked_for(edge: Edge) -> None:
    for accept, language, said in (
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh", "查询与模式不符"),
        ("en-GB,zh;q=0.5", "en", "does not fit the schema"),
        ("fr, zh;q=0.2, en;q=0.1", "zh", "查询与模式不符"),
        ("zh;q=0, en;q=0.1", "en", "does not fit"),
        ("zh,en", "zh", "查询与模式不符"),
        ("*", "en", "does not fit"),
    ):
        response = await edge.ask("{ nothing }", headers={"Accept-Language": accept})
        assert response.headers["content-language"] == language
        assert said in error(response)["message"]


def test_every_message_is_in_both_languages() -> None:
    for key, (english, chinese) in MESSAGES.items():
        assert english.isascii(), key
        assert not chinese.isascii(), key
    assert len(Language) == 2


async def test_the_unexpected_is_masked_and_logged(edge: Edge) -> None:
    with capture_logs() as logs:
        response = await edge.ask("{ me broken }")
    assert [entry["event"] for entry in logs] == ["unexpected"]
    assert "hunter2" in str(logs[0]["exc_info"])
    assert response.status_code == 200
    assert response.json()["data"] == {"me": "public", "broken": None}
    found = error(response)
    assert (found["code"], found["path"]) == ("INTERNAL", ["broken"])
    assert found["requestId"] in found["message"]
    assert b"hunter2" not in response.content
    assert b"secret.py" not in response.content


async def test_an_expected_fault_keeps_its_code(edge: Edge) -> None:
    assert error(await edge.ask("{ away }"))["code"] == "UNAVAILABLE"


async def test_an_open_schema_is_for_development_only(edge: Edge, keys: LocalKeys) -> None:
    introspection = "{ __schema { types { name fields { type { ofType { ofType { name } } } } } } }"
    closed, opened = await edge.ask(introspection), await Edge(keys, development=True).ask(introspection)
    assert (closed.status_code, error(closed)["code"]) == (403, "FORBIDDEN")
    assert opened.status_code == 200
    assert "__typename" in (await edge.ask("{ __typename }")).text
    assert "Did you mean" not in (await edge.ask("{ ech }")).text
    assert "Did you mean" in (await Edge(keys, development=True).ask("{ ech }")).text


# The whole application -------------------------------------------------------------------------------


def client(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://web")


async def test_health_and_readiness(keys: LocalKeys) -> None:
    well = client(application(keys, Finding("postgres", True)))
    assert (await well.get("/healthz")).json() == {"status": "alive"}
    assert (await well.get("/readyz")).status_code == 200
    ill = client(application(keys, Finding("postgres", True), Finding("temporal", False, "refused")))
    response = await ill.get("/readyz")
    assert response.status_code == 503
    assert response.json()["findings"][1] == {"service": "temporal", "ok": False, "detail": "refused"}
    assert (await ill.get("/healthz")).status_code == 200


async def test_a_request_keeps_a_sane_id_and_loses_another(keys: LocalKeys) -> None:
    web = client(application(keys))
    sent = {"query": "{ broken }"}
    response = await web.post("/graphql", json=sent, headers={"X-Request-Id": "abc-1"})
    assert response.headers["x-request-id"] == "abc-1"
    assert error(response)["requestId"] == "abc-1"
    for insane in ("a b", "x" * 65, "a\x7fb"):
        response = await web.post("/graphql", json=sent, headers={"X-Request-Id": insane})
        assert response.headers["x-request-id"] != insane
        assert response.headers["x-request-id"] == error(response)["requestId"]


async def test_a_request_is_one_line_of_log_without_its_token(keys: LocalKeys, caplog) -> None:
    caplog.set_level(logging.DEBUG, "infra.web")
    web = client(application(keys))
    token = keys.mint(RESIDENT)
    with capture_logs(processors=[of_request]) as logs:
        headers = {"X-Request-Id": "abc-2", "Authorization": f"Bearer {token}"}
        await web.post("/graphql", json={"query": "query Mine { me }"}, headers=headers)
        await web.get("/healthz")
        await web.post("/graphql", json={"query": "query Broken {"}, headers=headers)
    # A quick read that went well is told at debug, as is being asked for one's health.
    assert [entry["log_level"] for entry in logs if entry["event"] == "request"] == ["debug", "debug", "info"]
    line = next(entry for entry in logs if entry["event"] == "request")
    assert {
        "event": "request",
        "status": 200,
        "operation": "query Mine",
        "request_id": "abc-2",
    }.items() <= line.items()
    assert token not in str(logs)


async def test_cors_admits_the_listed_origins_only(keys: LocalKeys) -> None:
    web = client(application(keys))
    for origin, admitted in (("https://console.example", True), ("https://evil.example", False)):
        headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        response = await web.options("/graphql", headers=headers)
        assert (response.headers.get("access-control-allow-origin") == origin) is admitted


async def test_graphiql_comes_from_this_server_alone(keys: LocalKeys) -> None:
    web = client(application(keys))
    page = await web.get("/graphql", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "http://" not in page.text
    assert "https://" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for name in ASSETS:
        assert f"/graphiql/assets/{name}" in page.text
        asset = await web.get(f"/graphiql/assets/{name}")
        assert asset.status_code == 200
        assert len(asset.content) > 5_000
    assert (await web.get("/graphiql/assets/..%2Fpackage.json")).status_code == 404
    closed = client(application(keys, production=True))
    assert (await closed.get("/graphql", headers={"Accept": "text/html"})).status_code == 406
    assert (await closed.get("/graphiql/assets/graphiql.min.js")).status_code == 404


def test_examples_become_tabs(tmp_path: Any) -> None:
    (tmp_path / "01-me.graphql").write_text("{ me } # </script>", "utf-8")
    (tmp_path / "01-me.json").write_text('{"a": 1}', "utf-8")
    (tmp_path / "02-echo.graphql").write_text("{ echo }", "utf-8")
    page = GraphiQLPage(examples=tmp_path)
    assert [tab["query"] for tab in page.tabs()] == ["{ me } # </script>", "{ echo }"]
    assert page.tabs()[0]["variables"] == '{"a": 1}'
    html, _ = page()
    assert "# </script>" not in html


# On a real socket -----------------------------------------------------------------------------------


@pytest.fixture
async def address(keys: LocalKeys) -> AsyncIterator[str]:
    async with served(application(keys)) as address:
        yield address


async def test_a_chunked_body_without_a_length_is_cut_off_at_one_mebibyte(address: str) -> None:
    sent = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'{"query": "{ me }", "x": "'
        for _ in range(1024):
            sent += 16 * 1024
            yield b"a" * 16 * 1024

    async with httpx.AsyncClient() as web:
        headers = {"Content-Type": "application/json"}
        try:
            response = await web.post(f"{address}/graphql", content=pieces(), headers=headers)
        except httpx.WriteError:
            pytest.fail("the server closed before its answer could be read")
        assert (response.status_code, error(response)["code"]) == (413, "PAYLOAD_TOO_LARGE")
        again = await web.post(f"{address}/graphql", json={"query": "{ me }"})
        assert again.json()["data"] == {"me": "public"}
