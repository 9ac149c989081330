"""The worker of the calling cycle, built the same way in production, demo and tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.converter import StorageDriverStoreContext
from temporalio.worker import Worker, WorkerDeploymentConfig, WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from storage.evidence import EvidenceStore
from storage.images import Examiner
from workflows.acceptance import Acceptance, evidence_queue
from workflows.activities.accepting import Accepting
from workflows.activities.appeals import record_appeal
from workflows.activities.batches import BatchWork
from workflows.activities.bulletin import bulletin_due, publish_bulletin
from workflows.activities.half_year import begin_round, round_due
from workflows.activities.joining import Joining
from workflows.activities.projection import record
from workflows.activities.rectification import record_cycle, record_item
from workflows.activities.sweeping import Sweeping
from workflows.appeal import Appeal
from workflows.batch import Batch
from workflows.bulletin import MonthlyBulletin
from workflows.calling import Calling
from workflows.contracts import ANSWER_TIMEOUT, CALLING_QUEUE, PASSED_THROUGH, batches_queue
from workflows.gateway import CallingGateway
from workflows.half_year import HalfYearRound
from workflows.rectification import Rectification, RectificationCycle
from workflows.sweep import EvidenceSweeping

DRAIN = timedelta(seconds=10)
"""How long running activities may finish after SIGTERM."""

CASE_ANSWERS_WITHIN = timedelta(seconds=5)
"""A case that does not answer a batch sooner is tried again later."""

ACCEPTED_AT_ONCE = 4
"""More than are decoded at once: some are on their way from or to the store."""

WORKFLOWS = [Calling, Appeal, MonthlyBulletin, Rectification, RectificationCycle, HalfYearRound]


class Sandbox(SandboxedWorkflowRunner):
    """The SDK's sandbox, not asked for what nothing of ours reads.

    For each payload that comes or goes the SDK asks the workflow several times, inside the sandbox, in which
    context it is encoded or stored outside: two fifths of a worker's main thread (measured). Our converter
    knows no contexts and payloads are stored nowhere else.
    """

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        instance = super().create_instance(det)
        vars(instance).update(
            get_serialization_context=lambda _command: None,
            get_external_store_context=lambda _command: StorageDriverStoreContext(target=None),
        )
        return instance


def runner() -> SandboxedWorkflowRunner:
    """The sandbox, with the pure modules taken as they are."""
    return Sandbox(restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH))


def deployment_name(task_queue: str = CALLING_QUEUE) -> str:
    """What Temporal calls all versions of the workers of this task queue and its batches."""
    return f"huying-{task_queue}"


def versioned(task_queue: str, build: str | None) -> WorkerDeploymentConfig | None:
    """How a worker of this build is routed to; None for one of no version, which takes all work."""
    if build is None:
        return None
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(deployment_name(task_queue), build),
        use_worker_versioning=True,
        # A case lives for months: it moves on with the code, and its history must replay (decision 0018).
        default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    )


def calling_worker(client: Client, task_queue: str = CALLING_QUEUE, build: str | None = None) -> Worker:
    """A worker that runs cases and writes what they decide."""
    # Who a line is about is beside the event already, as a value.
    workflow.logger.workflow_info_on_message = False
    activity.logger.activity_info_on_message = False
    joining = Joining(CallingGateway(client, ANSWER_TIMEOUT, task_queue))
    activities: list[Callable[..., Any]] = [
        record,
        record_appeal,
        record_item,
        record_cycle,
        joining.join,
        bulletin_due,
        publish_bulletin,
        round_due,
        begin_round,
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
        deployment_config=versioned(task_queue, build),
    )


def evidence_worker(
    client: Client,
    store: EvidenceStore,
    examiner: Examiner,
    clock: Callable[[], datetime],
    task_queue: str = CALLING_QUEUE,
    build: str | None = None,
) -> Worker:
    """A worker that accepts photos, beside those of cases: cases do not wait for pictures."""
    accepting, sweeping = Accepting(store, examiner, clock), Sweeping(store, clock)
    return Worker(
        client,
        task_queue=evidence_queue(task_queue),
        workflows=[Acceptance, EvidenceSweeping],
        activities=[accepting.accept, sweeping.sweep],
        workflow_runner=runner(),
        graceful_shutdown_timeout=DRAIN,
        max_concurrent_activities=ACCEPTED_AT_ONCE,
        deployment_config=versioned(task_queue, build),
    )


def batch_worker(client: Client, task_queue: str = CALLING_QUEUE, build: str | None = None) -> Worker:
    """A worker that carries batches out, beside the one whose cases it gives orders to."""
    work = BatchWork(CallingGateway(client, CASE_ANSWERS_WITHIN, task_queue))
    return Worker(
        client,
        task_queue=batches_queue(task_queue),
        workflows=[Batch],
        activities=[work.page, work.mark],
        workflow_runner=runner(),
        graceful_shutdown_timeout=DRAIN,
        max_concurrent_activities=4,
        deployment_config=versioned(task_queue, build),
    )
