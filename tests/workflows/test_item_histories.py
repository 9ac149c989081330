"""Recorded histories of items and a cycle replay with today's code; `test_histories` says when to record."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.converter import DataConverter
from temporalio.worker import Replayer

from models.policy.item_orders import Advance, Answers, CallEnded, OnItem, RaiseCall, RoundFacts
from models.queries import db, loops
from models.terms import Stage, SurveyStatus
from tests.workflows.loops import Loop, a_survey, an_item
from tests.workflows.test_histories import EARLIER, InstantsConverter, strict_runner, without_machine
from workflows.purposes import OTHER, counts, lines
from workflows.rectification import Rectification, RectificationCycle
from workflows.worker import runner

HISTORIES = Path(__file__).parent / "item_histories"
KINDS = [Rectification, RectificationCycle]
MOST_EVENTS = 60


async def called(item: Loop) -> None:
    """Raises a call, is merged, filed, and closed at first asking."""
    order = RaiseCall(item.by(), str(item.key), await line(), "street_light")
    await item.order(Rectification.raise_call, order)
    await db.execute("DELETE FROM outbox WHERE issue_id = $1", item.key)
    await item.handle.signal(Rectification.call_ended, CallEnded(order.issue, Stage.FILED))
    await item.until(4)
    await item.handle.signal(Rectification.answers, Answers(0, 2, 2, 2))


async def reopened(item: Loop) -> None:
    """Put right by the street, reopened by residents, stopped and gone on with, and closed."""
    for update in (Rectification.start, Rectification.complete):
        await item.order(update, OnItem(item.by()))
    await item.handle.signal(Rectification.answers, Answers(0, 2, 2, 0))
    await item.until(5)
    for update in (Rectification.suspend, Rectification.resume, Rectification.complete):
        await item.order(update, OnItem(item.by()))
    await item.handle.signal(Rectification.answers, Answers(1, 2, 2, 2))


async def whole(cycle: Loop) -> None:
    """All six steps."""
    published = RoundFacts(SurveyStatus.PUBLISHED)
    await cycle.handle.signal(RectificationCycle.facts, RoundFacts(SurveyStatus.CLOSED))
    await cycle.until(2)
    await cycle.handle.signal(RectificationCycle.facts, published)
    await cycle.until(3)
    for _ in range(2):
        await cycle.order(RectificationCycle.advance, Advance(cycle.by(), published))


async def line() -> str:
    return str(
        await db.value(
            """
            SELECT t.id FROM items t JOIN rulebooks r ON r.id = t.rulebook_id
            WHERE r.active AND t.key = 'street_light' LIMIT 1
            """
        )
    )


SCENARIOS: dict[str, Callable[[Loop], Awaitable[None]]] = {
    "item_called": called,
    "item_reopened": reopened,
    "cycle_whole": whole,
}


def recorded(name: str, folder: Path = HISTORIES) -> WorkflowHistory:
    return WorkflowHistory.from_json(name, (folder / f"{name}.json").read_text("utf-8"))


@pytest.fixture
def server(request: pytest.FixtureRequest):
    """With --record, the server to record on; otherwise none."""
    recording = request.config.getoption("--record", default=False)
    return request.getfixturevalue("virtual") if recording else None


async def test_each_scenario_has_its_history(server) -> None:
    if server is not None:
        HISTORIES.mkdir(exist_ok=True)
        await asyncio.gather(*(record(server, name) for name in SCENARIOS))
    assert {path.stem for path in HISTORIES.iterdir()} == set(SCENARIOS), "run with --record"


async def record(env, name: str) -> None:
    survey = await a_survey()
    if name.startswith("item"):
        loop = Loop(env, await an_item(survey), "item")
    else:
        async with db.transaction() as connection:
            loop = Loop(env, await loops.begin(connection, survey, await db.value("SELECT now()")), "cycle")
    await loop.start()
    async with loop.worked():
        await loop.until(1)
        await SCENARIOS[name](loop)
        assert await asyncio.wait_for(loop.handle.result(), 20) in ("CLOSED", "DONE")
    history = await loop.handle.fetch_history()
    (HISTORIES / f"{name}.json").write_text(without_machine(history.to_json()), "utf-8")


FOLDERS = [
    pytest.param(HISTORIES, id="now"),
    *(pytest.param(folder / "items", id=folder.name) for folder in EARLIER),
]


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("name", SCENARIOS)
async def test_a_recorded_history_replays(name: str, folder: Path) -> None:
    await Replayer(workflows=KINDS, workflow_runner=runner()).replay_workflow(recorded(name, folder))


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("name", SCENARIOS)
async def test_it_replays_where_policy_is_refused_the_clock(name: str, folder: Path) -> None:
    strict = Replayer(
        workflows=KINDS,
        workflow_runner=strict_runner(),
        data_converter=DataConverter(payload_converter_class=InstantsConverter),
    )
    await strict.replay_workflow(recorded(name, folder))


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_event_is_for_something_and_there_are_few(name: str) -> None:
    read = lines(recorded(name).events)
    assert [one for one in read if one.purpose == OTHER] == []
    assert len(read) < MOST_EVENTS or name == "item_reopened", counts(read)
