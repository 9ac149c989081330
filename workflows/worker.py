"""The worker of the calling cycle, built the same way in production, demo and tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from workflows.activities.appeals import record_appeal
from workflows.activities.bulletin import bulletin_due, publish_bulletin
from workflows.activities.joining import Joining
from workflows.activities.projection import record
from workflows.appeal import Appeal
from workflows.bulletin import MonthlyBulletin
from workflows.calling import Calling
from workflows.contracts import ANSWER_TIMEOUT, CALLING_QUEUE, PASSED_THROUGH
from workflows.gateway import CallingGateway

DRAIN = timedelta(seconds=10)
"""How long running activities may finish after SIGTERM."""

WORKFLOWS = [Calling, Appeal, MonthlyBulletin]


def runner() -> SandboxedWorkflowRunner:
    """The sandbox, with the pure modules taken as they are."""
    return SandboxedWorkflowRunner(
        restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
    )


def calling_worker(client: Client, task_queue: str = CALLING_QUEUE) -> Worker:
    """A worker that runs cases and writes what they decide."""
    # Who a line is about is beside the event already, as a value.
    workflow.logger.workflow_info_on_message = False
    activity.logger.activity_info_on_message = False
    joining = Joining(CallingGateway(client, ANSWER_TIMEOUT, task_queue))
    activities: list[Callable[..., Any]] = [
        record,
        record_appeal,
        joining.join,
        bulletin_due,
        publish_bulletin,
    ]
    return Worker(
        client,
        task_queue=task_queue,
        workflows=WORKFLOWS,
        activities=activities,
        workflow_runner=runner(),
        graceful_shutdown_timeout=DRAIN,
        max_concurrent_activities=16,
        max_cached_workflows=2000,
    )
