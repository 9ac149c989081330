"""GraphQL over HTTP: everything between a socket and an executed document.

Strawberry's own view answers malformed bodies with 500 and parses every document again, so this one
guards the body, prepares documents once, checks access and limits, and only then executes. Request errors
have a 4xx status for both media types; once execution began the status is 200.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import lru_cache
from inspect import isawaitable
from typing import Any
from uuid import uuid4

import strawberry
import structlog
from graphql import ExecutionResult, execute
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from api.body import GraphQLRequest, parse_body, read_body
from api.documents import Documents, Operation
from api.errors import (
    ErrorCode,
    Fault,
    FaultError,
    execution_faults,
    internal_fault,
    language_of,
    variables_fault,
)
from api.identity import Identity
from api.limits import Limits
from api.rules import graphql_schema
from models.policy.access import Viewer
from models.terms import Language

GRAPHQL_JSON = "application/graphql-response+json"
PLAIN_JSON = "application/json"
LONGEST_NAME = 64
"""Of an operation's name in the log: clients choose it."""
CHALLENGE = 'Bearer realm="huying", error="invalid_token"'

ContextFactory = Callable[[Request, Viewer, str, str], Awaitable[object]]
"""Makes the context of one request from it, its viewer, language ("zh" or "en") and request id."""

log = structlog.get_logger("api.http")


class GraphQLApp:
    """The ASGI application at /graphql. `page` is what a browser's GET shows in development."""

    def __init__(
        self,
        schema: strawberry.Schema,
        context_for: ContextFactory,
        identity: Identity,
        development: bool,
        *,
        limits: Limits | None = None,
        page: Callable[[], tuple[str, Mapping[str, str]]] | None = None,
    ) -> None:
        if schema.extensions:
            raise ValueError(
                "strawberry extensions are not run here: parsing, limits and masking are api.http's own"
            )
        self._limits = limits or Limits()
        self._schema = schema
        self._documents = Documents(schema, self._limits, open_schema=development)
        self._context_for = context_for
        self._identity = identity
        self._development = development
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"GraphQLApp answers http, not {scope['type']}")
        request = Request(scope, receive)
        try:
            response = await self.respond(request)
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def respond(self, request: Request) -> Response:
        """The answer to one request; never raises but for a client that has gone."""
        asked = _Asked(request)
        if request.method == "GET" and self._page and self._development and "text/html" in asked.accept:
            body, headers = self._page()
            return HTMLResponse(body, headers=headers)
        try:
            result = await self._answer(request, asked)
            return asked.refuse(result) if isinstance(result, list) else asked.render(result)
        except ClientDisconnect:
            raise
        except FaultError as error:
            return asked.refuse([error.fault])
        except Exception as error:
            return asked.refuse([internal_fault(error, asked.request_id)])

    async def _answer(self, request: Request, asked: _Asked) -> ExecutionResult | list[Fault]:
        if fault := _guard(request, asked):
            return [fault]
        viewer = await self._identity.viewer(request.headers.get("authorization"))
        if isinstance(viewer, Fault):
            return [viewer]
        body = await read_body(request.stream(), request.headers.get("content-length"))
        wanted = body if isinstance(body, Fault) else parse_body(body)
        if isinstance(wanted, Fault):
            return [wanted]
        operation = self._admit(wanted, viewer)
        if isinstance(operation, list):
            return operation
        request.state.operation = f"{operation.kind.value} {(operation.name or '-')[:LONGEST_NAME]}"
        context = await self._context_for(request, viewer, asked.language.value, asked.request_id)
        return await self._execute(operation, wanted, context)

    def _admit(self, wanted: GraphQLRequest, viewer: Viewer) -> Operation | list[Fault]:
        prepared = self._documents.prepare(wanted.query)
        if isinstance(prepared, list):
            return prepared
        operation = prepared.operation(wanted.operation)
        if isinstance(operation, list):
            return operation
        measured = operation.measured
        return (
            measured.refusals(viewer) or measured.oversized(wanted.variables, self._limits.page) or operation
        )

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


class _Asked:
    """How one request wants to be answered: media type, language, request id."""

    def __init__(self, request: Request) -> None:
        self.accept = request.headers.get("accept", "*/*")
        self.media_type = media_type(self.accept)
        self.language: Language = language_of(request.headers.get("accept-language"))
        self.request_id: str = getattr(request.state, "request_id", "") or str(uuid4())

    def render(self, result: ExecutionResult) -> Response:
        """The bytes of an executed operation."""
        payload: dict[str, Any] = {"data": result.data}
        if result.errors:
            faults = execution_faults(result.errors, self.request_id)
            payload["errors"] = self._told(faults)
        return self._response(payload, 200)

    def refuse(self, faults: Sequence[Fault]) -> Response:
        """The bytes of a request that was not executed; the first fault sets the status."""
        status = faults[0].status
        headers = {"WWW-Authenticate": CHALLENGE} if status == 401 else {}
        if status == 405:
            headers["Allow"] = "POST"
        if status == 503:
            headers["Retry-After"] = "5"
        return self._response({"errors": self._told(faults)}, status, headers)

    def _told(self, faults: Sequence[Fault]) -> list[dict[str, Any]]:
        return [fault.told(self.language, self.request_id) for fault in faults]

    def _response(
        self, payload: dict[str, Any], status: int, headers: Mapping[str, str] | None = None
    ) -> Response:
        return Response(
            encode(payload),
            status,
            {
                "Content-Language": self.language.value,
                "Vary": "Accept, Accept-Language, Authorization",
                "Cache-Control": "no-store",
                **(headers or {}),
            },
            media_type=f"{self.media_type or PLAIN_JSON}; charset=utf-8",
        )


def _guard(request: Request, asked: _Asked) -> Fault | None:
    """What can be refused before anything is read."""
    if request.method != "POST":
        return Fault(ErrorCode.METHOD_NOT_ALLOWED, "method")
    if asked.media_type is None:
        return Fault(ErrorCode.NOT_ACCEPTABLE, "not_acceptable")
    sent = request.headers.get("content-type", "")
    if not _is_json(sent):
        return Fault(ErrorCode.UNSUPPORTED_MEDIA_TYPE, "media_type", {"found": sent[:100] or "missing"})
    encoding = request.headers.get("content-encoding", "identity").lower()
    if encoding != "identity":
        return Fault(ErrorCode.UNSUPPORTED_MEDIA_TYPE, "media_type", {"found": encoding[:100]})
    return None


def encode(payload: dict[str, Any]) -> bytes:
    """JSON in UTF-8. An echoed lone surrogate, which UTF-8 lacks, is written as its escape."""
    text = json.dumps(payload, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(payload, allow_nan=False, separators=(",", ":")).encode("ascii")


@lru_cache(maxsize=256)
def media_type(accept: str) -> str | None:
    """Which of our two media types an Accept header prefers; application/json where it does not care."""
    best, best_quality = None, 0.0
    for part in accept[:1000].split(","):
        wanted, *parameters = (piece.strip().lower() for piece in part.split(";"))
        ours = {
            GRAPHQL_JSON: GRAPHQL_JSON,
            PLAIN_JSON: PLAIN_JSON,
            "application/*": PLAIN_JSON,
            "*/*": PLAIN_JSON,
        }
        quality = _quality(parameters)
        if wanted in ours and quality > best_quality:
            best, best_quality = ours[wanted], quality
    return best


def _quality(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return min(max(float(parameter[2:]), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0


@lru_cache(maxsize=64)
def _is_json(content_type: str) -> bool:
    name, *parameters = (piece.strip().lower() for piece in content_type.split(";"))
    charsets = [p.partition("=")[2].strip('"') for p in parameters if p.startswith("charset=")]
    return name == PLAIN_JSON and all(charset in ("utf-8", "utf8") for charset in charsets)
