"""Bulletins of cases that went their way: what the projection leaves of them is what the tables count."""

from __future__ import annotations

from itertools import count
from uuid import UUID, uuid4

import pytest_asyncio

from models.policy import orders
from models.policy.calling import CallingCase
from models.queries import cases, db, projection
from models.rulebooks import codec
from models.rulebooks.loader import load
from models.terms import BulletinKind, Command, Criterion, Level, Rating, ReturnOutcome
from tests.models.register import Register, day, shown
from tests.models.test_bulletin_facts import APRIL, MARCH, _unchanged

FULL_MARKS = {criterion.value: 20 for criterion in Criterion}
NUMBERS = count()


class Played:
    """One issue whose case is decided at chosen instants and written down as its workflow does."""

    def __init__(self, register: Register, name: str) -> None:
        self.register, self.name = register, name

    async def begin(self, opened: str) -> Played:
        register = self.register
        await register.issue(
            self.name, "s1", item_id=register["light"], opened_at=day(opened), stage="COLLECTED", seq=0
        )
        self.report = await register.report(f"report of {self.name}", self.name, None)
        on_record = await cases.case(register[self.name])
        assert on_record is not None
        self.case = CallingCase(await on_record.state())
        self.case.begin()
        await self._write()
        return self

    async def take(self, command: Command, at: str, make, *args: object) -> None:
        now, order = day(*at.split()), make(orders.Actor(str(uuid4())), *args)
        assert self.case.refuse(command, order, now) is None
        self.case.tell(now)
        self.case.take(command, order, now)
        await self._write()

    async def tell(self, at: str) -> None:
        self.case.tell(day(*at.split()))
        await self._write()

    async def called(self, at: str) -> Played:
        await self.take(Command.ASSESS, at, orders.Assess, Level.GENERAL)
        await self.take(Command.CALL, at, orders.CallDepartments, str(uuid4()), [str(self.register["water"])])
        return self

    async def step(self, command: Command, at: str) -> None:
        await self.take(command, at, orders.OnAssignment, self.part)

    async def done(self, at: str) -> None:
        for command in (Command.ACCEPT, Command.REPORT_IN, Command.COMPLETE):
            await self.step(command, at)

    async def verified(self, at: str) -> None:
        await self.take(Command.VERIFY, at, orders.Verify, True, ["photo"], True)

    async def rated(self, at: str, rating: Rating) -> None:
        await self.take(Command.RATE, at, orders.Rate, str(self.report), rating)

    async def reviewed(self, at: str) -> None:
        await self.take(
            Command.REVIEW, at, orders.Review, self.part, FULL_MARKS, [str(uuid4()), str(uuid4())]
        )

    @property
    def part(self) -> str:
        return self.case.state.parts[-1].id

    async def _write(self) -> None:
        if self.case.noted:
            assert await projection.record(self.case.drain())


@pytest_asyncio.fixture
async def register(database: str) -> Register:
    found = await Register.laid(f"P{next(NUMBERS)}")
    await found.street("s1")
    book = codec.to_json(load("jinjiang").rulebook)
    await db.execute("UPDATE rulebooks SET body = $2 WHERE id = $1", found["rulebook"], book)
    await found.put(
        "items",
        "light",
        rulebook_id=found["rulebook"],
        key="street_light",
        group_key="g",
        group_zh="公用设施",
        group_en="Public facilities",
        name_zh="路灯不亮",
        name_en="Street light out",
        level="GENERAL",
        own_team="COMMUNITY",
        departments=["lighting"],
        position=9,
    )
    return found


async def test_a_month_of_cases(register: Register) -> None:
    reopened = await (await Played(register, "reopened").begin("03-02")).called("03-02 10:00")
    await reopened.done("03-02 11:00")
    await reopened.verified("03-03 10:00")
    await reopened.rated("03-03 11:00", Rating.DISSATISFIED)
    await reopened.step(Command.COMPLETE, "03-04 10:00")
    await reopened.verified("03-04 11:00")
    await reopened.rated("03-05 10:00", Rating.SATISFIED)
    await reopened.reviewed("03-05 11:00")

    returned = await (await Played(register, "returned").begin("03-30")).called("03-30 10:00")
    await returned.take(Command.RETURN, "03-30 11:00", orders.Return, returned.part)
    named = (returned.part, ReturnOutcome.UPHELD, str(register["lighting"]))
    await returned.take(Command.ADJUDICATE, "03-30 14:00", orders.Adjudicate, *named)
    await returned.tell("03-31 17:00")

    silent = await (await Played(register, "silent").begin("03-02")).called("03-02 10:00")
    await silent.done("03-02 11:00")
    await silent.verified("03-03 10:00")
    await silent.rated("03-03 11:00", Rating.SATISFIED)
    await silent.tell("03-20 10:00")

    march = await register.published(MARCH)
    water = shown(march[BulletinKind.DEPARTMENTS], "water")
    assert {key: value for key, value in water.items() if not key.endswith("_rate")} == {
        "dispatched": "3",
        "done_on_time": "2",
        "done_late": "0",
        "not_done": "0",
        "rated": "3",
        "dissatisfied": "1",
        "accepted_on_time": "2",
        "reported_in_on_time": "2",
        "accurately_dispatched": "2",
        "reworked": "1",
    }
    lighting = shown(march[BulletinKind.DEPARTMENTS], "lighting")
    assert (lighting["dispatched"], lighting["not_done"], lighting["accepted_on_time"]) == ("1", "1", "0")
    assert shown(march[BulletinKind.STREETS], "s1")["call_accuracy"] == "66.67"
    reviews = march[BulletinKind.REVIEWS]["rows"][0]["figures"]["process"]
    assert (reviews["shown"], reviews["missing"]) == ("100.00", 1)

    await returned.step(Command.ACCEPT, "04-01 09:30")
    await returned.step(Command.REPORT_IN, "04-01 10:00")
    await returned.step(Command.COMPLETE, "04-01 11:00")
    await silent.reviewed("04-02 10:00")
    await _unchanged(register, MARCH)
    april = await register.published(APRIL)
    assert shown(april[BulletinKind.DEPARTMENTS], "lighting")["dispatched"] == "0"
    assert shown(april[BulletinKind.REVIEWS], "water")["process"] == "100.00"
    sql = "SELECT issue_ids FROM bulletin_figures f JOIN bulletins b ON b.id = f.bulletin_id "
    missing: list[UUID] = await db.value(
        f"{sql} WHERE b.district_id = $1 AND b.period = '2026-03' AND f.part = 'MISSING'",
        register["district"],
    )
    assert missing == [register["silent"]]
