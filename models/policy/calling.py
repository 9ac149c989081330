"""The calling cycle as decisions (domain guide 3): what an order changes, which duties it ends and opens.

A `CallingCase` is one issue's whole state, put together from its mechanisms. The two tables below say which
of its decisions carries out which command, and what besides the state table may refuse it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from models.policy import steps
from models.policy.case import Batch
from models.policy.closing import REVIEW_POINTS
from models.policy.handling import Handling
from models.policy.journal import RECENT_COMMANDS
from models.policy.leverage import Leverage
from models.policy.merging import Merging
from models.policy.returns import Returning
from models.policy.steps import Refusal
from models.terms import Command

__all__ = ["RECENT_COMMANDS", "REFUSES", "REVIEW_POINTS", "TAKES", "CallingCase"]


class CallingCase(Returning, Handling, Leverage, Merging):
    """One issue's calling cycle."""

    def refuse(self, command: Command, order: Any, now: datetime) -> Refusal | None:
        """Why the case does not take `order` now, or None."""
        assignment = getattr(order, "assignment", None)
        by_table = steps.refusal(command, self.facts(), assignment, order.by.role)
        why = REFUSES.get(command)
        return by_table or (why(self, order, now) if why else None)

    def take(self, command: Command, order: Any, now: datetime) -> None:
        """Carries out what `refuse` does not refuse."""
        TAKES[command](self, order, now)

    def drain(self) -> Batch:
        """What happened since the last drain, with the case as it stands now."""
        notes, closed = self._drained()
        views = self.views()
        plans, self._plans = self._plans, {}
        returns, self._returns = self._returns, {}
        extensions, self._extensions = self._extensions, {}
        handovers, self._handovers = self._handovers, {}
        return Batch(
            case=self._state.id,
            seq=self.seq,
            stage=self.stage,
            level=self.level,
            category=self._state.rules.category,
            rulebook=self._state.rules.rulebook,
            calendar=self._state.rules.calendar.version,
            department=next(iter(self.departments), None),
            yellow_at=min((v.yellow_at for v in views if v.yellow_at), default=None),
            due_at=self._duties.due(),
            duties=views,
            parts=list(self._parts.values()),
            closed=closed,
            notes=notes,
            suspended=self._state.suspended,
            round=self._state.round,
            merged_into=self._state.merged_into,
            plans=list(plans.values()),
            returns=list(returns.values()),
            extensions=list(extensions.values()),
            handovers=list(handovers.values()),
        )


Takes = Callable[[CallingCase, Any, datetime], None]
Refuses = Callable[[CallingCase, Any, datetime], Refusal | None]

TAKES: Mapping[Command, Takes] = {
    Command.ASSESS: CallingCase.assess,
    Command.CALL: CallingCase.call,
    Command.DISPATCH: CallingCase.dispatch,
    Command.ACCEPT: CallingCase.accept,
    Command.RETURN: CallingCase.send_back,
    Command.ADJUDICATE: CallingCase.adjudicate,
    Command.REPORT_IN: CallingCase.report_in,
    Command.PROPOSE_PLAN: CallingCase.propose_plan,
    Command.AGREE_PLAN: CallingCase.agree_plan,
    Command.DECIDE_PLAN: CallingCase.decide_plan,
    Command.ASK_EXTENSION: CallingCase.ask_extension,
    Command.DECIDE_EXTENSION: CallingCase.decide_extension,
    Command.OFFER_HANDOVER: CallingCase.offer_handover,
    Command.ACCEPT_HANDOVER: CallingCase.accept_handover,
    Command.DECLINE_HANDOVER: CallingCase.decline_handover,
    Command.COMPLETE: CallingCase.complete,
    Command.VERIFY: CallingCase.verify,
    Command.ANSWER: CallingCase.answer,
    Command.RATE: CallingCase.rate,
    Command.FOLLOW_UP: CallingCase.follow_up,
    Command.REVIEW: CallingCase.review,
    Command.NOTE: CallingCase.add_note,
    Command.REGRADE: CallingCase.regrade,
    Command.SUSPEND: CallingCase.suspend,
    Command.RESUME: CallingCase.resume,
    Command.CANCEL: CallingCase.cancel,
    Command.MERGE: CallingCase.merge,
    Command.SPLIT: CallingCase.split,
}

REFUSES: Mapping[Command, Refuses] = {
    Command.ASSESS: CallingCase.refuse_assess,
    Command.CALL: CallingCase.refuse_call,
    Command.DISPATCH: CallingCase.refuse_dispatch,
    Command.RETURN: CallingCase.refuse_send_back,
    Command.ADJUDICATE: CallingCase.refuse_adjudicate,
    Command.PROPOSE_PLAN: CallingCase.refuse_propose_plan,
    Command.AGREE_PLAN: CallingCase.refuse_agree_plan,
    Command.DECIDE_PLAN: CallingCase.refuse_decide_plan,
    Command.ASK_EXTENSION: CallingCase.refuse_ask_extension,
    Command.DECIDE_EXTENSION: CallingCase.refuse_decide_extension,
    Command.OFFER_HANDOVER: CallingCase.refuse_offer_handover,
    Command.ACCEPT_HANDOVER: CallingCase.refuse_answer_handover,
    Command.DECLINE_HANDOVER: CallingCase.refuse_answer_handover,
    Command.VERIFY: CallingCase.refuse_verify,
    Command.ANSWER: CallingCase.refuse_answer,
    Command.RATE: CallingCase.refuse_rate,
    Command.FOLLOW_UP: CallingCase.refuse_follow_up,
    Command.REVIEW: CallingCase.refuse_review,
    Command.NOTE: CallingCase.refuse_note,
    Command.REGRADE: CallingCase.refuse_regrade,
    Command.MERGE: CallingCase.refuse_merge,
    Command.SPLIT: CallingCase.refuse_split,
}
"""What a row of the state table cannot say; asked only where the row lets it pass."""
