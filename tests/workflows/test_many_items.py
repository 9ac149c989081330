"""A round of many items at once on the real server: the loop's history stays short, whatever their number."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from temporalio.client import Client

from models.policy.item_orders import Advance, OnItem
from models.policy.orders import Actor
from models.queries import db, item_lists, items, loops, outbox, rounds
from models.queries.rounds import Order
from models.terms import ItemCommand
from tests.workflows.loops import a_survey, an_item
from workflows.contracts import ANSWER_TIMEOUT, Outcome, cycle_id, item_id
from workflows.converter import CONVERTER
from workflows.gateway import CallingGateway
from workflows.relay import Relay
from workflows.worker import calling_worker

AT_ONCE = 16
MOST_EVENTS_OF_AN_ITEM = 60
MOST_EVENTS_OF_THE_LOOP = 100


@pytest.mark.parametrize("count", [30, pytest.param(3000, marks=pytest.mark.prove)])
async def test_a_round_of_many_items_is_put_right_side_by_side(stack, database, count):
    client = await Client.connect(stack.settings.temporal_address, data_converter=CONVERTER)
    queue = f"test-{uuid4().hex[:8]}"
    survey = await a_survey()
    drafts = [await an_item(survey) for _ in range(count)]
    await db.execute(
        "UPDATE negative_items SET status = 'DRAFT', issued_at = NULL WHERE survey_id = $1", survey
    )
    async with db.transaction() as connection:
        cycle = await loops.begin(connection, survey, datetime.now(UTC))
    gateway = CallingGateway(client, ANSWER_TIMEOUT, queue)
    relay = Relay(client, lambda: datetime.now(UTC), queue)
    began = time.monotonic()
    async with calling_worker(client, queue):
        relaying = asyncio.create_task(relay.run())
        of = await rounds.found(survey)
        assert of is not None
        command = Order(uuid4(), "test", "ISSUE_ITEMS", "f", datetime.now(UTC))
        assert (await item_lists.issue(of, None, command))[1] == count
        await db.execute("UPDATE surveys SET status = 'PUBLISHED' WHERE id = $1", survey)
        await stands(cycle, "FEED_BACK")
        record = await loops.cycle(cycle)
        assert record is not None
        moved = await gateway.cycle(record, Advance(Actor(str(uuid4())), await record.facts()))
        assert isinstance(moved, Outcome)
        turns = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(rectified(gateway, turns, key) for key in drafts))
        await stands(cycle, "PERCEIVE")
        await perceived(drafts)
        await stands(cycle, "IMPROVE")
        relay.stop()
        await relaying
    took = time.monotonic() - began
    assert (
        await db.value(
            "SELECT count(*) FROM negative_items WHERE survey_id = $1 AND status = 'CLOSED'", survey
        )
        == count
    )
    of_loop = (await client.get_workflow_handle(cycle_id(str(cycle))).describe()).history_length
    of_item = (await client.get_workflow_handle(item_id(str(drafts[-1]))).describe()).history_length
    print(
        f"{count} items in {took:.1f} s, {count / took:.1f} a second; events: item {of_item}, loop {of_loop}"
    )
    assert of_item < MOST_EVENTS_OF_AN_ITEM
    assert of_loop < MOST_EVENTS_OF_THE_LOOP


async def rectified(gateway: CallingGateway, turns: asyncio.Semaphore, key: UUID) -> None:
    async with turns:
        for command in (ItemCommand.START, ItemCommand.COMPLETE):
            record = await items.item(key)
            assert record is not None
            outcome = await gateway.item(command, record, OnItem(Actor(str(uuid4()))))
            assert isinstance(outcome, Outcome), (command, outcome)


async def perceived(keys: list[UUID]) -> None:
    """What residents say of all of them, as the transaction that takes the last answer tells it."""
    fact = {"fact": outbox.Fact.ANSWERS, "round": 0, "asked": 1, "answered": 1, "satisfied": 1}
    async with db.transaction() as connection:
        for key in keys:
            await outbox.put_item(connection, key, fact, datetime.now(UTC))


async def stands(cycle: UUID, step: str) -> None:
    """Waits until the cycle stands at this step, as long as something moves."""
    for _ in range(3000):
        if await db.value("SELECT step FROM rectification_cycles WHERE id = $1", cycle) == step:
            return
        await asyncio.sleep(0.2)
    raise AssertionError(f"the cycle does not come to {step}")
