"""Rounds and cycles that begin by themselves: on a schedule for each district, once, on a working day."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from temporalio import activity
from temporalio.worker import Worker

from infra import connections
from models.queries import db
from models.terms import derived_id
from workflows.half_year import BEGIN_ROUND, ROUND_DUE, HalfYearRound, RoundBegins, RoundOrder
from workflows.schedules import RoundSchedules, round_schedule_id
from workflows.worker import calling_worker, runner

GULOU = derived_id("district", "gulou")
APRIL = datetime(2026, 4, 1, 1, tzinfo=UTC)


class Register:
    """Stands for the database: when the round begins, by what the calendar says at each question."""

    def __init__(self, *due: datetime | None) -> None:
        self.due, self.asked, self.begun = list(due), 0, 0

    @activity.defn(name=ROUND_DUE)
    async def round_due(self, order: RoundOrder) -> RoundBegins:
        self.asked += 1
        return RoundBegins("2026H1", self.due.pop(0) if len(self.due) > 1 else self.due[0])

    @activity.defn(name=BEGIN_ROUND)
    async def begin_round(self, order: RoundOrder) -> str:
        self.begun += 1
        return "cycle"


async def run(virtual, register: Register, days: int) -> str:
    queue = f"half-{uuid4().hex[:8]}"
    async with Worker(
        virtual.client,
        task_queue=queue,
        workflows=[HalfYearRound],
        activities=[register.round_due, register.begin_round],
        workflow_runner=runner(),
    ):
        handle = await virtual.client.start_workflow(
            HalfYearRound.run, RoundOrder("d"), id=queue, task_queue=queue
        )
        if days:
            await virtual.fast_forward(handle, timedelta(days=days))
        return await asyncio.wait_for(handle.result(), 20)


async def test_it_waits_for_its_working_day_and_asks_the_calendar_again_every_day(virtual):
    now = datetime.now(UTC)
    register = Register(now + timedelta(days=1, hours=12), now + timedelta(days=2, hours=12))
    assert await run(virtual, register, 3) == "cycle"
    assert (register.asked, register.begun) == (4, 1)


async def test_where_the_rulebook_begins_none_any_more_nothing_begins(virtual):
    register = Register(None)
    assert await run(virtual, register, 0) == ""
    assert register.begun == 0


async def test_a_district_that_counts_its_residents_has_a_schedule_of_two_months(stack, database):
    client = await connections.temporal(stack.settings)
    first, second = (RoundSchedules(client, f"half-{uuid4().hex[:8]}") for _ in range(2))
    assert str(GULOU) in await first.keep()
    assert await first.keep() == []
    assert str(GULOU) in await second.keep(), "another worker finds it there"
    handle = client.get_schedule_handle(round_schedule_id(str(GULOU)))
    times = (await handle.describe()).info.next_action_times
    local = [at + timedelta(hours=8) for at in times]
    assert {(at.month, at.day, at.hour) for at in local} == {(4, 1, 9), (10, 1, 9)}
    await handle.delete()


async def test_a_round_and_its_cycle_begin_once_however_often_the_schedule_fires(stack, database):
    client = await connections.temporal(stack.settings)
    queue, order = f"half-{uuid4().hex[:8]}", RoundOrder(str(GULOU), APRIL)
    async with calling_worker(client, queue):
        begun = {
            await client.execute_workflow(HalfYearRound.run, order, id=f"{queue}-{n}", task_queue=queue)
            for n in range(2)
        }
    (cycle,) = begun
    row = await db.row(
        """
        SELECT s.code, s.status, s.opens_at, s.closes_at, c.step FROM rectification_cycles c
        JOIN surveys s ON s.id = c.survey_id WHERE c.id = $1
        """,
        UUID(cycle),
    )
    assert (row["code"], row["status"], row["step"]) == ("2026H1", "DRAFT", "SOLICIT")
    assert row["opens_at"] == APRIL, "a Wednesday, at nine"
    assert row["closes_at"] > row["opens_at"] + timedelta(days=20)
    assert (
        await db.value("SELECT count(*) FROM surveys WHERE district_id = $1 AND code = '2026H1'", GULOU) == 1
    )
    await db.execute("DELETE FROM outbox WHERE cycle_id = $1", UUID(cycle))
