"""Carrying a page of a batch out. May run twice: every order's id is derived from batch and case."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import structlog
from temporalio import activity

from models.policy import orders
from models.policy.steps import Refusal, closed_refusal
from models.queries import batch_items, cases, commands
from models.queries.batch_items import BatchOnRecord, Item
from models.terms import derived_id
from workflows.contracts import BATCH_MARK, BATCH_PAGE, BatchMark, PageDone
from workflows.gateway import CallingGateway, CaseUnavailableError
from workflows.levers import UPDATES, order_of

log = structlog.get_logger()

PAGE = 16
"""Cases to the page: small enough that a batch is suspended or cancelled within seconds."""
IN_FLIGHT = 8
"""Orders sent at once: a batch must leave room for what people do meanwhile."""


def command_of(batch: UUID, issue: UUID) -> UUID:
    """The id of the order to this case: the Temporal update id too."""
    return derived_id("batch order", batch, issue)


@dataclass
class BatchWork:
    """The activities of batches, with the way to the cases."""

    gateway: CallingGateway

    @activity.defn(name=BATCH_PAGE)
    async def page(self, batch: str) -> PageDone:
        """Sends the next page's orders and writes each result."""
        found = await batch_items.batch(UUID(batch))
        if found is None:
            raise LookupError(f"no batch {batch}")
        items = await batch_items.waiting(found.id, PAGE)
        room = asyncio.Semaphore(IN_FLIGHT)

        async def one(item: Item) -> bool:
            async with room:
                activity.heartbeat()
                return await self._settle(found, item)

        settled = await asyncio.gather(*(one(item) for item in items))
        left = await batch_items.left(found.id)
        log.info("batch page", batch=batch, settled=sum(settled), left=left)
        return PageDone(sum(settled), left)

    @activity.defn(name=BATCH_MARK)
    async def mark(self, mark: BatchMark) -> None:
        """Writes where the batch stands."""
        await batch_items.mark(UUID(mark.batch), mark.status, datetime.now(UTC))

    async def _settle(self, batch: BatchOnRecord, item: Item) -> bool:
        """Whether the case gave a result; one that did not answer waits for another try."""
        try:
            outcome = await self._ordered(batch, item)
        except CaseUnavailableError as fault:
            await batch_items.failed(item.id, str(fault), datetime.now(UTC))
            return False
        except Exception as fault:  # one broken case must not hold up the others
            log.exception("batch order failed", batch=str(batch.id), issue=str(item.issue))
            await batch_items.failed(item.id, repr(fault), datetime.now(UTC))
            return False
        if isinstance(outcome, Refusal):
            await batch_items.refused(item.id, outcome, datetime.now(UTC))
        else:
            await batch_items.done(item.id, outcome, datetime.now(UTC))
        return True

    async def _ordered(self, batch: BatchOnRecord, item: Item) -> int | Refusal:
        """Sends the order; returns the line that carried it out. What was carried out is not sent again."""
        command = command_of(batch.id, item.issue)
        before = await batch_items.applied(command)
        if before is not None:
            return before
        case = await cases.case(item.issue)
        if case is None:
            raise LookupError(f"no issue {item.issue}")
        if case.stage.closed:
            return closed_refusal(case.stage.value)
        order = await order_of(batch, case, _actor(batch, command))
        if isinstance(order, Refusal):
            return order
        now = datetime.now(UTC)
        await commands.receive(
            command,
            actor=f"batch/{batch.id}",
            name=f"BATCH_{batch.lever.action.value}",
            fingerprint=commands.digest("BATCH", [str(batch.id), str(item.issue)]),
            issue=item.issue,
            texts={"note": batch.reason},
            now=now,
        )
        outcome = await self.gateway.send(UPDATES[batch.lever.action], case, order)
        if isinstance(outcome, Refusal):
            await commands.forget(command, now)
            # A page that was tried again may find its own order carried out meanwhile.
            return await batch_items.applied(command) or outcome
        return outcome.seq


def _actor(batch: BatchOnRecord, command: UUID) -> orders.Actor:
    return orders.Actor(
        str(command),
        str(batch.post) if batch.post else None,
        str(batch.person) if batch.person else None,
        batch.request,
    )
