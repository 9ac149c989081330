"""A small schema and application for the tests of the edge: what they show holds for any schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import httpx
import strawberry

from api.errors import ErrorCode, Fault, FaultError
from api.http import GraphQLApp
from api.identity import Identity
from api.jwks import FixedKeys
from api.limits import Limits
from api.rules import commanded, default_rule, resolved, shown
from infra.keys import LocalKeys
from models.policy.access import Post, Rule, Viewer
from models.terms import NAMESPACE, Language, Role


def an_id(name: str) -> UUID:
    return uuid5(NAMESPACE, name)


DISTRICT = an_id("district")


def viewer(role: Role, **units: UUID) -> Viewer:
    """One person with one post; `units` are the ids the role needs."""
    person = an_id(f"person/{role}/{sorted(units)}")
    return Viewer(str(person), person, (Post(an_id(f"post/{role}"), role, False, DISTRICT, **units),))


STREET_CLERK = viewer(Role.STREET_CLERK, street=an_id("street"))
RESIDENT = viewer(Role.RESIDENT)
OFFICE = viewer(Role.RESPONSE_OFFICE)


@dataclass
class Context:
    viewer: Viewer
    language: str
    request_id: str


@strawberry.input
class ReportInput:
    title: str
    tags: list[str] = strawberry.field(default_factory=list)
    count: int | None = None
    weight: float | None = None


@default_rule(Rule.READ_ISSUES)
@strawberry.type
class Issue:
    title: str
    phone: str = shown(Rule.OVERSIGHT, "Who reported it.")

    @resolved(Rule.READ_ISSUES, "The next one.")
    def next(self) -> Issue | None:
        return Issue(title=self.title + "+", phone="1")


@strawberry.type
class Query:
    @resolved(Rule.PUBLIC, "Says it again.")
    def echo(self, text: str) -> str:
        return text

    @resolved(Rule.PUBLIC, "Who asks.")
    def me(self, info: strawberry.Info[Context]) -> str:
        return info.context.viewer.subject or "public"

    @resolved(Rule.READ_ISSUES, "One issue.")
    def issue(self) -> Issue | None:
        return Issue(title="路灯不亮", phone="1")

    @resolved(Rule.READ_ISSUES, "Issues.")
    def issues(self, first: int = 20) -> list[Issue]:
        return [Issue(title=str(n), phone="1") for n in range(first)]

    @resolved(Rule.PUBLIC, "Breaks.")
    def broken(self) -> int | None:
        raise RuntimeError("password=hunter2 in /srv/secret.py")

    @resolved(Rule.PUBLIC, "A service it needs is away.")
    def away(self) -> int | None:
        raise FaultError(Fault(ErrorCode.UNAVAILABLE, "unavailable"))

    @resolved(Rule.PUBLIC, "Half a character.")
    def half(self) -> str:
        return "\ud83d"

    undeclared: int = 3


@strawberry.type
class Mutation:
    @commanded(Rule.REPORT, "Reports.")
    async def report(self, input: ReportInput, info: strawberry.Info[Context]) -> str:
        WRITTEN.append(input)
        return input.title


WRITTEN: list[ReportInput] = []
"""What mutations wrote: a refusal must leave it as it was."""

SCHEMA = strawberry.Schema(Query, Mutation)


def context_for(viewer: Viewer, language: Language, request_id: str) -> Context:
    return Context(viewer, language, request_id)


MODERN = {"Accept": "application/graphql-response+json"}
"""What today's clients send: every error then has its own status."""


@dataclass
class Edge:
    """The application under test and a client that speaks to it in process."""

    keys: LocalKeys
    development: bool = False
    limits: Limits = field(default_factory=Limits)
    registered: Mapping[str, str] = field(default_factory=dict)
    only_registered: bool = False

    def __post_init__(self) -> None:
        identity = Identity(FixedKeys(self.keys.public), "huying", "huying")
        self.app = GraphQLApp(
            SCHEMA,
            context_for,
            identity,
            self.development,
            limits=self.limits,
            registered=self.registered,
            only_registered=self.only_registered,
        )
        transport = httpx.ASGITransport(self.app)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://edge", headers=MODERN)

    def token(self, viewer: Viewer, **claims: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys.mint(viewer, timedelta(hours=1), **claims)}"}

    async def ask(
        self,
        query: str,
        variables: dict[str, Any] | None = None,
        viewer: Viewer | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        sent = {**(self.token(viewer) if viewer else {}), **(headers or {})}
        return await self.client.post("/graphql", json={"query": query, "variables": variables}, headers=sent)

    async def get(
        self, viewer: Viewer | None = None, accept: str | None = None, **given: Any
    ) -> httpx.Response:
        """A request in the URL; what is no text goes as JSON."""
        sent = {**(self.token(viewer) if viewer else {}), **({"Accept": accept} if accept else {})}
        texts = {name: part if isinstance(part, str) else json.dumps(part) for name, part in given.items()}
        return await self.client.get("/graphql", params=texts, headers=sent)

    async def send(self, body: bytes, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(
            "/graphql", content=body, headers={"Content-Type": "application/json", **named}
        )


def error(response: httpx.Response) -> dict[str, Any]:
    """The first error's extensions, with its message and path."""
    first = response.json()["errors"][0]
    return {"message": first["message"], "path": first.get("path"), **first["extensions"]}
