"""Items and the half-year's loop in virtual time, and workers killed in each of their steps."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from models.policy.item_orders import Advance, Answers, CallEnded, OnItem, RaiseCall
from models.queries import db, item_projection, loops, outbox
from models.terms import CycleStep, ItemStatus, Stage
from tests.workflows.loops import Loop, a_survey, an_item
from workflows.rectification import Rectification, RectificationCycle

MOST_EVENTS = 60
"""An item that raises a call and is closed at first asking stays below."""


async def line(category: str = "street_light") -> str:
    return str(
        await db.value(
            """
            SELECT t.id FROM items t JOIN rulebooks r ON r.id = t.rulebook_id
                JOIN districts d ON d.id = r.district_id
            WHERE d.key = 'jinjiang' AND r.active AND t.key = $1
            """,
            category,
        )
    )


async def test_an_item_nobody_takes_up_climbs_to_the_district_leader(virtual):
    item = Loop(virtual, await an_item(await a_survey()), "item")
    await item.start()
    async with item.worked():
        await item.until(1)
        await virtual.fast_forward(item.handle, timedelta(days=22))
        assert await item.told() == [
            ("RECTIFY HOLDER", 50),
            ("RECTIFY HOLDER", 80),
            ("RECTIFY HEAD", 100),
            ("RECTIFY OFFICE", 120),
            ("RECTIFY LEADER", 140),
        ]
        row = await db.row("SELECT breached_at, due_at FROM duties WHERE negative_item_id = $1", item.key)
        assert row["breached_at"] == row["due_at"]
    await item.replay()


async def test_an_item_with_a_call_takes_few_events_and_its_clock_stands_while_it_waits(virtual):
    item = Loop(virtual, await an_item(await a_survey()), "item")
    await item.start()
    async with item.worked():
        issue = await raised(item)
        await virtual.fast_forward(item.handle, timedelta(days=60))
        assert await item.told() == [], "its call has a ladder of its own"
        await item.handle.signal(Rectification.call_ended, CallEnded(issue, Stage.FILED))
        await item.until(4)
        await item.handle.signal(Rectification.call_ended, CallEnded(issue, Stage.FILED))
        await item.handle.signal(Rectification.answers, Answers(0, 2, 2, 2))
        assert await asyncio.wait_for(item.handle.result(), 20) == "CLOSED"
    assert await item.kinds() == ["ISSUED", "CALL_RAISED", "CALL_ENDED", "RECTIFIED", "PERCEIVED", "CLOSED"]
    events = await item.replay()
    assert events < MOST_EVENTS, events


async def raised(item: Loop) -> str:
    order = RaiseCall(item.by(), str(UUID(int=item.key.int ^ 1)), await line(), "street_light")
    await item.order(Rectification.raise_call, order)
    await db.execute("DELETE FROM outbox WHERE issue_id = $1", UUID(order.issue))
    return order.issue


async def test_when_the_time_to_answer_is_over_what_was_said_decides_and_silence_does_not(virtual):
    item = Loop(virtual, await an_item(await a_survey()), "item")
    await item.start()
    async with item.worked():
        await item.order(Rectification.start, OnItem(item.by()))
        await item.order(Rectification.complete, OnItem(item.by()))
        await db.execute("UPDATE negative_items SET asked = 5 WHERE id = $1", item.key)
        await virtual.fast_forward(item.handle, timedelta(days=22))
        assert (await item.row())["status"] == "PERCEIVING", "nobody said anything"
        told = [one for one in await item.told() if one[0].startswith("PERCEIVE")]
        assert told[2:] == [("PERCEIVE HEAD", 100), ("PERCEIVE LEADER", 140)], "its own rung is skipped"
        fact = await db.value("SELECT fact FROM outbox WHERE negative_item_id = $1", item.key)
        assert fact == {"fact": "ANSWERS", "round": 0, "asked": 5, "answered": 0, "satisfied": 0}
        await db.execute("DELETE FROM outbox WHERE negative_item_id = $1", item.key)
        await item.handle.signal(Rectification.answers, Answers(0, 5, 2, 2))
        await item.handle.signal(Rectification.answers, Answers(0, 5, 3, 3))
        assert await asyncio.wait_for(item.handle.result(), 20) == "CLOSED"
    assert "PERCEIVED" in await item.kinds()
    await item.replay()


@pytest.mark.parametrize("standing", ["ISSUED", "WAITING", "PERCEIVING", "CLOSED"])
async def test_an_item_whose_worker_is_killed_between_commit_and_completion_writes_once(
    virtual, database, standing
):
    item = Loop(virtual, await an_item(await a_survey()), "item")
    await item.start()
    waiting: asyncio.Task[str] | None = None
    async with item.dying(database, standing):
        if standing != "ISSUED":  # an order that comes at once would be written with the first line
            waiting = asyncio.create_task(played(item))
    assert (await item.row())["status"] == standing, "it was committed"
    async with item.worked():
        issue = await asyncio.wait_for(waiting or played(item), 60)
        if (await item.row())["status"] != ItemStatus.CLOSED:
            await item.handle.signal(Rectification.call_ended, CallEnded(issue, Stage.FILED))
            await item.until(4)
            await item.handle.signal(Rectification.answers, Answers(0, 1, 1, 1))
        assert await asyncio.wait_for(item.handle.result(), 60) == "CLOSED"
    assert await item.kinds() == ["ISSUED", "CALL_RAISED", "CALL_ENDED", "RECTIFIED", "PERCEIVED", "CLOSED"]
    found = await db.rows(
        "SELECT kind, status FROM duties WHERE negative_item_id = $1 ORDER BY key DESC", item.key
    )
    assert [tuple(row.values()) for row in found] == [("RECTIFY", "FULFILLED"), ("PERCEIVE", "FULFILLED")]
    assert await db.value("SELECT count(*) FROM issues WHERE id = $1", UUID(issue)) == 1
    await item.replay()


async def played(item: Loop) -> str:
    """Everything that happens to an item, each told as long as it takes."""
    issue = await raised(item)
    await item.handle.signal(Rectification.call_ended, CallEnded(issue, Stage.FILED))
    await item.until(4)
    await item.handle.signal(Rectification.answers, Answers(0, 1, 1, 1))
    return issue


async def test_the_half_year_goes_on_whichever_step_its_worker_is_killed_in(virtual, database):
    survey = await a_survey()
    async with db.transaction() as connection:
        key = await loops.begin(connection, survey, await db.value("SELECT now()"))
    cycle = Loop(virtual, key, "cycle")
    await cycle.start()
    item: UUID | None = None
    steps = list(CycleStep)
    for step in steps:
        moving: asyncio.Task[None] | None = None
        async with cycle.dying(database, step.value):
            moving = asyncio.create_task(moved(cycle, survey, step, item))
        assert (await cycle.row())["step"] == step, "it was committed before the worker died"
        async with cycle.worked():
            await asyncio.wait_for(moving, 60)
            if step is CycleStep.DONE:
                assert await asyncio.wait_for(cycle.handle.result(), 60) == "DONE"
                continue
            before = len(await cycle.told())
            await virtual.fast_forward(cycle.handle, DAYS[step])
            fresh = (await cycle.told())[before:]
            assert [percent for _, percent in fresh] == [50], f"one reminder in {step}, told once"
        if step is CycleStep.FEED_BACK:
            item = await an_item(survey)
    await db.execute("DELETE FROM outbox WHERE cycle_id = $1", key)
    kinds = await cycle.kinds()
    assert [kind for kind in kinds if kind != "REMINDED"] == ["BEGUN", *["STEPPED"] * 5, "ENDED"]
    rows = await db.rows("SELECT kind, status FROM duties WHERE cycle_id = $1 ORDER BY opened_at", key)
    wanted = ("SOLICIT", "SCORE", "FEED_BACK", "RECTIFY", "PERCEIVE", "IMPROVE")
    assert [(row["kind"], row["status"]) for row in rows] == [(kind, "FULFILLED") for kind in wanted]
    await cycle.replay()


DAYS = {
    CycleStep.SOLICIT: timedelta(days=13),
    CycleStep.ASSESS: timedelta(days=7),
    CycleStep.FEED_BACK: timedelta(days=3),
    CycleStep.RECTIFY: timedelta(days=36),
    CycleStep.PERCEIVE: timedelta(days=12),
    CycleStep.IMPROVE: timedelta(days=3),
}
"""Past half of the time that each step is given, and not yet four fifths."""
AFTER = {CycleStep.ASSESS: "CLOSED", CycleStep.FEED_BACK: "SCORED", CycleStep.RECTIFY: "PUBLISHED"}
"""Where the round stands when the cycle comes to a step."""


async def moved(cycle: Loop, survey: UUID, to: CycleStep, item: UUID | None) -> None:
    """What makes the cycle come to this step, as facts of the database, told as the relay tells them."""
    if to in AFTER:
        await db.execute("UPDATE surveys SET status = $2 WHERE id = $1", survey, AFTER[to])
        told = await db.value("SELECT count(*) FROM outbox WHERE cycle_id = $1", cycle.key)
        assert told >= 1, "whoever moves the round has its cycle told"
    if to is CycleStep.PERCEIVE:
        sql = "UPDATE negative_items SET status = 'PERCEIVING', rectified_at = now() WHERE id = $1"
        await db.execute(sql, item)
    if to is CycleStep.IMPROVE:
        await db.execute("UPDATE negative_items SET status = 'CLOSED' WHERE id = $1", item)
    record = await loops.cycle(cycle.key)
    assert record is not None
    facts = await record.facts()
    if to in (CycleStep.RECTIFY, CycleStep.DONE):
        await cycle.order(RectificationCycle.advance, Advance(cycle.by(), facts))
    elif to is not CycleStep.SOLICIT:
        await cycle.handle.signal(RectificationCycle.facts, facts)


async def test_of_two_items_that_end_at_once_the_second_has_the_cycle_told(database):
    survey = await a_survey()
    async with db.transaction() as connection:
        key = await loops.begin(connection, survey, await db.value("SELECT now()"))
    await db.execute("UPDATE rectification_cycles SET step = 'RECTIFY' WHERE id = $1", key)
    await db.execute("DELETE FROM outbox WHERE cycle_id = $1", key)
    both = [await an_item(survey), await an_item(survey)]

    async def ends(item: UUID) -> None:
        async with db.transaction() as connection:
            sql = "UPDATE negative_items SET status = 'PERCEIVING', rectified_at = now() WHERE id = $1"
            await connection.execute(sql, item)
            await asyncio.sleep(0.2)
            await loops.item_moved(connection, survey, await connection.fetchval("SELECT now()"))

    await asyncio.gather(*map(ends, both))
    assert await db.value("SELECT count(*) FROM outbox WHERE cycle_id = $1", key) == 1
    await db.execute("DELETE FROM outbox WHERE cycle_id = $1", key)


async def test_an_issue_that_ended_before_the_item_waited_on_it_is_told_all_the_same(database):
    """Merged into an issue that is filed meanwhile: filing finds nobody waiting, so the item looks itself."""
    from tests.workflows.ground import issue_on_record

    item, other = await an_item(await a_survey()), await issue_on_record()
    await db.execute("UPDATE issues SET stage = 'FILED' WHERE id = $1", other.id)
    async with db.transaction() as connection:
        await item_projection._if_ended(connection, item, other.id, await connection.fetchval("SELECT now()"))
    row = await db.row("SELECT fact FROM outbox WHERE negative_item_id = $1", item)
    assert row["fact"] == {
        "fact": outbox.Fact.CALL_ENDED,
        "issue": str(other.id),
        "stage": "FILED",
        "merged_into": None,
    }
    await db.execute("DELETE FROM outbox WHERE negative_item_id = $1", item)
