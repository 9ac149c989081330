"""Temporal servers whose cases run in virtual time."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.testing import TimeSkippingConfig, WorkflowEnvironment

from infra.stack import local
from workflows.contracts import (
    DEPARTMENTS,
    DISTRICT,
    DUE,
    LEVEL,
    OVERDUE,
    SEARCH_ATTRIBUTES,
    STAGE,
    STREET,
)
from workflows.worker import calling_worker

FLAGS = ["frontend.WorkflowTimeSkippingEnabled=true", 'history.timerProcessorMaxTimeShift="10ms"']
SHORT_HISTORIES = "limit.historyCount.suggestContinueAsNew=60"
CREW = "crew"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record", action="store_true", help="write tests/workflows/histories anew")


async def server(*flags: str) -> AbstractAsyncContextManager[WorkflowEnvironment]:
    """Time moves only when a test fast-forwards a case."""
    return await WorkflowEnvironment.start_time_skipping_v2(
        ts_config=TimeSkippingConfig(enabled=False),
        dev_server_existing_path=str(Path(sys.executable).parent / "temporal"),
        dev_server_extra_args=[
            part for flag in (*FLAGS, *flags) for part in ("--dynamic-config-value", flag)
        ],
        search_attributes=[DISTRICT, STREET, DEPARTMENTS, STAGE, LEVEL, DUE, OVERDUE],
    )


@pytest_asyncio.fixture(scope="session")
async def virtual(database: str) -> AsyncIterator[WorkflowEnvironment]:
    async with await server() as env:
        yield env


@pytest_asyncio.fixture(scope="session")
async def growing(database: str) -> AsyncIterator[WorkflowEnvironment]:
    """Suggests to continue as new after 60 events; at most one continuation a case, see `Bench.to`."""
    async with await server(SHORT_HISTORIES) as env:
        yield env


@pytest_asyncio.fixture(scope="session")
async def crew(virtual: WorkflowEnvironment) -> AsyncIterator[str]:
    """The task queue of one worker that tests share."""
    worker = calling_worker(virtual.client, CREW)
    running = asyncio.create_task(worker.run())
    yield CREW
    await worker.shutdown()
    await running


@pytest_asyncio.fixture(scope="session")
async def doomed(stack: local.Stack, database: str, tmp_path_factory) -> AsyncIterator[local.Stack]:
    """A Temporal of its own, to be killed; database and object store are everybody's."""
    data = tmp_path_factory.mktemp("doomed")
    settings = stack.settings.model_copy(update={"data": data, "temporal_address": None})
    running = await local.start(settings, search_attributes=SEARCH_ATTRIBUTES)
    yield running
    await running.stop()
    local.erase(data)
