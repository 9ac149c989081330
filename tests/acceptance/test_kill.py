"""`kill -9` of every part at the worst moment: what was acknowledged is found, and nothing is there twice."""

from __future__ import annotations

import asyncio
import signal
from uuid import uuid4

import httpx
import pytest

from tests.acceptance.crash import WAY, Installation


async def test_an_acknowledged_report_outlives_an_api_that_dies_before_any_worker_lives(place, api) -> None:
    assert not place.worker.alive
    key = uuid4().hex
    reported = await place.send("worker", "reportIssue", place.report, key)
    api.kill()
    code = reported["trackingCode"]
    assert await place.timeline(code) == []
    assert len(await place.rows("SELECT 1 FROM outbox")) == 1
    await place.worker.start()
    await until_collected(place, code)
    await api.start()
    assert (await place.send("worker", "reportIssue", place.report, key)) == reported
    await place.insist("clerk", "assessIssue", {"issue": reported["issue"]["id"], "level": "GENERAL"})
    assert await place.timeline(code) == ["COLLECTED", "ASSESSED"]
    assert await place.issues() == 1
    assert await place.rows("SELECT 1 FROM outbox") == []


async def until_collected(place: Installation, code: str) -> None:
    for _ in range(100):
        if await place.timeline(code) == ["COLLECTED"]:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the case was not started within ten seconds")


@pytest.mark.parametrize("after", [0.0, 0.03])
async def test_reports_under_way_while_the_api_dies_are_one_issue_each(place, api, worker, after) -> None:
    """Some are acknowledged, some done and not answered, some never arrived: all are sent again."""
    before = await place.issues()
    keys = [uuid4().hex for _ in range(12)]
    first = [asyncio.create_task(place.send("worker", "reportIssue", place.report, key)) for key in keys]
    while not any(task.done() for task in first):
        await asyncio.sleep(0.002)
    await asyncio.sleep(after)
    await place.killed_and_back("api")
    answers = await asyncio.gather(*first, return_exceptions=True)
    again = await asyncio.gather(*(place.insist("worker", "reportIssue", place.report, key) for key in keys))
    for early, late in zip(answers, again, strict=True):
        assert isinstance(early, httpx.HTTPError) or early == late
    assert any(isinstance(early, dict) for early in answers)
    assert len({report["trackingCode"] for report in again}) == len(keys)
    assert await place.issues() == before + len(keys)


MANY = pytest.param("worker", 20, marks=pytest.mark.prove)


@pytest.mark.parametrize(
    ("victim", "cases"), [("worker", 8), ("api", 5), ("temporal", 5), ("postgres", 5), MANY]
)
async def test_cases_go_on_where_they_were_when_a_part_dies_under_load(
    place, api, worker, victim: str, cases: int
) -> None:
    """Killed once a third of the commands are acknowledged; clients send the same again until they hear."""
    before, acknowledged = await place.issues(), place.acknowledged
    place.again.clear()
    running = [asyncio.create_task(place.whole_case(uuid4().hex)) for _ in range(cases)]
    while place.acknowledged < acknowledged + cases * 3:
        await asyncio.sleep(0.01)
    assert not any(task.done() for task in running), "not killed under load"
    await place.killed_and_back(victim)
    codes = await asyncio.gather(*running)
    # A worker or a Temporal that is soon back is waited for by the API; the others' clients must try again.
    assert victim in ("worker", "temporal") or place.again
    for code in codes:
        assert await place.timeline(code) == WAY
    assert len(set(codes)) == cases
    assert await place.issues() == before + cases
    assert await place.rows("SELECT 1 FROM commands WHERE applied_seq IS NULL") == []
    left = await place.rows(
        "SELECT kind, status FROM duties d JOIN issues i ON i.id = d.issue_id "
        "WHERE i.code = ANY($1) AND d.status <> 'FULFILLED'",
        codes,
    )
    assert left == []


async def test_an_api_told_to_stop_answers_what_is_under_way(place, api, worker) -> None:
    """Nobody loses an answer half way: a request is answered whole, or never taken."""
    issues = [await place.insist("worker", "reportIssue", place.report) for _ in range(20)]
    given = [{"issue": report["issue"]["id"], "level": "GENERAL"} for report in issues]
    under_way = [asyncio.create_task(place.send("clerk", "assessIssue", one, uuid4().hex)) for one in given]
    while not any(task.done() for task in under_way):
        await asyncio.sleep(0.002)
    process = api._process
    api.ask_to_stop()
    answers = await asyncio.gather(*under_way, return_exceptions=True)
    assert all(isinstance(answer, dict | httpx.ConnectError) for answer in answers), answers
    assert sum(isinstance(answer, dict) for answer in answers) > 1
    assert await asyncio.to_thread(process.wait, 30) == 0


async def test_a_worker_told_to_stop_ends_well_and_its_cases_go_on(place, api, worker) -> None:
    running = [asyncio.create_task(place.whole_case(uuid4().hex)) for _ in range(4)]
    acknowledged = place.acknowledged
    while place.acknowledged < acknowledged + 8:
        await asyncio.sleep(0.01)
    process = worker._process
    process.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(process.wait, 30) == 0
    await worker.start()
    for code in await asyncio.gather(*running):
        assert await place.timeline(code) == WAY
