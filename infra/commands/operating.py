"""`huying stuck` and `huying release`: what operators ask and order outside the API."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from api.operations.stuck import REMEDIES
from infra import connections, deployments
from infra.commands.database import ensure_current
from infra.commands.failures import CommandError
from infra.commands.surroundings import surroundings
from infra.deployments import Version
from infra.settings import Settings
from workflows.contracts import Stuck, StuckWorkflow
from workflows.gateway import CaseUnavailableError
from workflows.inspection import Inspector


def stuck(as_json: bool) -> None:
    """Prints every case and other workflow that does not move; raises CommandError where there is one."""
    found, others = asyncio.run(_stuck(surroundings()))
    if as_json:
        said = {"stuck": [_plain(one) for one in found], "others": [_plain(one) for one in others]}
        print(json.dumps(said, ensure_ascii=False, indent=1))
    elif found or others:
        Console().print(_table(found, others))
    else:
        print("everything that is open moves")
    if found or others:
        raise CommandError(f"{len(found)} cases and {len(others)} other workflows do not move")


def release(build: str | None, percent: float, as_json: bool) -> None:
    """Releases a build, where one is named, and prints the versions there are."""
    found = asyncio.run(_released(surroundings(), build, percent))
    if as_json:
        listed = [{**asdict(one), "since": one.since.isoformat()} for one in found]
        print(json.dumps({"versions": listed}, indent=1))
        return
    if not found:
        print("no worker has a build id; HUYING_BUILD_ID gives it one")
    for one in found:
        share = "current" if one.current else f"{one.percent:g} %" if one.percent else ""
        print(f"{one.build:24} {share:10} {'draining' if one.draining else ''}".rstrip())


async def _stuck(settings: Settings) -> tuple[list[Stuck], list[StuckWorkflow]]:
    async with connections.database(settings):
        await ensure_current()
        inspector = Inspector(await connections.temporal(settings))
        try:
            return await inspector.stuck(None, datetime.now(UTC)), await inspector.others(None)
        except CaseUnavailableError as away:
            raise CommandError(f"Temporal does not answer: {away}") from away


async def _released(settings: Settings, build: str | None, percent: float) -> list[Version]:
    client = await connections.temporal(settings)
    if build is not None:
        await deployments.release(client, settings.task_queue, build, percent)
    return await deployments.versions(client, settings.task_queue)


def _plain(one: Stuck | StuckWorkflow) -> dict[str, object]:
    plain = {**asdict(one), "kind": one.kind.value, "since": one.since.isoformat()}
    return plain | {"issue": str(one.issue)} if isinstance(one, Stuck) else plain


def _table(found: list[Stuck], others: list[StuckWorkflow]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("Case", "What is wrong", "Since", "Tries", "Said", "What mends it"):
        table.add_column(column, overflow="fold")
    both: list[Stuck | StuckWorkflow] = [*found, *others]
    for one in both:
        tries = str(one.attempts) if one.attempts else ""
        since = one.since.isoformat(timespec="seconds")
        name = one.code if isinstance(one, Stuck) else one.workflow
        table.add_row(name, one.kind.value, since, tries, one.detail, REMEDIES[one.kind][0])
    return table
