"""A server that follows the real events table."""

from __future__ import annotations

import pytest
import pytest_asyncio

from infra.keys import LocalKeys
from tests.api.streams.following import Server


@pytest.fixture(scope="session")
def keys(tmp_path_factory) -> LocalKeys:
    return LocalKeys.load(tmp_path_factory.mktemp("stream-keys"), "huying", "huying")


@pytest_asyncio.fixture
async def server(database, keys):
    async with Server(keys, database).serving() as running:
        yield running
