"""The web application, composed: routes, request log, CORS. What it serves is made elsewhere and given.

SIGTERM is uvicorn's to handle: it stops accepting, lets open requests finish, then runs the lifespan's end.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any, Protocol

import strawberry
import structlog
from graphql import OperationType
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.documents import Operation
from api.graphiql import GraphiQLPage
from api.http import ContextFactory, GraphQLApp
from api.identity import Identity
from api.limits import Limits
from api.pictures import PATH as PICTURES
from api.plans.plans import Plans
from api.streams.edge import StreamingApp
from api.streams.feed import Feed
from infra.telemetry import REQUEST, request_id_from

READINESS_SECONDS = 5.0
CORS_MAX_AGE_SECONDS = 600
SLOW_SECONDS = 0.25
"""From here on a read is worth a line."""
QUIET_PATHS = frozenset({"/healthz", "/readyz"})

GRAPHQL = "/graphql"
ANSWERED = "/s/"
NOSNIFF = (b"x-content-type-options", b"nosniff")

log = structlog.get_logger("infra.web")
plain_log = logging.getLogger("infra.web")
"""Asked what is told: structlog would do its work first."""

Lifespan = Callable[[Starlette], AbstractAsyncContextManager[Any]]


@dataclass(frozen=True)
class Finding:
    """What a readiness check found of one service; `detail` says what is wrong, never a secret."""

    service: str
    ok: bool
    detail: str = ""


Readiness = Callable[[], Awaitable[Sequence[Finding]]]


class WebSettings(Protocol):
    """The settings the web application reads (infra/settings.py)."""

    @property
    def production(self) -> bool: ...

    @property
    def cors_origins(self) -> tuple[str, ...]: ...


def create_app(
    settings: WebSettings,
    *,
    schema: strawberry.Schema,
    context_for: ContextFactory,
    identity: Identity,
    readiness: Readiness,
    lifespan: Lifespan | None = None,
    routes: Sequence[BaseRoute] = (),
    feed: Feed | None = None,
    limits: Limits | None = None,
    registered: Mapping[str, str] = MappingProxyType({}),
    only_registered: bool = False,
    plans: Plans | None = None,
) -> Web:
    """The application: /graphql, /healthz, /readyz, GraphiQL in development, and `routes`.

    Without a `feed` there are no subscriptions. `registered` are trusted documents (api/trusted.py); raises
    TrustedDocumentsError where one cannot be served. Reads that `plans` cover are answered by them.
    """
    development = not settings.production
    page = GraphiQLPage() if development else None
    graphql = GraphQLApp(
        schema,
        context_for,
        identity,
        development,
        limits=limits,
        page=page,
        registered=registered,
        only_registered=only_registered,
        plans=plans,
    )
    edge: ASGIApp = StreamingApp(graphql, schema, context_for, identity, feed) if feed else graphql
    served: list[BaseRoute] = [
        Route("/healthz", _healthz),
        Route("/readyz", _Readyz(readiness)),
        *routes,
    ]
    if page is not None:
        served += [*page.routes, Route("/", _to_graphiql)]
    cors = _cors(settings.cors_origins)
    middleware = [Middleware(CORSMiddleware, **cors)] if cors else []
    rest = Starlette(routes=served, lifespan=lifespan, middleware=middleware)
    return Web(CORSMiddleware(edge, **cors) if cors else edge, rest)


class Web:
    """The whole application: GraphQL straight behind the request log, all else by Starlette.

    Routing and the guards of Starlette would cost more than a compiled read itself, and the edge needs
    neither: it answers every request and raises nothing (measured in docs/bench.md).
    """

    def __init__(self, graphql: ASGIApp, rest: Starlette) -> None:
        self._graphql = RequestLog(graphql)
        self._rest = RequestLog(rest)
        self.state = rest.state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._graphql if scope.get("path") == GRAPHQL else self._rest
        await app(scope, receive, send)


def _cors(origins: Sequence[str]) -> dict[str, Any]:
    """What pages of other origins may do; nothing at all where none is named."""
    if not origins:
        return {}
    return {
        "allow_origins": list(origins),
        "allow_methods": ["GET", "POST"],
        "allow_headers": ["Authorization", "Content-Type", "X-Request-Id", "Huying-Cost"],
        "expose_headers": ["X-Request-Id", "Content-Language", "Content-Disposition", "Retry-After"],
        "max_age": CORS_MAX_AGE_SECONDS,
    }


async def _healthz(_request: Request) -> Response:
    """The process answers: nothing else is asked, so that a lost database does not restart it."""
    return JSONResponse({"status": "alive"})


async def _to_graphiql(_request: Request) -> Response:
    return RedirectResponse("/graphql")


class _Readyz:
    """200 when every service was found well, else 503 with what is wrong."""

    def __init__(self, readiness: Readiness) -> None:
        self._readiness = readiness

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        findings = await self._findings()
        ready = all(finding.ok for finding in findings)
        body = {
            "status": "ready" if ready else "not ready",
            "findings": [asdict(found) for found in findings],
        }
        response = JSONResponse(body, 200 if ready else 503, {"Cache-Control": "no-store"})
        await response(scope, receive, send)

    async def _findings(self) -> Sequence[Finding]:
        try:
            async with asyncio.timeout(READINESS_SECONDS):
                return await self._readiness()
        except TimeoutError:
            return [Finding("checks", ok=False, detail=f"no answer within {READINESS_SECONDS:g} s")]
        except Exception:
            log.exception("readiness_failed")
            return [Finding("checks", ok=False, detail="the check itself failed; the log says why")]


class RequestLog:
    """Gives each request its id, and logs one line when it has been answered. Pure ASGI: streams pass."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id")
        request_id = request_id_from(given.decode("latin-1") if given else None)
        state: dict[str, Any] = scope.setdefault("state", {})
        state["request_id"], state["headers"] = request_id, headers
        REQUEST.set(request_id)  # each request is a task of its own, and what is set there ends with it
        answered = _Answered(send, request_id)
        started = time.perf_counter()
        try:
            await self._app(scope, receive, answered)
        finally:
            _tell(scope, state, answered, time.perf_counter() - started)


class _Answered:
    """A `send` that notes the status and size of the answer and adds headers to it."""

    __slots__ = ("_request_id", "_send", "size", "status")

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id
        self.status = 0
        self.size = 0

    def __call__(self, message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            given = message["headers"]
            own = [(b"x-request-id", self._request_id.encode("latin-1"))]
            message["headers"] = [*given, *own] if NOSNIFF in given else [*given, *own, NOSNIFF]
        elif message["type"] == "http.response.body":
            self.size += len(message.get("body", b""))
        return self._send(message)


def _shown(path: str) -> str:
    """A path as the log has it: one that is itself a key, without the key.

    What stands behind /s/ lets whoever knows it answer for somebody; a picture's address is good for minutes.
    """
    if path.startswith(f"{PICTURES}/"):
        return f"{PICTURES}/…"
    if not path.startswith(ANSWERED):
        return path
    _, slash, behind = path.removeprefix(ANSWERED).partition("/")
    return f"{ANSWERED}…{slash}{behind}"


def _tell(scope: Scope, state: dict[str, Any], answered: _Answered, seconds: float) -> None:
    """Status 0 is a client that went away before it was answered.

    Reads that went well and quickly are told at debug: writing the line would cost more than many of them.
    """
    operation: Operation | None = state.get("operation")
    reads = operation is not None and operation.kind is OperationType.QUERY
    quiet = scope["path"] in QUIET_PATHS or (reads and seconds < SLOW_SECONDS)
    if quiet and answered.status == 200 and not plain_log.isEnabledFor(logging.DEBUG):
        return
    tell = log.debug if quiet and answered.status == 200 else log.info
    tell(
        "request",
        method=scope["method"],
        path=_shown(scope["path"]),
        status=answered.status,
        milliseconds=round(seconds * 1000, 1),
        size=answered.size,
        operation=operation and operation.called,
    )
