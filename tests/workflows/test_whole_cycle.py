"""The mechanisms of the cycle on a real server, in virtual time: joint handling, disputes, moved deadlines,
dissatisfied reporters, merging, appeals."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from models.policy import orders
from models.policy.duty import Holder
from models.policy.orders import Task
from models.queries import appeals, cases, db
from models.rulebooks.geography import department_id
from models.terms import (
    AppealOutcome,
    Level,
    Rating,
    ReportSource,
    ReturnOutcome,
    Role,
    UnitKind,
)
from tests.workflows.bench import FULL_MARKS, SIGNERS, Bench
from tests.workflows.ground import at, issue_on_record
from workflows.appeal import Appeal
from workflows.calling import Calling
from workflows.gateway import CallingGateway
from workflows.starting import appeal_arguments

LIGHTING, PARKS, WATER = (str(department_id("jinjiang", key)) for key in ("lighting", "parks", "water"))
ALL = (LIGHTING, PARKS, WATER)


class Joint(Bench):
    """A case that several departments handle."""

    async def parts(self) -> dict[str, str]:
        """The part of each department by its id."""
        rows = await db.rows(
            "SELECT id, unit_id FROM assignments WHERE issue_id = $1 ORDER BY position", self.issue
        )
        return {str(row["unit_id"]): str(row["id"]) for row in rows}

    async def dispatched(self, *departments: str) -> dict[str, str]:
        """COMPLEX: assessed, called by the street and dispatched by the office."""
        await self.assess(Level.COMPLEX)
        named = list(departments or ALL)
        call = orders.CallDepartments(self.by(), str(uuid4()), named)
        await self.order(Calling.call, call)
        office = orders.Actor(self.by().command, role=Role.RESPONSE_OFFICE)
        await self.order(Calling.dispatch, orders.Dispatch(office, named))
        return await self.parts()

    async def on_site(self, *parts: str) -> None:
        for part in parts:
            await self.step(Calling.accept, part)
            await self.step(Calling.report_in, part)

    async def open_duties(self) -> list[tuple[str, datetime | None]]:
        rows = await db.rows(
            """
            SELECT kind, due_at FROM duties WHERE issue_id = $1 AND status IN ('OPEN', 'SUSPENDED')
            ORDER BY due_at, kind
            """,
            self.issue,
        )
        return [tuple(row) for row in rows]

    async def stage(self) -> str:
        return str(await db.value("SELECT stage FROM issues WHERE id = $1", self.issue))


def near(instants: set[datetime | None], instant: datetime) -> bool:
    """One instant everywhere, and this one: a clock that was moved is some milliseconds on."""
    (one,) = instants
    return one is not None and abs((one - instant).total_seconds()) < 5


def tasks(*due: tuple[str, datetime]) -> list[Task]:
    return [Task(part, instant) for part, instant in due]


@pytest.fixture
def case(virtual, crew):
    return lambda level=Level.GENERAL, **more: Joint(virtual, level, queue=crew, **more)


async def test_two_dispatches_and_three_clocks_at_once(case):
    async with case(Level.COMPLEX) as one:
        parts = await one.dispatched()
        await one.on_site(*parts.values())
        lighting, parks, water = parts.values()
        due = tasks((lighting, at(3, "12:00")), (parks, at(4, "12:00")), (water, at(5, "12:00")))
        by = await one.saying(
            **{f"task:{lighting}": "换灯", f"task:{parks}": "修枝", f"task:{water}": "疏通"}
        )
        await one.order(Calling.propose_plan, orders.ProposePlan(by, lighting, parks, due))
        for part in (parks, water):
            await one.order(Calling.agree_plan, orders.AgreePlan(one.by(), part, by.command))
        assert await one.open_duties() == [("HANDLE", at(n, "12:00")) for n in (3, 4, 5)]
        assert await one.due_everywhere() == {at(3, "12:00")}
        assert (await one.shown())["departments"] == [PARKS, LIGHTING, WATER]
        rows = await db.rows(
            "SELECT task, lead FROM assignments WHERE issue_id = $1 ORDER BY position", one.issue
        )
        assert [tuple(row) for row in rows] == [("换灯", False), ("修枝", True), ("疏通", False)]
        await one.to(at(4, "12:30"))
        breaches = [told for told in await one.told() if told[:2] == ("HANDLE", "HEAD 100")]
        assert [owed for _, _, owed in breaches] == [at(3, "12:00"), at(4, "12:00")]
        for part in (lighting, parks):
            await one.step(Calling.complete, part)
        assert await one.stage() == "HANDLING", "the issue is resolved when all tasks are"
        await one.step(Calling.complete, water)
        await one.verify()
        for part in parts.values():
            await one.review(part)
        assert await one.handle.result() == "FILED"


async def test_a_plan_nobody_agrees_to_is_decided_by_the_office(case):
    async with case(Level.COMPLEX) as one:
        parts = await one.dispatched()
        lighting, parks, _ = parts.values()
        await one.on_site(lighting, parks)
        plan = one.by()
        due = [Task(part, at(8, "17:30")) for part in parts.values()]
        await one.order(Calling.propose_plan, orders.ProposePlan(plan, lighting, lighting, due))
        await one.to(at(5, "09:30"))
        decide = await one.duty("DECIDE_PLAN")
        assert (decide["opened_at"], decide["due_at"]) == (at(4, "17:30"), at(5, "17:30"))
        assert (await one.duty("PLAN"))["status"] == "CANCELLED"
        await one.order(Calling.decide_plan, orders.DecidePlan(await one.saying(note="限期办结"), parks, due))
        kinds = [kind for kind, _ in await one.open_duties()]
        assert kinds == ["ACCEPT", "HANDLE", "HANDLE", "HANDLE"], "who is not there still owes that, too"
        rows = await db.rows(
            "SELECT status, note FROM plans WHERE issue_id = $1 ORDER BY proposed_at", one.issue
        )
        assert [tuple(row) for row in rows] == [("VOIDED", None), ("DECIDED", "限期办结")]


async def test_critical_goes_top_down_on_clock_time(case):
    async with case(Level.GENERAL) as one:
        await one.written(1)
        start = (await one.duty("ASSESS"))["opened_at"]
        await one.assess(Level.CRITICAL)
        dispatch = await one.duty("DISPATCH")
        assert dispatch["clock"] == "CLOCK"
        assert (dispatch["due_at"] - dispatch["opened_at"]).total_seconds() == 1800, "on a day off"
        assert dispatch["holder_kind"] == "LEADER"
        leader = orders.Actor(one.by().command, role=Role.DISTRICT_LEADER)
        await one.order(Calling.dispatch, orders.Dispatch(leader, [WATER, PARKS]))
        water, _ = (await one.parts()).values()
        assert await one.refused(Calling.send_back, orders.Return(one.by(), water)) == "WRONG_LEVEL"
        await one.step(Calling.accept, water)
        report_in = await one.duty("REPORT_IN")
        assert (report_in["due_at"] - report_in["opened_at"]).total_seconds() == 7200
        assert start < report_in["opened_at"]
        assert (await one.shown())["level"] == "CRITICAL"


async def test_a_return_is_solved_first_and_disputed_after(case):
    async with case() as one:
        part = await one.called()
        grounds = await one.saying(note="不属于我单位职责")
        await one.order(Calling.send_back, orders.Return(grounds, part, WATER))
        assert [kind for kind, _ in await one.open_duties()] == ["ADJUDICATE_RETURN"]
        solve = orders.Adjudicate(
            await one.saying(note="先解决问题"), part, ReturnOutcome.SOLVE_FIRST, LIGHTING
        )
        await one.order(Calling.adjudicate, solve)
        assert await one.refused(Calling.send_back, orders.Return(one.by(), part)) == "WRONG_STATUS"
        assert await one.open_duties() == [("ACCEPT", at(1, "14:30"))]
        row = await db.row(
            """
            SELECT t.key, r.grounds, r.outcome, r.reason, r.suggested_id::text, r.named_id::text
            FROM returns r JOIN items t ON t.id = r.item_id WHERE r.issue_id = $1
            """,
            one.issue,
        )
        assert tuple(row) == (
            "street_light", "不属于我单位职责", "SOLVE_FIRST", "先解决问题", WATER, LIGHTING,
        )  # fmt: skip


async def test_an_extension_moves_one_deadline_and_a_suspension_all(case):
    async with case() as one:
        part = await one.called()
        await one.on_site(part)
        before = (await one.duty("HANDLE"))["due_at"]
        await one.to(at(1, "10:00"))
        until, why = at(9, "17:30"), await one.saying(note="缺配件")
        await one.order(Calling.ask_extension, orders.AskExtension(why, part, until))
        assert (await one.duty("DECIDE_EXTENSION"))["holder_kind"] == "OFFICE"
        assert near(await one.due_everywhere(), at(1, "15:30"))
        await one.order(Calling.decide_extension, orders.DecideExtension(one.by(), part, True))
        assert before < until
        assert near(await one.due_everywhere(), until)
        await one.order(Calling.suspend, orders.Pause(await one.saying(note="台风")))
        assert await one.due_everywhere() == {None}
        assert await one.refused(Calling.complete, orders.OnAssignment(one.by(), part)) == "WRONG_STATUS"
        await one.to(at(4, "10:00"))
        await one.order(Calling.resume, orders.Pause(await one.saying(note="台风已过")))
        assert near(await one.due_everywhere(), at(11, "17:30")), "two working days were lost, and a holiday"
        row = await db.row("SELECT reason, resumed_reason FROM suspensions WHERE issue_id = $1", one.issue)
        assert tuple(row) == ("台风", "台风已过")


async def test_a_part_is_handed_over_once_the_other_accepts(case):
    async with case() as one:
        part = await one.called()
        await one.on_site(part)
        to, why = Holder(UnitKind.DEPARTMENT, PARKS), await one.saying(note="按职责")
        await one.order(Calling.offer_handover, orders.OfferHandover(why, part, to))
        holder = "SELECT holder_id::text FROM duties WHERE issue_id = $1 AND status = 'OPEN'"
        assert await db.value(holder, one.issue) == LIGHTING
        facts = (await cases.case(one.issue)).access(part)  # type: ignore[union-attr]
        assert (str(facts.handler.id), str(facts.receiver.id)) == (LIGHTING, PARKS)
        await one.step(Calling.accept_handover, part)
        assert await db.value(holder, one.issue) == PARKS
        assert (await one.shown())["departments"] == [PARKS]


async def test_a_dissatisfied_reporter_reopens_it_once(case):
    record = await issue_on_record(source=ReportSource.RESIDENT)
    async with case(record=record) as one:
        part = await one.handled()
        await one.verify()
        (report,) = record.reports
        rate = orders.Rate(await one.saying(comment="灯还是不亮"), report.id, Rating.DISSATISFIED)
        await one.order(Calling.rate, rate)
        assert [kind for kind, _ in await one.open_duties()] == ["HANDLE"]
        await one.step(Calling.complete, part)
        await one.verify()
        await one.review(part)
        assert [kind for kind, _ in await one.open_duties()] == ["FOLLOW_UP"]
        await one.order(Calling.follow_up, orders.Rate(one.by(), report.id, Rating.UNREACHED))
        assert await one.handle.result() == "FILED"
        rows = await db.rows(
            "SELECT rating, comment FROM ratings WHERE issue_id = $1 ORDER BY round", one.issue
        )
        assert [tuple(row) for row in rows] == [("DISSATISFIED", "灯还是不亮"), ("UNREACHED", None)]


async def test_five_reports_of_one_problem_are_one_issue_and_one_is_split_off_again(case):
    async with case() as into, case() as a, case() as b, case() as c, case() as d:
        for one in (a, b, c, d):
            await one.order(Calling.merge, orders.Merge(one.by(), str(into.issue)))
            assert await one.handle.result() == "CANCELLED"
        again = orders.Merge(into.by(), str(a.issue))
        assert await into.refused(Calling.merge, again) == "WRONG_STAGE", "it has ended"
        rows = await db.rows(
            "SELECT id, origin_issue_id FROM reports WHERE issue_id = $1 ORDER BY reported_at", into.issue
        )
        assert [row["origin_issue_id"] for row in rows] == [None, a.issue, b.issue, c.issue, d.issue]
        merged = "SELECT count(*) FROM issues WHERE merged_into_id = $1"
        assert await db.value(merged, into.issue) == 4
        split = orders.Split(into.by(), str(rows[4]["id"]))
        await into.order(Calling.split, split)
        part = await into.handled()
        await into.verify()
        await into.review(part)
        assert await into.handle.result() == "FILED"
        answered = "SELECT count(*) FROM answers WHERE issue_id = $1"
        assert await db.value(answered, into.issue) == 4, "each reporter has an answer of their own"
        fresh = "SELECT id FROM issues WHERE split_from_id = $1 AND stage = 'COLLECTED'"
        await db.execute("DELETE FROM outbox WHERE issue_id = $1", await db.value(fresh, into.issue))


# Appeals ---------------------------------------------------------------------------------------------------


async def filed(one: Joint) -> str:
    part = await one.handled()
    await one.verify()
    await one.order(Calling.review, orders.Review(one.by(), part, {**FULL_MARKS, "OUTCOME": 5}, SIGNERS))
    assert await one.handle.result() == "FILED"
    return part


@pytest.mark.parametrize(
    ("outcome", "scores", "total"),
    [(AppealOutcome.UPHELD, {}, None), (AppealOutcome.CHANGED, FULL_MARKS, 100)],
)
async def test_a_department_appeals_once_and_the_office_decides(case, virtual, crew, outcome, scores, total):
    async with case() as one:
        part = await filed(one)
        record = await appeals.appeal(UUID(part))
        assert record is not None
        gateway = CallingGateway(virtual.client, task_queue=crew)
        lodged = await gateway.appeal(record, orders.Appeal(await one.saying(note="评分与事实不符")))
        assert (await appeals.appeal(UUID(part))).seq == 1  # type: ignore[union-attr]
        assert lodged.seq == 1
        duty = await one.duty("APPEAL")
        assert (duty["holder_kind"], duty["status"]) == ("OFFICE", "OPEN")
        second: Any = await gateway.appeal(record, orders.Appeal(one.by()))
        assert second.code.value == "TOO_MANY"
        after = await appeals.appeal(UUID(part))
        assert after is not None
        await gateway.decide_appeal(
            after, orders.DecideAppeal(await one.saying(note="复核"), outcome, scores)
        )
        row = await db.row(
            "SELECT grounds, outcome, total, reason FROM appeals WHERE issue_id = $1", one.issue
        )
        assert tuple(row) == ("评分与事实不符", outcome.value, total, "复核")
        assert (await one.entries())[-3:] == ["FILED", "APPEALED", "APPEAL_DECIDED"]
        seqs = await db.rows("SELECT seq FROM timeline_entries WHERE issue_id = $1 ORDER BY seq", one.issue)
        assert [row["seq"] for row in seqs] == list(range(1, len(seqs) + 1))


async def test_an_appeal_that_temporal_has_lost_goes_on_from_its_row(case, virtual, growing, crew):
    async with case() as one:
        part = await filed(one)
        record = await appeals.appeal(UUID(part))
        gateway = CallingGateway(virtual.client, task_queue=crew)
        await gateway.appeal(record, orders.Appeal(one.by()))
        lost = virtual.client.get_workflow_handle(f"appeal/{part}")
        await lost.terminate()
    again = await appeals.appeal(UUID(part))
    async with Bench(growing) as other:  # for its worker
        start = await appeal_arguments(again, other.queue)
        handle = await growing.client.start_workflow(**start)
        decision = orders.DecideAppeal(other.by(), AppealOutcome.UPHELD)
        await handle.execute_update(Appeal.decide, decision, id=decision.by.command)
        assert await handle.result() == "UPHELD"
    assert await db.value("SELECT outcome FROM appeals WHERE assignment_id = $1", UUID(part)) == "UPHELD"


async def test_a_plan_whose_time_is_up_is_not_handed_over_but_the_office_s(virtual):
    """The order comes while no worker runs, and is taken up before anybody was told of the breach."""
    async with Joint(virtual) as case:
        await case.dispatched(LIGHTING, PARKS)
        plan = await case.duty("PLAN")
        await case.to(plan["due_at"] - timedelta(minutes=10))
        await case.rest()
        skip = asyncio.create_task(case.to(plan["due_at"] + timedelta(minutes=10)))
        await asyncio.sleep(0.3)
        order = orders.HandOver(case.by(), plan["key"], Holder(UnitKind.DEPARTMENT, PARKS))
        late = asyncio.create_task(case.refused(Calling.hand_over, order))
        await asyncio.sleep(0.3)
        await case.work()
        assert await late == "NOT_FOUND"
        await skip
        assert (await case.duty("DECIDE_PLAN"))["opened_at"] == plan["due_at"]
        assert "HANDED_OVER" not in await case.entries()
