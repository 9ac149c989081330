"""Cases that do not move are found, each with what is wrong; those that do are not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from models.policy.case import Batch, CaseState
from models.queries import db
from models.terms import StuckKind
from tests.workflows.ground import ROUND_THE_CLOCK, arguments, issue_on_record, reported
from workflows.calling import Calling
from workflows.contracts import DISTRICT
from workflows.inspection import Inspector
from workflows.worker import calling_worker, runner

LATER = timedelta(minutes=2)


@workflow.defn(name="Calling")
class Unfit:
    """Code that does not fit the histories there are."""

    @workflow.run
    async def run(self, state: CaseState) -> str:
        raise RuntimeError("no such step")


@activity.defn(name="record")
async def away(batch: Batch) -> None:
    raise OSError("the database is away")


@pytest.fixture
async def client(stack, database) -> AsyncIterator[Client]:
    yield await Client.connect(stack.settings.temporal_address)
    # Other tests wait until everything is settled, and what is stuck here never will be.
    await db.execute("UPDATE issues SET stage = 'CANCELLED', seq = 1 WHERE seq = 0")


async def begun(client: Client, queue: str) -> UUID:
    record = await issue_on_record()
    await client.start_workflow(**await arguments(record, ROUND_THE_CLOCK, queue))
    return record.id


async def found(client: Client, issue: UUID, kind: StuckKind | None, seconds: float = 30):
    """What is said of the issue once it is `kind`; other tests' cases are theirs."""
    district = await db.value("SELECT district_id FROM issues WHERE id = $1", issue)
    said = None
    for _ in range(int(seconds / 0.5)):
        stuck = await Inspector(client).stuck([district], datetime.now(UTC) + LATER)
        mine = [one for one in stuck if one.issue == issue]
        assert len(mine) <= 1, "each case once"
        said = mine[0] if mine else None
        if (said and said.kind) == kind:
            return said
        await asyncio.sleep(0.5)
    raise AssertionError(said)


async def test_a_report_that_no_relay_took_is_not_started(client):
    issue = await reported()
    await db.execute("UPDATE outbox SET attempts = 3, last_error = 'refused' WHERE issue_id = $1", issue)
    said = await found(client, issue, StuckKind.NOT_STARTED)
    assert (said.attempts, said.detail) == (3, "refused")
    await db.execute("DELETE FROM outbox WHERE issue_id = $1", issue)


async def test_an_open_case_without_a_workflow_is_not_running(client):
    lost = (await issue_on_record()).id
    assert "not know" in (await found(client, lost, StuckKind.NOT_RUNNING)).detail
    queue = f"test-{uuid4().hex[:8]}"
    async with calling_worker(client, queue):
        ended = await begun(client, queue)
        await found(client, ended, None)
        await client.get_workflow_handle(f"case/{ended}").terminate()
        assert "TERMINATED" in (await found(client, ended, StuckKind.NOT_RUNNING)).detail


async def test_a_workflow_whose_code_does_not_fit_says_what_failed(client):
    queue = f"test-{uuid4().hex[:8]}"
    async with Worker(
        client, task_queue=queue, workflows=[Unfit], workflow_runner=UnsandboxedWorkflowRunner()
    ):
        issue = await begun(client, queue)
        said = await found(client, issue, StuckKind.WORKFLOW_TASK_FAILING, 60)
    assert said.attempts > 2
    assert "no such step" in said.detail
    await client.get_workflow_handle(f"case/{issue}").terminate()


async def test_a_write_that_is_tried_again_and_again_says_why(client):
    queue = f"test-{uuid4().hex[:8]}"
    async with Worker(
        client, task_queue=queue, workflows=[Calling], activities=[away], workflow_runner=runner()
    ):
        issue = await begun(client, queue)
        said = await found(client, issue, StuckKind.ACTIVITY_RETRYING)
    assert said.attempts > 3
    assert said.detail == "the database is away"
    await client.get_workflow_handle(f"case/{issue}").terminate()


@workflow.defn(name="Appeal")
class UnfitAppeal:
    """An appeal whose write fails for good, and one that has nothing to do."""

    @workflow.run
    async def run(self, fails: bool) -> None:
        if fails:
            await workflow.execute_activity("record", start_to_close_timeout=timedelta(seconds=5))
        await workflow.wait_condition(lambda: False)


@activity.defn(name="record")
async def never() -> None:
    raise OSError("the disk is full")


async def test_what_is_no_case_and_does_not_move_is_found_by_its_district(client):
    queue, here = f"test-{uuid4().hex[:8]}", uuid4()
    async with Worker(
        client,
        task_queue=queue,
        workflows=[UnfitAppeal],
        activities=[never],
        workflow_runner=UnsandboxedWorkflowRunner(),  # the sandbox would import asyncpg a second time
    ):
        ids = [f"appeal/{uuid4()}" for _ in range(2)]
        for fails, name in zip((True, False), ids, strict=True):
            attributes = TypedSearchAttributes([SearchAttributePair(DISTRICT, str(here))])
            await client.start_workflow(
                "Appeal", fails, id=name, task_queue=queue, search_attributes=attributes
            )
        said = []
        for _ in range(60):
            said = await Inspector(client).others([here])
            if said:
                break
            await asyncio.sleep(0.5)
    assert [(one.workflow, one.kind, one.detail) for one in said] == [
        (ids[0], StuckKind.ACTIVITY_RETRYING, "the disk is full")
    ]
    assert said[0].attempts > 3
    assert ids[0] not in {one.workflow for one in await Inspector(client).others([uuid4()])}
    for name in ids:
        await client.get_workflow_handle(name).terminate()


async def test_a_case_that_nobody_serves_is_behind(client):
    issue = await begun(client, f"nobody-{uuid4().hex[:8]}")
    said = await found(client, issue, StuckKind.PROJECTION_BEHIND)
    opened = await db.value("SELECT opened_at FROM issues WHERE id = $1", issue)
    assert said.since == opened
    await client.get_workflow_handle(f"case/{issue}").terminate()
