"""The way from the edge to a running batch."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from temporalio.client import Client, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.service import RPCError, RPCStatusCode

from models.policy.steps import Refusal, RefusalCode
from models.queries import batch_items
from models.terms import BatchStatus
from workflows.batch import Batch
from workflows.contracts import batch_id
from workflows.gateway import ANSWER_WITHIN, CaseUnavailableError, refusal_of


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
            return refusal_of(failure)
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
