"""The way from the edge to a running case: an order becomes a Temporal update, a refusal a value."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any

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
from models.policy.item_orders import Advance, ItemOrder
from models.policy.steps import Refusal, RefusalCode, closed_refusal
from models.queries.appeals import AppealOnRecord
from models.queries.cases import CaseOnRecord
from models.queries.items import ItemOnRecord
from models.queries.loops import CycleOnRecord
from models.queries.written import Written
from models.terms import Command, CycleCommand, CycleStep, ItemCommand, ItemStatus, Stage
from workflows.contracts import CALLING_QUEUE, JOIN, Outcome, update_name
from workflows.starting import appeal_arguments, cycle_arguments, item_arguments, start_arguments

log = structlog.get_logger()

AnyItemOrder = ItemOrder | orders.Extend
AnyOrder = orders.Order | ItemOrder

ANSWER_WITHIN = timedelta(seconds=15)
"""A command whose worker is away is answered UNAVAILABLE after this; sent again, it still acts once."""


class CaseUnavailableError(RuntimeError):
    """Temporal or its workers could not answer now; nothing is lost by sending the command again."""


class CallingGateway:
    """Sends orders to cases, starting those that were never started."""

    def __init__(
        self,
        client: Client,
        answer_within: timedelta = ANSWER_WITHIN,
        task_queue: str = CALLING_QUEUE,
        written: Written | None = None,
    ) -> None:
        self._client = client
        self._task_queue = task_queue
        self._answer_within = answer_within
        self._written = written or Written()

    async def order(self, command: Command, case: CaseOnRecord, order: orders.Order) -> Outcome | Refusal:
        """What the order came to, or why the case refuses it. Raises CaseUnavailableError."""
        return await self._send(update_name(command), await self._start(case), order, case.stage)

    async def send(self, update: str, case: CaseOnRecord, order: orders.Order) -> Outcome | Refusal:
        """The same for any update of a case, by its name."""
        return await self._send(update, await self._start(case), order, case.stage)

    async def join(self, case: CaseOnRecord, order: orders.Join) -> Outcome | Refusal:
        """Hands reports of an issue that ends to `case`. Raises CaseUnavailableError."""
        return await self._send(JOIN, await self._start(case), order, case.stage)

    async def appeal(self, record: AppealOnRecord, order: orders.Appeal) -> Outcome | Refusal:
        """Lodges an appeal; whether it may be, `record.refusal` says before. Raises CaseUnavailableError."""
        return await self._send(
            "lodge", await appeal_arguments(record, self._task_queue), order, record.stage
        )

    async def decide_appeal(self, record: AppealOnRecord, order: orders.DecideAppeal) -> Outcome | Refusal:
        """What the decision came to, or why it is refused. Raises CaseUnavailableError."""
        start = await appeal_arguments(record, self._task_queue)
        return await self._send("decide", start, order, record.stage)

    async def item(
        self, command: ItemCommand, record: ItemOnRecord, order: AnyItemOrder
    ) -> Outcome | Refusal:
        """What the order to a negative item came to, or why it is refused. Raises CaseUnavailableError."""
        start = await item_arguments(record, self._task_queue)
        return _of(
            await self._send(update_name(command), start, order, Stage.FILED), "item", ItemStatus.CLOSED
        )

    async def cycle(self, record: CycleOnRecord, order: Advance) -> Outcome | Refusal:
        """What moving a satisfaction cycle on came to, or why it is refused. Raises CaseUnavailableError."""
        start = await cycle_arguments(record, self._task_queue)
        outcome = await self._send(update_name(CycleCommand.ADVANCE), start, order, Stage.FILED)
        return _of(outcome, "cycle", CycleStep.DONE)

    async def _start(self, case: CaseOnRecord) -> Mapping[str, Any]:
        return await start_arguments(case, self._task_queue)

    async def _send(
        self, update: str, arguments: Mapping[str, Any], order: AnyOrder, stage: Stage
    ) -> Outcome | Refusal:
        """Returns when what came of it can be read: the workflow answers as soon as it has decided."""
        start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(**arguments)
        try:
            with self._written.expecting(arguments["id"]) as written:
                outcome: Outcome = await self._client.execute_update_with_start_workflow(
                    update,
                    order,
                    start_workflow_operation=start,
                    id=order.by.command,
                    result_type=Outcome,
                    rpc_timeout=self._answer_within,
                )
                async with asyncio.timeout(self._answer_within.total_seconds()):
                    await written(outcome.seq)
            return outcome
        except TimeoutError as late:
            raise CaseUnavailableError("it is decided and not yet written") from late
        except WorkflowUpdateFailedError as failure:
            return refusal_of(failure)
        except WorkflowAlreadyStartedError:
            return closed_refusal(stage.value)
        except WorkflowUpdateRPCTimeoutOrCancelledError as failure:
            raise CaseUnavailableError("no worker answered in time") from failure
        except RPCError as failure:
            if failure.status is RPCStatusCode.ALREADY_EXISTS:
                return closed_refusal(stage.value)
            log.warning("temporal unavailable", status=failure.status.name, workflow=arguments["id"])
            raise CaseUnavailableError(failure.message) from failure


def _of(outcome: Outcome | Refusal, what: str, end: StrEnum) -> Outcome | Refusal:
    """The same where it is about no issue: what has ended is refused by its own name."""
    if isinstance(outcome, Refusal) and outcome.code is RefusalCode.WRONG_STAGE:
        return Refusal(RefusalCode.WRONG_STATUS, what, end.value)
    return outcome


def refusal_of(failure: WorkflowUpdateFailedError) -> Refusal:
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
