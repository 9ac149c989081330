"""Nothing acknowledged is lost and nothing happens twice, whoever dies: on real servers, in real time."""

from __future__ import annotations

import asyncio
import signal
import sys
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from temporalio.client import Client

from models.policy import orders
from models.policy.rulebook import Limit
from models.queries import db
from models.terms import Level
from tests.workflows.bench import Bench
from tests.workflows.ground import ROUND_THE_CLOCK, arguments, issue_on_record
from workflows.calling import Calling

SECOND = 1_000_000
ROOT = Path(__file__).parents[2]


@dataclass
class RealTime:
    """A server whose clock nobody moves, as far as a bench asks."""

    client: Client


async def test_a_case_goes_on_after_temporal_is_killed_and_tells_what_was_owed(doomed):
    """The ladder runs out in seven seconds, and Temporal is dead for some of them."""
    client = await Client.connect(doomed.settings.temporal_address)
    case = Bench(RealTime(client), record=await issue_on_record(), calendar=ROUND_THE_CLOCK)
    case.issue, case.street = case.record.id, str(case.record.street)
    await case.work()
    start = dict(await arguments(case.record, case.calendar, case.queue))
    rules = start["arg"].rules
    quick = {**rules.limits, "GENERAL/ACCEPT": Limit(5 * SECOND, "5 s")}
    start["arg"] = replace(start["arg"], rules=replace(rules, limits=quick))
    case.handle = await client.start_workflow(**start)
    assignment = await case.called()

    doomed.service("temporal").kill()
    late = asyncio.create_task(eventually(case, Calling.accept, assignment))
    await asyncio.sleep(3)
    await doomed.service("temporal").restart()
    await late
    for update in (Calling.report_in, Calling.complete):
        await case.step(update, assignment)
    await case.verify()
    await case.review(assignment)
    assert await case.handle.result() == "FILED"

    offered = (await db.row("SELECT offered_at FROM assignments WHERE id = $1", assignment))["offered_at"]
    told = await case.told()
    owed = {rung: at - offered for _, rung, at in told}
    assert len(owed) == len(told), "no rung is told twice"
    exact = {
        "HOLDER 50": timedelta(seconds=2.5),
        "HOLDER 80": timedelta(seconds=4),
        "HEAD 100": timedelta(seconds=5),
        "OFFICE 120": timedelta(seconds=6),
        "LEADER 140": timedelta(seconds=7),
    }
    assert owed == {rung: exact[rung] for rung in owed}
    assert "HOLDER 50" in owed, "it fell due while Temporal was dead"
    entries = await case.entries()
    assert entries.count("ACCEPTED") == 1
    await case.replay()
    await case.rest()


async def eventually(case: Bench, update, assignment: str) -> None:
    """Sends one command with one id until it is answered, as a client does; it acts once."""
    order = orders.OnAssignment(case.by(), assignment)
    while True:
        try:
            async with asyncio.timeout(2):
                await case.order(update, order)
            return
        except Exception:
            await asyncio.sleep(0.3)


async def tried(case: Bench) -> list[int]:
    """Which attempt each write that is over was; the command was answered when it was committed."""
    return [
        event.activity_task_started_event_attributes.attempt
        for event in (await case.history()).events
        if event.HasField("activity_task_started_event_attributes")
    ]


async def test_a_worker_killed_between_commit_and_completion_writes_once(stack, database):
    client = await Client.connect(stack.settings.temporal_address)
    record = await issue_on_record(Level.GENERAL)
    case = Bench(RealTime(client), record=record, calendar=ROUND_THE_CLOCK)
    case.issue, case.street = record.id, str(record.street)
    command = [sys.executable, "-m", "tests.workflows.dying_worker"]
    process = await asyncio.create_subprocess_exec(
        *command, database, stack.settings.temporal_address, case.queue, "2", cwd=ROOT
    )
    try:
        case.handle = await client.start_workflow(**await arguments(record, case.calendar, case.queue))
        order = orders.Assess(case.by(), Level.GENERAL)
        sent = asyncio.create_task(case.order(Calling.assess, order))
        async with asyncio.timeout(30):
            assert await process.wait() == -signal.SIGKILL
    finally:
        if process.returncode is None:
            process.kill()
    assert await db.value("SELECT seq FROM issues WHERE id = $1", case.issue) == 2, "it was committed"
    before = await rows_of(case.issue)
    await case.work()
    async with asyncio.timeout(30):
        await sent
    assert await rows_of(case.issue) == before
    assert await case.entries() == ["COLLECTED", "ASSESSED"]
    async with asyncio.timeout(30):
        while not (attempts := await tried(case)):
            await asyncio.sleep(0.1)
    assert attempts[-1] >= 2, "the second worker tried the write again"
    await case.replay()
    await case.rest()


WRITTEN = {
    "issues": "id",
    "calls": "issue_id",
    "assignments": "issue_id",
    "duties": "issue_id",
    "timeline_entries": "issue_id",
    "events": "issue_id",
    "scorecards": "issue_id",
    "notifications": "issue_id",
    "commands": "issue_id",
}


async def rows_of(issue) -> dict[str, list[tuple]]:
    """Every row of every table that belongs to an issue."""
    return {
        table: [
            tuple(row.values())
            for row in await db.rows(f"SELECT * FROM {table} t WHERE {column} = $1 ORDER BY t::text", issue)
        ]
        for table, column in WRITTEN.items()
    }
