"""The calling cycle on a real server, in virtual time: from report to filing, and what is refused."""

from __future__ import annotations

import asyncio

import pytest
from temporalio.client import WorkflowUpdateStage

from models.policy import orders
from models.policy.duty import Holder
from models.queries import db
from models.terms import Level, UnitKind
from tests.workflows.bench import FULL_MARKS, SIGNERS, Bench
from tests.workflows.ground import PERSONAL, TITLE, at
from workflows.calling import Calling

NOTE = "已联系供电公司，明天换灯泡"
DEMAND = "请于三日内恢复照明"


@pytest.fixture
def case(virtual, crew):
    """Makes benches on the shared worker."""
    return lambda level=Level.GENERAL: Bench(virtual, level, queue=crew)


async def test_a_general_issue_is_filed_after_its_review(case):
    async with case() as one:
        assignment = await one.handled()
        await one.verify()
        await one.review(assignment)
        assert await one.handle.result() == "FILED"
        way = "COLLECTED ASSESSED CALLED ACCEPTED REPORTED_IN COMPLETED VERIFIED ANSWERED REVIEWED FILED"
        assert await one.entries() == way.split()
        assert await db.value("SELECT total FROM scorecards WHERE issue_id = $1", one.issue) == 100
        duties = await db.rows(
            "SELECT kind, status FROM duties WHERE issue_id = $1 ORDER BY opened_at, key", one.issue
        )
        assert sorted(r["kind"] for r in duties) == [
            "ACCEPT", "ASSESS", "HANDLE", "REPORT_IN", "REVIEW", "VERIFY",
        ]  # fmt: skip
        assert {r["status"] for r in duties} == {"FULFILLED"}


async def test_a_simple_issue_skips_call_and_review(case):
    async with case(Level.SIMPLE) as one:
        await one.handled()
        await one.verify()
        assert await one.handle.result() == "FILED"
        way = ["COLLECTED", "ASSESSED", "DISPATCHED", "COMPLETED", "VERIFIED", "ANSWERED", "FILED"]
        assert await one.entries() == way


async def test_a_failed_verification_reopens_handling_with_its_full_time(case):
    async with case() as one:
        assignment = await one.handled()
        await one.to(at(1, "10:00"))
        await one.verify(passed=False)
        assert (await one.entries())[-1] == "REWORK"
        handle = await one.duty("HANDLE")
        assert (handle["status"], handle["allowed_us"]) == ("OPEN", 35 * 3_600_000_000)
        assert abs((handle["due_at"] - at(7, "10:00")).total_seconds()) < 5
        row = await db.row("SELECT status, reworks FROM assignments WHERE id = $1", assignment)
        assert tuple(row) == ("ON_SITE", 1)
        await one.step(Calling.complete, assignment)
        await one.verify()
        await one.review(assignment)
        assert await one.handle.result() == "FILED"


async def test_a_refused_order_changes_nothing(case):
    async with case() as one:
        nobody = "00000000-0000-0000-0000-000000000000"
        refusals = [
            (Calling.call, orders.CallDepartments(one.by(), nobody, [one.lighting]), "WRONG_STAGE"),
            (Calling.accept, orders.OnAssignment(one.by(), nobody), "WRONG_STAGE"),
            (Calling.report_in, orders.OnAssignment(one.by(), nobody), "WRONG_STAGE"),
            (Calling.complete, orders.OnAssignment(one.by(), nobody), "WRONG_STAGE"),
            (Calling.verify, orders.Verify(one.by(), True), "WRONG_STAGE"),
            (Calling.review, orders.Review(one.by(), nobody, FULL_MARKS, SIGNERS), "WRONG_STAGE"),
            (Calling.regrade, orders.Regrade(one.by(), Level.GENERAL), "WRONG_LEVEL"),
            (Calling.review, orders.Review(one.by(), nobody, FULL_MARKS), "WRONG_STAGE"),
            (Calling.assess, orders.Assess(one.by(), Level.SIMPLE), "BAD_INPUT"),
            (Calling.add_note, orders.AddNote(one.by(), nobody), "NOT_FOUND"),
            (Calling.extend, orders.Extend(one.by(), "nothing-9", 1, "x"), "NOT_FOUND"),
            (
                Calling.hand_over,
                orders.HandOver(one.by(), "nothing-9", Holder(UnitKind.OFFICE, nobody)),
                "NOT_FOUND",
            ),
            (Calling.resume, orders.Pause(one.by()), "WRONG_STATUS"),
        ]
        for update, order, code in refusals:
            assert await one.refused(update, order) == code, update
        assert await one.entries() == ["COLLECTED"]
        kinds = {event.WhichOneof("attributes") for event in (await one.history()).events}
        assert "workflow_execution_update_accepted_event_attributes" not in kinds


async def test_the_same_command_sent_again_and_at_once_has_one_effect(case):
    async with case() as one:
        order = orders.Assess(one.by(), Level.GENERAL)
        outcomes = await asyncio.gather(*(one.order(Calling.assess, order) for _ in range(4)))
        assert len({outcome.seq for outcome in outcomes}) == 1
        assert await one.entries() == ["COLLECTED", "ASSESSED"]


async def test_two_orders_at_once_are_taken_one_after_the_other(case):
    async with case() as one:
        assignment = await one.called()
        accepted, reported = (
            orders.OnAssignment(one.by(), assignment),
            orders.OnAssignment(one.by(), assignment),
        )
        first = await one.handle.start_update(
            Calling.accept, accepted, id=accepted.by.command, wait_for_stage=WorkflowUpdateStage.ACCEPTED
        )
        second = asyncio.create_task(one.order(Calling.report_in, reported))
        await asyncio.gather(first.result(), second)
        assert (await one.entries())[-2:] == ["ACCEPTED", "REPORTED_IN"]
        assert (await one.duty("REPORT_IN"))["status"] == "FULFILLED"


async def test_words_stay_in_the_database_and_reach_its_timeline(case):
    async with case() as one:
        await one.assess()
        assignment = await one.call(await one.saying(demand=DEMAND, note=DEMAND))
        for update in (Calling.accept, Calling.report_in):
            await one.step(update, assignment)
        await one.order(Calling.add_note, orders.AddNote(await one.saying(note=NOTE), assignment))
        await one.step(Calling.complete, assignment)
        await one.verify()
        await one.review(assignment)
        assert await db.value("SELECT demand FROM calls WHERE issue_id = $1", one.issue) == DEMAND
        progress = "SELECT note FROM timeline_entries WHERE issue_id = $1 AND kind = 'PROGRESS'"
        assert await db.value(progress, one.issue) == NOTE
        described = await one.handle.describe()
        crossed = b"".join(event.SerializeToString() for event in (await one.history()).events)
        crossed += described.raw_description.SerializeToString()
        assert b"street_light" in crossed, "the scan reads what crossed"
        assert TITLE in PERSONAL
        for word in (*PERSONAL, NOTE, DEMAND):
            escaped = word.encode("ascii", "backslashreplace")
            assert word.encode() not in crossed, word
            assert escaped not in crossed, word


async def test_a_filed_case_refuses_everything(case):
    async with case(Level.SIMPLE) as one:
        await one.handled()
        await one.verify()
        await one.handle.result()
        with pytest.raises(Exception, match="already completed"):
            await one.order(Calling.suspend, orders.Pause(one.by()))
