"""The loop every workflow shares: tell what fell due, write the journal, sleep to the next instant.

Handlers are synchronous decisions, answered at once (decision 0028); only `live` does IO. What moves a
workflow from rest is shown to operators at once; what comes while that is written, when it rests again
(decision 0029). Its one timer is set where it rests too, and anew only for an earlier instant: one that moved
to later lets the old timer ring, and finds nothing to tell.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeVar

from temporalio import workflow
from temporalio.common import SearchAttributeKey, TypedSearchAttributes
from temporalio.exceptions import ApplicationError

from models.policy import orders
from models.policy.item_orders import ItemOrder
from models.policy.journal import Journal
from models.policy.steps import Refusal, RefusalCode
from workflows.contracts import (
    ANSWERS,
    AT_REST,
    DEPARTMENTS,
    DUE,
    LEVEL,
    OVERDUE,
    SHOWS,
    STAGE,
    WHEN_DECIDED,
    WRITE_TIMEOUT,
    Outcome,
    RefusalDetail,
    update_name,
)
from workflows.retries import UNTIL_WRITTEN

UPDATES_A_RUN = 1500
"""Temporal allows 2,000 updates a run; we continue as new well before."""
MERGING = "MERGING"

Case = TypeVar("Case", bound=Journal[Any])
AnyOrder = TypeVar("AnyOrder", bound="orders.Order | ItemOrder")
Decide = Callable[[AnyOrder, datetime], None]
Why = Callable[[AnyOrder, datetime], Refusal | None]
Shown = dict[SearchAttributeKey[Any], Any]


class Cycle(Generic[Case]):
    """What a workflow over duties is made of; subclasses add their updates."""

    record: ClassVar[str]
    """The activity that writes one batch; named, so that workflows import no IO."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._written = case.seq
        self._updates = 0
        self._prompt = workflow.memo_value(ANSWERS, "") == WHEN_DECIDED
        self._shows_at_rest = workflow.memo_value(SHOWS, "") == AT_REST
        self._held = False
        """Whether it waits for another case and takes no order meanwhile."""
        self._shown = {} if case.seq else _given(workflow.info().typed_search_attributes)
        """What operators see already, as far as that is certain: a fresh case is started with it."""
        self._alarm: asyncio.Task[None] | None = None
        self._alarm_at: datetime | None = None

    async def live(self) -> str:
        """Runs until the case is closed; continues as new when its history grows long."""
        if self._written:
            self._show()  # a run before this one, or one that was lost, had shown it
        rested = False
        while True:
            self._case.tell(workflow.now())
            if self._case.noted:
                await self._write(shown=rested or not self._shows_at_rest)
                rested = False
            elif self._case.ended or self._grown():
                await workflow.wait_condition(workflow.all_handlers_finished)
                if self._case.noted:
                    continue
                self._show_at_rest()
                if self._case.ended:
                    return self._case.stage.value
                workflow.continue_as_new(self._case.state)
            else:
                await self._sleep()
                rested = True

    def _grown(self) -> bool:
        return workflow.info().is_continue_as_new_suggested() or self._updates >= UPDATES_A_RUN

    async def _sleep(self) -> None:
        """Until something is noted, or the alarm rings. Whatever moves an instant is noted too."""
        self._show_at_rest()
        self._wind(self._case.duties.next_instant())
        await workflow.wait_condition(lambda: self._case.noted or self._grown() or self._rang())
        if self._rang():
            self._alarm = None

    def _rang(self) -> bool:
        return self._alarm is not None and self._alarm.done()

    def _wind(self, instant: datetime | None) -> None:
        if instant is None:
            return
        if self._alarm is not None and not self._rang():
            if self._alarm_at is not None and self._alarm_at <= instant:
                return
            self._alarm.cancel()
        self._alarm_at = instant
        self._alarm = asyncio.create_task(workflow.sleep(max(instant - workflow.now(), timedelta())))

    async def _write(self, *, shown: bool) -> None:
        """Writes all that is noted; `shown` to operators in the same task, or left until it rests."""
        batch = self._case.drain()
        if shown:
            self._show()
        await workflow.execute_activity(
            self.record,
            batch,
            start_to_close_timeout=WRITE_TIMEOUT,
            retry_policy=UNTIL_WRITTEN,
            summary=f"{len(batch.notes)} entries to {batch.seq}",
        )
        self._written = batch.seq

    def _show_at_rest(self) -> None:
        """Shows what came while something else was written, all of it at once: each change of what is shown
        costs the server more than a write of ours."""
        if self._shows_at_rest:
            self._show()

    def _show(self) -> None:
        """Search attributes, only those that changed, and the details Temporal's own UI shows."""
        case, shown = self._case, attributes(self._case, workflow.now())
        changed = [key for key, value in shown.items() if self._shown.get(key, ...) != value]
        if not changed:
            return
        self._shown = shown
        workflow.upsert_search_attributes(
            [key.value_unset() if shown[key] is None else key.value_set(shown[key]) for key in changed]
        )
        duties = [
            f"- {view.duty.kind.value} by {view.due_at.isoformat() if view.due_at else 'suspended'}, "
            f"{view.duty.holder.kind.value}"
            for view in case.views()
        ]
        # Temporal drops the static summary of a run that continues as new, so the details name the case.
        first = f"{case.title}: **{case.stage.value}** {case.level.value if case.level else ''}".rstrip()
        workflow.set_current_details("\n".join([first, *duties]))

    # Orders -------------------------------------------------------------------------------------------

    async def _take(
        self, decide: Decide[AnyOrder], order: AnyOrder, unless: Why[AnyOrder] | None = None
    ) -> Outcome:
        """Decides, notes, and answers; the gateway waits until it is written. A repeated command changes
        nothing.

        `unless` is asked once more where a breach, told first, may end what the order speaks of.
        """
        self._updates += 1
        if not self._case.took(order.by.command):
            self._case.tell(workflow.now())  # a breach that came first is told first
            if unless and (refusal := unless(order, workflow.now())):
                raise refused(refusal)
            decide(order, workflow.now())
            self._case.remember(order.by.command)
        outcome = Outcome(self._case.seq, self._case.stage.value)
        if not self._prompt:
            await workflow.wait_condition(lambda: self._written >= outcome.seq)
        return outcome

    def _refuse(self, order: AnyOrder, why: Why[AnyOrder]) -> None:
        """For validators: raises what the policy refuses, unless the command was taken already."""
        if self._case.took(order.by.command):
            return
        if self._held:
            raise refused(Refusal(RefusalCode.WRONG_STATUS, "issue", MERGING))
        refusal = why(order, workflow.now())
        if refusal is not None:
            raise refused(refusal)

    # The clock's own orders, the same for every cycle -----------------------------------------------------

    @workflow.update
    async def extend(self, order: orders.Extend) -> Outcome:
        return await self._take(self._case.extend, order)

    @extend.validator
    def _refuse_extend(self, order: orders.Extend) -> None:
        self._refuse(order, lambda o, _: self._open_and_in_time(o.duty))

    @workflow.update
    async def hand_over(self, order: orders.HandOver) -> Outcome:
        return await self._take(self._case.hand_over, order, lambda o, _: self._is_open(o.duty))

    @hand_over.validator
    def _refuse_hand_over(self, order: orders.HandOver) -> None:
        self._refuse(order, lambda o, _: self._is_open(o.duty))

    def _is_open(self, key: str) -> Refusal | None:
        if any(duty.key == key for duty in self._case.duties.state):
            return None
        return Refusal(RefusalCode.NOT_FOUND, "duty", key)

    def _open_and_in_time(self, key: str) -> Refusal | None:
        late = self._is_open(key)
        if late is None and self._case.duties.late(key, workflow.now()):
            return Refusal(RefusalCode.TOO_LATE, "duty", key)
        return late


def attributes(case: Journal[Any], now: datetime) -> Shown:
    """What operators filter running cases by; None where there is nothing to say."""
    shown: Shown = {
        STAGE: case.stage.value,
        DUE: case.duties.due(),
        OVERDUE: case.duties.overdue(now),
    }
    return shown if case.level is None else shown | {LEVEL: case.level.value, DEPARTMENTS: case.departments}


def _given(started: TypedSearchAttributes) -> Shown:
    """What a case was started with; no departments are the same as none named."""
    return {key: started.get(key) for key in (STAGE, LEVEL, DUE, OVERDUE)} | {
        DEPARTMENTS: started.get(DEPARTMENTS) or []
    }


def refused(refusal: Refusal) -> ApplicationError:
    """A refusal as Temporal carries it."""
    code = refusal.code.value
    return ApplicationError(code, RefusalDetail.of(refusal), type=code, non_retryable=True)


def taking(command: StrEnum, kind: type[Any]) -> Any:
    """The update that carries out `command`: the case says whether, and what; its name is the command's."""

    async def update(self: Cycle[Any], order: Any) -> Outcome:
        return await self._take(lambda o, now: self._case.take(command, o, now), order)

    def refuse(self: Cycle[Any], order: Any) -> None:
        self._refuse(order, lambda o, now: self._case.refuse(command, o, now))

    update.__annotations__ = {"order": kind, "return": Outcome}
    refuse.__annotations__ = {"order": kind}
    defined = workflow.update(name=update_name(command))(update)
    defined.validator(refuse)
    return defined
