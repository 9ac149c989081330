"""The loop every workflow shares: tell what fell due, write the journal, sleep to the next instant.

Handlers are synchronous decisions that wait until they are written; only `live` does IO. There is one
timer: the next instant of any open duty. A moved deadline changes that instant and so restarts it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from models.policy import orders
from models.policy.calling import CallingCase
from models.policy.steps import Refusal, RefusalCode
from workflows.contracts import (
    DEPARTMENTS,
    DUE,
    LEVEL,
    OVERDUE,
    STAGE,
    WRITE_TIMEOUT,
    Outcome,
    RefusalDetail,
)
from workflows.retries import UNTIL_WRITTEN

RECORD = "record"
"""The activity that writes one batch; named, so that workflows import no IO."""

UPDATES_A_RUN = 1500
"""Temporal allows 2,000 updates a run; we continue as new well before."""

AnyOrder = TypeVar("AnyOrder", bound="orders.Order")


class Cycle:
    """What a workflow over duties is made of; subclasses add their updates."""

    def __init__(self, case: CallingCase) -> None:
        self._case = case
        self._written = case.seq
        self._updates = 0
        self._shown: tuple[object, ...] = ()

    async def live(self) -> str:
        """Runs until the case is closed; continues as new when its history grows long."""
        if self._written:
            self._show()  # a run before this one, or one that was lost, had shown it
        while True:
            self._case.tell(workflow.now())
            if self._case.noted:
                await self._write()
            elif self._case.stage.closed or self._grown():
                await workflow.wait_condition(workflow.all_handlers_finished)
                if self._case.noted:
                    continue
                if self._case.stage.closed:
                    return self._case.stage.value
                workflow.continue_as_new(self._case.state)
            else:
                await self._sleep_until(self._case.duties.next_instant())

    def _grown(self) -> bool:
        return workflow.info().is_continue_as_new_suggested() or self._updates >= UPDATES_A_RUN

    async def _sleep_until(self, instant: datetime | None) -> None:
        now = workflow.now()
        try:
            await workflow.wait_condition(
                lambda: self._case.noted or self._grown() or self._case.duties.next_instant() != instant,
                timeout=None if instant is None else max(instant - now, timedelta()),
            )
        except TimeoutError:
            return

    async def _write(self) -> None:
        batch = self._case.drain()
        self._show()
        await workflow.execute_activity(
            RECORD,
            batch,
            start_to_close_timeout=WRITE_TIMEOUT,
            retry_policy=UNTIL_WRITTEN,
            summary=f"{len(batch.notes)} entries to {batch.seq}",
        )
        self._written = batch.seq

    def _show(self) -> None:
        """Search attributes, only when they changed, and the details Temporal's own UI shows."""
        case, due = self._case, self._case.duties.due()
        overdue = case.duties.overdue(workflow.now())
        shown = (case.stage, case.level, due, overdue, tuple(case.departments))
        if shown == self._shown:
            return
        self._shown = shown
        workflow.upsert_search_attributes(
            [
                STAGE.value_set(case.stage.value),
                LEVEL.value_set(case.level.value),
                DUE.value_set(due) if due else DUE.value_unset(),
                OVERDUE.value_set(overdue),
                DEPARTMENTS.value_set(case.departments),
            ]
        )
        duties = [
            f"- {view.duty.kind.value} by {view.due_at.isoformat() if view.due_at else 'suspended'}, "
            f"{view.duty.holder.kind.value}"
            for view in case.views()
        ]
        # Temporal drops the static summary of a run that continues as new, so the details name the case.
        first = f"{case.title}: **{case.stage.value}** {case.level.value}"
        workflow.set_current_details("\n".join([first, *duties]))

    # Orders -------------------------------------------------------------------------------------------

    async def _take(self, decide: Callable[[AnyOrder, datetime], None], order: AnyOrder) -> Outcome:
        """Decides, notes, and waits until it is written. A repeated command changes nothing."""
        self._updates += 1
        if not self._case.took(order.by.command):
            self._case.tell(workflow.now())  # a breach that came first is told first
            decide(order, workflow.now())
            self._case.remember(order.by.command)
            workflow.logger.info("order taken", extra={"request_id": order.by.request})
        seq = self._case.seq
        await workflow.wait_condition(lambda: self._written >= seq)
        return Outcome(seq, self._case.stage.value)

    def _refuse(self, order: AnyOrder, why: Callable[[AnyOrder], Refusal | None]) -> None:
        """For validators: raises what the policy refuses, unless the command was taken already."""
        if self._case.took(order.by.command):
            return
        refusal = why(order)
        if refusal is not None:
            raise ApplicationError(
                refusal.code.value, RefusalDetail.of(refusal), type=refusal.code.value, non_retryable=True
            )

    # The clock's own orders, the same for every cycle ---------------------------------------------------

    @workflow.update
    async def extend(self, order: orders.Extend) -> Outcome:
        return await self._take(self._case.extend, order)

    @extend.validator
    def _refuse_extend(self, order: orders.Extend) -> None:
        self._refuse(order, lambda o: self._open_and_in_time(o.duty))

    @workflow.update
    async def hand_over(self, order: orders.HandOver) -> Outcome:
        return await self._take(self._case.hand_over, order)

    @hand_over.validator
    def _refuse_hand_over(self, order: orders.HandOver) -> None:
        self._refuse(order, lambda o: self._is_open(o.duty))

    @workflow.update
    async def suspend(self, order: orders.Pause) -> Outcome:
        return await self._take(self._case.suspend, order)

    @suspend.validator
    def _refuse_suspend(self, order: orders.Pause) -> None:
        self._refuse(order, lambda _: self._case.refuse_pause(stopping=True))

    @workflow.update
    async def resume(self, order: orders.Pause) -> Outcome:
        return await self._take(self._case.resume, order)

    @resume.validator
    def _refuse_resume(self, order: orders.Pause) -> None:
        self._refuse(order, lambda _: self._case.refuse_pause(stopping=False))

    def _is_open(self, key: str) -> Refusal | None:
        if any(duty.key == key for duty in self._case.duties.state):
            return None
        return Refusal(RefusalCode.NOT_FOUND, "duty", key)

    def _open_and_in_time(self, key: str) -> Refusal | None:
        late = self._is_open(key)
        if late is None and self._case.duties.late(key, workflow.now()):
            return Refusal(RefusalCode.TOO_LATE, "duty", key)
        return late
