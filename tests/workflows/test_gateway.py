"""Commands on their way to a case: it is started where it never was, and each acts once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio import activity
from temporalio.client import Client, WorkflowUpdateHandle
from temporalio.service import RPCError
from temporalio.worker import Worker

from models.policy import orders
from models.policy.case import Batch
from models.policy.duty import Holder
from models.policy.steps import RefusalCode
from models.queries import db, projection
from models.terms import Command, Level, UnitKind
from tests.workflows.ground import issue_on_record, on_record
from tests.workflows.test_relay import QUICK, client, collected, queue
from workflows.calling import Calling
from workflows.contracts import RECORD, Outcome, workflow_id
from workflows.gateway import CallingGateway, CaseUnavailableError
from workflows.starting import start_arguments
from workflows.worker import calling_worker, runner

__all__ = ["client", "queue"]  # fixtures of the relay's tests


def by() -> orders.Actor:
    return orders.Actor(str(uuid4()))


async def entries(issue) -> list[str]:
    rows = await db.rows("SELECT kind FROM timeline_entries WHERE issue_id = $1 ORDER BY seq", issue)
    return [row["kind"] for row in rows]


async def test_a_command_starts_the_case_that_no_relay_has_started_yet(client, queue):
    record = await issue_on_record()
    outcome = await CallingGateway(client, task_queue=queue).order(
        Command.ASSESS, record, orders.Assess(by(), Level.GENERAL)
    )
    assert (outcome.seq, outcome.stage) == (2, "ASSESSED")
    assert await entries(record.id) == ["COLLECTED", "ASSESSED"]


async def test_a_refusal_is_a_value_that_names_field_and_what_would_be_right(client, queue):
    record = await issue_on_record()
    gateway = CallingGateway(client, task_queue=queue)
    refusal = await gateway.order(Command.REGRADE, record, orders.Regrade(by(), Level.GENERAL))
    assert (refusal.code, refusal.field, refusal.found) == (RefusalCode.WRONG_LEVEL, "level", "GENERAL")
    assert refusal.expected == ("COMPLEX", "CRITICAL", "SIMPLE")
    await collected(record.id)
    assert await entries(record.id) == ["COLLECTED"]


async def test_a_command_without_a_worker_is_unavailable_and_acts_once_when_sent_again(client):
    record, name = await issue_on_record(), f"test-{uuid4().hex[:8]}"
    gateway = CallingGateway(client, timedelta(seconds=1), name)
    order = orders.Assess(by(), Level.GENERAL)
    with pytest.raises(CaseUnavailableError):
        await gateway.order(Command.ASSESS, record, order)
    async with calling_worker(client, name):
        patient = CallingGateway(client, task_queue=name)
        for _ in range(3):
            await patient.order(Command.ASSESS, await on_record(record.id), order)
    assert await entries(record.id) == ["COLLECTED", "ASSESSED"]


@asynccontextmanager
async def slow_to_write(client: Client, name: str) -> AsyncIterator[asyncio.Event]:
    """A worker that decides at once, and writes when what it gives is set."""
    let = asyncio.Event()

    @activity.defn(name=RECORD)
    async def held(batch: Batch) -> None:
        await let.wait()
        await projection.record(batch)

    async with Worker(
        client, task_queue=name, workflows=[Calling], activities=[held], workflow_runner=runner()
    ):
        try:
            yield let
        finally:
            let.set()


async def test_a_command_is_answered_when_it_is_written_though_it_was_decided_before(client):
    record, name = await issue_on_record(), f"test-{uuid4().hex[:8]}"
    order = orders.Assess(by(), Level.GENERAL)
    async with slow_to_write(client, name) as let:
        gateway = CallingGateway(client, task_queue=name)
        answer = asyncio.ensure_future(gateway.order(Command.ASSESS, record, order))
        update = client.get_workflow_handle(workflow_id(str(record.id))).get_update_handle(
            order.by.command, result_type=Outcome
        )
        assert (await until_there(update)).seq == 2
        assert (await entries(record.id), answer.done()) == ([], False)
        let.set()
        assert (await answer).seq == 2
        assert await entries(record.id) == ["COLLECTED", "ASSESSED"]


async def test_what_was_decided_and_is_not_written_in_time_is_unavailable_and_acts_once(client):
    record, name = await issue_on_record(), f"test-{uuid4().hex[:8]}"
    order = orders.Assess(by(), Level.GENERAL)
    async with slow_to_write(client, name) as let:
        with pytest.raises(CaseUnavailableError, match="decided and not yet written"):
            await CallingGateway(client, timedelta(seconds=1), name).order(Command.ASSESS, record, order)
        let.set()
        again = await CallingGateway(client, task_queue=name).order(Command.ASSESS, record, order)
    assert again.seq == 2
    assert await entries(record.id) == ["COLLECTED", "ASSESSED"]


async def test_a_run_from_before_decision_0028_answers_when_it_is_written(client):
    record, name = await issue_on_record(), f"test-{uuid4().hex[:8]}"
    started = {**await start_arguments(record, name), "memo": None}
    order = orders.Assess(by(), Level.GENERAL)
    async with slow_to_write(client, name) as let:
        handle = await client.start_workflow(**started)
        answer = asyncio.ensure_future(
            handle.execute_update(Calling.assess, order, id=order.by.command, result_type=Outcome)
        )
        assert not (await asyncio.wait([answer], timeout=1))[0]
        let.set()
        assert (await answer).seq == 2
        assert await entries(record.id) == ["COLLECTED", "ASSESSED"]


async def until_there(update: WorkflowUpdateHandle[Outcome]) -> Outcome:
    """What it came to; an update that is still on its way is not known yet."""
    async with asyncio.timeout(20):
        while True:
            with suppress(RPCError):
                return await update.result(rpc_timeout=timedelta(seconds=5))
            await asyncio.sleep(0.05)


async def test_while_temporal_is_away_a_command_is_unavailable(doomed, database):
    away = await Client.connect(doomed.settings.temporal_address, retry_config=QUICK)
    record = await issue_on_record()
    doomed.service("temporal").kill()
    with pytest.raises(CaseUnavailableError):
        await CallingGateway(away, timedelta(seconds=2)).order(
            Command.ASSESS, record, orders.Assess(by(), Level.GENERAL)
        )
    await doomed.service("temporal").restart()


async def test_a_late_command_wakes_no_closed_case(client, queue):
    record = await issue_on_record(Level.SIMPLE)
    gateway = CallingGateway(client, task_queue=queue)
    street = Holder(UnitKind.STREET, str(record.street))
    await gateway.order(Command.ASSESS, record, orders.Assess(by(), Level.SIMPLE, street))
    part = (await on_record(record.id)).parts[0].id
    await gateway.order(Command.COMPLETE, await on_record(record.id), orders.OnAssignment(by(), part))
    last = orders.Verify(by(), True, answered=True)
    before = await on_record(record.id)
    await gateway.order(Command.VERIFY, before, last)
    handle = client.get_workflow_handle(workflow_id(str(record.id)))
    assert await handle.result() == "FILED"
    run = (await handle.describe()).run_id
    refusal = await gateway.order(Command.NOTE, before, orders.AddNote(by()))
    assert (refusal.code, refusal.field) == (RefusalCode.WRONG_STAGE, "issue")
    assert (await handle.describe()).run_id == run, "no second run"
    assert (await entries(record.id))[-1] == "FILED"


async def test_many_commands_to_many_cases_at_once(client, queue):
    records = [await issue_on_record() for _ in range(12)]
    gateway = CallingGateway(client, task_queue=queue)
    orders_of = {record.id: orders.Assess(by(), Level.GENERAL) for record in records}
    await asyncio.gather(
        *(gateway.order(Command.ASSESS, record, orders_of[record.id]) for record in records for _ in range(2))
    )
    for record in records:
        assert await entries(record.id) == ["COLLECTED", "ASSESSED"]
