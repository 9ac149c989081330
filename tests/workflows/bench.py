"""One running case, and the questions tests ask of it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer

from models.policy import orders
from models.policy.calendar import Calendar
from models.policy.duty import Holder
from models.queries import cases, commands, db
from models.rulebooks.geography import department_id
from models.terms import Criterion, Level, UnitKind
from tests.workflows.ground import CALENDAR, ZONE, arguments, busy, issue_on_record, ordered
from workflows.calling import Calling
from workflows.contracts import DEPARTMENTS, DISTRICT, DUE, LEVEL, OVERDUE, STAGE, STREET, Outcome
from workflows.worker import calling_worker, runner

KEYS = count()
FULL_MARKS = {criterion.value: 20 for criterion in Criterion}
SIGNERS = [str(uuid4()), str(uuid4())]
ANSWER = "路灯已全部修复"
SHOWN = {
    "district": DISTRICT,
    "street": STREET,
    "departments": DEPARTMENTS,
    "stage": STAGE,
    "level": LEVEL,
    "due": DUE,
    "overdue": OVERDUE,
}

Told = tuple[str, str, datetime]
"""A notice as (duty kind, who and percent, the instant it was owed)."""


class Bench:
    """`async with Bench(env) as case`: a case, its clock and, without a shared `queue`, its worker."""

    def __init__(
        self,
        env: WorkflowEnvironment,
        level: Level = Level.GENERAL,
        calendar: Calendar = CALENDAR,
        queue: str | None = None,
        record: cases.CaseOnRecord | None = None,
    ) -> None:
        self.env, self.level, self.calendar = env, level, calendar
        self.queue, self._own = queue or f"test-{uuid4().hex[:8]}", queue is None
        self.record = record
        self.lighting = str(department_id("jinjiang", "lighting"))
        self.handle: WorkflowHandle[Any, Any]

    async def work(self) -> None:
        self.worker = calling_worker(self.env.client, self.queue)
        self._running = asyncio.create_task(self.worker.run())

    async def rest(self) -> None:
        await self.worker.shutdown()
        await self._running

    async def __aenter__(self) -> Bench:
        self.record = self.record or await issue_on_record(self.level)
        self.issue, self.street = self.record.id, str(self.record.street)
        if self._own:
            await self.work()
        self.handle = await self.env.client.start_workflow(
            **await arguments(self.record, self.calendar, self.queue)
        )
        return self

    async def __aexit__(self, kind, *_) -> None:
        if kind is None:
            await self.replay()
        if self._own:
            await self.rest()

    async def history(self):
        """Of the run that is or was the last."""
        run = (await self.handle.describe()).run_id
        return await self.env.client.get_workflow_handle(self.handle.id, run_id=run).fetch_history()

    async def replay(self) -> None:
        """Every test of a case is a replay test of its history too."""
        replayer = Replayer(workflows=[Calling], workflow_runner=runner())
        await replayer.replay_workflow(await self.history())

    # Orders -------------------------------------------------------------------------------------------

    def by(self, person: str | None = None) -> orders.Actor:
        return orders.Actor(str(commands.command_id(f"test-{self.issue}", str(next(KEYS)))), person=person)

    async def saying(self, **texts: str) -> orders.Actor:
        """The actor of a command whose words are on record, as the edge puts them there."""
        by = self.by()
        await commands.receive(
            UUID(by.command),
            actor="test",
            name="TEST",
            fingerprint="f",
            issue=self.issue,
            texts=texts,
            now=datetime.now(UTC),
        )
        return by

    async def order(self, update, order) -> Outcome:
        return await ordered(self.handle, update, order)

    async def refused(self, update, order) -> str:
        """The code an order is refused with; fails where it is not refused."""
        try:
            await self.order(update, order)
        except WorkflowUpdateFailedError as failure:
            return failure.cause.type
        raise AssertionError("the order was taken")

    async def assess(self, level: Level = Level.GENERAL) -> None:
        team = Holder(UnitKind.STREET, self.street) if level is Level.SIMPLE else None
        await self.order(Calling.assess, orders.Assess(self.by(), level, team))

    async def call(self, by: orders.Actor | None = None) -> str:
        """Calls the lighting department; returns the assignment."""
        order = orders.CallDepartments(by or self.by(), str(uuid4()), [self.lighting])
        await self.order(Calling.call, order)
        return await self.assignment()

    async def called(self) -> str:
        await self.assess()
        return await self.call()

    async def handled(self) -> str:
        """Brought to where somebody must verify; returns the assignment."""
        if self.level is Level.SIMPLE:
            await self.assess(Level.SIMPLE)
            assignment = await self.assignment()
        else:
            assignment = await self.called()
            await self.step(Calling.accept, assignment)
            await self.step(Calling.report_in, assignment)
        await self.step(Calling.complete, assignment)
        return assignment

    async def verify(self, passed: bool = True, answered: bool = True) -> None:
        by = await self.saying(answer=ANSWER)
        await self.order(Calling.verify, orders.Verify(by, passed, answered=passed and answered))

    async def review(self, assignment: str) -> None:
        await self.order(Calling.review, orders.Review(self.by(), assignment, FULL_MARKS, SIGNERS))

    async def assignment(self) -> str:
        return str(await db.value("SELECT id FROM assignments WHERE issue_id = $1", self.issue))

    async def step(self, update, assignment: str, person: str | None = None) -> Outcome:
        return await self.order(update, orders.OnAssignment(self.by(person), assignment))

    async def to(self, instant: datetime) -> None:
        """Moves the case's clock to `instant`."""
        await self.env.fast_forward(self.handle, instant - await self.env.get_current_time(self.handle))

    # Questions ----------------------------------------------------------------------------------------

    async def told(self) -> list[Told]:
        """Every notice in timeline order."""
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

    async def duty(self, kind: str) -> Any:
        """The row of the last duty of this kind."""
        return await db.row(
            """
            SELECT * FROM duties WHERE issue_id = $1 AND kind = $2 ORDER BY opened_at DESC, key DESC LIMIT 1
            """,
            self.issue,
            kind,
        )

    async def written(self, seq: int) -> None:
        """Waits until the case's line `seq` is on record."""
        async with asyncio.timeout(20):
            while await db.value("SELECT seq FROM issues WHERE id = $1", self.issue) < seq:
                await asyncio.sleep(0.02)

    async def notified(self) -> list[tuple[str, str, bool, int]]:
        """Every notification as (target, role of the post, whether it is a head's, percent)."""
        rows = await db.rows(
            """
            SELECT n.target, p.role, p.head, n.percent FROM notifications n JOIN posts p ON p.id = n.post_id
            WHERE n.issue_id = $1 ORDER BY n.owed_at, n.percent, p.head DESC
            """,
            self.issue,
        )
        return [tuple(r) for r in rows]

    async def shown(self) -> dict[str, Any]:
        """What operators see once it rests: search attributes by lower-case name; an unset one is None."""
        async with asyncio.timeout(20):
            while busy(found := await self.handle.describe()):
                await asyncio.sleep(0.02)
        return {name: found.typed_search_attributes.get(key) for name, key in SHOWN.items()}

    async def due_everywhere(self) -> set[datetime | None]:
        """The due time as the server, the issue's row and its duties' rows have it: one, if all is well."""
        attribute = (await self.shown())["due"]
        return {
            attribute,
            await db.value("SELECT due_at FROM issues WHERE id = $1", self.issue),
            await db.value(
                "SELECT min(due_at) FROM duties WHERE issue_id = $1 AND status IN ('OPEN', 'SUSPENDED')",
                self.issue,
            ),
        }
