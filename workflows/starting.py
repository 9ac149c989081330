"""Starting a case or an appeal: the one place that knows its id, its arguments, and what operators see."""

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
from workflows.appeal import Appeal
from workflows.calling import Calling
from workflows.contracts import CALLING_QUEUE, DISTRICT, LEVEL, STAGE, STREET, appeal_id, workflow_id


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
