"""Bringing a database to the current tables, and asking whether it is there."""

from __future__ import annotations

from tortoise.connection import get_connection
from tortoise.migrations.executor import MigrationExecutor

from models.queries import db
from models.tables.config import tortoise_config

LOCK = 0x48757969
"""Advisory lock: two processes that start together migrate once ("Huyi" in ASCII)."""


def _executor() -> MigrationExecutor:
    return MigrationExecutor(get_connection("default"), tortoise_config("")["apps"])


async def pending() -> list[str]:
    """Names of migrations not yet applied, in order; needs `db.connect` first."""
    await _ensure_recorder()
    return [step.migration.name for step in await _executor().plan() if not step.backward]


async def migrate() -> list[str]:
    """Applies what is pending, each in a transaction of its own, and returns the names applied."""
    async with db.pool().acquire(timeout=db.ACQUIRE_SECONDS) as connection:
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
        try:
            names = await pending()
            if names:
                await _executor().migrate(direction="forward")
            return names
        finally:
            await connection.execute("SELECT pg_advisory_unlock($1)", LOCK)


async def _ensure_recorder() -> None:
    executor = _executor()
    await executor.recorder.ensure_schema(executor._schema_editor(atomic=False))
