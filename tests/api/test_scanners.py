"""What GraphQL security scanners look for, against the application as production serves it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from types import FrameType
from typing import Any

import httpx
import pytest

from infra.keys import LocalKeys
from tests.api.edge import RESIDENT, WRITTEN, error
from tests.api.serving import ORIGIN, application, served


@pytest.fixture(autouse=True)
def _nothing_written() -> None:
    WRITTEN.clear()


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> LocalKeys:
    return LocalKeys.load(tmp_path_factory.mktemp("keys"), "huying", "huying")


@pytest.fixture(scope="module")
async def web(keys: LocalKeys) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        served(application(keys, production=True)) as address,
        httpx.AsyncClient(base_url=address) as client,
    ):
        yield client


@pytest.fixture(scope="module")
async def workshop(keys: LocalKeys) -> AsyncIterator[httpx.AsyncClient]:
    async with served(application(keys)) as address, httpx.AsyncClient(base_url=address) as client:
        yield client


async def ask(web: httpx.AsyncClient, query: str, **headers: str) -> httpx.Response:
    return await web.post("/graphql", json={"query": query}, headers=headers)


# More than one operation for one request ------------------------------------------------------------


async def test_batches_are_refused(web: httpx.AsyncClient) -> None:
    response = await web.post("/graphql", json=[{"query": "{ me }"}] * 10)
    assert (response.status_code, error(response)["code"]) == (400, "BAD_REQUEST")
    assert "data" not in response.text


OVERLOADS = {
    "aliases": "{ " + " ".join(f"a{n}: __typename" for n in range(101)) + " }",
    "one field 500 times": "{ " + "__typename " * 500 + "}",
    "fields": "{ issue { " + " ".join(f"... {{ n{n}: next {{ title }} }}" for n in range(600)) + " } }",
    "directives": "{ __typename " + "@include(if: true) " * 101 + "}",
    "unknown directives": "{ __typename " + "@aa " * 101 + "}",
    "directives of the operation": "query " + "@aa " * 101 + "{ __typename }",
    "directives, spread out": "{ " + " ".join(f"a{n % 9}: me @skip(if: false)" for n in range(101)) + " }",
    "depth": "{ issue " + "{ next " * 30 + "{ title }" + "}" * 31,
    "tokens": "{ " + "me " * 4000 + "}",
    "a long text": "{ me }" + "#" * 100_001,
}


MOST_CALLS = 150_000
"""Of Python functions while a document is refused; a clock would tell of the machine."""


@pytest.mark.parametrize("query", OVERLOADS.values(), ids=OVERLOADS)
async def test_overloaded_documents_are_refused_at_once(web: httpx.AsyncClient, query: str) -> None:
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        response = await ask(web, query)
    finally:
        sys.setprofile(None)
    assert calls < MOST_CALLS
    assert error(response)["code"] == "TOO_COMPLEX"


async def test_a_circle_of_fragments_ends(web: httpx.AsyncClient) -> None:
    circle = "{ issue { ...A } } fragment A on Issue { next { ...B } } fragment B on Issue { next { ...A } }"
    assert error(await ask(web, circle))["code"] == "VALIDATION"


async def test_errors_are_few(web: httpx.AsyncClient) -> None:
    response = await ask(web, "{ " + " ".join(f"x{n}" for n in range(25)) + " }")
    assert len(response.json()["errors"]) <= 6


# What the schema tells ------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["{ __schema { types { name } } }", '{ __type(name: "Issue") { name } }'])
async def test_introspection_is_off(web: httpx.AsyncClient, query: str) -> None:
    response = await ask(web, query)
    assert (response.status_code, error(response)["code"]) == (403, "FORBIDDEN")


CIRCLES = {
    "fields in fields": "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
    "by fragments": "{ __schema { types { ...T } } } fragment T on __Type { fields { type { ...U } } } "
    "fragment U on __Type { possibleTypes { interfaces { name } } }",
    "from one type": '{ __type(name: "Issue") { fields { type { inputFields { type { fields { name } }'
    " } } } } }",
}


@pytest.mark.parametrize("query", CIRCLES.values(), ids=CIRCLES)
async def test_introspection_goes_in_no_circles_where_it_is_on(workshop: Any, query: str) -> None:
    found = error(await ask(workshop, query))
    assert found["code"] == "TOO_COMPLEX"
    assert "lists of the schema" in found["message"]


@pytest.mark.parametrize(
    "query", ["{ mee }", "{ issu { title } }", "{ echo(txt: 1) }", "{ ...F } fragment F on Issu { title }"]
)
async def test_nothing_is_suggested(web: httpx.AsyncClient, query: str) -> None:
    response = await ask(web, query)
    assert error(response)["code"] in ("VALIDATION", "BAD_INPUT")
    assert "Did you mean" not in response.text
    assert "Perhaps" not in response.text


@pytest.mark.parametrize(
    "path", ["/graphql", "/graphiql", "/playground", "/altair", "/console", "/", "/voyager"]
)
async def test_no_workbench_is_served(web: httpx.AsyncClient, path: str) -> None:
    response = await web.get(path, headers={"Accept": "text/html"})
    assert response.status_code in (404, 405, 406)
    assert "html" not in response.headers["content-type"]


async def test_no_trace_and_no_server_is_told(web: httpx.AsyncClient) -> None:
    broken = await ask(
        web, "{ me broken }", **{"X-Apollo-Tracing": "1", "Apollo-Query-Plan-Experimental": "1"}
    )
    body = broken.json()
    assert set(body) == {"data", "errors", "extensions"}
    assert set(body["extensions"]) == {"cost"}
    assert set(body["errors"][0]["extensions"]) == {"code", "requestId"}
    for told in ("Traceback", "hunter2", ".py", "graphql-core", "strawberry"):
        assert told not in broken.text


# Forged by another site -----------------------------------------------------------------------------

MUTATION = 'mutation { report(input: {title: "x"}) }'
FORMS = {
    "urlencoded": ("application/x-www-form-urlencoded", "query=mutation"),
    "multipart": (
        "multipart/form-data; boundary=b",
        '--b\r\nContent-Disposition: form-data; name="query"\r\n\r\nx',
    ),
    "text that is JSON": ("text/plain", '{"query": "' + MUTATION.replace('"', '\\"') + '"}'),
    "nothing said": ("", '{"query": "{ me }"}'),
    "two types": ("text/plain, application/json", '{"query": "{ me }"}'),
}


@pytest.mark.parametrize(("sent", "content"), FORMS.values(), ids=FORMS)
async def test_what_a_form_can_send_is_not_read(
    web: httpx.AsyncClient, keys: LocalKeys, sent: str, content: str
) -> None:
    token = f"Bearer {keys.mint(RESIDENT)}"
    headers = {"Authorization": token, "Cookie": f"token={token}", "Origin": "https://evil.example"}
    if sent:
        headers["Content-Type"] = sent
    response = await web.post("/graphql", content=content, headers=headers)
    assert (response.status_code, error(response)["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert WRITTEN == []


async def test_a_link_changes_nothing_and_carries_nobody(web: httpx.AsyncClient, workshop: Any) -> None:
    token = "a.b.c"
    for client in (web, workshop):
        asked = await client.get("/graphql", params={"query": MUTATION}, headers={"Cookie": f"token={token}"})
        assert (asked.status_code, error(asked)["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert WRITTEN == []
    # Sign-in is by header alone: a cookie, or a token in the URL, is nobody's.
    who = await workshop.get("/graphql", params={"query": "{ me }", "access_token": token})
    assert who.json()["data"] == {"me": "public"}
    assert "set-cookie" not in who.headers


async def test_another_site_may_read_nothing(web: httpx.AsyncClient) -> None:
    for origin, admitted in ((ORIGIN, ORIGIN), ("https://evil.example", None), ("null", None)):
        response = await ask(web, "{ me }", Origin=origin)
        assert response.headers.get("access-control-allow-origin") == admitted
        assert "access-control-allow-credentials" not in response.headers
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["cache-control"] == "no-store"
