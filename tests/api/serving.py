"""The web application on a real socket, for tests that need HTTP as it is on the wire."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import strawberry
import uvicorn

from api.identity import Identity
from api.jwks import FixedKeys
from infra.keys import LocalKeys
from infra.web import Finding, create_app
from tests.api.edge import SCHEMA, context_for

ORIGIN = "https://console.example"


def application(
    keys: LocalKeys,
    *findings: Finding,
    production: bool = False,
    schema: strawberry.Schema = SCHEMA,
    **options: Any,
) -> Any:
    """Everything that infra/web composes, without the services behind it."""

    async def readiness() -> list[Finding]:
        return list(findings)

    identity = Identity(FixedKeys(keys.public), "huying", "huying")
    settings = SimpleNamespace(production=production, cors_origins=(ORIGIN,))
    return create_app(
        settings, schema=schema, context_for=context_for, identity=identity, readiness=readiness, **options
    )


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:
    """The address of `app` while it is served."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        server = uvicorn.Server(
            uvicorn.Config(app, log_level="warning", lifespan="off", http="httptools", ws="none")
        )
        serving = asyncio.create_task(server.serve([listening]))
        while not server.started:
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True
        await serving
