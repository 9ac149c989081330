"""The way from the edge to a running case: an order becomes a Temporal update, a refusal a value."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from models.policy import orders
from models.policy.steps import Refusal, RefusalCode
from models.queries import batch_items
from models.queries.cases import CaseOnRecord
from models.terms import BatchStatus, Command
from workflows.batch import Batch
from workflows.contracts import CALLING_QUEUE, JOIN, Outcome, batch_id, update_name
from workflows.starting import start_arguments

log = structlog.get_logger()

ANSWER_WITHIN = timedelta(seconds=15)
"""A command whose worker is away is answered UNAVAILABLE after this; sent again, it still acts once."""


class CaseUnavailableError(RuntimeError):
    """Temporal or its workers could not answer now; nothing is lost by sending the command again."""


class CallingGateway:
    """Sends orders to cases, starting those that were never started."""

    def __init__(
        self, client: Client, answer_within: timedelta = ANSWER_WITHIN, task_queue: str = CALLING_QUEUE
    ) -> None:
        self._client = client
        self._task_queue = task_queue
        self._answer_within = answer_within

    async def order(self, command: Command, case: CaseOnRecord, order: orders.Order) -> Outcome | Refusal:
        """What the order came to, or why the case refuses it. Raises CaseUnavailableError."""
        return await self.send(update_name(command), case, order)

    async def join(self, case: CaseOnRecord, order: orders.Join) -> Outcome | Refusal:
        """Hands reports of an issue that ends to `case`. Raises CaseUnavailableError."""
        return await self.send(JOIN, case, order)

    async def send(self, update: str, case: CaseOnRecord, order: orders.Order) -> Outcome | Refusal:
        """The same for any update of a case, by its name."""
        start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            **await start_arguments(case, self._task_queue)
        )
        try:
            outcome: Outcome = await self._client.execute_update_with_start_workflow(
                update,
                order,
                start_workflow_operation=start,
                id=order.by.command,
                result_type=Outcome,
                rpc_timeout=self._answer_within,
            )
            return outcome
        except WorkflowUpdateFailedError as failure:
            return _refusal(failure)
        except WorkflowAlreadyStartedError:
            return _closed(case)
        except WorkflowUpdateRPCTimeoutOrCancelledError as failure:
            raise CaseUnavailableError("no worker answered in time") from failure
        except RPCError as failure:
            if failure.status is RPCStatusCode.ALREADY_EXISTS:
                return _closed(case)
            log.warning("temporal unavailable", status=failure.status.name, issue=str(case.id))
            raise CaseUnavailableError(failure.message) from failure


def _closed(case: CaseOnRecord) -> Refusal:
    return Refusal(RefusalCode.WRONG_STAGE, "issue", case.stage.value)


def _refusal(failure: WorkflowUpdateFailedError) -> Refusal:
    """The policy's refusal as it was raised; anything else is a fault and stays one."""
    cause = failure.cause
    if (
        not isinstance(cause, ApplicationError)
        or cause.type is None
        or cause.type not in RefusalCode.__members__
    ):
        raise failure
    detail = cause.details[0] if cause.details else {}
    return Refusal(
        RefusalCode(cause.type),
        str(detail.get("field", "issue")),
        str(detail.get("found", "")),
        tuple(detail.get("expected", ())),
    )


class BatchGateway:
    """Suspends, resumes and cancels batches."""

    def __init__(self, client: Client, answer_within: timedelta = ANSWER_WITHIN) -> None:
        self._client = client
        self._answer_within = answer_within

    async def turn(self, batch: UUID, status: BatchStatus) -> Refusal | None:
        """Why the batch refuses it, or None once it is on record. Raises CaseUnavailableError."""
        try:
            await self._client.get_workflow_handle(batch_id(str(batch))).execute_update(
                TURNS[status], rpc_timeout=self._answer_within
            )
        except WorkflowUpdateFailedError as failure:
            return _refusal(failure)
        except WorkflowUpdateRPCTimeoutOrCancelledError as failure:
            raise CaseUnavailableError("no worker answered in time") from failure
        except RPCError as failure:
            if failure.status is RPCStatusCode.NOT_FOUND:
                ended = await batch_items.batch(batch)
                if ended is not None and ended.status.ended:
                    return Refusal(
                        RefusalCode.WRONG_STATUS, "batch", ended.status.value, (BatchStatus.RUNNING,)
                    )
            raise CaseUnavailableError(failure.message) from failure
        return None


TURNS: dict[BatchStatus, Any] = {
    BatchStatus.PAUSED: Batch.pause,
    BatchStatus.RUNNING: Batch.resume,
    BatchStatus.CANCELLED: Batch.cancel,
}
"""Which update brings a batch to which status."""
