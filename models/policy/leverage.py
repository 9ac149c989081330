"""What a lever does to one case, as decisions; `models.policy.levers` says which would refuse it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from models.policy import orders
from models.policy.case import Data
from models.policy.duty import Duty, Holder
from models.policy.levers import AT_WORK, Lever, LeverDuty, LeverFacts, refusal
from models.policy.moving import Moving
from models.policy.rulebook import CaseRules, rule_text
from models.policy.steps import Refusal
from models.terms import DutyKind, EntryKind, HandoverStatus, UnitKind


class Leverage(Moving):
    """Decisions of operators, by batch."""

    def refuse_lever(self, lever: Lever, now: datetime) -> Refusal | None:
        """Whether the case would take the lever's order now."""
        state = self._state
        late = self._duties.late
        return refusal(
            lever,
            LeverFacts(
                state.stage,
                state.rules.category,
                state.rules.rulebook,
                state.rules.calendar.version,
                tuple(LeverDuty(duty.kind, late(duty.key, now)) for duty in self._duties.state),
                frozenset(
                    part.unit.id
                    for part in self._parts.values()
                    if part.unit.kind is UnitKind.DEPARTMENT and part.status in AT_WORK
                ),
                state.suspended,
            ),
        )

    def extend_handling(self, order: orders.ExtendHandling, now: datetime) -> None:
        """So much more for every HANDLE duty that is not late; counted against no department's requests."""
        for duty in self._duties.state:
            if duty.kind is DutyKind.HANDLE and not self._duties.late(duty.key, now):
                moved = self._duties.extend(duty.key, duty.allowed + order.extra, order.rule)
                self._on_duty(EntryKind.EXTENDED, moved, order.by, now)

    def hand_over_parts(self, order: orders.HandOverParts, now: datetime) -> None:
        """One department's parts to another, with every open duty of theirs; nobody is asked."""
        source, target = (Holder(UnitKind.DEPARTMENT, key) for key in (order.source, order.target))
        for part in self._active:
            if part.status in AT_WORK and part.unit == source:
                offer = self._offer_of(part.id)
                if offer is not None:  # what was offered was not the new holder's to give
                    self._keep_handover(replace(offer, status=HandoverStatus.LAPSED, settled_at=now))
                self._moved(part, target, order.by, now)

    def replace_rules(self, order: orders.ReplaceRules, now: datetime) -> None:
        """The case goes on under other rules; each open duty counts from its own start.

        A time that a person set, an extension or a task of a plan, is not the rulebook's to change.
        """
        before, rules = self._state.rules, order.rules
        self._put(rules=rules)
        self._duties.recalendar(rules.calendar)
        for duty in self._duties.state:
            self._renewed(duty, before, rules)
        data: Data = {
            "rulebook": rules.rulebook,
            "rulebookBefore": before.rulebook,
            "calendar": rules.calendar.version,
            "calendarBefore": before.calendar.version,
        }
        self._note(EntryKind.RULES_REPLACED, now, by=order.by, rule=rules.rulebook, data=data)

    def _renewed(self, duty: Duty, before: CaseRules, rules: CaseRules) -> None:
        if before.rulebook == rules.rulebook:
            return
        former, limit = before.limit(self.level, duty.kind), rules.limit(self.level, duty.kind)
        if former and limit and duty.rule == rule_text(self.level, duty.kind, former):
            text = rule_text(self.level, duty.kind, limit)
            self._duties.extend(duty.key, limit.allowed, text, limit.clock)
        self._duties.hand_over(duty.key, duty.holder, rules.ladder(duty.kind, duty.holder))
