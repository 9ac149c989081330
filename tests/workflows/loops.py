"""An item or a satisfaction cycle of its own round, its clock, its workers, and what tests ask of it."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from temporalio.client import WorkflowHandle
from temporalio.worker import Replayer

from models.policy.calendar import Calendar
from models.policy.orders import Actor
from models.queries import db, items, loops
from models.queries.db import Row
from models.terms import derived_id
from tests.workflows.ground import CALENDAR, ordered
from workflows.rectification import Rectification, RectificationCycle
from workflows.starting import cycle_arguments, item_arguments
from workflows.worker import calling_worker, runner

ROOT = Path(__file__).parents[2]
JINJIANG = derived_id("district", "jinjiang")


async def a_survey() -> UUID:
    """A round of Jinjiang, open; its instrument is not asked for here."""
    key = uuid4()
    rulebook = await db.value("SELECT id FROM rulebooks WHERE district_id = $1 AND active", JINJIANG)
    await db.execute(
        """
        INSERT INTO surveys (id, district_id, code, year, half, name_zh, name_en, status, rulebook_id,
            instrument, opens_at, closes_at, created_at)
        VALUES ($1, $2, $3, 2026, 1, '考评', 'Round', 'OPEN', $4, '{}', $5, $5, $5)
        """,
        key,
        JINJIANG,
        f"T{key.hex[:12]}",
        rulebook,
        datetime.now(UTC),
    )
    return key


async def an_item(survey: UUID, severity: str = "MINOR") -> UUID:
    """An item issued to a street, whose workflow the test starts itself."""
    key = uuid4()
    await db.execute(
        """
        INSERT INTO negative_items (id, district_id, survey_id, street_id, code, category, title, severity,
            status, departmental, rulebook_version, seq, round, asked, answered, satisfied, created_at,
            issued_at)
        SELECT $1, $2, $3, s.id, $4, 'street_light', '路灯不亮', $5, 'ISSUED', false,
            'jinjiang/' || r.version, 0, 0, 0, 0, 0, $6, $6
        FROM streets s, rulebooks r WHERE s.district_id = $2 AND r.district_id = $2 AND r.active
        ORDER BY s.code LIMIT 1
        """,
        key,
        JINJIANG,
        survey,
        f"T-{key.hex[:16]}",
        severity,
        datetime.now(UTC),
    )
    return key


class Loop:
    """A workflow over duties of an item or a cycle, on the test's calendar."""

    def __init__(self, env: Any, key: UUID, kind: str, calendar: Calendar = CALENDAR) -> None:
        self.env, self.key, self.kind, self.calendar = env, key, kind, calendar
        self.queue = f"test-{uuid4().hex[:8]}"
        self.handle: WorkflowHandle[Any, Any]

    @property
    def temporal(self) -> str:
        return str(self.env.client.service_client.config.target_host)

    async def start(self) -> None:
        self.handle = await self.env.client.start_workflow(**await self._arguments())

    async def _arguments(self) -> Mapping[str, Any]:
        """Production's, with the test's calendar in the rules."""
        if self.kind == "item":
            item = await items.item(self.key)
            assert item is not None
            start = dict(await item_arguments(item, self.queue))
        else:
            cycle = await loops.cycle(self.key)
            assert cycle is not None
            start = dict(await cycle_arguments(cycle, self.queue))
        state = start["arg"]
        return start | {"arg": replace(state, rules=replace(state.rules, calendar=self.calendar))}

    @asynccontextmanager
    async def worked(self) -> AsyncIterator[None]:
        """A worker for as long as it is needed."""
        worker = calling_worker(self.env.client, self.queue)
        running = asyncio.create_task(worker.run())
        try:
            yield
        finally:
            await worker.shutdown()
            await running

    @asynccontextmanager
    async def dying(self, database: str, standing: str) -> AsyncIterator[None]:
        """A worker that is killed in the write that brings it to `standing`; left once it is dead."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.workflows.dying_loop", database, self.temporal, self.queue, standing,
            cwd=ROOT,
        )  # fmt: skip
        try:
            yield
            async with asyncio.timeout(40):
                assert await process.wait() == -signal.SIGKILL
        finally:
            if process.returncode is None:
                process.kill()

    def by(self) -> Actor:
        return Actor(str(uuid4()))

    async def order(self, update: Any, order: Any) -> Any:
        return await ordered(self.handle, update, order)

    async def row(self) -> Row:
        table = "negative_items" if self.kind == "item" else "rectification_cycles"
        return await db.row(f"SELECT * FROM {table} WHERE id = $1", self.key)

    async def until(self, seq: int) -> None:
        """Waits until this line is written; within twenty seconds."""
        for _ in range(200):
            if (await self.row())["seq"] >= seq:
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"not within twenty seconds: {dict(await self.row())}")

    async def kinds(self) -> list[str]:
        table, column = ("item_entries", "item_id") if self.kind == "item" else ("cycle_entries", "cycle_id")
        rows = await db.rows(f"SELECT seq, kind FROM {table} WHERE {column} = $1 ORDER BY seq", self.key)
        assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1)), "no line is lost or twice"
        return [row["kind"] for row in rows]

    async def told(self) -> list[tuple[str, int]]:
        """Who was told of what share, in the order owed; posts of one rung once."""
        column = "negative_item_id" if self.kind == "item" else "cycle_id"
        rows = await db.rows(
            f"""
            SELECT d.kind, n.target, n.percent, min(n.owed_at) AS at FROM notifications n
            JOIN duties d ON d.id = n.duty_id WHERE n.{column} = $1
            GROUP BY d.kind, n.target, n.percent ORDER BY at, n.percent
            """,
            self.key,
        )
        return [(f"{row['kind']} {row['target']}", row["percent"]) for row in rows]

    async def replay(self) -> int:
        """Replays its history with today's code; how many events it has."""
        history = await self.handle.fetch_history()
        replayer = Replayer(workflows=[Rectification, RectificationCycle], workflow_runner=runner())
        await replayer.replay_workflow(history)
        return len(history.events)
