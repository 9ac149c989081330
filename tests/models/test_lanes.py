"""Compiled reads under way: who waits is answered together, each with their own answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from models.queries.lanes import RUNS_AT_ONCE, Lane, Lanes
from models.queries.together import MOST_TOGETHER, SMALL_ANSWER, Group, LanesBusyError, Statement

SQUARE = "SELECT row_to_json(r) FROM (SELECT $1::int * $1::int AS square, $2::text AS word LIMIT $3::int) r"
PICKED = "SELECT to_json(ARRAY(SELECT x FROM unnest($1::uuid[]) x WHERE x <> $2::uuid))"
SHARE = "SELECT to_json(100 / $1::int)"
SLOW = "SELECT to_json($1::int) FROM pg_sleep(0.01)"
LONG = "SELECT to_json(repeat('x', $1::int))"


class Counting(Lanes):
    """Counts runs, by how many each answered."""

    def __init__(self, url: str, size: int) -> None:
        super().__init__(url, size)
        self.runs: list[int] = []

    async def _run(self, statement: Statement, values: Any) -> bytes | None:
        self.runs.append(1)
        return await super()._run(statement, values)

    async def _run_together(self, statement: Statement, group: Any) -> list[bytes | None]:
        self.runs.append(len(group.values))
        return await super()._run_together(statement, group)


@pytest_asyncio.fixture
async def lanes(database: str) -> AsyncIterator[Counting]:
    made = Counting(database, 4)
    yield made
    await made.close()


async def small(lanes: Lanes, sql: str, *values: object) -> None:
    """Asks until the statement is known to be small, whatever else this machine does."""
    for _ in range(200):
        await lanes.json(sql, values)
        if lanes._statements[sql].small:
            return
    raise AssertionError("never found to be quick")


async def test_each_of_many_has_their_own_answer(lanes: Counting) -> None:
    await small(lanes, SQUARE, 0, "", 1)
    lanes.runs.clear()
    asked = [(n, "一'\"二" * (n % 3), 1) for n in range(100)]
    answers = await asyncio.gather(*(lanes.json(SQUARE, values) for values in asked))
    assert [json.loads(answer) for answer in answers] == [
        {"square": n * n, "word": word} for n, word, _ in asked
    ]
    assert sum(lanes.runs) == 100
    assert max(lanes.runs) == MOST_TOGETHER
    assert len(lanes.runs) <= RUNS_AT_ONCE + -(-100 // MOST_TOGETHER)


async def test_together_or_alone_the_answer_is_the_same_to_the_byte(lanes: Counting) -> None:
    await small(lanes, SQUARE, 0, "", 1)
    asked = [(7, "字", 1), (None, None, 1), (8, "", 0), (9, "z", 1)]
    alone = [await lanes.json(SQUARE, values) for values in asked]
    crowd = [(n, "", 1) for n in range(RUNS_AT_ONCE)]
    lanes.runs.clear()
    together = await asyncio.gather(*(lanes.json(SQUARE, values) for values in (*crowd, *asked)))
    assert lanes.runs == [1] * RUNS_AT_ONCE + [len(asked)]
    assert together[RUNS_AT_ONCE:] == alone
    assert alone[2] is None  # no row


async def test_arrays_are_shared_only_by_those_who_have_the_same(lanes: Counting) -> None:
    ids = [UUID(int=n) for n in range(4)]
    await small(lanes, PICKED, ids, ids[0])
    lanes.runs.clear()
    asked = [(ids if n % 2 else ids[:2], ids[n % 4]) for n in range(40)]
    answers = await asyncio.gather(*(lanes.json(PICKED, values) for values in asked))
    for (listed, left_out), answer in zip(asked, answers, strict=True):
        assert json.loads(answer) == [str(one) for one in listed if one != left_out]
    assert max(lanes.runs) > 1


async def test_one_bad_value_harms_nobody_else(lanes: Counting) -> None:
    await small(lanes, SHARE, 1)
    asked = [0 if n == 9 else n % 5 + 1 for n in range(20)]
    answers = await asyncio.gather(*(lanes.json(SHARE, [n]) for n in asked), return_exceptions=True)
    assert isinstance(answers[9], asyncpg.DivisionByZeroError)
    assert [answer for answer in answers if answer is not answers[9]] == [
        str(100 // n).encode() for n in asked if n
    ]
    assert lanes._statements[SHARE].running == 0


async def test_who_goes_away_leaves_nobody_waiting(lanes: Counting) -> None:
    await small(lanes, SHARE, 1)
    asking = [asyncio.create_task(lanes.json(SHARE, [n])) for n in range(1, 21)]
    await asyncio.sleep(0)
    for gone in asking[RUNS_AT_ONCE : RUNS_AT_ONCE + 3]:
        gone.cancel()
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert sum(isinstance(answer, asyncio.CancelledError) for answer in answers) == 3
    assert sum(isinstance(answer, bytes) for answer in answers) == 17
    assert lanes._statements[SHARE].running == 0
    assert await lanes.json(SHARE, [4]) == b"25"


async def test_who_goes_as_their_turn_comes_hands_it_on() -> None:
    statement = Statement(SHARE)
    statement.running = 1
    first, second = (asyncio.create_task(statement.turn([n], most=3)) for n in (1, 2))
    await asyncio.sleep(0)
    statement.ended()
    first.cancel()  # before it woke to run it for both
    with pytest.raises(asyncio.CancelledError):
        await first
    alone = await second
    assert isinstance(alone, Group)
    assert alone.values == [[2]]
    assert statement.running == 1


async def test_a_lost_connection_is_one_answer_lost_and_no_more(lanes: Counting) -> None:
    await small(lanes, SHARE, 1)
    (lane,) = [lane for lane in lanes._free if isinstance(lane, Lane)]
    lane.connection.terminate()
    assert await lanes.json(SHARE, [5]) == b"20"


async def test_what_is_slow_or_long_runs_by_itself(lanes: Counting) -> None:
    for sql, value in ((SLOW, 1), (LONG, SMALL_ANSWER)):
        await asyncio.gather(*(lanes.json(sql, [value]) for _ in range(12)))
        assert not lanes._statements[sql].small
    assert set(lanes.runs) == {1}


async def test_an_answer_that_grew_travels_alone_again(lanes: Counting) -> None:
    await small(lanes, LONG, 1)
    await lanes.json(LONG, [SMALL_ANSWER])
    assert not lanes._statements[LONG].small


async def test_too_many_are_told_so() -> None:
    statement = Statement(SHARE)
    waiting = [asyncio.create_task(statement.turn([1], most=3)) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(LanesBusyError):
        await statement.turn([1], most=3)
    for task in waiting:
        task.cancel()
