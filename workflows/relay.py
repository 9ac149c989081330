"""The relay: starts the case of every acknowledged report, whoever died in between."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog
from temporalio.client import Client
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from models.queries import acceptance, batches, cases, outbox
from workflows.contracts import CALLING_QUEUE
from workflows.rounds import Rounds
from workflows.starting import acceptance_arguments, batch_arguments, start_arguments

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
                    await self._start(item)
                except (RPCError, OSError) as fault:
                    log.warning("case not started yet", issue=str(item.issue), error=str(fault))
                    await taken.failed(item, str(fault), self._clock())
                    break
                except Exception as fault:  # one broken row must not hold up the others
                    log.exception("case cannot be started", issue=str(item.issue))
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

    async def _start(self, item: outbox.Pending) -> None:
        case = await cases.case(item.issue)
        if case is None or case.stage.closed:
            return
        try:
            await self._client.start_workflow(**await start_arguments(case, self._task_queue))
            log.info("case started", issue=str(item.issue), request_id=item.request)
        except WorkflowAlreadyStartedError:
            log.info("case was started before", issue=str(item.issue))
