"""One installation of real processes for everything that is killed; each test leaves its parts alive."""

from __future__ import annotations

import pytest_asyncio

from infra.stack import local
from tests.acceptance.crash import Installation, installation


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kill") / "data"
    folder.mkdir(mode=0o711)
    async with installation(folder) as running:
        yield running
    local.erase(folder)


@pytest_asyncio.fixture
async def api(place: Installation):
    """The API runs."""
    if not place.api.alive:
        await place.api.start()
    return place.api


@pytest_asyncio.fixture
async def worker(place: Installation):
    """The worker runs."""
    if not place.worker.alive:
        await place.worker.start()
    return place.worker
