"""A Temporal server whose cases run in virtual time."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from temporalio.testing import TimeSkippingConfig, WorkflowEnvironment

from workflows.contracts import DEPARTMENTS, DISTRICT, DUE, LEVEL, OVERDUE, STAGE, STREET

FLAGS = [
    "frontend.WorkflowTimeSkippingEnabled=true",
    'history.timerProcessorMaxTimeShift="10ms"',
    "limit.historyCount.suggestContinueAsNew=60",
]


@pytest_asyncio.fixture(scope="session")
async def virtual(database: str) -> AsyncIterator[WorkflowEnvironment]:
    """Time moves only when a test fast-forwards a case."""
    async with await WorkflowEnvironment.start_time_skipping_v2(
        ts_config=TimeSkippingConfig(enabled=False),
        dev_server_existing_path=str(Path(sys.executable).parent / "temporal"),
        dev_server_extra_args=[part for flag in FLAGS for part in ("--dynamic-config-value", flag)],
        search_attributes=[DISTRICT, STREET, DEPARTMENTS, STAGE, LEVEL, DUE, OVERDUE],
    ) as env:
        yield env
