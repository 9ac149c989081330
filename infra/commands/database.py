"""`huying migrate` and `huying load`, and the question whether the database is current."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from infra import connections
from infra.commands.failures import CommandError
from infra.commands.surroundings import surroundings
from infra.settings import Settings
from models.queries import db, loading, migrations
from models.rulebooks.loader import LoadedRulebook
from models.rulebooks.loader import load as read

APPLIED = "SELECT to_regclass('tortoise_migrations') IS NOT NULL"


def migrate() -> None:
    """Applies what is pending and prints what was applied."""
    for name in asyncio.run(_migrate(surroundings())):
        print(f"applied {name}")
    print("the database is current")


def load(rulebook: str) -> None:
    """Reads, checks and stores a rulebook, and prints what it holds."""
    loaded = read(rulebook)
    stored = asyncio.run(_store(surroundings(), loaded))
    print(f"{stored.name} {'is loaded' if stored.fresh else 'was loaded before; it is the active one'}")
    print(", ".join(f"{count} {what}" for what, count in stored.counts.items()))


async def lacking() -> str | None:
    """What the connected database lacks, or None. Changes nothing.

    Raises OtherVersionError for a database with migrations of another version.
    """
    # Asked first: looking for pending migrations makes the table that remembers them.
    if not await db.value(APPLIED):
        return "no tables yet"
    names = await migrations.pending()
    return f"not applied: {', '.join(names)}" if names else None


async def ensure_current() -> None:
    """Raises CommandError where the connected database lacks a migration.

    Raises OtherVersionError for a database with migrations of another version.
    """
    missing = await lacking()
    if missing:
        raise CommandError(f"the database is not current ({missing}); run `huying migrate`")


async def _migrate(settings: Settings) -> list[str]:
    async with connections.database(settings):
        return await migrations.migrate()


async def _store(settings: Settings, rulebook: LoadedRulebook) -> loading.Loaded:
    async with connections.database(settings):
        await ensure_current()
        return await loading.store(rulebook, datetime.now(UTC))
