"""`python -m bench cases`: whole cases a second on the real Temporal server, beside a trivial workflow.

A GENERAL case without incident: assess, call, accept, report in, complete, verify with the answer, review;
each order waits until it is written, as the API does. Beside it a workflow with as many updates that set a
value, twice: on a worker and client as the SDK has them, and on ours, which are quicker. 16 of each in
flight, in rounds that take turns on one server; all are asked, and worked on, by this one process.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID, uuid4

import uvloop
from temporalio.client import Client
from temporalio.worker import Worker

from bench.stage import DISTRICT, stage
from bench.trivial import UPDATES, Trivial
from infra import connections, telemetry
from infra.demo.crowd import all_of
from models.policy import orders
from models.queries import cases, db, reporting
from models.queries.events import listening
from models.queries.written import Written
from models.terms import Criterion, Level, ReportSource
from workflows import purposes
from workflows.calling import Calling
from workflows.starting import start_arguments
from workflows.worker import calling_worker, runner

IN_FLIGHT = 16
WARMING_UP = 64
"""Of either kind: each connection plans a statement anew five times before it keeps a plan."""
WANTED = 0.45
CATEGORY = "street_light"
QUEUE, BESIDE, OURS = "bench-cases", "bench-trivial", "bench-trivial-ours"

Note = Callable[[str], None]


@dataclass(frozen=True)
class Ground:
    """Where cases are reported."""

    under: reporting.Active
    district: UUID
    street: UUID
    department: str


async def ground() -> Ground:
    row = await db.row(
        "SELECT s.id, s.district_id FROM streets s JOIN districts d ON d.id = s.district_id "
        "WHERE d.key = $1 ORDER BY s.code LIMIT 1",
        DISTRICT,
    )
    under = await reporting.active(row["district_id"], CATEGORY)
    department = await db.value(
        "SELECT id FROM departments WHERE district_id = $1 ORDER BY id LIMIT 1", row["district_id"]
    )
    if under is None:
        raise LookupError(CATEGORY)
    return Ground(under, row["district_id"], row["id"], str(department))


async def reported(where: Ground) -> cases.CaseOnRecord:
    """A report taken in; the bench starts its case itself."""
    new = reporting.NewReport(
        place=reporting.Place(where.district, where.street, None, None),
        category=CATEGORY,
        title="路灯不亮",
        where="中央路",
        description="",
        grams=[],
        source=ReportSource.PATROL,
        longitude=None,
        latitude=None,
        happened_at=None,
        external_ticket=None,
        reporter=None,
        reporter_name=None,
        reporter_phone=None,
    )
    received = await reporting.report(
        new, where.under, command=uuid4(), actor="bench", fingerprint="f", request=None, now=datetime.now(UTC)
    )
    issue = received.result
    found = await cases.case(issue) if issue is not None else None
    if found is None:
        raise LookupError("the report was not taken in")
    return found


async def play_case(client: Client, written: Written, record: cases.CaseOnRecord, department: str) -> str:
    """From report to filing; returns the workflow's id."""
    handle = await client.start_workflow(**await start_arguments(record, QUEUE))

    async def order(update: Any, kind: Callable[..., Any], *values: Any) -> None:
        by = orders.Actor(str(uuid4()))
        with written.expecting(handle.id) as stands:
            outcome = await handle.execute_update(update, kind(by, *values), id=by.command)
            await stands(outcome.seq)

    await order(Calling.assess, orders.Assess, Level.GENERAL)
    await order(Calling.call, orders.CallDepartments, str(uuid4()), [department])
    part = str(await db.value("SELECT id FROM assignments WHERE issue_id = $1", record.id))
    for update in (Calling.accept, Calling.report_in, Calling.complete):
        await order(update, orders.OnAssignment, part)
    await order(Calling.verify, orders.Verify, True, [], True)
    full, signers = {one.value: 20 for one in Criterion}, [str(uuid4()), str(uuid4())]
    await order(Calling.review, orders.Review, part, full, signers)
    if await handle.result() != "FILED":
        raise RuntimeError(f"{handle.id} was not filed")
    return handle.id


async def play_trivial(client: Client, queue: str) -> str:
    handle = await client.start_workflow(Trivial.run, id=f"trivial/{uuid4()}", task_queue=queue)
    for value in range(1, UPDATES + 1):
        await handle.execute_update(Trivial.put, value)
    await handle.result()
    return handle.id


async def rate(plays: list[Callable[[], Awaitable[str]]]) -> float:
    """Plays a second, so many in flight."""
    began = time.perf_counter()
    await all_of(lambda play: play(), plays, IN_FLIGHT)
    return len(plays) / (time.perf_counter() - began)


async def events(client: Client, workflow: str) -> dict[str, int]:
    """How many events of a history serve each purpose."""
    history = await client.get_workflow_handle(workflow).fetch_history()
    return purposes.counts(purposes.lines(history.events))


async def measure(rounds: int, number: int, note: Note) -> dict[str, Any]:
    async with AsyncExitStack() as ending:
        found = await ending.enter_async_context(stage(note))
        await ending.enter_async_context(connections.database(found.settings))
        client = await connections.temporal(found.settings)
        await ending.enter_async_context(calling_worker(client, QUEUE))
        plain = await Client.connect(found.settings.temporal_address, namespace=client.namespace)
        await ending.enter_async_context(Worker(plain, task_queue=BESIDE, workflows=[Trivial]))
        ours = Worker(client, task_queue=OURS, workflows=[Trivial], workflow_runner=runner())
        await ending.enter_async_context(ours)
        written = Written(told=True)
        address = connections.needed(found.settings.database_url, "PostgreSQL", "DATABASE_URL")
        await ending.enter_async_context(listening(address, lambda: None, written.heard))
        where = await ground()
        rates: dict[str, list[float]] = {"cases": [], "trivial": [], "trivial_ours": []}

        async def case(record: cases.CaseOnRecord) -> str:
            return await play_case(client, written, record, where.department)

        for turn in range(rounds + 1):
            size = number if turn else WARMING_UP
            records = [await reported(where) for _ in range(size)]
            sides: dict[str, list[Callable[[], Awaitable[str]]]] = {
                "cases": [lambda one=one: case(one) for one in records],  # type: ignore[misc]
                "trivial": [lambda: play_trivial(plain, BESIDE) for _ in range(size)],
                "trivial_ours": [lambda: play_trivial(client, OURS) for _ in range(size)],
            }
            for name in list(sides) if turn % 2 else list(sides)[::-1]:
                found_rate = await rate(sides[name])
                note(f"  round {turn} {name:12} {found_rate:7.2f}/s{'' if turn else ' (warming up)'}")
                if turn:
                    rates[name].append(found_rate)
        last = await case(await reported(where))
        return {"rates": rates, "events": await events(client, last)}


def said(found: dict[str, Any]) -> str:
    """For people: the rates, their ratios, and what a case's history is made of."""
    rates: dict[str, list[float]] = found["rates"]

    def beside(name: str) -> float:
        """The median of the rounds' ratios: what a slow minute takes, it takes from both."""
        return median(ours / theirs for ours, theirs in zip(rates["cases"], rates[name], strict=True))

    count = sum(found["events"].values())
    lines = [
        f"GENERAL cases without incident  {median(rates['cases']):7.2f} a second",
        f"trivial workflow, {UPDATES} updates     {median(rates['trivial']):7.2f} a second, SDK as it is",
        f"the same on our worker          {median(rates['trivial_ours']):7.2f} a second",
        f"ratio to the SDK as it is       {beside('trivial'):7.2f}   (wanted: at least {WANTED})",
        f"ratio to the same on our worker {beside('trivial_ours'):7.2f}",
        f"history events a case           {count:7}   (at most {purposes.MOST_EVENTS})",
    ]
    lines += [f"  {count:4}  {purpose}" for purpose, count in found["events"].items()]
    return "\n".join(lines)


def main(arguments: list[str], note: Note) -> int:
    asked = argparse.ArgumentParser("python -m bench cases", description=__doc__)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--cases", type=int, default=96, help="of either kind in a round")
    asked.add_argument("--out", type=Path, help="where the JSON goes")
    given = asked.parse_args(arguments)
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        telemetry.configure("json", stream=nowhere)  # lines are made as in production, and kept nowhere
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as running:  # as `huying worker` runs
            found = running.run(measure(given.rounds, given.cases, note))
    print(said(found))
    if given.out:
        given.out.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    return 0
