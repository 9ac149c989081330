"""The calling cycle on a real server, in virtual time."""

from __future__ import annotations

from models.policy import orders
from models.queries import db
from models.terms import Criterion, Level
from tests.workflows.bench import Bench, at
from workflows.calling import Calling

ACCEPT_LADDER = [
    ("ACCEPT", "HOLDER 50", at(1, "11:00")),
    ("ACCEPT", "HOLDER 80", at(1, "13:42")),
    ("ACCEPT", "HEAD 100", at(1, "14:30")),
    ("ACCEPT", "OFFICE 120", at(1, "15:18")),
    ("ACCEPT", "LEADER 140", at(1, "16:06")),
]
FULL_MARKS = {criterion.value: 20 for criterion in Criterion}


async def test_a_call_nobody_accepts_climbs_to_the_district_leader(virtual):
    async with Bench(virtual) as case:
        await case.called()
        await case.to(at(6, "09:00"))
        assert await case.told() == ACCEPT_LADDER


async def test_a_general_issue_is_filed_after_its_review(virtual):
    async with Bench(virtual) as case:
        assignment = await case.called()
        for update in (Calling.accept, Calling.report_in, Calling.complete):
            await case.step(update, assignment)
        await case.order(Calling.verify, orders.Verify(case.by(), True))
        await case.order(Calling.review, orders.Review(case.by(), assignment, FULL_MARKS))
        assert await case.handle.result() == "FILED"
        assert await case.entries() == [
            "COLLECTED", "ASSESSED", "CALLED", "ACCEPTED", "REPORTED_IN", "COMPLETED", "VERIFIED", "REVIEWED", "FILED",
        ]  # fmt: skip
        assert await db.value("SELECT total FROM scorecards WHERE issue_id = $1", case.issue) == 100
        assert (
            await db.value(
                "SELECT count(*) FROM duties WHERE issue_id = $1 AND status <> 'FULFILLED'", case.issue
            )
            == 0
        )


async def test_a_simple_issue_skips_call_and_review(virtual):
    async with Bench(virtual, Level.SIMPLE) as case:
        await case.assess(Level.SIMPLE)
        await case.step(Calling.complete, await case.assignment())
        await case.order(Calling.verify, orders.Verify(case.by(), True))
        assert await case.handle.result() == "FILED"
        assert await case.entries() == [
            "COLLECTED", "ASSESSED", "DISPATCHED", "COMPLETED", "VERIFIED", "FILED",
        ]  # fmt: skip
