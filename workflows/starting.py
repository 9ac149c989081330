"""Starting a case, an appeal, an item, a cycle or a batch: the one place for ids, arguments, and what
operators see."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)

from models.policy.calling import CallingCase
from models.policy.loop import LoopCase
from models.policy.rectification import ItemCase
from models.queries.appeals import AppealOnRecord
from models.queries.cases import CaseOnRecord
from models.queries.db import Row
from models.queries.items import ItemOnRecord
from models.queries.loops import CycleOnRecord
from workflows.acceptance import Acceptance, AcceptanceOrder, acceptance_id, evidence_queue
from workflows.appeal import Appeal
from workflows.batch import Batch
from workflows.calling import Calling
from workflows.contracts import (
    ANSWERS,
    AT_REST,
    CALLING_QUEUE,
    DISTRICT,
    LEVEL,
    SHOWS,
    STAGE,
    STREET,
    WHEN_DECIDED,
    BatchState,
    appeal_id,
    batch_id,
    batches_queue,
    cycle_id,
    item_id,
    workflow_id,
)
from workflows.cycle import Shown, attributes
from workflows.rectification import Rectification, RectificationCycle


def summary(case: CaseOnRecord) -> str:
    """The line Temporal's own UI lists a case by: code and category, never a title or a name."""
    return f"{case.code} · {case.category}"


Begins = CallingCase | ItemCase | LoopCase


def _once(
    workflow: Any,
    state: object,
    key: str,
    task_queue: str,
    said: str,
    shown: Mapping[SearchAttributeKey[Any], Any],
) -> Mapping[str, Any]:
    """Arguments for `start_workflow` and update-with-start alike.

    What is running is used as it is, what has ended is never started again: a late command must not wake a
    ghost.
    """
    return {
        "workflow": workflow,
        "arg": state,
        "id": key,
        "task_queue": task_queue,
        "id_conflict_policy": WorkflowIDConflictPolicy.USE_EXISTING,
        "id_reuse_policy": WorkflowIDReusePolicy.REJECT_DUPLICATE,
        "static_summary": said,
        "memo": {ANSWERS: WHEN_DECIDED, SHOWS: AT_REST},
        "search_attributes": TypedSearchAttributes(
            [SearchAttributePair(name, value) for name, value in shown.items() if value not in (None, [])]
        ),
    }


def _begun(case: Begins, at: datetime) -> Shown:
    """What operators see from the first instant on: each change later costs the server a write more."""
    if not case.seq:
        case.begin()
    return attributes(case, at)


async def start_arguments(case: CaseOnRecord, task_queue: str = CALLING_QUEUE) -> Mapping[str, Any]:
    """The case of an issue."""
    state = await case.state()
    shown = {DISTRICT: str(case.district), STREET: str(case.street)}
    shown |= _begun(CallingCase(state), state.opened_at)
    return _once(Calling.run, state, workflow_id(str(case.id)), task_queue, summary(case), shown)


async def appeal_arguments(record: AppealOnRecord, task_queue: str = CALLING_QUEUE) -> Mapping[str, Any]:
    """An appeal, which belongs to a part of an issue."""
    shown = {
        DISTRICT: str(record.district),
        STREET: str(record.street),
        STAGE: record.stage.value,
        LEVEL: record.level.value,
    }
    key, said = appeal_id(str(record.assignment)), f"{record.code} · {record.category}"
    return _once(Appeal.run, await record.state(), key, task_queue, said, shown)


async def item_arguments(record: ItemOnRecord, task_queue: str = CALLING_QUEUE) -> Mapping[str, Any]:
    """A negative item that was issued."""
    state = await record.state()
    shown = {DISTRICT: str(record.place.district), STREET: str(record.place.street)}
    shown |= _begun(ItemCase(state), state.issued_at)
    key, said = item_id(str(record.id)), f"{record.code} · {record.category or '-'}"
    return _once(Rectification.run, state, key, task_queue, said, shown)


async def cycle_arguments(record: CycleOnRecord, task_queue: str = CALLING_QUEUE) -> Mapping[str, Any]:
    """A satisfaction cycle."""
    state = await record.state()
    shown = {DISTRICT: str(record.district)} | _begun(LoopCase(state), state.started_at)
    key, said = cycle_id(str(record.id)), f"{record.code} · cycle"
    return _once(RectificationCycle.run, state, key, task_queue, said, shown)


def acceptance_arguments(row: Row, task_queue: str = CALLING_QUEUE) -> Mapping[str, Any]:
    """Arguments for starting the acceptance of a photo; one that ran is not started again."""
    return {
        "workflow": Acceptance.run,
        "arg": AcceptanceOrder(str(row["id"])),
        "id": acceptance_id(str(row["id"])),
        "task_queue": evidence_queue(task_queue),
        "id_reuse_policy": WorkflowIDReusePolicy.REJECT_DUPLICATE,
        "static_summary": f"{row['code']} · {row['kind']}",
        "search_attributes": TypedSearchAttributes([SearchAttributePair(DISTRICT, str(row["district_id"]))]),
    }


def batch_arguments(row: Row, task_queue: str = CALLING_QUEUE) -> Mapping[str, Any]:
    """Arguments for starting a batch that is on record; one that ran is not started again."""
    return {
        "workflow": Batch.run,
        "arg": BatchState(str(row["id"])),
        "id": batch_id(str(row["id"])),
        "task_queue": batches_queue(task_queue),
        "id_reuse_policy": WorkflowIDReusePolicy.REJECT_DUPLICATE,
        "static_summary": f"{row['action']} · {row['total']}",
        "search_attributes": TypedSearchAttributes([SearchAttributePair(DISTRICT, str(row["district_id"]))]),
    }
