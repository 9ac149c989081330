"""One running case in virtual time, and the questions tests ask of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID, uuid4

from temporalio.client import WorkflowUpdateFailedError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer

from models.policy import orders
from models.policy.calendar import Calendar
from models.policy.duty import Holder
from models.queries import cases, commands, db, reporting
from models.rulebooks.geography import department_id
from models.terms import Level, ReportSource, UnitKind
from workflows.calling import Calling
from workflows.contracts import Outcome
from workflows.starting import start_arguments
from workflows.worker import calling_worker, runner

ZONE = Calendar("zone", []).zone
TODAY = datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)


def day(n: int) -> str:
    return (TODAY + timedelta(days=n)).date().isoformat()


def at(n: int, clock: str) -> datetime:
    """The instant `clock` on day `n` of the test's calendar."""
    return datetime.fromisoformat(f"{day(n)}T{clock}:00+08:00")


CALENDAR = Calendar(
    "test",
    [(540, 720), (810, 1050)],
    off=[day(0), day(2)],
    on=[day(n) for n in range(1, 120) if n != 2],
    official_until=day(200),
)
"""Only days 1, 3, 4, 5 … work: whenever the suite runs, clocks start at day 1 09:00, day 2 is a holiday."""

LIGHTS = "street_light"
KEYS = count()


async def issue_on_record(category: str, level: Level) -> cases.CaseOnRecord:
    """A fresh issue in the database, as `reportIssue` leaves it."""
    street = await db.row(
        "SELECT id, district_id FROM streets WHERE code LIKE '510104%' ORDER BY code LIMIT 1"
    )
    under = await reporting.active(street["district_id"], category)
    assert under is not None
    command = uuid4()
    new = reporting.NewReport(
        place=reporting.Place(street["district_id"], street["id"], None, None),
        category=category,
        title="路灯不亮",
        where="成龙大道一段",
        description="",
        grams=[],
        source=ReportSource.PATROL,
        longitude=None,
        latitude=None,
        happened_at=None,
        external_ticket=None,
        reporter=None,
        reporter_name=None,
        reporter_phone=None,
    )
    received = await reporting.report(
        new,
        replace(under, level=level),
        command=command,
        actor="test",
        fingerprint="f",
        request=None,
        now=datetime.now(UTC),
    )
    assert received.result is not None
    await db.execute("DELETE FROM outbox WHERE issue_id = $1", received.result)
    found = await cases.case(received.result)
    assert found is not None
    return found


class Bench:
    """`async with Bench(env) as case`: a case, its worker, and its clock."""

    def __init__(
        self, env: WorkflowEnvironment, level: Level = Level.GENERAL, calendar: Calendar = CALENDAR
    ) -> None:
        self.env, self.level, self.calendar = env, level, calendar
        self.lighting = str(department_id("jinjiang", "lighting"))

    async def work(self) -> None:
        self.worker = calling_worker(self.env.client, self.queue)
        self._running = asyncio.create_task(self.worker.run())

    async def rest(self) -> None:
        await self.worker.shutdown()
        await self._running

    async def __aenter__(self) -> Bench:
        self.queue = f"test-{uuid4().hex[:8]}"
        record = await issue_on_record(LIGHTS, self.level)
        self.issue = record.id
        arguments = dict(await start_arguments(record))
        state = arguments["arg"]
        arguments["arg"] = replace(state, rules=replace(state.rules, calendar=self.calendar))
        await self.work()
        self.handle = await self.env.client.start_workflow(**arguments | {"task_queue": self.queue})
        return self

    async def __aexit__(self, kind, *_) -> None:
        if kind is None:
            await self.replay()
        await self.rest()

    async def replay(self) -> None:
        """Every test of a case is a replay test of its history too."""
        described = await self.handle.describe()
        history = await self.env.client.get_workflow_handle(
            self.handle.id, run_id=described.run_id
        ).fetch_history()
        await Replayer(workflows=[Calling], workflow_runner=runner()).replay_workflow(history)

    def by(self, person: str | None = None) -> orders.Actor:
        return orders.Actor(str(commands.command_id(f"test-{self.issue}", str(next(KEYS)))), person=person)

    async def order(self, update, order) -> Outcome:
        return await self.handle.execute_update(update, order, id=order.by.command)

    async def refused(self, update, order) -> str:
        """The code an order is refused with; fails where it is not refused."""
        try:
            await self.order(update, order)
        except WorkflowUpdateFailedError as failure:
            return failure.cause.type
        raise AssertionError("the order was taken")

    async def assess(self, level: Level = Level.GENERAL) -> None:
        team = Holder(UnitKind.STREET, str(await self._street())) if level is Level.SIMPLE else None
        await self.order(Calling.assess, orders.Assess(self.by(), level, team))

    async def call(self) -> str:
        """Calls the lighting department; returns the assignment."""
        await self.order(Calling.call, orders.CallDepartment(self.by(), str(uuid4()), self.lighting))
        return await self.assignment()

    async def called(self) -> str:
        await self.assess()
        return await self.call()

    async def assignment(self) -> str:
        return str(await db.value("SELECT id FROM assignments WHERE issue_id = $1", self.issue))

    async def step(self, update, assignment: str, person: str | None = None) -> Outcome:
        return await self.order(update, orders.OnAssignment(self.by(person), assignment))

    async def to(self, instant: datetime) -> None:
        """Moves the case's clock to `instant`."""
        await self.env.fast_forward(self.handle, instant - await self.env.get_current_time(self.handle))

    async def _street(self) -> UUID:
        return await db.value("SELECT street_id FROM issues WHERE id = $1", self.issue)

    async def told(self) -> list[tuple[str, str, datetime]]:
        """Every notice as (duty kind, who and percent, the instant it was owed), in timeline order."""
        rows = await db.rows(
            """
            SELECT data, owed_at FROM timeline_entries
            WHERE issue_id = $1 AND kind IN ('REMINDED', 'BREACHED', 'ESCALATED') ORDER BY seq
            """,
            self.issue,
        )
        return [
            (
                r["data"]["duty"],
                f"{r['data']['target']} {r['data']['percent']}",
                r["owed_at"].astimezone(ZONE),
            )
            for r in rows
        ]

    async def entries(self) -> list[str]:
        rows = await db.rows("SELECT kind FROM timeline_entries WHERE issue_id = $1 ORDER BY seq", self.issue)
        return [r["kind"] for r in rows]
