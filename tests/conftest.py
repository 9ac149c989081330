"""The real stack, started once for each process of the run; every test that needs it shares it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from xdist.scheduler import LoadScopeScheduling

from infra.settings import Settings
from infra.stack import local
from models.queries import db, loading, migrations
from models.rulebooks.loader import load
from workflows.contracts import SEARCH_ATTRIBUTES

TOGETHER = {"commands": "cases", "workflows": "cases", "api": "api", "acceptance": "deaths"}
"""Folders whose tests share what took long to make, or one database in one order; others go file by file."""
LONGEST = ("tests/commands/", "tests/workflows/", "tests/acceptance/", "tests/infra/", "tests/api/")
"""What takes longest begins first, so that no process waits for the other in the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def rank(item: pytest.Item) -> int:
        ranks = (place for place, folder in enumerate(LONGEST) if item.nodeid.startswith(folder))
        return next(ranks, len(LONGEST))

    items.sort(key=rank)


class ByFolder(LoadScopeScheduling):
    """What `make test` gives to its two processes at a time, each of which has a stack of its own.

    Most tests wait more than they work, so that two at once take little longer than one.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        folder = file.removeprefix("tests/").partition("/")[0]
        return TOGETHER.get(folder, file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFolder:
    config.option.loadscopereorder = False  # by the number of tests, it would begin with what is short
    return ByFolder(config, log)


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
