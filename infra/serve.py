"""The API process, composed: the web application with database, cases, evidence and identity behind it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from temporalio.client import Client

from api.context import Context
from api.http import ContextFactory
from api.schema import schema
from infra import connections
from infra.settings import Settings
from infra.web import Finding, create_app
from models.policy.access import Viewer
from models.queries import db
from models.terms import Language
from storage.s3 import S3EvidenceStore
from workflows.gateway import CallingGateway

DRAIN_SECONDS = 20
"""How long open requests may take to finish after SIGTERM."""
BACKLOG = 2048

log = structlog.get_logger("infra.serve")


class PortTakenError(RuntimeError):
    """The API cannot listen where it should; the message says why."""


async def serve(settings: Settings) -> None:
    """Answers until SIGTERM or Ctrl-C, then lets open requests finish.

    Raises ConnectionFailedError and PortTakenError before anything is served.
    """
    listening = _listen(settings.host, settings.port)
    async with connections.database(settings):
        client = await connections.temporal(settings)
        store = connections.evidence_store(settings)
        server = uvicorn.Server(
            uvicorn.Config(
                application(settings, client, store),
                log_config=None,  # infra.telemetry writes all logs
                access_log=False,  # infra.web logs each request with its id
                server_header=False,
                http="httptools",
                ws="none",
                lifespan="on",
                timeout_graceful_shutdown=DRAIN_SECONDS,
            )
        )
        # uvicorn raises the signal again once it has drained: caught here, the end is a good one.
        for sign in (signal.SIGINT, signal.SIGTERM):
            signal.signal(sign, lambda *_: None)
        try:
            await server.serve(sockets=[listening])
        finally:
            store.close()


def application(settings: Settings, client: Client, store: S3EvidenceStore) -> Starlette:
    """The application with everything it reaches; the database must be connected while it serves."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        log.info("serving", address=settings.address, env=settings.env)
        yield
        log.info("drained")

    return create_app(
        settings,
        schema=schema,
        context_for=context_factory(CallingGateway(client), store),
        identity=connections.identity(settings),
        readiness=Readiness(client, store).findings,
        lifespan=lifespan,
    )


def context_factory(calling: CallingGateway, store: S3EvidenceStore) -> ContextFactory:
    """What makes the context of each request."""

    async def context_for(_request: Request, viewer: Viewer, language: str, request_id: str) -> Context:
        return Context(
            viewer, Language(language), request_id=request_id, calling=calling, evidence_store=store
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


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as no:
        reason = os.strerror(no.errno).lower() if no.errno else str(no)
        raise PortTakenError(
            f"cannot listen on {host} port {port}: {reason}; set HUYING_HOST or HUYING_PORT to another"
        ) from no
