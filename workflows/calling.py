"""The calling cycle of one issue (domain guide 3): order of events only; `models.policy.calling` decides."""

from __future__ import annotations

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from models.policy import orders
from models.policy.calling import CallingCase
from models.policy.case import CaseState
from models.policy.duty import Duty
from models.policy.levers import Lever
from models.terms import BatchAction, Command
from workflows.contracts import ANSWER_TIMEOUT, JOIN, RECORD, JoinRequest, Outcome
from workflows.cycle import Cycle, taking
from workflows.retries import UNTIL_ANSWERED


@workflow.defn
class Calling(Cycle[CallingCase]):
    """One workflow for each issue, `case/{issue_id}`, from report to filing."""

    record = RECORD

    @workflow.init
    def __init__(self, state: CaseState) -> None:
        super().__init__(CallingCase(state))
        if state.seq == 0:
            self._case.begin()

    @workflow.run
    async def run(self, state: CaseState) -> str:
        return await self.live()

    # One update for each command, called like it; who may is asked before, at the edge.
    assess = taking(Command.ASSESS, orders.Assess)
    call = taking(Command.CALL, orders.CallDepartments)
    dispatch = taking(Command.DISPATCH, orders.Dispatch)
    accept = taking(Command.ACCEPT, orders.OnAssignment)
    send_back = taking(Command.RETURN, orders.Return)
    adjudicate = taking(Command.ADJUDICATE, orders.Adjudicate)
    report_in = taking(Command.REPORT_IN, orders.OnAssignment)
    propose_plan = taking(Command.PROPOSE_PLAN, orders.ProposePlan)
    agree_plan = taking(Command.AGREE_PLAN, orders.AgreePlan)
    decide_plan = taking(Command.DECIDE_PLAN, orders.DecidePlan)
    ask_extension = taking(Command.ASK_EXTENSION, orders.AskExtension)
    decide_extension = taking(Command.DECIDE_EXTENSION, orders.DecideExtension)
    offer_handover = taking(Command.OFFER_HANDOVER, orders.OfferHandover)
    accept_handover = taking(Command.ACCEPT_HANDOVER, orders.OnAssignment)
    decline_handover = taking(Command.DECLINE_HANDOVER, orders.OnAssignment)
    complete = taking(Command.COMPLETE, orders.OnAssignment)
    verify = taking(Command.VERIFY, orders.Verify)
    answer = taking(Command.ANSWER, orders.Answer)
    rate = taking(Command.RATE, orders.Rate)
    follow_up = taking(Command.FOLLOW_UP, orders.Rate)
    review = taking(Command.REVIEW, orders.Review)
    add_note = taking(Command.NOTE, orders.AddNote)
    regrade = taking(Command.REGRADE, orders.Regrade)
    suspend = taking(Command.SUSPEND, orders.Pause)
    resume = taking(Command.RESUME, orders.Pause)
    cancel = taking(Command.CANCEL, orders.Cancel)
    split = taking(Command.SPLIT, orders.Split)

    # Merging is between two cases: the other takes our reports first, so that they are never nobody's.

    @workflow.update
    async def merge(self, order: orders.Merge) -> Outcome:
        if not self._case.took(order.by.command):
            await self._hand_on_reports(order)
        return await self._take(self._case.merge, order)

    @merge.validator
    def _refuse_merge(self, order: orders.Merge) -> None:
        self._refuse(order, lambda o, now: self._case.refuse(Command.MERGE, o, now))

    @workflow.update
    async def join(self, order: orders.Join) -> Outcome:
        return await self._take(self._case.join, order)

    @join.validator
    def _refuse_join(self, order: orders.Join) -> None:
        self._refuse(order, self._case.refuse_join)

    async def _hand_on_reports(self, order: orders.Merge) -> None:
        """Raises the other case's refusal as ours; meanwhile this one takes no other order."""
        self._held = True
        try:
            await workflow.execute_activity(
                JOIN,
                JoinRequest(order, self._case.state.id, self._case.state.reports),
                start_to_close_timeout=ANSWER_TIMEOUT,
                retry_policy=UNTIL_ANSWERED,
                summary=f"reports to {order.into}",
            )
        except ActivityError as failure:
            if isinstance(failure.cause, ApplicationError):
                raise failure.cause from failure
            raise
        finally:
            self._held = False

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
        self._refuse(order, lambda _, now: self._case.refuse_lever(lever, now))

    @workflow.query
    def duties(self) -> list[Duty]:
        """Every open duty as the clock holds it."""
        return self._case.duties.state
