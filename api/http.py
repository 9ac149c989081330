"""GraphQL over HTTP: everything between a socket and an executed document.

Strawberry's own view answers malformed bodies with 500 and parses every document again, so this one
guards the request, prepares documents once, checks access, limits and cost, and only then executes. What
follows the specification and where it disagrees with itself: docs/decisions/0008.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import isawaitable
from types import MappingProxyType
from typing import Any

import strawberry
from graphql import ExecutionResult, OperationType, execute
from starlette.requests import ClientDisconnect
from starlette.responses import HTMLResponse
from starlette.types import Receive, Scope, Send

from api.answers import Answer, Spent, answered, executed, refused
from api.body import GraphQLRequest, parse_body, parse_url, read_body
from api.budget import Budget
from api.context import Context
from api.documents import Documents, Operation
from api.encoding import encode
from api.errors import ErrorCode, Fault, FaultError
from api.identity import Identity
from api.limits import Limits, too_much
from api.negotiation import Asked
from api.plans.plans import Plans
from api.raised import internal_fault, variables_fault
from api.rules import graphql_schema
from models.policy.access import Rule, Viewer, allows
from models.terms import Language

__all__ = ["ContextFactory", "GraphQLApp", "encode"]

QUERY = OperationType.QUERY
MOST_GATES = 4096
"""Viewers whose rules are remembered; as many as tokens are (api/identity.py)."""

ContextFactory = Callable[[Viewer, Language, str], object]
"""Makes the context of one request from its viewer, language and request id."""


@dataclass(slots=True)
class _Gate:
    """What one viewer passes: rules, and the sets of them that were asked for together."""

    viewer: Viewer
    passed: frozenset[Rule]
    opened: set[frozenset[Rule | None]] = field(default_factory=set)


class GraphQLApp:
    """The ASGI application at /graphql. `page` is what a browser's GET shows in development.

    `registered` are trusted documents by their SHA-256; with `only_registered` nothing else is answered.
    Raises TrustedDocumentsError where one of them cannot be.
    """

    def __init__(
        self,
        schema: strawberry.Schema,
        context_for: ContextFactory,
        identity: Identity,
        development: bool,
        *,
        limits: Limits | None = None,
        page: Callable[[], tuple[str, Mapping[str, str]]] | None = None,
        registered: Mapping[str, str] = MappingProxyType({}),
        only_registered: bool = False,
        plans: Plans | None = None,
    ) -> None:
        if schema.extensions:
            raise ValueError(
                "strawberry extensions are not run here: parsing, limits and masking are api.http's own"
            )
        self._limits = limits or Limits()
        self._schema = schema
        self._documents = Documents(
            schema,
            self._limits,
            open_schema=development,
            registered=registered,
            only_registered=only_registered,
        )
        self._budget = Budget(self._limits.budget)
        self._gates: dict[int, _Gate] = {}
        self._context_for = context_for
        self._identity = identity
        self._development = development
        self._page = page
        self._plans = plans

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"GraphQLApp answers http, not {scope['type']}")
        await self.answer(Asked(scope), scope, receive, send)

    async def answer(self, asked: Asked, scope: Scope, receive: Receive, send: Send) -> None:
        """The same for a request whose headers were read."""
        if self._page and self._development and asked.reads and "text/html" in asked.accept:
            html, headers = self._page()
            await HTMLResponse(html, headers=headers)(scope, receive, send)
            return
        try:
            answer = await self._respond(asked, scope, receive)
        except ClientDisconnect:
            return
        await answer.send(send, body=asked.method != "HEAD")

    async def _respond(self, asked: Asked, scope: Scope, receive: Receive) -> Answer:
        """The answer to one request; never raises but for a client that has gone."""
        try:
            answer = await self._answer(asked, scope, receive)
            return refused(asked, answer) if isinstance(answer, list) else answer
        except ClientDisconnect:
            raise
        except FaultError as error:
            return refused(asked, [error.fault])
        except Exception as error:
            return refused(asked, [internal_fault(error, asked.request_id)])

    async def _answer(self, asked: Asked, scope: Scope, receive: Receive) -> Answer | list[Fault]:
        if fault := asked.fault():
            return [fault]
        proof = self._identity.known(asked.authorization) or await self._identity.proven(asked.authorization)
        if isinstance(proof, Fault):
            return [proof]
        viewer, wanted = proof.viewer, await _wanted(asked, scope, receive)
        if isinstance(wanted, Fault):
            return [wanted]
        operation = self._documents.operation(wanted)
        if isinstance(operation, list):
            return operation
        if fault := self._possible(operation, asked):
            return [fault]
        scope.setdefault("state", {})["operation"] = operation
        if faults := self._refusals(operation, wanted.variables, viewer):
            return faults
        # The public has no name: it pays by address.
        who = viewer.subject or f"@{(scope.get('client') or ('',))[0]}"
        spent = self.charge(operation, wanted.variables, who)
        if isinstance(spent, list):
            return spent
        context = self._context_for(viewer, asked.language, asked.request_id)
        result = await self.run(operation, wanted, context)
        if isinstance(result, bytes):
            return answered(asked, result, spent)
        return result if isinstance(result, list) else executed(asked, result, spent)

    async def run(
        self, operation: Operation, wanted: GraphQLRequest, context: object
    ) -> bytes | ExecutionResult | list[Fault]:
        """What an admitted operation answers: the JSON of its data, or what executing it came to."""
        if self._plans is not None and isinstance(context, Context):
            data = await self._plans.data(operation, wanted.variables, context)
            if data is not None:
                return data
        return await self._execute(operation, wanted, context)

    def admit(self, wanted: GraphQLRequest, viewer: Viewer) -> Operation | list[Fault]:
        """The operation a request means, of any kind, if its viewer may ask for it."""
        operation = self._documents.operation(wanted)
        if isinstance(operation, list):
            return operation
        return self._refusals(operation, wanted.variables, viewer) or operation

    def _refusals(self, operation: Operation, variables: Mapping[str, Any], viewer: Viewer) -> list[Fault]:
        measured, gate = operation.measured, self._gate(viewer)
        if measured.rules not in gate.opened:
            if faults := measured.refusals(viewer, gate.passed):
                return faults
            gate.opened.add(measured.rules)
        return measured.oversized(variables, self._limits.page) if measured.pages else []

    def charge(self, operation: Operation, variables: Mapping[str, Any], who: str) -> Spent | list[Fault]:
        """Takes an operation's cost from the minute of `who` asks."""
        cost = operation.measured.cost.of(variables)
        if cost > self._limits.cost:
            return [too_much("cost", cost, self._limits.cost)]
        remaining = self._budget.take(who, cost)
        if remaining is None or remaining >= 0:
            return Spent(cost, remaining)
        seconds = self._budget.seconds_until(-remaining)
        params = {"cost": cost, "budget": self._budget.per_minute, "seconds": seconds}
        return [Fault(ErrorCode.RATE_LIMITED, "rate", params)]

    def _possible(self, operation: Operation, asked: Asked) -> Fault | None:
        """Why an operation cannot be answered in this way."""
        if operation.kind is QUERY and not asked.reads:
            return None
        if operation.kind is OperationType.SUBSCRIPTION:
            return Fault(ErrorCode.BAD_REQUEST, "subscription")
        return self.unreadable(operation, asked)

    def unreadable(self, operation: Operation, asked: Asked) -> Fault | None:
        """Why an operation cannot be asked for in a URL, where it was."""
        if asked.reads and operation.kind is OperationType.MUTATION:
            return Fault(ErrorCode.METHOD_NOT_ALLOWED, "get_mutation", {"allow": "POST"})
        # A URL ends up in logs and histories: outside development it names a document, no more.
        if asked.reads and not self._development and not operation.registered:
            return Fault(ErrorCode.METHOD_NOT_ALLOWED, "get_trusted", {"allow": "POST"})
        return None

    def _gate(self, viewer: Viewer) -> _Gate:
        """What a viewer passes. By identity: comparing viewers costs more than asking again."""
        known = self._gates.get(id(viewer))
        if known is not None and known.viewer is viewer:
            return known
        if len(self._gates) >= MOST_GATES:
            self._gates.clear()
        made = _Gate(viewer, frozenset(rule for rule in Rule if allows(rule, viewer)))
        self._gates[id(viewer)] = made
        return made

    async def _execute(
        self, operation: Operation, wanted: GraphQLRequest, context: object
    ) -> ExecutionResult | list[Fault]:
        result = execute(
            graphql_schema(self._schema),
            operation.document,
            context_value=context,
            variable_values=wanted.variables,
            operation_name=operation.name,
            max_coercion_errors=self._limits.errors,
            executor_class=self._schema.execution_context_class,
            hide_suggestions=not self._development,
            operation_extensions=None,
        )
        done = await result if isawaitable(result) else result
        if done.errors and done.data is None and all(error.path is None for error in done.errors):
            return [variables_fault(error) for error in done.errors]
        return done


async def _wanted(asked: Asked, scope: Scope, receive: Receive) -> GraphQLRequest | Fault:
    if asked.reads:
        return parse_url(scope["query_string"])
    body = await read_body(receive, asked.headers.get(b"content-length"))
    return body if isinstance(body, Fault) else parse_body(body)
