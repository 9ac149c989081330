"""The real stack, started once for each process of the run; every test that needs it shares it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from infra.settings import Settings
from infra.stack import local
from models.queries import db, loading, migrations
from models.rulebooks.loader import load
from workflows.contracts import SEARCH_ATTRIBUTES

TOGETHER = {"commands": "cases", "workflows": "cases", "api": "api"}
"""Folders whose tests share what took long to make, or one database in one order; others go file by file."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`make test` runs two processes, each with a stack of its own: most tests wait more than they work."""
    for item in items:
        folder, *rest = Path(item.path).relative_to(Path(__file__).parent).parts
        item.add_marker(pytest.mark.xdist_group(TOGETHER.get(folder, "/".join([folder, *rest]))))


@pytest_asyncio.fixture(scope="session")
async def stack(tmp_path_factory) -> AsyncIterator[local.Stack]:
    """PostgreSQL, Temporal and S3 on free ports in a folder of their own."""
    data = tmp_path_factory.mktemp("stack")
    running = await local.start(
        Settings.load({"HUYING_DATA": str(data)}), search_attributes=SEARCH_ATTRIBUTES
    )
    yield running
    await running.stop()
    local.erase(data)


@pytest_asyncio.fixture(scope="session")
async def database(stack: local.Stack) -> AsyncIterator[str]:
    """A migrated database with both real rulebooks and their synthetic ground and people."""
    await db.connect(stack.settings.database_url)
    await migrations.migrate()
    for name in ("jinjiang", "gulou"):
        await loading.store(load(name), datetime.now(UTC))
    yield stack.settings.database_url
    await db.close()
