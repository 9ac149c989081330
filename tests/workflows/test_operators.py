"""What operators see of a case in Temporal, step by step, and that docs/operations.md speaks the truth."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from models.policy import orders
from models.queries import db
from models.terms import Level
from tests.workflows.bench import Bench
from tests.workflows.ground import at
from workflows.calling import Calling
from workflows.contracts import CALLING_QUEUE, SEARCH_ATTRIBUTES, workflow_id

GUIDE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return [found.strip() for found in re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)]


async def test_search_attributes_follow_a_general_case_through_every_step(virtual, crew):
    async with Bench(virtual, queue=crew) as case:
        ids = {"district": str(case.record.district), "street": case.street}
        expected = {**ids, "departments": None, "stage": "COLLECTED", "level": "GENERAL", "overdue": False}
        await case.written(1)
        assert await case.shown() == {**expected, "due": at(1, "14:30")}
        await case.assess()
        assert await case.shown() == {**expected, "stage": "ASSESSED", "due": at(1, "14:30")}
        assignment = await case.call()
        expected["departments"] = [case.lighting]
        assert await case.shown() == {**expected, "stage": "CALLED", "due": at(1, "14:30")}
        await case.to(at(1, "14:35"))
        assert await case.shown() == {**expected, "stage": "CALLED", "due": at(1, "14:30"), "overdue": True}
        for update, stage in (
            (Calling.accept, "HANDLING"),
            (Calling.report_in, "HANDLING"),
            (Calling.complete, "VERIFYING"),
        ):
            await case.step(update, assignment)
            (due,) = await case.due_everywhere()
            assert await case.shown() == {**expected, "stage": stage, "due": due}
            assert due > at(1, "17:00")
        await case.verify()
        (due,) = await case.due_everywhere()
        assert await case.shown() == {**expected, "stage": "REVIEWING", "due": due}
        await case.review(assignment)
        await case.handle.result()
        assert await case.shown() == {**expected, "stage": "FILED", "due": None}


async def test_summary_and_details_say_what_the_case_is_about_without_its_words(virtual, crew):
    async with Bench(virtual, queue=crew) as case:
        await case.called()
        title = f"{case.record.code} · street_light"
        assert await (await case.handle.describe()).static_summary() == title
        metadata = await case.handle.query("__temporal_workflow_metadata")
        due = (await case.shown())["due"].isoformat()
        assert metadata.current_details == (f"{title}: **CALLED** GENERAL\n- ACCEPT by {due}, DEPARTMENT")
        await case.order(Calling.suspend, orders.Pause(case.by()))
        metadata = await case.handle.query("__temporal_workflow_metadata")
        assert metadata.current_details.endswith("- ACCEPT by suspended, DEPARTMENT")


async def found(env, query: str) -> set[str]:
    return {run.id async for run in env.client.list_workflows(query)}


async def test_the_guide_s_queries_find_the_cases_they_speak_of(virtual, crew):
    overdue, called, simple = (
        Bench(virtual, level, queue=crew) for level in (Level.GENERAL, Level.GENERAL, Level.SIMPLE)
    )
    async with overdue, called, simple:
        await overdue.to(at(1, "15:00"))
        await called.called()
        await called.order(Calling.suspend, orders.Pause(called.by()))
        late, _, department, street, suspended, astray = blocks("visibility")
        department = re.sub(r"'[0-9a-f-]{36}'", f"'{called.lighting}'", department)
        street = re.sub(r"'[0-9a-f-]{36}'", f"'{called.street}'", street)
        expected = [
            (late, overdue, simple),
            (department, called, overdue),
            (street, overdue, simple),
            (suspended, called, overdue),
        ]
        async with asyncio.timeout(20):  # visibility follows within moments
            for query, inside, outside in expected:
                while True:
                    ids = await found(virtual, query)
                    if inside.handle.id in ids and outside.handle.id not in ids:
                        break
                    await asyncio.sleep(0.1)
        assert called.handle.id not in await found(virtual, astray)


@pytest.mark.parametrize("query", blocks("visibility"))
async def test_each_visibility_query_of_the_guide_is_understood(virtual, query):
    await virtual.client.count_workflows(query)


@pytest.mark.parametrize("statement", blocks("postgresql"))
async def test_each_statement_of_the_guide_runs(database, statement):
    async with db.pool().acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            await connection.fetch(statement)
        finally:
            await transaction.rollback()


def test_the_guide_names_what_the_code_names():
    assert f"`{workflow_id('{issue id}')}`" in GUIDE
    assert f"`{CALLING_QUEUE}`" in GUIDE
    for name in (*SEARCH_ATTRIBUTES, *_updates()):
        assert f"`{name}`" in GUIDE, name


def _updates() -> set[str]:
    return {
        name for name in dir(Calling) if hasattr(getattr(Calling, name), "_defn") and not name.startswith("_")
    }
