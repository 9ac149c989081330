"""Batches on real servers: whoever dies, each case takes its order once; a long batch has short histories."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from temporalio.client import Client
from temporalio.worker import Replayer

from models.queries import db
from models.terms import BatchAction
from tests.workflows.ground import issue_on_record
from workflows.batch import Batch
from workflows.starting import batch_arguments
from workflows.worker import batch_worker, calling_worker, runner

ROOT = Path(__file__).parents[2]


async def batch_of(issues: list[UUID], action: BatchAction = BatchAction.SUSPEND) -> UUID:
    """A batch on record, as `startBatch` leaves it, that no relay starts."""
    batch, now = uuid4(), datetime.now(UTC)
    district = await db.value("SELECT district_id FROM issues WHERE id = $1", issues[0])
    await db.execute(
        """
        INSERT INTO batches (id, district_id, action, status, reason, chosen, total, created_at, started_at)
        VALUES ($1, $2, $3, 'RUNNING', '台风', $4, $5, $6, $6)
        """,
        batch,
        district,
        action.value,
        json.dumps({}),
        len(issues),
        now,
    )
    await db.execute(
        """
        INSERT INTO batch_items (id, batch_id, issue_id, position, status, attempts)
        SELECT gen_random_uuid(), $1, i.id, i.n, 'WAITING', 0
        FROM unnest($2::uuid[]) WITH ORDINALITY AS i (id, n)
        """,
        batch,
        issues,
    )
    return batch


async def begun(client: Client, batch: UUID, queue: str):
    row = await db.row("SELECT id, district_id, action, total FROM batches WHERE id = $1", batch)
    return await client.start_workflow(**batch_arguments(row, queue))


async def statuses(batch: UUID) -> dict[str, int]:
    rows = await db.rows(
        "SELECT status, count(*) AS n FROM batch_items WHERE batch_id = $1 GROUP BY 1", batch
    )
    return {row["status"]: row["n"] for row in rows}


async def test_a_worker_killed_in_the_middle_of_a_batch_orders_each_case_once(stack, database):
    client = await Client.connect(stack.settings.temporal_address)
    queue = f"test-{uuid4().hex[:8]}"
    issues = [(await issue_on_record()).id for _ in range(12)]
    batch = await batch_of(issues)
    command = [sys.executable, "-m", "tests.workflows.dying_batch"]
    process = await asyncio.create_subprocess_exec(
        *command, database, stack.settings.temporal_address, queue, "5", cwd=ROOT
    )
    async with calling_worker(client, queue):
        try:
            handle = await begun(client, batch, queue)
            async with asyncio.timeout(60):
                assert await process.wait() == -signal.SIGKILL
        finally:
            if process.returncode is None:
                process.kill()
        taken = await db.value(
            "SELECT count(*) FROM timeline_entries WHERE issue_id = ANY($1) AND kind = 'SUSPENDED'", issues
        )
        written = (await statuses(batch)).get("DONE", 0)
        assert 5 <= taken < 12
        assert written < taken, "a case took its order, and nobody wrote that down"
        async with batch_worker(client, queue):
            async with asyncio.timeout(60):
                assert await handle.result() == "DONE"
    assert await statuses(batch) == {"DONE": 12}
    rows = await db.rows(
        """
        SELECT b.issue_id, b.seq, array_agg(e.seq) AS entries, min(e.note) AS note
        FROM batch_items b JOIN timeline_entries e ON e.issue_id = b.issue_id AND e.kind = 'SUSPENDED'
        WHERE b.batch_id = $1 GROUP BY 1, 2
        """,
        batch,
    )
    assert len(rows) == 12
    assert all(row["entries"] == [row["seq"]] for row in rows), "once each, and the item names the line"
    assert {row["note"] for row in rows} == {"台风"}
    assert await db.value("SELECT status FROM batches WHERE id = $1", batch) == "DONE"


async def test_a_long_batch_continues_as_new_and_loses_nobody(growing, database):
    """Cases that are closed refuse at once: 320 of them are twenty pages, and sixty events are ten."""
    queue = f"test-{uuid4().hex[:8]}"
    record = await issue_on_record()
    await db.execute("UPDATE issues SET stage = 'FILED', seq = 1 WHERE id = $1", record.id)
    batch = await batch_of([record.id] * 320)
    async with batch_worker(growing.client, queue):
        handle = await begun(growing.client, batch, queue)
        first = handle.first_execution_run_id
        async with asyncio.timeout(60):
            assert await handle.result() == "DONE"
    assert await statuses(batch) == {"REFUSED": 320}
    last = await handle.describe()
    assert last.run_id != first
    replayer = Replayer(workflows=[Batch], workflow_runner=runner())
    for run in (first, last.run_id):
        history = await growing.client.get_workflow_handle(handle.id, run_id=run).fetch_history()
        assert len(history.events) < 120
        await replayer.replay_workflow(history)


async def test_a_case_that_does_not_answer_fails_after_five_tries_and_holds_nobody_up(
    stack, database, monkeypatch
):
    """Nobody serves the cases' queue: every order is tried again, and then given up by name."""
    client = await Client.connect(stack.settings.temporal_address)
    queue = f"test-{uuid4().hex[:8]}"
    silent = (await issue_on_record()).id
    closed = (await issue_on_record()).id
    await db.execute("UPDATE issues SET stage = 'FILED', seq = 1 WHERE id = $1", closed)
    batch = await batch_of([silent, closed])
    await db.execute("UPDATE batch_items SET attempts = 3 WHERE batch_id = $1 AND position = 1", batch)
    async with batch_worker(client, queue):
        handle = await begun(client, batch, queue)
        async with asyncio.timeout(60):
            assert await handle.result() == "DONE"
    assert await statuses(batch) == {"FAILED": 1, "REFUSED": 1}
    detail = await db.value("SELECT detail FROM batch_items WHERE batch_id = $1 AND position = 1", batch)
    assert detail
    await client.get_workflow_handle(f"case/{silent}").terminate()
    # Other tests wait until everything is settled, and this never will be.
    await db.execute("DELETE FROM commands WHERE issue_id = $1", silent)
    await db.execute("UPDATE issues SET stage = 'CANCELLED', seq = 1 WHERE id = $1", silent)


@pytest.mark.parametrize("status", ["PAUSED", "CANCELLED"])
async def test_a_batch_is_turned_before_anything_was_done(stack, database, status):
    client = await Client.connect(stack.settings.temporal_address)
    queue = f"test-{uuid4().hex[:8]}"
    closed = (await issue_on_record()).id
    await db.execute("UPDATE issues SET stage = 'FILED', seq = 1 WHERE id = $1", closed)
    batch = await batch_of([closed] * 400)
    async with batch_worker(client, queue):
        handle = await begun(client, batch, queue)
        await handle.execute_update(Batch.pause if status == "PAUSED" else Batch.cancel)
        assert await db.value("SELECT status FROM batches WHERE id = $1", batch) == status
        if status == "PAUSED":
            await handle.execute_update(Batch.resume)
        assert await handle.result() == ("DONE" if status == "PAUSED" else "CANCELLED")
    left = await statuses(batch)
    assert sum(left.values()) == 400
    assert ("CANCELLED" in left) is (status == "CANCELLED")
    assert "WAITING" not in left
