"""群众感知: whether those asked again say that an item was put right (domain guide 4)."""

from __future__ import annotations

from dataclasses import dataclass

from models.policy.item_orders import Answers
from models.policy.rectification_rules import Perceiving

WHOLE = 100


@dataclass(frozen=True)
class Outcome:
    """What the answers decide, and the rule that says so."""

    closes: bool
    rule: str


def outcome(said: Answers, rules: Perceiving, over: bool) -> Outcome | None:
    """Whether the item closes or reopens; None as long as answers may still come, or are too few.

    Everyone who was asked has answered, or the time is over and as many answered as the rulebook wants.
    Nobody's silence closes an item, and nobody's silence reopens it: the office goes on asking.
    """
    if not enough(said, rules, over):
        return None
    closes = said.satisfied * WHOLE >= rules.satisfied * said.answered
    sign = "≥" if closes else "<"
    return Outcome(closes, f"perceive/{said.satisfied} of {said.answered} {sign} {rules.satisfied} %")


def enough(said: Answers, rules: Perceiving, over: bool) -> bool:
    """Whether the answers decide."""
    if said.answered == 0:
        return False
    return said.answered >= said.asked or (over and said.answered >= min(rules.answers, said.asked))
