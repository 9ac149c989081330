"""The relay: starts the case of every acknowledged report and every issued item, and tells items and cycles
what became so elsewhere, whoever died in between."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from temporalio.client import Client
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from models.policy.item_orders import Answers, CallEnded
from models.queries import acceptance, batches, cases, items, loops, outbox
from models.terms import CycleStep, ItemStatus, Stage
from workflows.contracts import CALLING_QUEUE
from workflows.rounds import Rounds
from workflows.starting import (
    acceptance_arguments,
    batch_arguments,
    cycle_arguments,
    item_arguments,
    start_arguments,
)

log = structlog.get_logger()


class Relay(Rounds):
    """Runs beside the worker; a Temporal that is away is waited for."""

    def __init__(
        self, client: Client, clock: Callable[[], datetime], task_queue: str = CALLING_QUEUE
    ) -> None:
        super().__init__(outbox.CHANNEL, outbox.BATCH)
        self._client = client
        self._task_queue = task_queue
        self._clock = clock

    async def hand_on(self) -> int:
        """Starts one batch of cases; returns how many rows it held.

        Where Temporal does not answer, the rest of the batch waits for the next round: each try takes
        seconds, and the rows are locked as long.
        """
        await self._start_batches()
        await self._start_acceptances()
        async with outbox.take(self._clock()) as taken:
            for item in taken.pending:
                try:
                    if item.id in taken.latest:
                        await self._hand(item)
                except (RPCError, OSError) as fault:
                    log.warning("not handed on yet", **_named(item), error=str(fault))
                    await taken.failed(item, str(fault), self._clock())
                    break
                except Exception as fault:  # one broken row must not hold up the others
                    log.exception("cannot be handed on", **_named(item))
                    await taken.failed(item, repr(fault), self._clock())
                else:
                    await taken.done(item.id)
            return len(taken.pending)

    async def _start_batches(self) -> None:
        """Any number of relays may: Temporal takes the first, and starting again finds it."""
        for row in await batches.unstarted():
            try:
                await self._client.start_workflow(**batch_arguments(row, self._task_queue))
                log.info("batch started", batch=str(row["id"]), total=row["total"])
            except WorkflowAlreadyStartedError:
                log.info("batch was started before", batch=str(row["id"]))
            except (RPCError, OSError) as fault:
                log.warning("batch not started yet", batch=str(row["id"]), error=str(fault))
                return
            await batches.started(row["id"], self._clock())

    async def _start_acceptances(self) -> None:
        """Likewise of photos that were confirmed."""
        for row in await acceptance.unstarted():
            try:
                await self._client.start_workflow(**acceptance_arguments(row, self._task_queue))
            except WorkflowAlreadyStartedError:
                log.info("acceptance was started before", evidence=str(row["id"]))
            except (RPCError, OSError) as fault:
                log.warning("acceptance not started yet", evidence=str(row["id"]), error=str(fault))
                return
            await acceptance.started(row["id"], self._clock())

    async def _hand(self, item: outbox.Pending) -> None:
        if item.issue is not None:
            await self._start(item, item.issue)
        elif item.item is not None:
            await self._tell_item(item.item, item.fact)
        elif item.cycle is not None:
            await self._tell_cycle(item.cycle)

    async def _start(self, item: outbox.Pending, issue: UUID) -> None:
        case = await cases.case(issue)
        if case is None or case.stage.closed:
            return
        try:
            await self._client.start_workflow(**await start_arguments(case, self._task_queue))
            log.info("case started", issue=str(issue), request_id=item.request)
        except WorkflowAlreadyStartedError:
            log.info("case was started before", issue=str(issue))

    async def _tell_item(self, key: UUID, fact: dict[str, Any] | None) -> None:
        """Starts the item, or tells it; one that is closed, or a draft again, needs to know nothing."""
        record = await items.item(key)
        if record is None or record.status in (ItemStatus.DRAFT, ItemStatus.CLOSED):
            return
        signal = {} if fact is None else _signal(fact)
        await self._start_or_tell(await item_arguments(record, self._task_queue), signal)

    async def _tell_cycle(self, key: UUID) -> None:
        """Starts the cycle where it is not running, and tells it how its round stands now."""
        record = await loops.cycle(key)
        if record is None or record.step is CycleStep.DONE:
            return
        signal = {"start_signal": "facts", "start_signal_args": [await record.facts()]}
        await self._start_or_tell(await cycle_arguments(record, self._task_queue), signal)

    async def _start_or_tell(self, arguments: Mapping[str, Any], signal: Mapping[str, Any]) -> None:
        try:
            await self._client.start_workflow(**arguments, **signal)
            log.info("told", workflow=arguments["id"], signal=signal.get("start_signal"))
        except WorkflowAlreadyStartedError:
            log.info("ended before", workflow=arguments["id"])


def _signal(fact: dict[str, Any]) -> Mapping[str, Any]:
    """A fact as the outbox holds it, as the item is told it."""
    values = {name: value for name, value in fact.items() if name != "fact"}
    told: CallEnded | Answers
    if fact["fact"] == outbox.Fact.CALL_ENDED:
        told = CallEnded(values["issue"], Stage(values["stage"]), values["merged_into"])
    else:
        told = Answers(**values)
    return {"start_signal": fact["fact"].lower(), "start_signal_args": [told]}


def _named(item: outbox.Pending) -> dict[str, str]:
    """What the row is about, for the log."""
    about = {"issue": item.issue, "item": item.item, "cycle": item.cycle}
    return {name: str(key) for name, key in about.items() if key is not None}
