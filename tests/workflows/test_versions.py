"""Versions of workers: a new one waits until it is released, and running cases move on to it."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from temporalio.client import Client

from infra import deployments
from models.terms import Level
from tests.workflows.bench import Bench
from tests.workflows.ground import ROUND_THE_CLOCK, arguments, issue_on_record
from tests.workflows.test_durability import RealTime
from workflows.worker import calling_worker


async def build_of(case: Bench) -> str:
    """The build that served the case last."""
    found = (await case.handle.describe()).raw_description
    return found.workflow_execution_info.versioning_info.deployment_version.build_id


async def begun(client: Client, queue: str) -> Bench:
    case = Bench(RealTime(client), queue=queue, record=await issue_on_record(), calendar=ROUND_THE_CLOCK)
    case.issue, case.street = case.record.id, str(case.record.street)
    case.handle = await client.start_workflow(**await arguments(case.record, case.calendar, queue))
    return case


async def shown(client: Client, queue: str) -> dict[str, tuple[bool, float]]:
    return {one.build: (one.current, one.percent) for one in await deployments.versions(client, queue)}


async def test_a_version_is_released_and_running_cases_move_on_to_it(stack, database):
    client = await Client.connect(stack.settings.temporal_address)
    queue = f"test-{uuid4().hex[:8]}"
    assert await deployments.versions(client, queue) == []
    with pytest.raises(deployments.UnknownBuildError, match="no worker of build"):
        await deployments.release(client, queue, "one")
    async with calling_worker(client, queue, "one"):
        assert await deployments.first(client, queue, "one")
        case = await begun(client, queue)
        await case.assess()
        assert await build_of(case) == "one"
        async with calling_worker(client, queue, "two"):
            assert not await deployments.first(client, queue, "two")
            await known(client, queue, "two")
            assert await shown(client, queue) == {"one": (True, 0.0), "two": (False, 0.0)}
            assert await build_of(await served(client, queue)) == "one"
            await deployments.release(client, queue, "two", 25)
            assert (await shown(client, queue))["two"] == (False, 25.0)
            await deployments.release(client, queue, "two", 0)
            assert (await shown(client, queue))["two"] == (False, 0.0)
            await deployments.release(client, queue, "two")
            assert await shown(client, queue) == {"one": (False, 0.0), "two": (True, 0.0)}
            assert await build_of(await served(client, queue)) == "two"
            assignment = await case.call()
            await moved(case, "two")
            await case.replay()
    async with calling_worker(client, queue, "two"):
        assert assignment
        assert case.level is Level.GENERAL
        await case.handle.terminate()


async def test_a_worker_of_no_version_hands_over_to_the_first_that_has_one(stack, database):
    client = await Client.connect(stack.settings.temporal_address)
    queue = f"test-{uuid4().hex[:8]}"
    async with calling_worker(client, queue):
        case = await begun(client, queue)
        await case.assess()
    async with calling_worker(client, queue, "one"):
        await deployments.first(client, queue, "one")
        await case.call()
        await moved(case, "one")
        await case.replay()
        await case.handle.terminate()


async def served(client: Client, queue: str) -> Bench:
    """A new case that took an order."""
    case = await begun(client, queue)
    await case.assess()
    return case


async def known(client: Client, queue: str, build: str) -> None:
    for _ in range(80):
        if build in await shown(client, queue):
            return
        await asyncio.sleep(0.25)
    raise AssertionError(f"Temporal does not know {build}")


async def moved(case: Bench, build: str) -> None:
    for _ in range(40):
        if await build_of(case) == build:
            return
        await asyncio.sleep(0.25)
    raise AssertionError(await build_of(case))
