"""Data folders and a stack for the tests of infra."""

import pytest

from infra.stack.local import erase
from tests.infra.marks import run, with_ports_of_its_own


@pytest.fixture
def folder(tmp_path):
    """A data folder below pytest's own, which is closed to others: as root PostgreSQL must live elsewhere."""
    data = with_ports_of_its_own(tmp_path / "data")
    yield data
    erase(data)


@pytest.fixture(scope="package")
async def shared(tmp_path_factory):
    """One stack for the tests that leave it as they found it, and its folder."""
    data = with_ports_of_its_own(tmp_path_factory.mktemp("shared") / "data")
    async with await run(data) as stack:
        yield stack
    erase(data)
