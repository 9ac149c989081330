"""The ground under test cases: a calendar round the test's start, and issues as `reportIssue` leaves them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from temporalio.client import WorkflowExecutionDescription

from models.policy.calendar import Calendar
from models.queries import cases, db, reporting
from models.queries.written import Written
from models.terms import Level, ReportSource
from workflows.contracts import Outcome
from workflows.starting import start_arguments

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
    weekdays=[0, 1, 2, 3, 4, 5, 6],
    off=[day(0), day(2)],
    official_until=day(200),
)
"""Days 1, 3, 4, 5 … work: whenever the suite runs, clocks start at day 1 09:00, and day 2 is a holiday."""

ROUND_THE_CLOCK = Calendar("24x7", [(0, 1440)], weekdays=[0, 1, 2, 3, 4, 5, 6])
"""For cases in real time: every minute is worked."""

LIGHTS = "street_light"
TITLE = "路灯不亮"
WHERE = "成龙大道一段"
WORDS = "晚上很黑，老人摔倒了"
REPORTER = "王小梅"
PHONE = "13800138000"
PERSONAL = (TITLE, WHERE, WORDS, REPORTER, PHONE)
"""What a report says in words; none of it may reach Temporal."""


async def reported(
    level: Level = Level.GENERAL,
    category: str = LIGHTS,
    request: str | None = None,
    source: ReportSource = ReportSource.PATROL,
) -> UUID:
    """A report taken in, with its outbox row; returns the issue. A patrol is answered, and not asked."""
    street = await db.row(
        "SELECT id, district_id FROM streets WHERE code LIKE '510104%' ORDER BY code LIMIT 1"
    )
    under = await reporting.active(street["district_id"], category)
    assert under is not None
    new = reporting.NewReport(
        place=reporting.Place(street["district_id"], street["id"], None, None),
        category=category,
        title=TITLE,
        where=WHERE,
        description=WORDS,
        grams=[],
        source=source,
        longitude=None,
        latitude=None,
        happened_at=None,
        external_ticket=None,
        reporter=None,
        reporter_name=REPORTER,
        reporter_phone=PHONE,
    )
    received = await reporting.report(
        new,
        replace(under, level=level),
        command=uuid4(),
        actor="test",
        fingerprint="f",
        request=request,
        now=datetime.now(UTC),
    )
    assert received.result is not None
    return received.result


async def issue_on_record(
    level: Level = Level.GENERAL, category: str = LIGHTS, source: ReportSource = ReportSource.PATROL
) -> cases.CaseOnRecord:
    """A fresh issue whose case the test starts itself."""
    issue = await reported(level, category, source=source)
    await db.execute("DELETE FROM outbox WHERE issue_id = $1", issue)
    return await on_record(issue)


async def on_record(issue: UUID) -> cases.CaseOnRecord:
    found = await cases.case(issue)
    assert found is not None
    return found


async def arguments(record: cases.CaseOnRecord, calendar: Calendar, queue: str) -> Mapping[str, Any]:
    """Production's arguments for starting the case, with the test's calendar in its rules."""
    start = dict(await start_arguments(record, queue))
    state = start["arg"]
    return start | {"arg": replace(state, rules=replace(state.rules, calendar=calendar))}


def busy(found: WorkflowExecutionDescription) -> bool:
    """Whether it is not at rest: something is being written, or the worker has yet to hear of something."""
    raw = found.raw_description
    return bool(raw.pending_activities) or raw.HasField("pending_workflow_task")


async def ordered(handle: Any, update: Any, order: Any) -> Outcome:
    """What it came to, once it is written, as the gateway waits for it."""
    with Written().expecting(handle.id) as written:
        outcome: Outcome = await handle.execute_update(
            update, order, id=order.by.command, result_type=Outcome
        )
        await written(outcome.seq)
    return outcome
