"""The whole application in this process on the real stack: edge, cases, worker, relay and store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest_asyncio

from infra import connections, serve
from storage.images import Examiner
from tests.commands.desk import Desk
from tests.commands.ground import Ground, ground_of
from tests.commands.shelf import Shelf, shelf_of
from workflows.relay import Relay
from workflows.worker import batch_worker, calling_worker, evidence_worker


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def desk(stack, database) -> AsyncIterator[Desk]:
    settings = stack.settings
    client = await connections.temporal(settings)
    store = connections.evidence_store(settings)
    app = serve.application(settings, client, store)
    examiner = Examiner()
    relay = Relay(client, lambda: datetime.now(UTC))
    async with (
        calling_worker(client),
        batch_worker(client),
        evidence_worker(client, store, examiner, lambda: datetime.now(UTC)),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://edge", timeout=30) as http,
    ):
        relaying = asyncio.create_task(relay.run())
        await app.state.feed.start()  # who gave an order hears through it when it is written
        yield Desk(http, connections.local_keys(settings), store)
        relay.stop()
        await relaying
    await app.state.feed.stop()
    await app.state.lanes.close()  # nobody runs the application's own end here
    await examiner.close()
    store.close()


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def ground(desk) -> Ground:
    """A case at every point of the cycle, shared likewise; commands that are taken are given to copies."""
    return await ground_of(desk)


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def shelf(desk) -> Shelf:
    """Cases at every point, shared by tests that write nothing to them."""
    return await shelf_of(desk)
