"""Cases that outlive their history: continue-as-new, and a Temporal that has lost everything."""

from __future__ import annotations

from temporalio.client import WorkflowExecutionStatus

from models.policy import orders
from models.policy.duty import Duty
from models.queries import db
from models.terms import Level
from tests.workflows.bench import Bench
from tests.workflows.ground import LIGHTS, at, on_record
from tests.workflows.test_clock import FIVE_DAYS, FOUR_HOURS, ONE_DAY, in_order, ladder
from workflows.calling import Calling


async def details(case: Bench) -> str:
    """What Temporal's own UI shows of the case now."""
    metadata = await case.handle.query("__temporal_workflow_metadata")
    return metadata.current_details


async def test_duties_and_commands_survive_continue_as_new(growing):
    async with Bench(growing) as case:
        assess = orders.Assess(case.by(), Level.GENERAL)
        await case.order(Calling.assess, assess)
        assignment = await case.call()
        first = await case.handle.describe()
        await case.to(at(1, "15:00"))
        accept = orders.OnAssignment(case.by(), assignment)
        await case.order(Calling.accept, accept)
        await case.to(at(4, "10:00"))
        second = await case.handle.describe()
        assert second.run_id != first.run_id
        assert await case.told() == [
            *ladder("ACCEPT", FOUR_HOURS)[:3],
            *[told for told in await case.told() if told[0] == "REPORT_IN"],
        ]
        assert len(set(await case.told())) == len(await case.told()) == 8

        before = await case.entries(), await case.handle.query(Calling.duties)
        for update, order in ((Calling.assess, assess), (Calling.accept, accept)):
            await case.order(update, order)
        assert (await case.entries(), await case.handle.query(Calling.duties)) == before

        assert await case.due_everywhere() == {(await case.duty("REPORT_IN"))["due_at"]}
        summary = await first.static_summary()
        assert (await details(case)).splitlines()[0] == f"{summary}: **HANDLING** GENERAL"
        assert "HANDLE by " in await details(case)
        for update in (Calling.report_in, Calling.complete):
            await case.step(update, assignment)
        await case.verify()
        await case.review(assignment)
        assert await case.handle.result() == "FILED"
        old = growing.client.get_workflow_handle(case.handle.id, run_id=first.run_id)
        assert (await old.describe()).status is WorkflowExecutionStatus.CONTINUED_AS_NEW
        seqs = await db.rows("SELECT seq FROM timeline_entries WHERE issue_id = $1 ORDER BY seq", case.issue)
        assert [row["seq"] for row in seqs] == list(range(1, len(seqs) + 1))


async def test_a_case_that_temporal_has_lost_goes_on_from_its_projection(virtual, growing, crew):
    """`growing` stands for the new, empty server."""
    async with Bench(virtual, queue=crew) as lost:
        assignment = await lost.called()
        await lost.step(Calling.accept, assignment)
        await lost.to(at(1, "15:00"))
        duties = await lost.handle.query(Calling.duties)
        shown = await lost.shown()
        await lost.handle.terminate()
    async with Bench(growing, record=await on_record(lost.issue)) as found:
        assert await found.handle.query(Calling.duties) == duties
        assert await found.shown() == shown
        assert await found.told() == [("REPORT_IN", "HOLDER 50", at(1, "14:00"))]
        await found.to(at(3, "10:30"))
        assert await found.told() == ladder("REPORT_IN", ONE_DAY)[:4]
        for update in (Calling.report_in, Calling.complete):
            await found.step(update, assignment)
        await found.verify()
        await found.review(assignment)
        assert await found.handle.result() == "FILED"
        rows = await db.rows("SELECT key FROM duties WHERE issue_id = $1 ORDER BY key", found.issue)
        assert len(rows) == len({row["key"] for row in rows}) == 6


async def test_a_lost_case_keeps_the_rungs_it_has_told_and_its_suspension(virtual, growing, crew):
    async with Bench(virtual, queue=crew) as lost:
        assignment = await lost.called()
        await lost.to(at(1, "14:45"))
        await lost.order(Calling.suspend, orders.Pause(lost.by()))
        duties: list[Duty] = await lost.handle.query(Calling.duties)
        await lost.handle.terminate()
    async with Bench(growing, record=await on_record(lost.issue)) as found:
        assert await found.handle.query(Calling.duties) == duties
        assert (duties[0].told, duties[0].since) == (3, None)
        await found.to(at(1, "15:00"))
        await found.order(Calling.resume, orders.Pause(found.by()))
        await found.to(at(6, "09:00"))
        assert [rung for _, rung, _ in await found.told()] == [
            "HOLDER 50", "HOLDER 80", "HEAD 100", "OFFICE 120", "LEADER 140",
        ]  # fmt: skip
        assert await found.assignment() == assignment


async def test_three_duties_at_once_are_told_in_order_across_a_continuation(growing):
    async with Bench(growing) as case:
        await case.step(Calling.accept, await case.called())
        await case.to(at(5, "18:00"))
        both = in_order(ladder("REPORT_IN", ONE_DAY), ladder("HANDLE", FIVE_DAYS))
        assert await case.told() == [told for told in both if told[2] < at(5, "18:00")]
        assert (
            await db.value(
                "SELECT t.key FROM issues i JOIN items t ON t.id = i.item_id WHERE i.id = $1", case.issue
            )
            == LIGHTS
        )
