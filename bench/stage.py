"""The ground of a run: an embedded stack of its own in a temporary folder, migrated and loaded."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg

from bench import data
from infra import connections
from infra.settings import Settings
from infra.stack import local
from models.policy.access import Viewer
from models.queries import counters, db, loading, migrations, posts
from models.queries.posts import PostAsked
from models.rulebooks.loader import load
from models.terms import Role
from workflows.contracts import SEARCH_ATTRIBUTES

DISTRICT = "gulou"
"""Thirteen streets and 120 communities, as in the published figures."""

Note = Callable[[str], None]


@dataclass
class Stage:
    """What runs, and what the contestants need to know of it."""

    settings: Settings
    ground: data.Ground
    base: datetime
    token: str
    issues: int = 0

    @property
    def url(self) -> str:
        """Of the database, as libpq and asyncpg read it."""
        return str(self.settings.database_url)

    async def fill(self, issues: int, below: bool = True) -> None:
        """Adds issues until there are so many."""
        connection = await asyncpg.connect(self.url)
        try:
            await data.load(connection, self.ground, self.base, self.issues, issues, below)
            async with connections.database(self.settings):
                await counters.sweep(datetime.now(UTC))
            await data.settle(connection)
        finally:
            await connection.close()
        self.issues = issues

    async def facts(self) -> dict[str, object]:
        """What the machine's database says of itself, for the report."""
        async with connections.database(self.settings):
            return {
                "postgresql": await db.value("SHOW server_version"),
                "issues": await db.value("SELECT count(*) FROM issues"),
                "timeline_entries": await db.value("SELECT count(*) FROM timeline_entries"),
                "evidence": await db.value("SELECT count(*) FROM evidence"),
                "size": await db.value("SELECT pg_size_pretty(pg_database_size(current_database()))"),
            }

    async def execute(self, statements: str) -> None:
        """Statements that the product's migrations do not hold."""
        async with connections.database(self.settings), db.pool().acquire() as connection:
            await connection.execute(statements)


@asynccontextmanager
async def stage(note: Note) -> AsyncIterator[Stage]:
    """A migrated stack with the district's rulebook, and a token of somebody who sees all of it."""
    with tempfile.TemporaryDirectory(prefix="huying-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)  # root's PostgreSQL runs as somebody else, who must pass through
        settings = Settings.load({"HUYING_DATA": str(Path(folder) / "data")})
        async with await local.start(settings, search_attributes=SEARCH_ATTRIBUTES, progress=note) as stack:
            try:
                # Connected only while something is asked: two stages may stand side by side.
                async with connections.database(stack.settings):
                    laid = await _laid(stack.settings)
                yield laid
            finally:
                await stack.stop()
                local.erase(settings.data)


async def _laid(settings: Settings) -> Stage:
    await migrations.migrate()
    now = datetime.now(UTC)
    await loading.store(load(DISTRICT), now)
    connection = await asyncpg.connect(settings.database_url)
    try:
        place = await data.ground(connection, DISTRICT)
    finally:
        await connection.close()
    token = connections.local_keys(settings).mint(await overseer(), timedelta(hours=12))
    base = now.replace(minute=0, second=0, microsecond=0)
    return Stage(settings, place, base, token)


async def overseer() -> Viewer:
    """Somebody of the response office: row scoping is on, and covers the district."""
    found = await posts.posts(PostAsked(role=Role.RESPONSE_OFFICE, district=DISTRICT))
    return found[0].viewer
