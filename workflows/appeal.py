"""One appeal against a scorecard, `appeal/{assignment}`: the same loop as a case, with one duty."""

from __future__ import annotations

from temporalio import workflow

from models.policy import orders
from models.policy.appeal import AppealCase, AppealState
from workflows.contracts import RECORD_APPEAL, Outcome
from workflows.cycle import Cycle


@workflow.defn
class Appeal(Cycle[AppealCase]):
    """From the department's grounds to the office's decision."""

    record = RECORD_APPEAL

    @workflow.init
    def __init__(self, state: AppealState) -> None:
        super().__init__(AppealCase(state))

    @workflow.run
    async def run(self, state: AppealState) -> str:
        await self.live()
        outcome = self._case.state.outcome
        return outcome.value if outcome else ""

    @workflow.update
    async def lodge(self, order: orders.Appeal) -> Outcome:
        return await self._take(self._case.lodge, order)

    @lodge.validator
    def _refuse_lodge(self, order: orders.Appeal) -> None:
        self._refuse(order, self._case.refuse_lodge)

    @workflow.update
    async def decide(self, order: orders.DecideAppeal) -> Outcome:
        return await self._take(self._case.decide, order)

    @decide.validator
    def _refuse_decide(self, order: orders.DecideAppeal) -> None:
        self._refuse(order, self._case.refuse_decide)
