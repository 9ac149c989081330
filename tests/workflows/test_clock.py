"""The duty clock on a real server, in virtual time: every rung once, at its minute, whatever stops.

Clocks start on day 0, which is not worked: whatever is ordered then counts from day 1 09:00, so that
every instant below is known to the microsecond. Day 2 is a holiday.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from models.policy import orders
from models.policy.duty import Holder
from models.queries import db
from models.terms import Level, UnitKind
from tests.workflows.bench import Bench, Told
from tests.workflows.ground import ZONE, at
from workflows.calling import Calling

RUNGS = ("HOLDER 50", "HOLDER 80", "HEAD 100", "OFFICE 120", "LEADER 140")
HOUR = 3_600_000_000

TWO_HOURS = [at(1, "10:00"), at(1, "10:36"), at(1, "11:00"), at(1, "11:24"), at(1, "11:48")]
FOUR_HOURS = [at(1, "11:00"), at(1, "13:42"), at(1, "14:30"), at(1, "15:18"), at(1, "16:06")]
ONE_DAY = [at(1, "14:00"), at(1, "16:06"), at(1, "17:30"), at(3, "10:24"), at(3, "11:48")]
TWO_DAYS = [at(1, "17:30"), at(3, "14:42"), at(3, "17:30"), at(4, "11:48"), at(4, "16:06")]
THREE_DAYS = [at(3, "14:00"), at(4, "11:48"), at(4, "17:30"), at(5, "14:42"), at(6, "10:24")]
FIVE_DAYS = [at(4, "14:00"), at(5, "17:30"), at(6, "17:30"), at(7, "17:30"), at(8, "17:30")]


def ladder(kind: str, instants: list[datetime]) -> list[Told]:
    return [(kind, rung, instant) for rung, instant in zip(RUNGS, instants, strict=True)]


def in_order(*ladders: list[Told]) -> list[Told]:
    return sorted((told for one in ladders for told in one), key=lambda told: told[2])


async def collected(case: Bench) -> None:
    """Nothing but the report."""


async def offered(case: Bench) -> None:
    await case.called()


async def accepted(case: Bench) -> None:
    await case.step(Calling.accept, await case.called())


async def dispatched(case: Bench) -> None:
    await case.assess(Level.SIMPLE)


async def completed(case: Bench) -> None:
    await case.handled()


async def verified(case: Bench) -> None:
    await case.handled()
    await case.verify()


DUTIES = [
    pytest.param(Level.GENERAL, collected, ladder("ASSESS", FOUR_HOURS), id="GENERAL assess"),
    pytest.param(Level.GENERAL, offered, ladder("ACCEPT", FOUR_HOURS), id="GENERAL accept"),
    pytest.param(
        Level.GENERAL,
        accepted,
        in_order(ladder("REPORT_IN", ONE_DAY), ladder("HANDLE", FIVE_DAYS)),
        id="GENERAL report in and handle",
    ),
    pytest.param(Level.GENERAL, completed, ladder("VERIFY", TWO_DAYS), id="GENERAL verify"),
    pytest.param(Level.GENERAL, verified, ladder("REVIEW", FIVE_DAYS), id="GENERAL review"),
    pytest.param(Level.SIMPLE, collected, ladder("ASSESS", TWO_HOURS), id="SIMPLE assess"),
    pytest.param(Level.SIMPLE, dispatched, ladder("HANDLE", THREE_DAYS), id="SIMPLE handle"),
    pytest.param(Level.SIMPLE, completed, ladder("VERIFY", ONE_DAY), id="SIMPLE verify"),
]
"""Every duty of both levels: how a case comes to owe it, and what must be told of it."""


@pytest.mark.parametrize(("level", "brought", "expected"), DUTIES)
async def test_every_rung_of_every_duty_is_told_once_at_its_minute(virtual, crew, level, brought, expected):
    async with Bench(virtual, level, queue=crew) as case:
        await brought(case)
        await case.to(at(20, "09:00"))
        assert await case.told() == expected
        assert (await case.shown())["overdue"] is True
        breaches = {kind: owed for kind, rung, owed in expected if rung == "HEAD 100"}
        for kind, owed in breaches.items():
            row = await case.duty(kind)
            assert (row["breached_at"], row["due_at"], row["told"]) == (owed, owed, 5)


@pytest.mark.parametrize(("level", "brought", "expected"), [DUTIES[2], DUTIES[6]])
async def test_a_worker_that_restarts_in_between_changes_nothing(virtual, level, brought, expected):
    async with Bench(virtual, level) as case:
        await brought(case)
        for stop in (at(1, "15:00"), at(4, "15:00"), at(6, "17:45")):
            await case.to(stop)
            await case.rest()
            await case.work()
        await case.to(at(20, "09:00"))
        assert await case.told() == expected


async def test_a_breach_while_no_worker_ran_comes_before_the_late_acceptance(virtual):
    async with Bench(virtual) as case:
        assignment = await case.called()
        await case.to(at(1, "14:00"))
        await case.rest()
        skip = asyncio.create_task(case.to(at(1, "14:45")))  # stops at 14:30, where a task waits
        await asyncio.sleep(0.3)
        late = asyncio.create_task(case.step(Calling.accept, assignment))
        await asyncio.sleep(0.3)
        await case.work()
        await asyncio.gather(late, skip)
        assert (await case.told())[-1] == ("ACCEPT", "HEAD 100", at(1, "14:30"))
        assert (await case.entries())[-2:] == ["BREACHED", "ACCEPTED"]
        rows = await db.rows(
            "SELECT owed_at, at FROM timeline_entries WHERE issue_id = $1 AND kind = 'BREACHED'", case.issue
        )
        assert [row["owed_at"] for row in rows] == [at(1, "14:30")]
        assert rows[0]["at"] > rows[0]["owed_at"], "told when a worker was there again"
        accept = await case.duty("ACCEPT")
        assert (accept["status"], accept["breached_at"], accept["told"]) == ("FULFILLED", at(1, "14:30"), 3)


async def test_an_extension_moves_the_deadline_everywhere_at_once(virtual, crew):
    async with Bench(virtual, queue=crew) as case:
        await case.called()
        await case.to(at(1, "11:30"))
        assert await case.due_everywhere() == {at(1, "14:30")}
        key = (await case.duty("ACCEPT"))["key"]
        order = orders.Extend(case.by(), key, 5 * HOUR + HOUR // 2, "extension/1")
        await case.order(Calling.extend, order)
        assert await case.due_everywhere() == {at(1, "16:00")}
        entry = await db.row(
            "SELECT rule, data FROM timeline_entries WHERE issue_id = $1 AND kind = 'EXTENDED'", case.issue
        )
        assert entry["rule"] == "extension/1"
        assert datetime.fromisoformat(entry["data"]["due"]) == at(1, "16:00")
        await case.to(at(6, "09:00"))
        assert await case.told() == [
            ("ACCEPT", "HOLDER 50", at(1, "11:00")),
            ("ACCEPT", "HOLDER 80", at(1, "14:54")),
            ("ACCEPT", "HEAD 100", at(1, "16:00")),
            ("ACCEPT", "OFFICE 120", at(1, "17:06")),
            ("ACCEPT", "LEADER 140", at(3, "09:42")),
        ]
        again = orders.Extend(case.by(), key, 9 * HOUR, "extension/2")
        assert await case.refused(Calling.extend, again) == "TOO_LATE"


async def test_suspending_stops_every_clock_and_resuming_moves_it_by_the_time_lost(virtual, crew):
    async with Bench(virtual, queue=crew) as case:
        await case.called()
        await case.to(at(1, "10:00"))
        await case.order(Calling.suspend, orders.Pause(case.by()))
        assert await case.due_everywhere() == {None}
        assert (await case.duty("ACCEPT"))["status"] == "SUSPENDED"
        assert (await case.shown())["overdue"] is False
        assert await case.refused(Calling.suspend, orders.Pause(case.by())) == "WRONG_STATUS"
        await case.to(at(3, "09:15"))
        assert await case.told() == []
        await case.order(Calling.resume, orders.Pause(case.by()))
        (due,) = await case.due_everywhere()
        assert near(due, at(3, "13:45"))
        await case.to(at(6, "09:00"))
        # Stopped at 10:00 after one hour; 6 h and 15 min of working time were lost until day 3 09:15.
        expected = [at(3, "10:15"), at(3, "11:27"), at(3, "13:45"), at(3, "14:33"), at(3, "15:21")]
        told = await case.told()
        assert [rung for _, rung, _ in told] == list(RUNGS)
        assert all(near(owed, wanted) for (_, _, owed), wanted in zip(told, expected, strict=True)), told


def near(instant: datetime | None, wanted: datetime) -> bool:
    """Within the seconds that an order itself takes on a clock that runs."""
    return instant is not None and abs(instant - wanted) < timedelta(seconds=5)


async def test_a_handed_over_duty_has_its_new_holder_in_its_row_and_its_later_notices(virtual, crew):
    async with Bench(virtual, queue=crew) as case:
        await case.called()
        await case.to(at(1, "12:30"))
        key = (await case.duty("ACCEPT"))["key"]
        office = Holder(UnitKind.OFFICE, str(await district(case)))
        await case.order(Calling.hand_over, orders.HandOver(case.by(), key, office))
        row = await case.duty("ACCEPT")
        assert (row["holder_kind"], str(row["holder_id"])) == ("OFFICE", office.id)
        await case.to(at(6, "09:00"))
        assert [(rung, owed) for _, rung, owed in await case.told()] == [
            ("HOLDER 50", at(1, "11:00")),
            ("HOLDER 80", at(1, "13:42")),
            ("HEAD 100", at(1, "14:30")),
            ("LEADER 140", at(1, "16:06")),
        ]
        assert await case.notified() == [
            ("HOLDER", "DEPARTMENT_HANDLER", True, 50),
            ("HOLDER", "DEPARTMENT_HANDLER", False, 50),
            ("HOLDER", "RESPONSE_OFFICE", True, 80),
            ("HOLDER", "RESPONSE_OFFICE", False, 80),
            ("HEAD", "RESPONSE_OFFICE", True, 100),
            ("LEADER", "DISTRICT_LEADER", True, 140),
        ]


async def district(case: Bench):
    return await db.value("SELECT district_id FROM issues WHERE id = $1", case.issue)


async def test_each_rung_reaches_the_posts_of_its_own_unit_and_no_other(virtual, crew):
    async with Bench(virtual, queue=crew) as case:
        await case.called()
        await case.to(at(6, "09:00"))
        rows = await db.rows(
            """
            SELECT n.target, n.percent, n.owed_at, p.role, p.head, p.department_id, p.district_id
            FROM notifications n JOIN posts p ON p.id = n.post_id
            WHERE n.issue_id = $1 ORDER BY n.owed_at, p.head DESC
            """,
            case.issue,
        )
        assert [(r["target"], r["percent"], r["role"], r["head"]) for r in rows] == [
            ("HOLDER", 50, "DEPARTMENT_HANDLER", True),
            ("HOLDER", 50, "DEPARTMENT_HANDLER", False),
            ("HOLDER", 80, "DEPARTMENT_HANDLER", True),
            ("HOLDER", 80, "DEPARTMENT_HANDLER", False),
            ("HEAD", 100, "DEPARTMENT_HANDLER", True),
            ("OFFICE", 120, "RESPONSE_OFFICE", True),
            ("OFFICE", 120, "RESPONSE_OFFICE", False),
            ("LEADER", 140, "DISTRICT_LEADER", True),
        ]
        assert {str(r["department_id"]) for r in rows if r["department_id"]} == {case.lighting}
        assert {r["district_id"] for r in rows} == {await district(case)}
        owed = sorted({r["owed_at"].astimezone(ZONE) for r in rows})
        assert owed == FOUR_HOURS


async def test_a_street_hears_of_its_own_duties_and_so_does_its_head(virtual, crew):
    async with Bench(virtual, Level.SIMPLE, queue=crew) as case:
        await case.to(at(1, "11:15"))
        assert await case.notified() == [
            ("HOLDER", "STREET_CLERK", True, 50),
            ("HOLDER", "STREET_CLERK", False, 50),
            ("HOLDER", "STREET_CLERK", True, 80),
            ("HOLDER", "STREET_CLERK", False, 80),
            ("HEAD", "STREET_CLERK", True, 100),
        ]
        streets = await db.rows(
            """
            SELECT DISTINCT p.street_id FROM notifications n JOIN posts p ON p.id = n.post_id
            WHERE n.issue_id = $1
            """,
            case.issue,
        )
        assert [str(r["street_id"]) for r in streets] == [case.street]


async def test_a_regrade_moves_the_open_assessment_and_its_timer(virtual, crew):
    async with Bench(virtual, Level.SIMPLE, queue=crew) as case:
        await case.written(1)
        assert await case.due_everywhere() == {at(1, "11:00")}
        await case.order(Calling.assess, orders.Assess(case.by(), Level.GENERAL))
        assert await case.due_everywhere() == {at(1, "14:30")}
        assert (await case.shown())["level"] == "GENERAL"
        await case.to(at(6, "09:00"))
        assert await case.told() == ladder("ASSESS", FOUR_HOURS)
