"""The sweep by schedule: two for the whole platform, and one that is triggered leaves its report."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

from infra import connections
from models.queries import db
from storage.images import Examiner
from workflows.schedules import Schedules
from workflows.worker import evidence_worker

REPORTS = "SELECT whole, ended_at, faults FROM evidence_sweeps WHERE started_at >= $1 ORDER BY started_at"


async def test_the_schedules_sweep_at_night_and_leave_a_report(database: str, stack) -> None:
    client, examiner = await connections.temporal(stack.settings), Examiner()
    queue, began = f"sweeps-{uuid4().hex[:8]}", datetime.now(UTC)
    await Schedules(client, queue).keep()
    await Schedules(client, queue).keep()
    for name, days in (("evidence-sweep", range(6)), ("evidence-check", (6,))):
        described = await client.get_schedule_handle(name).describe()
        times = [at.astimezone(ZoneInfo("Asia/Shanghai")) for at in described.info.next_action_times]
        assert {(at.hour, at.minute) for at in times} == {(2, 30)}
        assert {at.weekday() for at in times} <= set(days)
    store = connections.evidence_store(stack.settings)
    async with evidence_worker(client, store, examiner, lambda: datetime.now(UTC), queue):
        await client.get_schedule_handle("evidence-check").trigger()
        async with asyncio.timeout(60):
            while not (found := [row for row in await db.rows(REPORTS, began) if _whole(row)]):
                await asyncio.sleep(0.2)
    store.close()
    await examiner.close()
    assert [row["faults"] for row in found] == [[]]


def _whole(row: db.Row) -> bool:
    """Whether it is the report of the check that was asked for: other tests sweep here too."""
    return row["whole"] and row["ended_at"] is not None
