"""A case that Temporal has lost is whole again from its projection, whatever was under way."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from models.policy import orders
from models.policy.calling import CallingCase
from models.policy.duty import Holder
from models.policy.orders import Task
from models.queries import db, projection
from models.terms import Command, Level, Rating, ReportSource, ReturnOutcome, Role, UnitKind
from tests.workflows.bench import FULL_MARKS, SIGNERS
from tests.workflows.ground import issue_on_record, on_record


class Paper:
    """A case that is written after every order, and compared with what would be read back."""

    def __init__(self, case: CallingCase, departments: dict[str, str], now: datetime) -> None:
        self.case, self.departments, self.now = case, departments, now

    @classmethod
    async def begun(cls, level: Level) -> Paper:
        record = await issue_on_record(level, source=ReportSource.RESIDENT)
        state = await record.state()
        rows = await db.rows(
            "SELECT key, id FROM departments WHERE district_id = $1 ORDER BY key", record.district
        )
        paper = cls(CallingCase(state), {r["key"]: str(r["id"]) for r in rows}, state.opened_at)
        paper.case.begin()
        await paper.written()
        return paper

    def by(self, role: Role | None = None) -> orders.Actor:
        return orders.Actor(str(uuid4()), role=role)

    def part(self, department: str) -> str:
        unit = self.departments[department]
        return next(p.id for p in reversed(self.case.state.parts) if p.unit.id == unit)

    async def take(self, command: Command, order: orders.Order) -> None:
        self.now += timedelta(minutes=1)
        assert self.case.refuse(command, order, self.now) is None
        self.case.tell(self.now)
        self.case.take(command, order, self.now)
        await self.written()

    async def step(self, command: Command, department: str) -> None:
        await self.take(command, orders.OnAssignment(self.by(), self.part(department)))

    async def written(self) -> None:
        assert await projection.record(self.case.drain())
        state = self.case.state
        read = await (await on_record(UUID(state.id))).state()
        assert replace(read, recent=[], request=None) == replace(state, recent=[], request=None)

    def tasks(self) -> list[Task]:
        due = self.now + timedelta(days=9)
        return [Task(part.id, due) for part in self.case.state.parts if part.active]


async def dispatched(paper: Paper, *departments: str) -> None:
    named = [paper.departments[key] for key in departments]
    await paper.take(Command.ASSESS, orders.Assess(paper.by(), Level.COMPLEX))
    await paper.take(Command.CALL, orders.CallDepartments(paper.by(), str(uuid4()), named))
    await paper.take(Command.DISPATCH, orders.Dispatch(paper.by(Role.RESPONSE_OFFICE), named))
    for key in departments:
        await paper.step(Command.ACCEPT, key)
        await paper.step(Command.REPORT_IN, key)


async def test_a_plan_under_way(database):
    paper = await Paper.begun(Level.COMPLEX)
    await dispatched(paper, "water", "parks", "lighting")
    water, parks = paper.part("water"), paper.part("parks")
    for _ in range(2):
        order = orders.ProposePlan(paper.by(), water, parks, paper.tasks())
        await paper.take(Command.PROPOSE_PLAN, order)
    for key in ("parks", "lighting"):
        order = orders.AgreePlan(paper.by(), paper.part(key), paper.case.state.plan.id)
        await paper.take(Command.AGREE_PLAN, order)
    for key in ("water", "parks", "lighting"):
        await paper.step(Command.COMPLETE, key)
    plans = await db.rows("SELECT status FROM plans WHERE issue_id = $1", paper.case.state.id)
    assert sorted(row["status"] for row in plans) == ["AGREED", "VOIDED"]


async def test_returns_adjudicated_each_way(database):
    paper = await Paper.begun(Level.GENERAL)
    await paper.take(Command.ASSESS, orders.Assess(paper.by(), Level.GENERAL))
    call = orders.CallDepartments(paper.by(), str(uuid4()), [paper.departments["lighting"]])
    await paper.take(Command.CALL, call)
    for returner, outcome, named in (
        ("lighting", ReturnOutcome.UPHELD, "parks"),
        ("parks", ReturnOutcome.UPHELD, None),
    ):
        part = paper.part(returner)
        await paper.take(Command.RETURN, orders.Return(paper.by(), part, paper.departments["water"]))
        named_id = paper.departments[named] if named else None
        await paper.take(Command.ADJUDICATE, orders.Adjudicate(paper.by(), part, outcome, named_id))
    await paper.take(Command.CALL, replace(call, by=paper.by(), call=str(uuid4())))
    part = paper.part("lighting")
    await paper.take(Command.RETURN, orders.Return(paper.by(), part))
    solve = orders.Adjudicate(paper.by(), part, ReturnOutcome.SOLVE_FIRST, paper.departments["lighting"])
    await paper.take(Command.ADJUDICATE, solve)
    outcomes = await db.rows(
        "SELECT outcome FROM returns WHERE issue_id = $1 ORDER BY returned_at", paper.case.state.id
    )
    assert [row["outcome"] for row in outcomes] == ["UPHELD", "UPHELD", "SOLVE_FIRST"]


async def handled(paper: Paper) -> str:
    await paper.take(Command.ASSESS, orders.Assess(paper.by(), Level.GENERAL))
    call = orders.CallDepartments(paper.by(), str(uuid4()), [paper.departments["lighting"]])
    await paper.take(Command.CALL, call)
    await paper.step(Command.ACCEPT, "lighting")
    await paper.step(Command.REPORT_IN, "lighting")
    return paper.part("lighting")


@pytest.mark.parametrize("granted", [True, False])
async def test_an_extension_a_suspension_and_a_hand_over_under_way(database, granted):
    paper = await Paper.begun(Level.GENERAL)
    part = await handled(paper)
    until = paper.now + timedelta(days=30)
    await paper.take(Command.ASK_EXTENSION, orders.AskExtension(paper.by(), part, until))
    await paper.take(Command.SUSPEND, orders.Pause(paper.by()))
    await paper.take(Command.REGRADE, orders.Regrade(paper.by(), Level.COMPLEX))
    await paper.take(Command.RESUME, orders.Pause(paper.by()))
    to = Holder(UnitKind.DEPARTMENT, paper.departments["parks"])
    await paper.take(Command.OFFER_HANDOVER, orders.OfferHandover(paper.by(), part, to))
    await paper.take(Command.REGRADE, orders.Regrade(paper.by(), Level.GENERAL))
    await paper.take(Command.DECIDE_EXTENSION, orders.DecideExtension(paper.by(), part, granted))
    await paper.take(Command.ACCEPT_HANDOVER, orders.OnAssignment(paper.by(), part))
    await paper.take(Command.CANCEL, orders.Cancel(paper.by(Role.RESPONSE_OFFICE)))
    issue = paper.case.state.id
    row = await db.row(
        """
        SELECT (SELECT status FROM extensions WHERE issue_id = $1) AS extension,
            (SELECT status FROM handovers WHERE issue_id = $1) AS handover,
            (SELECT count(*) FROM suspensions WHERE issue_id = $1 AND resumed_at IS NOT NULL) AS stops,
            (SELECT count(*) FROM answers WHERE issue_id = $1) AS answers
        """,
        issue,
    )
    assert tuple(row) == ("GRANTED" if granted else "REFUSED", "ACCEPTED", 1, 1)


async def test_a_dissatisfied_reporter_and_a_review(database):
    paper = await Paper.begun(Level.GENERAL)
    part = await handled(paper)
    report = paper.case.state.reports[0].id
    for rating in (Rating.DISSATISFIED, Rating.SATISFIED):
        await paper.step(Command.COMPLETE, "lighting")
        await paper.take(Command.VERIFY, orders.Verify(paper.by(), True))
        await paper.take(Command.ANSWER, orders.Answer(paper.by()))
        if rating is Rating.DISSATISFIED:
            review = orders.Review(paper.by(), part, FULL_MARKS, SIGNERS)
            await paper.take(Command.REVIEW, review)
        await paper.take(Command.FOLLOW_UP, orders.Rate(paper.by(), report, rating))
    assert paper.case.stage.value == "FILED"
    kinds = "SELECT kind FROM report_messages WHERE report_id = $1 ORDER BY seq"
    told = [row["kind"] for row in await db.rows(kinds, report)]
    reopened = "REOPENED REWORK COMPLETED VERIFIED ANSWERED FILED"
    way = f"COLLECTED ASSESSED CALLED ACCEPTED REPORTED_IN COMPLETED VERIFIED ANSWERED {reopened}"
    assert told == way.split(" ")
    ratings = "SELECT rating, round FROM ratings WHERE report_id = $1 ORDER BY round"
    assert [tuple(row) for row in await db.rows(ratings, report)] == [("DISSATISFIED", 0), ("SATISFIED", 1)]


async def test_reports_that_join_and_one_that_is_split_off(database):
    paper, other = await Paper.begun(Level.GENERAL), await Paper.begun(Level.GENERAL)
    moved = other.case.state.reports[0].id
    order = orders.Join(paper.by(), other.case.state.id, other.case.state.reports)
    paper.now += timedelta(minutes=1)
    paper.case.join(order, paper.now)
    await paper.written()
    assert await db.value("SELECT issue_id::text FROM reports WHERE id = $1", moved) == paper.case.state.id
    other.case.take(Command.MERGE, orders.Merge(other.by(), paper.case.state.id), paper.now)
    await other.written()
    await paper.take(Command.SPLIT, orders.Split(paper.by(), moved))
    fresh = await db.row(
        """
        SELECT i.id, i.stage, i.split_from_id::text AS split_from, i.code, o.id AS outbox, r.origin_issue_id
        FROM reports r JOIN issues i ON i.id = r.issue_id LEFT JOIN outbox o ON o.issue_id = i.id
        WHERE r.id = $1
        """,
        moved,
    )
    assert (fresh["stage"], fresh["split_from"]) == ("COLLECTED", paper.case.state.id)
    assert (fresh["outbox"] is not None, fresh["origin_issue_id"]) == (True, None)
    again = CallingCase(await (await on_record(fresh["id"])).state())
    assert [one.id for one in again.state.reports] == [moved]
    await db.execute("DELETE FROM outbox WHERE issue_id = $1", fresh["id"])
