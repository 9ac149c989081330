"""What is written, as a fingerprint: to prove that a refusal wrote nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from models.queries import db

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
UNSETTLED = """
SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM issues WHERE seq = 0)
     + (SELECT count(*) FROM commands WHERE applied_seq IS NULL)
     + (SELECT count(*) FROM evidence WHERE status = 'CONFIRMED')
"""

Ledger = dict[str, tuple[int, int | None]]
"""By table: how many rows, and which versions of them: also a write that changes nothing makes a new one."""


async def ledger() -> Ledger:
    """Every table there is, at one instant."""
    tables = [row["tablename"] for row in await db.rows(TABLES)]
    assert {"issues", "commands", "outbox", "timeline_entries", "notifications"} <= set(tables)
    found = await db.rows(
        " UNION ALL ".join(
            f"SELECT '{table}' AS name, count(*) AS rows, "
            f'bit_xor(hashtidextended(ctid, xmin::text::bigint)) AS versions FROM "{table}"'
            for table in tables
        )
    )
    return {row["name"]: (row["rows"], row["versions"]) for row in found}


@asynccontextmanager
async def nothing_written() -> AsyncIterator[None]:
    """Fails, naming the tables, where anything was written meanwhile."""
    before = await ledger()
    yield
    after = await ledger()
    written = sorted(name for name, content in after.items() if before.get(name) != content)
    assert not written, f"something was written: {', '.join(written)}"


async def settled() -> None:
    """Waits until every case has started and is written, so that only the test itself can write."""
    for _ in range(200):
        if await db.value(UNSETTLED) == 0:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{await db.value(UNSETTLED)} rows are still on their way after ten seconds")
