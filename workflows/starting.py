"""Starting a case, an appeal or a batch: the one place for ids, arguments, and what operators see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)

from models.queries.appeals import AppealOnRecord
from models.queries.cases import CaseOnRecord
from models.queries.db import Row
from workflows.acceptance import Acceptance, AcceptanceOrder, acceptance_id, evidence_queue
from workflows.appeal import Appeal
from workflows.batch import Batch
from workflows.calling import Calling
from workflows.contracts import (
    CALLING_QUEUE,
    DISTRICT,
    LEVEL,
    STAGE,
    STREET,
    BatchState,
    appeal_id,
    batch_id,
    batches_queue,
    workflow_id,
)


def summary(case: CaseOnRecord) -> str:
    """The line Temporal's own UI lists a case by: code and category, never a title or a name."""
    return f"{case.code} · {case.category}"


async def appeal_arguments(record: AppealOnRecord, task_queue: str = CALLING_QUEUE) -> Mapping[str, Any]:
    """The same for an appeal, which belongs to a part of an issue."""
    return {
        "workflow": Appeal.run,
        "arg": await record.state(),
        "id": appeal_id(str(record.assignment)),
        "task_queue": task_queue,
        "id_conflict_policy": WorkflowIDConflictPolicy.USE_EXISTING,
        "id_reuse_policy": WorkflowIDReusePolicy.REJECT_DUPLICATE,
        "static_summary": f"{record.code} · {record.category}",
        "search_attributes": TypedSearchAttributes(
            [
                SearchAttributePair(DISTRICT, str(record.district)),
                SearchAttributePair(STREET, str(record.street)),
                SearchAttributePair(STAGE, record.stage.value),
                SearchAttributePair(LEVEL, record.level.value),
            ]
        ),
    }


async def start_arguments(case: CaseOnRecord, task_queue: str = CALLING_QUEUE) -> Mapping[str, Any]:
    """Arguments for `start_workflow` and update-with-start alike.

    A running case is used as it is, a closed one is never started again: a late command must not
    wake a ghost.
    """
    return {
        "workflow": Calling.run,
        "arg": await case.state(),
        "id": workflow_id(str(case.id)),
        "task_queue": task_queue,
        "id_conflict_policy": WorkflowIDConflictPolicy.USE_EXISTING,
        "id_reuse_policy": WorkflowIDReusePolicy.REJECT_DUPLICATE,
        "static_summary": summary(case),
        "search_attributes": TypedSearchAttributes(
            [
                SearchAttributePair(DISTRICT, str(case.district)),
                SearchAttributePair(STREET, str(case.street)),
                SearchAttributePair(STAGE, case.stage.value),
                SearchAttributePair(LEVEL, case.level.value),
            ]
        ),
    }


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
