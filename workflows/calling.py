"""The calling cycle of one issue (domain guide 3): order of events only; `models.policy.calling` decides."""

from __future__ import annotations

from temporalio import workflow

from models.policy import orders
from models.policy.calling import CallingCase
from models.policy.case import CaseState
from models.policy.duty import Duty
from models.policy.levers import Lever
from models.terms import BatchAction, Command
from workflows.contracts import Outcome
from workflows.cycle import Cycle


@workflow.defn
class Calling(Cycle):
    """One workflow for each issue, `case/{issue_id}`, from report to filing."""

    @workflow.init
    def __init__(self, state: CaseState) -> None:
        super().__init__(CallingCase(state))
        if state.seq == 0:
            self._case.begin()

    @workflow.run
    async def run(self, state: CaseState) -> str:
        return await self.live()

    @workflow.update
    async def assess(self, order: orders.Assess) -> Outcome:
        return await self._take(self._case.assess, order)

    @assess.validator
    def _refuse_assess(self, order: orders.Assess) -> None:
        self._refuse(order, self._case.refuse_assess)

    @workflow.update
    async def call(self, order: orders.CallDepartments) -> Outcome:
        return await self._take(self._case.call, order)

    @call.validator
    def _refuse_call(self, order: orders.CallDepartments) -> None:
        self._refuse(order, self._case.refuse_call)

    @workflow.update
    async def accept(self, order: orders.OnAssignment) -> Outcome:
        return await self._take(self._case.accept, order)

    @accept.validator
    def _refuse_accept(self, order: orders.OnAssignment) -> None:
        self._refuse(order, lambda o: self._case.refuse_step(Command.ACCEPT, o))

    @workflow.update
    async def report_in(self, order: orders.OnAssignment) -> Outcome:
        return await self._take(self._case.report_in, order)

    @report_in.validator
    def _refuse_report_in(self, order: orders.OnAssignment) -> None:
        self._refuse(order, lambda o: self._case.refuse_step(Command.REPORT_IN, o))

    @workflow.update
    async def complete(self, order: orders.OnAssignment) -> Outcome:
        return await self._take(self._case.complete, order)

    @complete.validator
    def _refuse_complete(self, order: orders.OnAssignment) -> None:
        self._refuse(order, lambda o: self._case.refuse_step(Command.COMPLETE, o))

    @workflow.update
    async def verify(self, order: orders.Verify) -> Outcome:
        return await self._take(self._case.verify, order)

    @verify.validator
    def _refuse_verify(self, order: orders.Verify) -> None:
        self._refuse(order, self._case.refuse_verify)

    @workflow.update
    async def review(self, order: orders.Review) -> Outcome:
        return await self._take(self._case.review, order)

    @review.validator
    def _refuse_review(self, order: orders.Review) -> None:
        self._refuse(order, self._case.refuse_review)

    @workflow.update
    async def add_note(self, order: orders.AddNote) -> Outcome:
        return await self._take(self._case.add_note, order)

    @add_note.validator
    def _refuse_add_note(self, order: orders.AddNote) -> None:
        self._refuse(order, self._case.refuse_note)

    # Levers: given by batches alone ----------------------------------------------------------------------

    @workflow.update
    async def extend_handling(self, order: orders.ExtendHandling) -> Outcome:
        return await self._take(self._case.extend_handling, order)

    @extend_handling.validator
    def _refuse_extend_handling(self, order: orders.ExtendHandling) -> None:
        self._refuse_lever(order, Lever(BatchAction.EXTEND, extra=order.extra))

    @workflow.update
    async def hand_over_parts(self, order: orders.HandOverParts) -> Outcome:
        return await self._take(self._case.hand_over_parts, order)

    @hand_over_parts.validator
    def _refuse_hand_over_parts(self, order: orders.HandOverParts) -> None:
        self._refuse_lever(order, Lever(BatchAction.HAND_OVER, source=order.source, target=order.target))

    @workflow.update
    async def replace_rules(self, order: orders.ReplaceRules) -> Outcome:
        return await self._take(self._case.replace_rules, order)

    @replace_rules.validator
    def _refuse_replace_rules(self, order: orders.ReplaceRules) -> None:
        rules = order.rules
        lever = Lever(
            BatchAction.MIGRATE,
            rulebook=rules.rulebook,
            categories=frozenset({rules.category}),
            calendar=rules.calendar.version,
        )
        self._refuse_lever(order, lever)

    def _refuse_lever(self, order: orders.Order, lever: Lever) -> None:
        self._refuse(order, lambda _: self._case.refuse_lever(lever, workflow.now()))

    @workflow.query
    def duties(self) -> list[Duty]:
        """Every open duty as the clock holds it."""
        return self._case.duties.state
