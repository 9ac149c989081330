"""The API process, composed: the web application with database, cases, evidence and identity behind it."""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import signal
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass

import structlog
import uvicorn
from starlette.applications import Starlette
from temporalio.client import Client

from api import trusted
from api.answering.served import Answering
from api.context import Context, utc_now
from api.http import ContextFactory
from api.limits import Limits
from api.papers.served import Papers
from api.pictures import Pictures
from api.plans.plans import Plans
from api.rules import graphql_schema
from api.schema import schema
from api.streams.feed import Feed, Wake
from infra import connections
from infra.settings import Settings
from infra.sockets import Sockets
from infra.web import Finding, Web, create_app
from models.policy.access import Viewer
from models.queries import db, events
from models.queries.lanes import Lanes
from models.queries.written import Written
from models.terms import Language
from storage.s3 import S3EvidenceStore
from workflows.batches import BatchGateway
from workflows.gateway import CallingGateway
from workflows.inspection import Inspector

DRAIN_SECONDS = 20
"""How long open requests may take to finish after SIGTERM."""
BACKLOG = 2048
LARGEST_MESSAGE = 1024 * 1024
"""Bytes of one WebSocket message; as large as a body may be."""

log = structlog.get_logger("infra.serve")


class PortTakenError(RuntimeError):
    """The API cannot listen where it should; the message says why."""


async def serve(settings: Settings) -> None:
    """Answers until SIGTERM or Ctrl-C, then lets open requests finish.

    Raises ConnectionFailedError and PortTakenError before anything is served.
    """
    listening = _listen(settings.host, settings.port)
    _raise_file_limit()
    async with connections.database(settings):
        client = await connections.temporal(settings)
        store = connections.evidence_store(settings)
        app = application(settings, client, store)
        server = _Server(
            uvicorn.Config(
                app,
                log_config=None,  # infra.telemetry writes all logs
                access_log=False,  # infra.web logs each request with its id
                server_header=False,
                http="httptools",
                ws=Sockets,
                ws_max_size=LARGEST_MESSAGE,
                ws_per_message_deflate=False,  # its windows would cost 40 kB a socket
                lifespan="on",
                timeout_graceful_shutdown=DRAIN_SECONDS,
            ),
            app.state.feed,
        )
        # uvicorn raises the signal again once it has drained: caught here, the end is a good one.
        for sign in (signal.SIGINT, signal.SIGTERM):
            signal.signal(sign, lambda *_: None)
        # What was imported stays: walking it again and again would hold up every socket for 0.1 s.
        gc.collect()
        gc.freeze()
        try:
            await server.serve(sockets=[listening])
        finally:
            store.close()


class _Server(uvicorn.Server):
    """Ends event streams first when it drains: they would stay open for as long as it waits."""

    def __init__(self, config: uvicorn.Config, feed: Feed) -> None:
        super().__init__(config)
        self._feed = feed

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._feed.closing.set()
        await super().shutdown(sockets)


def application(settings: Settings, client: Client, store: S3EvidenceStore) -> Web:
    """The application with everything it reaches; the database must be connected while it serves."""
    written = Written(told=True)
    feed = event_feed(settings, written)
    lanes = Lanes(connections.needed(settings.database_url, "PostgreSQL", "DATABASE_URL"))

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await feed.start()
        log.info("serving", address=settings.address, env=settings.env)
        try:
            yield
        finally:
            await feed.stop()
            await lanes.close()
        log.info("drained")

    identity = connections.identity(settings)
    pictures = Pictures(store, settings.s3_secret_key or "", settings.address, utc_now)
    app = create_app(
        settings,
        schema=schema,
        context_for=context_factory(Ways.of(client, settings.task_queue, written), store, pictures),
        identity=identity,
        routes=[*Papers(identity).routes, *Answering(settings.address).routes, *pictures.routes],
        readiness=Readiness(client, store).findings,
        lifespan=lifespan,
        feed=feed,
        limits=Limits(budget=settings.cost_per_minute),
        registered=trusted.load(settings.trusted_documents) if settings.trusted_documents else {},
        only_registered=settings.require_trusted,
        plans=Plans(graphql_schema(schema), lanes),
    )
    app.state.feed, app.state.lanes = feed, lanes
    return app


def event_feed(settings: Settings, written: Written) -> Feed:
    """What happens, as subscriptions follow it and `written` waits for it; reads once it is started."""
    url = connections.needed(settings.database_url, "PostgreSQL", "DATABASE_URL")

    def listen(wake: Wake) -> AbstractAsyncContextManager[Callable[[], bool]]:
        return events.listening(url, wake, written.heard)

    return Feed(listen)


@dataclass(frozen=True)
class Ways:
    """The ways to what runs."""

    calling: CallingGateway
    batches: BatchGateway
    inspection: Inspector

    @classmethod
    def of(cls, client: Client, task_queue: str, written: Written) -> Ways:
        calling = CallingGateway(client, task_queue=task_queue, written=written)
        return cls(calling, BatchGateway(client), Inspector(client))


def context_factory(ways: Ways, store: S3EvidenceStore, pictures: Pictures) -> ContextFactory:
    """What makes the context of each request."""

    def context_for(viewer: Viewer, language: Language, request_id: str) -> Context:
        return Context(
            viewer,
            language,
            request_id=request_id,
            calling=ways.calling,
            batches=ways.batches,
            inspection=ways.inspection,
            evidence_store=store,
            pictures=pictures,
        )

    return context_for


class Readiness:
    """Asks each service for an answer; all at once, as one that is away must not hide the others."""

    def __init__(self, client: Client, store: S3EvidenceStore) -> None:
        self._client = client
        self._store = store

    async def findings(self) -> Sequence[Finding]:
        """One finding for each service."""
        checks = {"postgresql": self._database(), "temporal": self._temporal(), "s3": self._objects()}
        answers = await asyncio.gather(*checks.values(), return_exceptions=True)
        return [
            Finding(name, not isinstance(answer, BaseException), _detail(answer))
            for name, answer in zip(checks, answers, strict=True)
        ]

    async def _database(self) -> None:
        async with asyncio.timeout(2):
            await db.value("SELECT 1")

    async def _temporal(self) -> None:
        async with asyncio.timeout(2):
            if not await self._client.service_client.check_health():
                raise ConnectionError("Temporal says it is not well")

    async def _objects(self) -> None:
        async with asyncio.timeout(3):
            await self._store.stat("readiness")


def _detail(answer: object) -> str:
    return type(answer).__name__ if isinstance(answer, BaseException) else ""


def _raise_file_limit() -> None:
    """Each socket is an open file: as many as the system allows without asking anybody."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as no:
        reason = os.strerror(no.errno).lower() if no.errno else str(no)
        raise PortTakenError(
            f"cannot listen on {host} port {port}: {reason}; set HUYING_HOST or HUYING_PORT to another"
        ) from no
