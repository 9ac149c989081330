"""Asks the application as somebody, and carries an issue along."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from itertools import count
from typing import Any
from uuid import uuid4

import httpx
from graphql import GraphQLUnionType, get_named_type
from joserfc.jwk import ECKey

from api.rules import graphql_schema
from api.schema import schema
from infra.keys import LocalKeys
from models.policy.access import Viewer
from models.queries import posts
from models.queries.posts import PostAsked
from storage.s3 import S3EvidenceStore
from tests.pictures.scenes import photo

PROBLEM = "... on Problem { code message field }"
ISSUE = "issue { id code stage level seq department { id } }"
PICTURE = photo(0, side=160)
"""For what is only announced; each that is sent is a picture of its own."""
SEEDS = count(1)
SETTLED = ("ACCEPTED", "REFUSED")

KEYS = count()
MODERN = "application/graphql-response+json"
"""What today's clients accept: every error then has its own status."""


class Desk:
    """One application; every question names who asks."""

    def __init__(self, http: httpx.AsyncClient, keys: LocalKeys, store: S3EvidenceStore) -> None:
        self.http, self.keys, self.store = http, keys, store
        self._tokens: dict[Viewer, str] = {}

    def token(self, viewer: Viewer) -> str:
        if viewer not in self._tokens:
            self._tokens[viewer] = self.keys.mint(viewer, timedelta(hours=2))
        return self._tokens[viewer]

    def bad_tokens(self, viewer: Viewer) -> dict[str, str]:
        """Tokens of this viewer that prove nothing."""
        stranger = ECKey.generate_key("P-256", private=True, auto_kid=True)
        good = self.keys.mint(viewer)
        return {
            "expired": self.keys.mint(viewer, timedelta(hours=-1)),
            "unknown key": replace(self.keys, key=stranger).mint(viewer),
            "other audience": self.keys.mint(viewer, aud="elsewhere"),
            "cut short": good[:-4],
        }

    async def who(self, **asked: Any) -> Viewer:
        """Somebody who holds this post in Jinjiang unless said otherwise."""
        found = await posts.posts(PostAsked(**{"district": "jinjiang", **asked}))
        assert found, asked
        return found[0].viewer

    async def post(self, body: Any, viewer: Viewer | None = None, language: str = "en") -> httpx.Response:
        return await self.send(json.dumps(body).encode(), viewer, language)

    async def send(
        self, body: bytes, viewer: Viewer | None = None, language: str = "en", **headers: str
    ) -> httpx.Response:
        """Bytes as they are."""
        sent = {"Accept-Language": language, "Content-Type": "application/json", "Accept": MODERN, **headers}
        if viewer is not None:
            sent["Authorization"] = f"Bearer {self.token(viewer)}"
        return await self.http.post("/graphql", content=body, headers=sent)

    async def ask(
        self, query: str, viewer: Viewer | None = None, language: str = "en", **variables: Any
    ) -> dict[str, Any]:
        """The data of an answer without errors."""
        answer = (await self.post({"query": query, "variables": variables}, viewer, language)).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def do(
        self,
        name: str,
        viewer: Viewer | None,
        input: dict[str, Any],
        fields: str | None = None,
        key: str | None = None,
        language: str = "en",
    ) -> dict[str, Any]:
        """One mutation's result: the success type's `fields`, or a problem."""
        query = mutation(name, fields)
        given = {"idempotencyKey": fresh_key() if key is None else key, **input}
        data = await self.ask(query, viewer, language, input=given)
        return data["result"]

    async def photo(self, viewer: Viewer, issue: str, kind: str, picture: bytes | None = None) -> str:
        """Announces, uploads and confirms a photo, and has it accepted; returns its id."""
        made, settled = await self.sent(viewer, issue, kind, picture)
        assert settled["status"] == "ACCEPTED", settled
        return made

    async def sent(
        self, viewer: Viewer, issue: str, kind: str, picture: bytes | None = None, method: str = "POST"
    ) -> tuple[str, dict[str, Any]]:
        """The same with what it was settled with."""
        bytes_of = photo(next(SEEDS), side=160) if picture is None else picture
        ready = await self.announced(viewer, issue, kind, bytes_of, method)
        await self.upload(ready["upload"], bytes_of)
        made = ready["evidence"]["id"]
        confirmed = await self.do(
            "confirmEvidence", viewer, {"evidence": made}, "evidence { id status viewUrl }"
        )
        assert confirmed["evidence"]["status"] in ("CONFIRMED", *SETTLED), confirmed
        return made, await self.settled(viewer, made)

    async def settled(self, viewer: Viewer, made: str) -> dict[str, Any]:
        """A photo once it is accepted or refused; within twenty seconds."""
        query = "query($id: ID!) { node(id: $id) { ... on Evidence { status refusal viewUrl } } }"
        for _ in range(400):
            found = (await self.ask(query, viewer, id=made))["node"]
            if found["status"] in SETTLED:
                return found
            await asyncio.sleep(0.05)
        raise AssertionError(f"not settled within twenty seconds: {found}")

    async def announced(
        self, viewer: Viewer, issue: str, kind: str, picture: bytes = PICTURE, method: str = "POST"
    ) -> dict[str, Any]:
        """A photo announced and not sent."""
        fields = "evidence { id } upload { url method headers { name value } fields { name value } }"
        given = {**photo_input(issue, kind, picture), "method": method}
        return await self.do("requestEvidenceUpload", viewer, given, fields)

    async def upload(self, upload: dict[str, Any], picture: bytes) -> None:
        """Sends bytes to where an announcement said."""
        async with httpx.AsyncClient(trust_env=False, verify=False) as plain:
            sent = await plain.request(upload["method"], upload["url"], **body(upload, picture))
        assert sent.status_code in (200, 204), sent.text


def body(upload: dict[str, Any], picture: bytes) -> dict[str, Any]:
    """What is sent: the bytes with their headers, or a form whose file comes last."""
    if upload["method"] == "POST":
        fields = {field["name"]: field["value"] for field in upload["fields"]}
        return {"data": fields, "files": {"file": ("photo", picture)}}
    return {"content": picture, "headers": {h["name"]: h["value"] for h in upload["headers"]}}


def photo_input(issue: str, kind: str, picture: bytes = PICTURE) -> dict[str, Any]:
    return {
        "issue": issue,
        "kind": kind,
        "contentType": "image/jpeg",
        "size": len(picture),
        "sha256": sha256(picture).hexdigest(),
    }


def fresh_key() -> str:
    return f"test-{next(KEYS)}-{uuid4().hex[:6]}"


SCHEMA = graphql_schema(schema)


def mutation(name: str, fields: str | None = None) -> str:
    """The document of one mutation, its input a variable; its types are the schema's."""
    assert SCHEMA.mutation_type is not None
    field = SCHEMA.mutation_type.fields[name]
    union = get_named_type(field.type)
    assert isinstance(union, GraphQLUnionType)
    success = union.types[0]
    return (
        f"mutation($input: {field.args['input'].type}) {{ result: {name}(input: $input) "
        f"{{ __typename ... on {success} {{ {fields or FIELDS.get(name, ISSUE)} }} {PROBLEM} "
        "... on WrongStageProblem { found expected } ... on ForbiddenProblem { rule } } }"
    )


FIELDS = {
    "reportIssue": "trackingCode",
    "requestEvidenceUpload": "evidence { id status }",
    "confirmEvidence": "evidence { id status }",
    "markNotificationsRead": "marked unreadCount",
}
"""What is asked of a success unless a test says otherwise."""
