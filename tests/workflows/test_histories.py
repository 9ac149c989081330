"""Recorded histories replay with today's code: a change that would strand running cases fails here.

`pytest tests/workflows/test_histories.py --record` plays the scenarios again and writes their histories
anew. Do so only for a change that is meant to end old cases, and say why in the commit: otherwise
guard the change with `workflow.patched`, or by what a run was started with (decisions 0028, 0029), and keep
the histories from before it.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from temporalio.client import WorkflowHistory
from temporalio.converter import (
    AdvancedJSONEncoder,
    BinaryNullPayloadConverter,
    CompositePayloadConverter,
    DataConverter,
    JSONPlainPayloadConverter,
    JSONTypeConverter,
)
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from tests.workflows.bench import Bench
from tests.workflows.scenarios import SCENARIOS, Scenario
from workflows.calling import Calling
from workflows.contracts import workflow_id
from workflows.worker import runner

HISTORIES = Path(__file__).parent / "histories"
EARLIER = sorted(HISTORIES.parent.glob("histories_before_*"))
"""Of runs from before the decision of this number. Never recorded again: such runs go on for months."""
POLICY = "models.policy"


def files(name: str) -> list[Path]:
    """Where a scenario's histories are: one file for each run."""
    runs = SCENARIOS[name].runs
    return [HISTORIES / (f"{name}.json" if runs == 1 else f"{name}.{run}.json") for run in range(1, runs + 1)]


def recorded(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(workflow_id(path.stem), path.read_text("utf-8"))


ALL = [
    *(pytest.param(path, id=path.stem) for name in SCENARIOS for path in files(name)),
    *(
        pytest.param(path, id=f"{path.stem}, {folder.name}")
        for folder in EARLIER
        for path in sorted(folder.glob("*.json"))
    ),
]


class Instants(JSONTypeConverter):
    """Decodes instants inside the sandbox, where `datetime` is a stand-in that the SDK does not know."""

    def to_typed_value(self, hint: type[Any], value: Any) -> Any:
        if getattr(hint, "__name__", "") == "datetime" and isinstance(value, str):
            return datetime.fromisoformat(value)
        return self.Unhandled


class InstantsConverter(CompositePayloadConverter):
    def __init__(self) -> None:
        super().__init__(
            BinaryNullPayloadConverter(),
            JSONPlainPayloadConverter(encoder=AdvancedJSONEncoder, custom_type_converters=[Instants()]),
        )


def strict_replayer() -> Replayer:
    """As `replayer`, except that policy is inside the sandbox: there the clock is refused."""
    return Replayer(
        workflows=[Calling],
        workflow_runner=strict_runner(),
        data_converter=DataConverter(payload_converter_class=InstantsConverter),
    )


def strict_runner() -> SandboxedWorkflowRunner:
    passed = ("models.terms",)
    return SandboxedWorkflowRunner(restrictions=SandboxRestrictions.default.with_passthrough_modules(*passed))


@pytest.fixture
def servers(request: pytest.FixtureRequest) -> dict[int, WorkflowEnvironment]:
    """With --record, the servers to record on, by the number of runs; otherwise none."""
    if not request.config.getoption("--record", default=False):
        return {}
    return {1: request.getfixturevalue("virtual"), 2: request.getfixturevalue("growing")}


async def test_each_scenario_has_its_history_and_each_history_its_scenario(servers):
    if servers:
        HISTORIES.mkdir(exist_ok=True)
        for old in HISTORIES.iterdir():
            old.unlink()
        await asyncio.gather(*(record(servers[one.runs], name, one) for name, one in SCENARIOS.items()))
    wanted = {path.name for name in SCENARIOS for path in files(name)}
    assert {path.name for path in HISTORIES.iterdir()} == wanted, "run with --record"


async def record(env: WorkflowEnvironment, name: str, scenario: Scenario) -> None:
    async with Bench(env, scenario.level) as case:
        first = (await case.handle.describe()).run_id
        await scenario.play(case)
        assert await case.handle.result() == "FILED"
        last = (await case.handle.describe()).run_id
        runs = [first] if scenario.runs == 1 else [first, last]
        for path, run in zip(files(name), runs, strict=True):
            history = await env.client.get_workflow_handle(case.handle.id, run_id=run).fetch_history()
            path.write_text(without_machine(history.to_json()), "utf-8")


def without_machine(history: str) -> str:
    """The history without the name of the machine it was recorded on, on one line for each event."""

    def cleaned(value: object) -> object:
        if isinstance(value, dict):
            return {key: "recorder" if key == "identity" else cleaned(one) for key, one in value.items()}
        if isinstance(value, str) and re.match(r"\d+@", value):  # the queue of one worker process
            return "recorder"
        return [cleaned(one) for one in value] if isinstance(value, list) else value

    events = json.loads(history)["events"]
    lines = ",\n".join(json.dumps(cleaned(event), separators=(",", ":")) for event in events)
    return f'{{"events":[\n{lines}\n]}}\n'


@pytest.mark.parametrize("path", ALL)
async def test_a_recorded_history_replays(path):
    replayer = Replayer(workflows=[Calling], workflow_runner=runner())
    await replayer.replay_workflow(recorded(path))


@pytest.mark.parametrize("path", ALL)
async def test_a_recorded_history_replays_where_policy_is_refused_the_clock(path):
    await strict_replayer().replay_workflow(recorded(path))


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_recorded_history_holds_what_its_scenario_says(name):
    taken = tuple(
        event.workflow_execution_update_accepted_event_attributes.accepted_request.input.name
        for path in files(name)
        for event in recorded(path).events
        if event.HasField("workflow_execution_update_accepted_event_attributes")
    )
    assert taken == SCENARIOS[name].updates
    ends = [recorded(path).events[-1].WhichOneof("attributes") for path in files(name)]
    continued = ["workflow_execution_continued_as_new_event_attributes"] * (SCENARIOS[name].runs - 1)
    assert ends == [*continued, "workflow_execution_completed_event_attributes"]


async def test_a_changed_order_of_events_is_noticed():
    """The lock holds: a history with one activity missing does not replay."""
    path = HISTORIES / "general_filed.json"
    events = json.loads(path.read_text("utf-8"))["events"]
    wrong = [
        {**event, "eventType": event["eventType"]}
        if "activityTaskScheduledEventAttributes" not in event
        else renamed(event)
        for event in events
    ]
    history = WorkflowHistory.from_json(workflow_id("wrong"), json.dumps({"events": wrong}))
    with pytest.raises(Exception, match=r"(?i)nondeterminism"):
        await Replayer(workflows=[Calling], workflow_runner=runner()).replay_workflow(history)


def renamed(event: dict) -> dict:
    key = "activityTaskScheduledEventAttributes"
    return {**event, key: {**event[key], "activityType": {"name": "another"}}}


# The clock inside policy ------------------------------------------------------------------------------------

READS_THE_CLOCK = """
    def advance(self, now: datetime) -> list[Notice]:
        datetime.now()
"""


class Slipped(MetaPathFinder, Loader):
    """Hands out `models.policy.duty` with a clock read slipped into `advance`."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        return importlib.util.spec_from_loader(name, self) if name == f"{POLICY}.duty" else None

    def exec_module(self, module: ModuleType) -> None:
        found = importlib.util.find_spec("models")
        assert found is not None
        assert found.submodule_search_locations
        source = (Path(next(iter(found.submodule_search_locations))) / "policy" / "duty.py").read_text(
            "utf-8"
        )
        head = "    def advance(self, now: datetime) -> list[Notice]:\n"
        assert head in source
        exec(compile(source.replace(head, READS_THE_CLOCK), "duty.py", "exec"), module.__dict__)


@contextmanager
def slipped_in() -> Iterator[None]:
    finder = Slipped()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


async def test_a_clock_read_that_slips_into_policy_is_refused_at_run_time():
    replayer = strict_replayer()
    with slipped_in(), pytest.raises(Exception, match=r"Cannot access datetime\.datetime\.now"):
        await replayer.replay_workflow(recorded(HISTORIES / "general_filed.json"))
