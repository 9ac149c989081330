"""整改: a negative item, and the satisfaction cycle it belongs to: order of events only, policy decides."""

from __future__ import annotations

from temporalio import workflow

from models.policy import item_orders
from models.policy.loop import LoopCase, LoopState
from models.policy.rectification import ItemCase, ItemState
from models.terms import CycleCommand, ItemCommand
from workflows.contracts import RECORD_CYCLE, RECORD_ITEM, Outcome, update_name
from workflows.cycle import Cycle, taking


@workflow.defn
class Rectification(Cycle[ItemCase]):
    """One negative item, `item/{id}`, from its issue to the street until residents say that it is right."""

    record = RECORD_ITEM

    @workflow.init
    def __init__(self, state: ItemState) -> None:
        super().__init__(ItemCase(state))
        if state.seq == 0:
            self._case.begin()

    @workflow.run
    async def run(self, state: ItemState) -> str:
        return await self.live()

    start = taking(ItemCommand.START, item_orders.OnItem)
    raise_call = taking(ItemCommand.RAISE_CALL, item_orders.RaiseCall)
    complete = taking(ItemCommand.COMPLETE, item_orders.OnItem)
    suspend = taking(ItemCommand.SUSPEND, item_orders.OnItem)
    resume = taking(ItemCommand.RESUME, item_orders.OnItem)

    # Facts: told by the relay, as often as it takes; what was known before changes nothing.

    @workflow.signal
    def call_ended(self, fact: item_orders.CallEnded) -> None:
        self._case.tell(workflow.now())
        self._case.call_ended(fact, workflow.now())

    @workflow.signal
    def answers(self, said: item_orders.Answers) -> None:
        self._case.tell(workflow.now())
        self._case.perceived(said, workflow.now())


@workflow.defn
class RectificationCycle(Cycle[LoopCase]):
    """One half-year's loop, `cycle/{id}`, from soliciting to improving; of its items it knows counts only."""

    record = RECORD_CYCLE

    @workflow.init
    def __init__(self, state: LoopState) -> None:
        super().__init__(LoopCase(state))
        if state.seq == 0:
            self._case.begin()

    @workflow.run
    async def run(self, state: LoopState) -> str:
        return await self.live()

    @workflow.update(name=update_name(CycleCommand.ADVANCE))
    async def advance(self, order: item_orders.Advance) -> Outcome:
        return await self._take(self._case.advance, order, self._case.refuse_advance)

    @advance.validator
    def _refuse_advance(self, order: item_orders.Advance) -> None:
        self._refuse(order, self._case.refuse_advance)

    @workflow.signal
    def facts(self, known: item_orders.RoundFacts) -> None:
        self._case.tell(workflow.now())
        self._case.learn(known, workflow.now())
