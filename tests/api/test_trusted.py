"""Registered documents: named by the hash of their text, prepared once, and where wanted the only ones."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from api import trusted
from api.trusted import TrustedDocumentsError
from infra import serve
from infra.keys import LocalKeys
from infra.settings import Settings
from tests.api.edge import RESIDENT, STREET_CLERK, WRITTEN, Edge, error
from tests.api.serving import application, served

ECHO = "query Echo($text: String!) {\n  echo(text: $text)\n}"
ISSUE = "query Issue { issue { title } } query Phone { issue { phone } }"
REPORT = 'mutation Report { report(input: {title: "x"}) }'
UNKNOWN = "0" * 64


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


REGISTERED = {sha256(text): text for text in (ECHO, ISSUE, REPORT)}


@pytest.fixture(autouse=True)
def _nothing_written() -> None:
    WRITTEN.clear()


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> LocalKeys:
    return LocalKeys.load(tmp_path_factory.mktemp("keys"), "huying", "huying")


@pytest.fixture(scope="module")
def open_edge(keys: LocalKeys) -> Edge:
    """Production that answers other documents too."""
    return Edge(keys, registered=REGISTERED)


@pytest.fixture(scope="module")
def closed(keys: LocalKeys) -> Edge:
    """Production that answers registered documents alone."""
    return Edge(keys, registered=REGISTERED, only_registered=True)


def apollo(hashed: Any) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hashed}}}


NAMED = {
    "prefixed": {"documentId": f"sha256:{sha256(ECHO)}"},
    "bare": {"documentId": sha256(ECHO)},
    "capitals": {"documentId": sha256(ECHO).upper()},
    "Apollo": apollo(sha256(ECHO)),
    "both": {"documentId": f"sha256:{sha256(ECHO)}", **apollo(sha256(ECHO))},
    "with its text": {**apollo(sha256(ECHO)), "query": ECHO},
    "by its text alone": {"query": ECHO},
}


@pytest.mark.parametrize("named", NAMED.values(), ids=NAMED)
async def test_a_registered_document_is_answered_by_post_and_get(closed: Edge, named: dict[str, Any]) -> None:
    asked = {**named, "variables": {"text": "路灯"}, "operationName": "Echo"}
    posted = await closed.client.post("/graphql", json=asked)
    got = await closed.get(**asked)
    assert [posted.status_code, got.status_code] == [200, 200]
    assert posted.json()["data"] == got.json()["data"] == {"echo": "路灯"}


async def test_nothing_is_parsed_again(closed: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("parsed again")

    for name in ("parse", "validate", "Survey"):
        monkeypatch.setattr(f"api.documents.{name}", never)
    asked = {"documentId": sha256(ECHO), "variables": {"text": "a"}}
    assert (await closed.client.post("/graphql", json=asked)).json()["data"] == {"echo": "a"}


async def test_registration_opens_no_field(closed: Edge) -> None:
    named = {"documentId": sha256(ISSUE)}
    headers = closed.token(RESIDENT)
    issue = await closed.client.post("/graphql", json={**named, "operationName": "Issue"}, headers=headers)
    assert issue.json()["data"] == {"issue": {"title": "路灯不亮"}}
    phone = await closed.client.post("/graphql", json={**named, "operationName": "Phone"}, headers=headers)
    assert (phone.status_code, error(phone)["code"]) == (403, "FORBIDDEN")
    both = await closed.client.post("/graphql", json=named, headers=headers)
    assert error(both)["code"] == "UNKNOWN_OPERATION"


async def test_a_registered_mutation_goes_by_post_alone(closed: Edge) -> None:
    refused = await closed.get(STREET_CLERK, documentId=sha256(REPORT))
    assert (refused.status_code, error(refused)["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert WRITTEN == []
    headers = closed.token(STREET_CLERK)
    done = await closed.client.post("/graphql", json={"documentId": sha256(REPORT)}, headers=headers)
    assert done.json()["data"] == {"report": "x"}
    assert len(WRITTEN) == 1


OTHERS = {
    "a text": {"query": "{ me }"},
    "a text almost the same": {"query": ECHO + " "},
    "an unknown hash": {"documentId": UNKNOWN},
    "an unknown hash with its text": {**apollo(sha256("{ me }")), "query": "{ me }"},
    "some other id": {"documentId": "x-mine:1"},
}


@pytest.mark.parametrize("sent", OTHERS.values(), ids=OTHERS)
async def test_where_it_is_required_nothing_else_is_answered(closed: Edge, sent: dict[str, Any]) -> None:
    for _ in range(2):  # the refusal registered nothing
        for accept in ("application/json", "application/graphql-response+json"):
            posted = await closed.client.post("/graphql", json=sent, headers={"Accept": accept})
            assert (posted.status_code, error(posted)["code"]) == (403, "DOCUMENT_NOT_TRUSTED")
        assert error(await closed.get(**sent))["code"] == "DOCUMENT_NOT_TRUSTED"


async def test_where_it_is_not_required_texts_go_by_post(open_edge: Edge) -> None:
    assert (await open_edge.ask("{ me }")).json()["data"] == {"me": "public"}
    got = await open_edge.get(query="{ me }")
    assert (got.status_code, error(got)["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert (await open_edge.get(documentId=sha256(ECHO), variables={"text": "a"})).status_code == 200


async def test_an_unknown_hash_has_apollos_code_and_is_not_learnt(open_edge: Edge) -> None:
    text = "query Me { me }"
    asked = apollo(sha256(text))
    for sent, code in ((asked, "PERSISTED_QUERY_NOT_FOUND"), ({**asked, "query": text}, None)) * 2:
        response = await open_edge.client.post("/graphql", json=sent)
        if code is None:
            assert response.json()["data"] == {"me": "public"}
        else:
            assert (response.status_code, error(response)["code"]) == (400, code)


TWO_DOCUMENTS = {
    "another text": {"documentId": sha256(ECHO), "query": "{ me }"},
    "another text, unknown hash": {"documentId": UNKNOWN, "query": "{ me }"},
    "two hashes": {"documentId": sha256(ECHO), **apollo(sha256(ISSUE))},
}


@pytest.mark.parametrize("sent", TWO_DOCUMENTS.values(), ids=TWO_DOCUMENTS)
async def test_a_request_means_one_document(open_edge: Edge, sent: dict[str, Any]) -> None:
    response = await open_edge.client.post("/graphql", json=sent)
    assert (response.status_code, error(response)["code"]) == (400, "BAD_REQUEST")
    assert "another document" in error(response)["message"]


@pytest.mark.parametrize("hashed", [None, 1, ["a"], {}])
async def test_malformed_ids_are_typed(open_edge: Edge, hashed: Any) -> None:
    response = await open_edge.client.post("/graphql", json=apollo(hashed))
    found = error(response)
    assert (found["code"], found["field"]) == ("BAD_REQUEST", "extensions.persistedQuery.sha256Hash")
    if hashed is not None:
        response = await open_edge.client.post("/graphql", json={"documentId": hashed})
        assert (error(response)["code"], error(response)["field"]) == ("BAD_REQUEST", "documentId")


async def test_ids_hold_text(open_edge: Edge) -> None:
    response = await open_edge.client.post("/graphql", content=b'{"documentId": "\\ud800"}', headers=JSON)
    assert (error(response)["code"], error(response)["field"]) == ("BAD_REQUEST", "documentId")


JSON = {"Content-Type": "application/json"}

# Loading --------------------------------------------------------------------------------------------


def written(folder: Path, name: str, content: Any) -> Path:
    file = folder / name
    file.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return file


def test_files_are_read_as_compilers_write_them(tmp_path: Path) -> None:
    relay = written(tmp_path, "relay.json", {sha256(ECHO): ECHO})
    written(tmp_path, "codegen.json", {f"sha256:{sha256(ISSUE)}": ISSUE})
    written(tmp_path, "notes.txt", "no JSON")
    assert trusted.load(relay) == {sha256(ECHO): ECHO}
    assert trusted.load(tmp_path) == {sha256(ECHO): ECHO, sha256(ISSUE): ISSUE}


MISTAKES = {
    "no JSON": ("{", "cannot be read as JSON"),
    "no object": ([ECHO], "must be a JSON object"),
    "no text": ({sha256(ECHO): 1}, "must be a JSON object"),
    "MD5": ({hashlib.md5(ECHO.encode()).hexdigest(): ECHO}, 'is no SHA-256.*algorithm "SHA256"'),
    "another text": ({UNKNOWN: ECHO}, f"has another SHA-256: {sha256(ECHO)}"),
}


@pytest.mark.parametrize(("content", "said"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_a_file_is_named(tmp_path: Path, content: Any, said: str) -> None:
    file = written(tmp_path, "documents.json", content)
    with pytest.raises(TrustedDocumentsError, match=said) as refused:
        trusted.load(tmp_path)
    assert str(file) in str(refused.value)


def test_an_empty_folder_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(TrustedDocumentsError, match=r"no \*\.json"):
        trusted.load(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"), [("{", "cannot be read"), ("{ nothing }", "does not fit the schema")]
)
def test_a_document_that_cannot_be_answered_stops_the_start(keys: LocalKeys, text: str, said: str) -> None:
    with pytest.raises(TrustedDocumentsError, match=f"{sha256(text)}.*{said}"):
        application(keys, registered={sha256(text): text})


async def test_the_settings_reach_the_application_that_is_served(tmp_path: Path) -> None:
    text = "query Time { serverTime }"
    environment = {
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "HUYING_DATA": str(tmp_path / "data"),
        "HUYING_ENV": "production",
        "HUYING_TRUSTED_DOCUMENTS": str(written(tmp_path, "documents.json", {sha256(text): text})),
        "HUYING_REQUIRE_TRUSTED": "true",
        "HUYING_COST_PER_MINUTE": "70000",
    }
    no_services: Any = None
    app = serve.application(Settings.load(environment), no_services, no_services)
    async with served(app) as address, httpx.AsyncClient() as web:
        answer = (await web.get(f"{address}/graphql", params={"documentId": sha256(text)})).json()
        assert list(answer["data"]) == ["serverTime"]
        assert answer["extensions"]["cost"]["remaining"] == 69_999
        refused = await web.post(f"{address}/graphql", json={"query": "{ serverTime }"})
        assert error(refused)["code"] == "DOCUMENT_NOT_TRUSTED"
