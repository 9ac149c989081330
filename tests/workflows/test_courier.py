"""Every notice reaches its channel under one id, whichever couriers run, and whatever is away."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import pytest_asyncio

from models.policy.notice import Notice
from models.queries import db, deliveries, projection
from tests.workflows.test_projection import batches
from workflows.channels import ChannelDownError, ChannelRefusedError, MemoryChannel
from workflows.courier import Courier

AHEAD = timedelta(days=60)
"""The cases here are told of at instants some days from now."""


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC) + AHEAD

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def channel() -> MemoryChannel:
    return MemoryChannel()


@pytest.fixture
def courier(channel: MemoryChannel, clock: Clock) -> Courier:
    return Courier(channel, clock)


@pytest_asyncio.fixture(autouse=True)
async def _nothing_else(database: str) -> None:
    """What other tests left is delivered to nobody here."""
    await db.execute("UPDATE notifications SET not_before = NULL WHERE not_before IS NOT NULL")


async def told(count: int) -> list[UUID]:
    """So many notices waiting, oldest first: those of one case as it is written, and copies of them."""
    made = await batches()
    for batch in made:
        assert await projection.record(batch)
    issue = UUID(made[0].case)
    own = await db.value("SELECT count(*) FROM notifications WHERE issue_id = $1", issue)
    await db.execute(
        """
        INSERT INTO notifications (id, post_id, issue_id, seq, duty_id, target, percent, owed_at, told_at,
            not_before)
        SELECT gen_random_uuid(), post_id, issue_id, seq + 1000 * n, duty_id, target, percent, owed_at,
            told_at, not_before
        FROM notifications, generate_series(1, $2) n WHERE issue_id = $1
        """,
        issue,
        count // own,
    )
    found = await db.rows(
        "SELECT id FROM notifications WHERE issue_id = $1 ORDER BY told_at, owed_at, id", issue
    )
    ids = [row["id"] for row in found]
    await db.execute("UPDATE notifications SET not_before = NULL WHERE id = ANY($1)", ids[count:])
    return ids[:count]


async def rows(ids: list[UUID]) -> list[db.Row]:
    return await db.rows(
        """
        SELECT attempts, not_before, delivered_at, last_error FROM notifications WHERE id = ANY($1)
        ORDER BY told_at, owed_at, id
        """,
        ids,
    )


async def waiting(ids: list[UUID]) -> int:
    return int(
        await db.value(
            "SELECT count(*) FROM notifications WHERE id = ANY($1) AND not_before IS NOT NULL", ids
        )
    )


async def until_empty(courier: Courier, ids: list[UUID]) -> int:
    tried = 0
    while await waiting(ids):
        tried += await courier.hand_on()
    return tried


async def test_each_notice_is_delivered_once_oldest_first_with_its_facts(courier, channel, clock):
    ids = await told(30)
    assert await until_empty(courier, ids) == 30
    assert await courier.hand_on() == 0
    assert [notice.id for notice in channel.notices] == ids
    assert {row["delivered_at"] for row in await rows(ids)} == {clock.now}
    row = await db.row(
        """
        SELECT n.*, p.role, i.code, d.kind FROM notifications n JOIN posts p ON p.id = n.post_id
        JOIN issues i ON i.id = n.issue_id JOIN duties d ON d.id = n.duty_id WHERE n.id = $1
        """,
        ids[0],
    )
    told_of = [ids[0], row["post_id"], row["role"], row["code"], row["kind"], row["target"], row["percent"]]
    assert channel.notices[0] == Notice(*told_of, owed_at=row["owed_at"], told_at=row["told_at"])


async def test_what_is_not_owed_yet_and_what_was_told_before_the_upgrade_stays(channel):
    ids = await told(3)
    early = Courier(channel, lambda: datetime.now(UTC) - timedelta(days=1))
    assert await early.hand_on() == 0
    await db.execute("UPDATE notifications SET not_before = NULL WHERE id = ANY($1)", ids)
    assert await Courier(channel, Clock()).hand_on() == 0
    assert channel.notices == []


async def test_a_channel_that_is_down_is_tried_again_later_and_the_others_wait(courier, channel, clock):
    ids = await told(3)
    channel.fault = ChannelDownError("no answer")
    assert await courier.hand_on() == 1, "one try is enough to know"
    first, *others = await rows(ids)
    expected = (1, clock.now + timedelta(seconds=5), None, "no answer")
    assert tuple(first) == expected
    assert [tuple(row) for row in others] == [(0, clock.now, None, None)] * 2
    channel.fault = None
    assert await courier.hand_on() == 2
    assert await courier.hand_on() == 0, "the first is not due yet"
    clock.move(seconds=6)
    assert await courier.hand_on() == 1
    assert [notice.id for notice in channel.notices] == [*ids[1:], ids[0]]


async def test_waits_grow_and_the_last_failure_is_the_end(courier, channel, clock):
    ids = await told(1)
    channel.fault = ChannelDownError("no answer")
    waits = []
    for _ in range(6):
        await courier.hand_on()
        ((_, due, _, _),) = await rows(ids)
        waits.append((due - clock.now).total_seconds())
        clock.now = due
    assert waits == [5, 30, 120, 600, 600, 600]
    await db.execute(
        "UPDATE notifications SET attempts = $2 WHERE id = $1", ids[0], deliveries.MOST_TRIES - 1
    )
    await courier.hand_on()
    assert [tuple(row) for row in await rows(ids)] == [(deliveries.MOST_TRIES, None, None, "no answer")]


@pytest.mark.parametrize(
    ("fault", "again"), [(ChannelRefusedError("answered 404"), False), (ValueError("broken"), True)]
)
async def test_a_notice_that_cannot_be_delivered_holds_up_no_other(courier, channel, fault, again, clock):
    ids = await told(3)

    class Picky(MemoryChannel):
        async def deliver(self, notice: Notice) -> None:
            if notice.id == ids[0]:
                raise fault
            await super().deliver(notice)

    picky = Picky()
    assert await Courier(picky, clock).hand_on() == 3
    assert [notice.id for notice in picky.notices] == ids[1:]
    first = (await rows(ids))[0]
    assert (first["attempts"], first["delivered_at"], first["not_before"] is not None) == (1, None, again)
    assert str(fault) in first["last_error"]


async def test_a_courier_killed_between_delivery_and_mark_leaves_it_to_another_under_the_same_id(clock):
    ids = await told(2)
    there = asyncio.Event()

    class Stuck(MemoryChannel):
        async def deliver(self, notice: Notice) -> None:
            await super().deliver(notice)
            there.set()
            await asyncio.Event().wait()

    before, after = Stuck(), MemoryChannel()
    doomed = asyncio.create_task(Courier(before, clock).hand_on())
    await asyncio.wait_for(there.wait(), 5)
    doomed.cancel()
    with pytest.raises(asyncio.CancelledError):
        await doomed
    other = Courier(after, clock)
    assert await other.hand_on() == 0, "the dead one holds them still"
    clock.move(seconds=deliveries.LEASE.total_seconds())
    assert await other.hand_on() == 2
    assert [notice.id for notice in before.notices] == ids[:1]
    assert [notice.id for notice in after.notices] == ids
    assert await waiting(ids) == 0


async def test_a_courier_that_comes_back_too_late_undoes_nothing(clock):
    ids = await told(2)
    late = await deliveries.take(clock())
    clock.move(minutes=2)
    await Courier(MemoryChannel(), clock).hand_on()
    done = await rows(ids)
    await late.failed(late.pending[0], "too slow", clock())
    await late.refused(late.pending[0], "too slow")
    await late.release(late.pending, clock())
    clock.move(minutes=1)
    await late.delivered(late.pending[1], clock())
    assert await rows(ids) == done
    assert [row["delivered_at"] is not None for row in done] == [True, True]


async def test_two_couriers_share_the_work_and_deliver_each_notice_once(clock):
    ids = await told(90)

    class Slow(MemoryChannel):
        async def deliver(self, notice: Notice) -> None:
            await asyncio.sleep(0.002)
            await super().deliver(notice)

    channels = [Slow(), Slow()]
    tried = await asyncio.gather(*(until_empty(Courier(one, clock), ids) for one in channels))
    assert min(tried) > 0, "both took part"
    assert Counter(notice.id for one in channels for notice in one.notices) == Counter(ids)


async def test_a_row_that_somebody_else_holds_is_passed_over(courier, channel):
    ids = await told(5)
    async with db.transaction() as connection:
        await connection.execute("SELECT 1 FROM notifications WHERE id = ANY($1) FOR UPDATE", ids[:2])
        assert await asyncio.wait_for(courier.hand_on(), 5) == 3
    assert await courier.hand_on() == 2
    assert [notice.id for notice in channel.notices] == [*ids[2:], *ids[:2]]


async def test_what_a_slow_or_stopping_courier_did_not_try_is_handed_back(channel, clock):
    ids = await told(3)

    class Slow(MemoryChannel):
        async def deliver(self, notice: Notice) -> None:
            await super().deliver(notice)
            clock.move(seconds=31)

    slow = Slow()
    assert await Courier(slow, clock).hand_on() == 1
    stopping = Courier(channel, clock)
    stopping.stop()
    assert await stopping.hand_on() == 0
    assert await Courier(channel, clock).hand_on() == 2
    assert [notice.id for notice in (*slow.notices, *channel.notices)] == ids


async def test_a_running_courier_is_woken_by_what_a_case_writes_and_stops_when_asked(channel):
    courier = Courier(channel, lambda: datetime.now(UTC) + AHEAD)
    running = asyncio.create_task(courier.run())
    await asyncio.sleep(0.3)
    made = await batches()
    began = asyncio.get_running_loop().time()
    for batch in made:
        await projection.record(batch)
    issue = UUID(made[0].case)
    written = {row["id"] for row in await db.rows("SELECT id FROM notifications WHERE issue_id = $1", issue)}
    while await waiting(list(written)):
        await asyncio.sleep(0.02)
    assert asyncio.get_running_loop().time() - began < 1.5, "it did not wait for its poll"
    assert {notice.id for notice in channel.notices} == written
    assert len(channel.notices) == len(written) > 0
    courier.stop()
    await asyncio.wait_for(running, 1)
