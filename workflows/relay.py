"""The relay: starts the case of every acknowledged report, whoever died in between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import asyncpg
import structlog
from temporalio.client import Client
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from models.queries import cases, db, outbox
from workflows.contracts import CALLING_QUEUE
from workflows.starting import start_arguments

log = structlog.get_logger()

POLL_SECONDS = 2.0
"""How long a missed NOTIFY can delay a start."""


class Relay:
    """Runs beside the worker; any number of relays may run, each row is one's alone."""

    def __init__(
        self, client: Client, clock: Callable[[], datetime], task_queue: str = CALLING_QUEUE
    ) -> None:
        self._client = client
        self._task_queue = task_queue
        self._clock = clock
        self._wake = asyncio.Event()
        self._stopping = False

    async def run(self) -> None:
        """Until `stop`; a database or Temporal that is away is waited for."""
        while not self._stopping:
            try:
                await self._listen()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
                log.warning("outbox not reachable", error=str(fault))
                await asyncio.sleep(POLL_SECONDS)

    async def _listen(self) -> None:
        async with db.pool().acquire() as connection:
            await connection.add_listener(outbox.CHANNEL, self._woken)
            try:
                while not self._stopping and not connection.is_closed():
                    await self._round()
            finally:
                await connection.remove_listener(outbox.CHANNEL, self._woken)

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()

    def _woken(self, *_: object) -> None:
        self._wake.set()

    async def _round(self) -> None:
        self._wake.clear()
        if await self.hand_on() < outbox.BATCH and not self._stopping:
            try:
                await asyncio.wait_for(self._wake.wait(), POLL_SECONDS)
            except TimeoutError:
                return

    async def hand_on(self) -> int:
        """Starts one batch of cases; returns how many rows it held.

        Where Temporal does not answer, the rest of the batch waits for the next round: each try takes
        seconds, and the rows are locked as long.
        """
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

    async def _start(self, item: outbox.Pending) -> None:
        case = await cases.case(item.issue)
        if case is None or case.stage.closed:
            return
        try:
            await self._client.start_workflow(**await start_arguments(case, self._task_queue))
            log.info("case started", issue=str(item.issue), request_id=item.request)
        except WorkflowAlreadyStartedError:
            log.info("case was started before", issue=str(item.issue))
