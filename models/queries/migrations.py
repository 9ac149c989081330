"""Bringing a database to the current tables, and asking whether it is there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from tortoise import Tortoise
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.connection import get_connection
from tortoise.migrations.executor import MigrationExecutor

from models.queries import db
from models.tables.config import tortoise_config

LOCK = 0x48757969
"""Advisory lock: two processes that start together migrate once ("Huyi" in ASCII)."""


class OtherVersionError(RuntimeError):
    """The database was made by another version of Huying: its record names migrations that are not ours.

    `found` and `mend` say what is there and what would be right.
    """

    def __init__(self, strange: Sequence[str]) -> None:
        """`strange`: the names that this version does not know, in order."""
        others = f" and {len(strange) - 1} more" if len(strange) > 1 else ""
        has = f"it has {strange[-1]}{others}, which this one does not know"
        self.found = f"made by another version of Huying: {has}"
        self.mend = "start with an empty database, or run the version that made it"
        super().__init__(f"the database was {self.found}; {self.mend}")


def tortoise_url(database_url: str) -> str:
    """The URL as tortoise spells it; raises ValueError for another kind of database."""
    return f"asyncpg://{db.plain_url(database_url).partition('://')[2]}"


async def pending() -> list[str]:
    """Names of migrations not yet applied, in order; needs `db.connect` first.

    Raises OtherVersionError for a database with migrations of another version.
    """
    async with _executor() as executor:
        return await _pending(executor)


async def migrate() -> list[str]:
    """Applies what is pending, each in a transaction of its own, and returns the names applied.

    Raises OtherVersionError for a database with migrations of another version, and leaves it as it is.
    """
    async with db.pool().acquire(timeout=db.ACQUIRE_SECONDS) as connection:
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
        try:
            async with _executor() as executor:
                names = await _pending(executor)
                if names:
                    await executor.migrate(direction="forward")
                return names
        finally:
            await connection.execute("SELECT pg_advisory_unlock($1)", LOCK)


async def _pending(executor: MigrationExecutor) -> list[str]:
    await executor.recorder.ensure_schema(executor._schema_editor(atomic=False))
    steps = await executor.plan()
    loader = executor.loader
    if strange := sorted(key.name for key in loader.applied_migrations - loader.disk_migrations.keys()):
        raise OtherVersionError(strange)
    return [step.migration.name for step in steps if not step.backward]


@asynccontextmanager
async def _executor() -> AsyncIterator[MigrationExecutor]:
    """Tortoise on the connected database, for as long as it migrates: nothing else at run time needs it."""
    config = tortoise_config("")
    connection = expand_db_url(tortoise_url(db.address()))
    connection["credentials"] |= {"minsize": 1, "maxsize": 2}
    # Migrations bring their own tables; reading all of ours would take as long as making them.
    one = {"models": {"models": ["models.tables.counters"], "default_connection": "default"}}
    reached = {**config, "connections": {"default": connection}, "apps": one}
    await Tortoise.init(config=reached, _enable_global_fallback=True)
    try:
        yield MigrationExecutor(get_connection("default"), config["apps"])
    finally:
        await Tortoise.close_connections()
