"""An acknowledged report becomes a case exactly once, whichever relays run, and whatever is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest_asyncio
from structlog.testing import capture_logs
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RetryConfig, RPCError

from models.policy import orders
from models.queries import db, outbox
from models.terms import Level
from tests.workflows.ground import ordered, reported
from tests.workflows.test_operators import blocks
from workflows.calling import Calling
from workflows.contracts import workflow_id
from workflows.relay import Relay
from workflows.worker import calling_worker

QUICK = RetryConfig(initial_interval_millis=50, max_elapsed_time_millis=300, max_retries=2)


def now() -> datetime:
    return datetime.now(UTC)


@pytest_asyncio.fixture
async def client(stack, database) -> Client:
    return await Client.connect(stack.settings.temporal_address)


@pytest_asyncio.fixture
async def queue(client) -> AsyncIterator[str]:
    """A task queue with a worker."""
    name = f"test-{uuid4().hex[:8]}"
    worker = calling_worker(client, name)
    running = asyncio.create_task(worker.run())
    yield name
    await worker.shutdown()
    await running


async def waiting(*issues: UUID) -> int:
    return await db.value("SELECT count(*) FROM outbox WHERE issue_id = ANY($1)", list(issues))


async def started(client: Client, issue: UUID) -> bool:
    try:
        description = await client.get_workflow_handle(workflow_id(str(issue))).describe()
    except RPCError:
        return False
    return description.status is WorkflowExecutionStatus.RUNNING


async def collected(*issues: UUID) -> list[int]:
    """How often each case has begun, once every case has begun."""
    async with asyncio.timeout(20):
        while True:
            rows = await db.rows(
                """
                SELECT i.id, count(t.id) AS n FROM issues i
                LEFT JOIN timeline_entries t ON t.issue_id = i.id AND t.kind = 'COLLECTED'
                WHERE i.id = ANY($1) GROUP BY i.id
                """,
                list(issues),
            )
            if all(row["n"] for row in rows):
                return [row["n"] for row in rows]
            await asyncio.sleep(0.05)


async def hand_on_all(relay: Relay, *issues: UUID) -> None:
    while await waiting(*issues):
        await relay.hand_on()


async def test_a_report_without_a_relay_is_started_by_the_next_one_once(client, queue):
    issue = await reported()
    await asyncio.sleep(0.2)
    assert (await waiting(issue), await started(client, issue)) == (1, False)
    relay = Relay(client, now, queue)
    await hand_on_all(relay, issue)
    assert await collected(issue) == [1]
    first = await client.get_workflow_handle(workflow_id(str(issue))).describe()
    async with db.transaction() as connection:
        await outbox.put(connection, uuid4(), issue, None, now())  # as after a crash between start and delete
    await hand_on_all(relay, issue)
    again = await client.get_workflow_handle(workflow_id(str(issue))).describe()
    assert (again.run_id, await collected(issue)) == (first.run_id, [1])


async def test_the_request_id_of_a_report_reaches_the_writing_of_its_first_entry(client, queue):
    issue = await reported(request="r-7")
    with capture_logs() as logs:
        await hand_on_all(Relay(client, now, queue), issue)
        assert await collected(issue) == [1]
        async with asyncio.timeout(5):
            while not (written := [line for line in logs if line["event"] == "recorded"]):
                await asyncio.sleep(0.02)
    assert [line["requests"] for line in written if line["issue"] == str(issue)] == [["r-7"]]
    assert [line["request_id"] for line in logs if line["event"] == "case started"] == ["r-7"]


async def test_two_relays_at_once_share_the_work_and_start_each_case_once(client, queue):
    issues = [await reported() for _ in range(45)]
    relays = [Relay(client, now, queue) for _ in range(2)]
    held = await asyncio.gather(*(_until_empty(relay, issues) for relay in relays))
    assert sum(held) >= len(issues)
    assert min(held) > 0, "both took part"
    assert await collected(*issues) == [1] * len(issues)
    runs = await asyncio.gather(
        *(client.get_workflow_handle(workflow_id(str(issue))).describe() for issue in issues)
    )
    assert {run.status for run in runs} == {WorkflowExecutionStatus.RUNNING}


async def _until_empty(relay: Relay, issues: list[UUID]) -> int:
    held = 0
    while await waiting(*issues):
        held += await relay.hand_on()
    return held


async def test_a_running_relay_is_woken_by_a_report_and_stops_when_asked(client, queue):
    relay = Relay(client, now, queue)
    running = asyncio.create_task(relay.run())
    await asyncio.sleep(0.3)
    began = asyncio.get_running_loop().time()
    issue = await reported()
    while await waiting(issue):
        await asyncio.sleep(0.02)
    assert asyncio.get_running_loop().time() - began < 1.5, "it did not wait for its poll"
    assert await collected(issue) == [1]
    relay.stop()
    await asyncio.wait_for(running, 1)


async def test_while_temporal_is_away_rows_wait_with_the_reason(client, queue, doomed):
    away = await Client.connect(doomed.settings.temporal_address, retry_config=QUICK)
    issues = [await reported() for _ in range(2)]
    doomed.service("temporal").kill()
    asked = now()
    await Relay(away, lambda: asked, queue).hand_on()
    await doomed.service("temporal").restart()
    rows = await db.rows(
        "SELECT attempts, last_error, not_before FROM outbox WHERE issue_id = ANY($1) ORDER BY attempts DESC",
        issues,
    )
    assert [row["attempts"] for row in rows] == [1, 0], "one try is enough to know"
    assert rows[0]["last_error"]
    assert rows[0]["not_before"] == asked + timedelta(seconds=outbox.RETRY_SECONDS[0])
    later = Relay(client, lambda: now() + timedelta(seconds=40), queue)
    await hand_on_all(later, *issues)
    assert await collected(*issues) == [1, 1]


async def test_a_row_that_cannot_be_started_holds_up_no_other(client, queue):
    broken, sound = await reported(), await reported()
    await db.execute(
        """
        WITH made AS (
            INSERT INTO rulebooks (id, district_id, version, digest, body, loaded_at, active)
            SELECT gen_random_uuid(), district_id, $2, digest, jsonb_set(body::jsonb, '{items}', '[]'), now(),
                false
            FROM rulebooks WHERE id = (SELECT rulebook_id FROM issues WHERE id = $1) RETURNING id)
        UPDATE issues SET rulebook_id = (SELECT id FROM made) WHERE id = $1
        """,
        broken,
        f"broken-{uuid4().hex[:8]}",
    )
    await Relay(client, now, queue).hand_on()
    assert (await waiting(broken), await waiting(sound)) == (1, 0)
    assert "street_light" in await db.value("SELECT last_error FROM outbox WHERE issue_id = $1", broken)
    assert await collected(sound) == [1]
    await db.execute("DELETE FROM outbox WHERE issue_id = $1", broken)


async def test_the_guide_s_way_back_from_a_lost_temporal(virtual, crew, client, queue):
    """The case ran on another server; the relay brings it to this one as it stood."""
    issue = await reported()
    await hand_on_all(Relay(virtual.client, now, crew), issue)
    assert await collected(issue) == [1]
    lost = virtual.client.get_workflow_handle(workflow_id(str(issue)))
    by = orders.Actor(str(uuid4()))
    await ordered(lost, Calling.assess, orders.Assess(by, Level.GENERAL))
    duties = await lost.query(Calling.duties)
    await lost.terminate()
    (restore,) = [one for one in blocks("postgresql") if "INSERT INTO outbox" in one]
    only = restore.replace("WHERE stage", f"WHERE id = '{issue}' AND stage")
    assert (await db.execute(only), await db.execute(only)) == (1, 0)
    await hand_on_all(Relay(client, now, queue), issue)
    found = client.get_workflow_handle_for(Calling.run, workflow_id(str(issue)))
    assert await found.query(Calling.duties) == duties
    assert await collected(issue) == [1]


def test_of_one_cycle_s_tellings_in_a_batch_the_last_is_enough():
    """It is told how its round stands when it is told, so that the last says all that the others would."""
    mine, other = uuid4(), uuid4()
    told = [
        outbox.Pending(uuid4(), None, 0, None, item, cycle)
        for item, cycle in ((None, mine), (uuid4(), None), (None, other), (None, mine), (uuid4(), None))
    ]
    _before, item, others, last, another = (one.id for one in told)
    assert outbox.Taken(None, told).latest == {item, others, last, another}
