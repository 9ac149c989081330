"""Models and migrations say the same, and migrations that only add hold nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tortoise import fields
from tortoise.apps import Apps
from tortoise.context import TortoiseContext
from tortoise.migrations import operations as ops
from tortoise.migrations.autodetector import MigrationAutodetector

from models.migrations._adding import Adding
from models.queries.migrations import OtherVersionError
from models.tables.config import tortoise_config

CONFIG = tortoise_config("asyncpg://nobody@127.0.0.1/nothing")


@pytest_asyncio.fixture
async def tables() -> AsyncIterator[Apps]:
    """The tables as the models have them, without a database."""
    async with TortoiseContext() as context:
        await context.init(config=CONFIG, init_connections=False)
        yield context.apps


async def unwritten(tables: Apps) -> list[str]:
    """What `tortoise makemigrations` would write."""
    found = await MigrationAutodetector(tables, CONFIG["apps"]).changes()
    return [operation.describe() for writer in found for operation in writer.operations]


async def test_no_model_differs_from_what_the_migrations_make(tables: Apps) -> None:
    assert await unwritten(tables) == []


async def test_a_model_that_differs_is_found(tables: Apps, monkeypatch: pytest.MonkeyPatch) -> None:
    issue = tables.get_model("models", "Issue")
    monkeypatch.setattr(issue._meta.fields_map["title"], "max_length", 201)
    monkeypatch.setattr(issue._meta, "indexes", issue._meta.indexes[1:])
    monkeypatch.delitem(tables.apps["models"], "Tally")
    assert await unwritten(tables) == [
        "Remove index from Issue",
        "Alter field title on Issue",
        "Delete model Tally",
    ]


def test_a_migration_that_alters_is_not_taken_for_one_that_adds() -> None:
    class Altering(Adding):
        operations = [ops.AddField("Issue", "colour", fields.IntField(null=True))]  # noqa: RUF012

    with pytest.raises(TypeError, match="0099_colour holds AddField, which does more than add"):
        Altering("0099_colour", "models")


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["0009_later"], "it has 0009_later, which"),
        (["0001_initial", "0002_counters", "0012_answering"], "it has 0012_answering and 2 more, which"),
    ],
)
def test_another_version_is_known_by_its_last_migration(names: list[str], said: str) -> None:
    assert said in str(OtherVersionError(names))
