"""Commands on their way to a case: it is started where it never was, and each acts once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio.client import Client

from models.policy import orders
from models.policy.duty import Holder
from models.policy.steps import RefusalCode
from models.queries import db
from models.terms import Command, Level, UnitKind
from tests.workflows.ground import issue_on_record, on_record
from tests.workflows.test_relay import QUICK, client, collected, queue
from workflows.contracts import workflow_id
from workflows.gateway import CallingGateway, CaseUnavailableError
from workflows.worker import calling_worker

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
