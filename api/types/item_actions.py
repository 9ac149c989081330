"""What the viewer may do next with a negative item, from the two tables that decide it."""

from __future__ import annotations

from uuid import UUID

import strawberry

from api.labels import label
from api.problems import AnyProblem, Problems
from api.rules import default_rule
from api.types.actions import ActionRefused
from api.types.leaves import computed, leaf
from api.types.record import Asked
from models.policy.access import Refusal, Rule
from models.policy.item_steps import item_refusal, may_command_item
from models.queries import items
from models.terms import ItemCommand


@default_rule(Rule.STAFF)
@strawberry.type(
    description="One thing that may be asked of a negative item, and whether the viewer may now."
)
class AllowedItemAction:
    action: ItemCommand = leaf(description="What: the mutation of that meaning.")
    allowed: bool = leaf(description="Whether it would be taken now, as far as role and status go.")
    reason: ActionRefused | None = leaf(description="Why not; null where it is allowed.")

    @computed("What it is called in the language of the request.")
    def action_label(self, info: Asked) -> str:
        return label(ItemCommand(self.action), info.context.language)


async def allowed_item_actions(info: Asked, item: UUID) -> list[AllowedItemAction]:
    """Every command on the item, allowed or with the reason why not."""
    record = await items.item(item)
    if record is None:
        return []
    problems, shown = Problems(info.context.language), []
    for command in ItemCommand:
        decision = may_command_item(command, info.context.viewer, record.place)
        refused = item_refusal(command, record.status, record.suspended)
        problem: AnyProblem | None = None
        if not decision.allowed:
            problem = problems.forbidden(decision.reason or Refusal.WRONG_ROLE, decision.rule)
        elif refused is not None:
            problem = problems.refused(refused)
        reason = None if problem is None else ActionRefused(code=problem.code, message=problem.message)
        shown.append(AllowedItemAction(action=command, allowed=problem is None, reason=reason))
    return shown
