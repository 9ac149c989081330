"""The monthly bulletin: moved to its working day, published once, on a schedule for each district."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest_asyncio
from temporalio import activity
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Worker

from infra import connections, worker
from models.policy.bulletin.period import month_before
from models.queries import bulletins, db
from models.rulebooks.loader import load
from models.terms import derived_id
from workflows.bulletin import (
    BULLETIN_DUE,
    PUBLISH_BULLETIN,
    BulletinDue,
    BulletinOrder,
    DueQuestion,
    MonthlyBulletin,
)
from workflows.schedules import Monthly, Schedules, schedule_id
from workflows.worker import calling_worker, runner

JINJIANG = derived_id("district", "jinjiang")


class Register:
    """Stands for the database: when the bulletin is due, by what the calendar says at each question."""

    def __init__(self, *due: datetime | None) -> None:
        self.due = list(due)
        self.asked: list[DueQuestion] = []
        self.published: list[str] = []

    @activity.defn(name=BULLETIN_DUE)
    async def bulletin_due(self, question: DueQuestion) -> BulletinDue:
        self.asked.append(question)
        return BulletinDue(question.month or "2026-03", self.due.pop(0) if len(self.due) > 1 else self.due[0])

    @activity.defn(name=PUBLISH_BULLETIN)
    async def publish_bulletin(self, order: BulletinOrder) -> list[str]:
        self.published.append(order.month)
        return ["table"]


async def run(virtual, register: Register, days: float) -> list[str]:
    """One bulletin under virtual time, once `days` have passed."""
    queue = f"bulletin-{uuid4().hex[:8]}"
    activities = [register.bulletin_due, register.publish_bulletin]
    async with Worker(
        virtual.client,
        task_queue=queue,
        workflows=[MonthlyBulletin],
        activities=activities,
        workflow_runner=runner(),
    ):
        handle = await virtual.client.start_workflow(
            MonthlyBulletin.run, BulletinOrder("d"), id=queue, task_queue=queue
        )
        if days:
            await virtual.fast_forward(handle, timedelta(days=days))
        return await asyncio.wait_for(handle.result(), 20)


async def test_a_bulletin_that_is_due_is_published_at_once(virtual):
    register = Register(datetime.now(UTC) - timedelta(hours=1))
    assert await run(virtual, register, 0) == ["table"]
    assert register.published == ["2026-03"]


async def test_it_waits_for_its_working_day_and_asks_the_calendar_again_every_day(virtual):
    now = datetime.now(UTC)
    register = Register(now + timedelta(days=1, hours=12), now + timedelta(days=2, hours=12))
    assert await run(virtual, register, 3) == ["table"]
    assert [question.month for question in register.asked] == ["", "2026-03", "2026-03", "2026-03"]
    assert register.published == ["2026-03"], "a holiday that was announced meanwhile moved it, once"


async def test_where_the_rulebook_publishes_none_any_more_nothing_is_published(virtual):
    register = Register(None)
    assert await run(virtual, register, 0) == []
    assert register.published == []


# Schedules ----------------------------------------------------------------------------------------


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client(stack, database) -> AsyncIterator[Client]:
    yield await connections.temporal(stack.settings)


def test_a_zone_is_named_as_temporal_names_it():
    assert Monthly("k", 5, 540, 480).zone == "Etc/GMT-8"
    assert Monthly("k", 5, 540, -300).zone == "Etc/GMT+5"
    assert Monthly("k", 5, 540, 0).zone == "UTC"


async def test_every_district_has_one_schedule_however_often_it_is_made(client, stack):
    queue = f"schedules-{uuid4().hex[:8]}"
    first, second = Schedules(client, queue), Schedules(client, queue)
    assert str(JINJIANG) in await first.keep()
    assert await first.keep() == []
    handle = client.get_schedule_handle(schedule_id(str(JINJIANG)))
    await handle.pause(note="looked at")
    assert str(JINJIANG) in await second.keep(), "another worker finds it and leaves it as it is"
    found = await handle.describe()
    assert found.schedule.state.paused, "what an operator paused stays paused"
    wanted = load("jinjiang").rulebook.publishing
    zone = load("jinjiang").rulebook.calendar.zone
    at = found.info.next_action_times[0].astimezone(zone)
    assert (at.day, at.hour * 60 + at.minute) == (wanted.day, wanted.minute)
    await handle.delete()


async def test_a_schedule_that_fires_publishes_the_month_before(client, stack):
    queue = f"fires-{uuid4().hex[:8]}"
    await Schedules(client, queue).keep()
    handle = client.get_schedule_handle(schedule_id(str(JINJIANG)))
    under = await bulletins.active(JINJIANG)
    # Days before the rulebook's day of the month would wait for it: the month asked for is long over.
    of = month_before(month_before(datetime.now(UTC), under.rulebook.calendar).begins(
        under.rulebook.calendar), under.rulebook.calendar)  # fmt: skip
    async with calling_worker(client, queue):
        done = await client.execute_workflow(
            MonthlyBulletin.run,
            BulletinOrder(str(JINJIANG), of.name),
            id=f"by-hand-{queue}",
            task_queue=queue,
        )
        again = await client.execute_workflow(
            MonthlyBulletin.run, BulletinOrder(str(JINJIANG), of.name), id=f"again-{queue}", task_queue=queue
        )
        await handle.trigger()
        async with asyncio.timeout(30):
            while not (await handle.describe()).info.recent_actions:
                await asyncio.sleep(0.2)
    assert len(done) == 3
    assert again == done
    sql = "SELECT count(*) FROM bulletins WHERE district_id = $1 AND period = $2"
    assert await db.value(sql, JINJIANG, of.name) == 3
    (action,) = (await handle.describe()).info.recent_actions
    assert action.action.workflow_id.startswith(schedule_id(str(JINJIANG)))
    await handle.delete()


class Kept:
    """Stands for the schedules: the database is away once, then Temporal, and then it is asked to stop."""

    def __init__(self, told: asyncio.Event) -> None:
        self.told, self.asked = told, 0

    async def keep(self) -> list[str]:
        self.asked += 1
        match self.asked:
            case 1:
                raise OSError("the database is away")
            case 2:
                raise RPCError("Temporal is away", RPCStatusCode.UNAVAILABLE, b"")
        self.told.set()
        return []


async def test_the_worker_keeps_schedules_whatever_is_away(monkeypatch):
    monkeypatch.setattr(worker, "SCHEDULES_SECONDS", 0.01)
    kept = Kept(told := asyncio.Event())
    await asyncio.wait_for(worker._keep(told, kept), 5)
    assert kept.asked == 3
