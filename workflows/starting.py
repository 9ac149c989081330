"""Starting a case: the one place that knows its id, its arguments and what operators see of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)

from models.queries.cases import CaseOnRecord
from models.queries.db import Row
from workflows.batch import Batch
from workflows.calling import Calling
from workflows.contracts import (
    CALLING_QUEUE,
    DISTRICT,
    LEVEL,
    STAGE,
    STREET,
    BatchState,
    batch_id,
    batches_queue,
    workflow_id,
)


def summary(case: CaseOnRecord) -> str:
    """The line Temporal's own UI lists a case by: code and category, never a title or a name."""
    return f"{case.code} · {case.category}"


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
