"""The projection is written once: any batch again, late or at once with itself, changes nothing."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from models.policy import orders
from models.policy.calling import CallingCase
from models.policy.case import Batch
from models.policy.duty import Holder
from models.queries import db, projection
from models.terms import Level, UnitKind
from tests.workflows.bench import FULL_MARKS, SIGNERS
from tests.workflows.ground import issue_on_record
from tests.workflows.test_durability import rows_of


async def batches() -> list[Batch]:
    """A whole GENERAL case with breaches, rework and every order of the clock, one batch for each step."""
    record = await issue_on_record(Level.GENERAL)
    state = await record.state()
    case = CallingCase(state)
    department = str(await db.value("SELECT id FROM departments WHERE key = 'lighting' LIMIT 1"))
    now, made = state.opened_at, []

    def by() -> orders.Actor:
        return orders.Actor(str(uuid4()))

    def written(hours: float) -> None:
        nonlocal now
        made.append(case.drain())
        now += timedelta(hours=hours)
        case.tell(now)
        if case.noted:
            made.append(case.drain())

    def key() -> str:
        return case.duties.state[0].key

    case.begin()
    written(1)
    case.assess(orders.Assess(by(), Level.GENERAL), now)
    written(24 * 3)
    case.call(orders.CallDepartments(by(), str(uuid4()), [department]), now)
    written(24 * 3)
    case.extend(orders.Extend(by(), key(), 10**12, "extension/1"), now)
    written(1)
    case.suspend(orders.Pause(by()), now)
    written(24)
    case.resume(orders.Pause(by()), now)
    written(1)
    part = case.state.parts[0].id
    case.hand_over(orders.HandOver(by(), key(), Holder(UnitKind.OFFICE, state.district)), now)
    written(1)
    case.accept(orders.OnAssignment(by(), part), now)
    case.report_in(orders.OnAssignment(by(), part), now)  # two orders in one batch
    written(1)
    for passed in (False, True):
        case.complete(orders.OnAssignment(by(), part), now)
        written(1)
        case.verify(orders.Verify(by(), passed, answered=passed), now)
        written(1)
    case.add_note(orders.AddNote(by(), part), now)
    written(1)
    case.review(orders.Review(by(), part, FULL_MARKS, SIGNERS), now)
    made.append(case.drain())
    assert case.stage.closed
    return made


async def test_every_batch_written_again_changes_nothing(database):
    made = await batches()
    issue = made[0].case
    for number, batch in enumerate(made):
        assert await projection.record(batch)
        after = await rows_of(issue)
        for old in made[: number + 1]:
            assert not await projection.record(old)
        assert await rows_of(issue) == after
    for table in ("timeline_entries", "events"):
        rows = await db.rows(f"SELECT seq FROM {table} WHERE issue_id = $1 ORDER BY seq", issue)
        assert [row["seq"] for row in rows] == list(range(1, made[-1].seq + 1)), table
    assert len(after["notifications"]) > 0
    kinds = await db.rows("SELECT kind, status FROM duties WHERE issue_id = $1", issue)
    assert sorted((row["kind"], row["status"]) for row in kinds) == [
        ("ACCEPT", "FULFILLED"),
        ("ASSESS", "FULFILLED"),
        ("HANDLE", "FULFILLED"),
        ("HANDLE", "FULFILLED"),
        ("REPORT_IN", "FULFILLED"),
        ("REVIEW", "FULFILLED"),
        ("VERIFY", "FULFILLED"),
        ("VERIFY", "FULFILLED"),
    ]


async def test_a_batch_written_by_many_at_once_is_written_by_one(database):
    for batch in (await batches())[:6]:
        answers = await asyncio.gather(*(projection.record(batch) for _ in range(6)))
        assert sorted(answers) == [False] * 5 + [True]


async def test_a_batch_for_an_issue_that_is_not_here_is_refused_and_writes_nothing(database):
    batch = (await batches())[0]
    before = await db.value("SELECT count(*) FROM events")
    nobody = str(uuid4())
    with pytest.raises(projection.UnknownCaseError, match=nobody):
        await projection.record(Batch(**{**vars(batch), "case": nobody}))
    assert await db.value("SELECT count(*) FROM events") == before


async def test_where_nobody_holds_the_post_the_office_hears(database):
    made = await batches()
    issue = made[0].case
    for batch in made:
        told = [note for note in batch.notes if note.target is not None]
        ghost = Holder(UnitKind.DEPARTMENT, str(uuid4()))
        notes = [
            note if note not in told else type(note)(**{**vars(note), "holder": ghost})
            for note in batch.notes
        ]
        await projection.record(Batch(**{**vars(batch), "notes": notes}))
    rows = await db.rows(
        """
        SELECT DISTINCT n.target, p.role FROM notifications n JOIN posts p ON p.id = n.post_id
        WHERE n.issue_id = $1 ORDER BY 1, 2
        """,
        issue,
    )
    assert [tuple(row) for row in rows] == [
        ("HEAD", "RESPONSE_OFFICE"),
        ("HOLDER", "RESPONSE_OFFICE"),
        ("LEADER", "DISTRICT_LEADER"),
        ("OFFICE", "RESPONSE_OFFICE"),
    ]
