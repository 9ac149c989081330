"""What the viewer may do next with an issue."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import strawberry

from api.labels import label
from api.problems import ProblemCode, Problems
from api.rules import default_rule
from api.types.casework import Assignment
from api.types.leaves import computed, leaf
from api.types.record import Asked, one
from models.policy.access import Refusal, Rule
from models.policy.actions import Action, actions
from models.queries import shapes
from models.queries.cases import CaseOnRecord
from models.terms import Command, Language


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="Why something may not be done now.")
class ActionRefused:
    code: ProblemCode = leaf(description="The code that the mutation would be refused with.")
    message: str = leaf(description="The same in words.")


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="One thing that may be asked of an issue, and whether the viewer may now.")
class AllowedAction:
    action: Command = leaf(description="What: the mutation of the same name.")
    allowed: bool = leaf(description="Whether it would be taken now, as far as role and stage go.")
    reason: ActionRefused | None = leaf(description="Why not; null where it is allowed.")
    assignment_id: strawberry.Private[UUID | None]

    @computed("The part of the issue it is about; null where it is about the whole.")
    async def assignment(self, info: Asked) -> Assignment | None:
        found = await one(info.context, shapes.ASSIGNMENT, self.assignment_id)
        return found if isinstance(found, Assignment) else None

    @computed("What it is called in the language of the request.")
    def action_label(self, info: Asked) -> str:
        return label(Command(self.action), info.context.language)


async def allowed_actions(info: Asked, issue: UUID) -> list[AllowedAction]:
    """Every command on the issue, allowed or with the reason why not."""
    case: CaseOnRecord | None = await info.context.loaders.case().load(issue)
    if case is None:
        return []
    viewer, language = info.context.viewer, info.context.language
    return [_shown(action, language) for action in actions(viewer, case.facts, case.access)]


def _shown(action: Action, language: Language) -> AllowedAction:
    return AllowedAction(
        action=action.command,
        allowed=action.allowed,
        reason=_reason(action, Problems(language)),
        assignment_id=UUID(action.assignment) if action.assignment else None,
    )


def _reason(action: Action, problems: Problems) -> ActionRefused | None:
    if action.denied is not None:
        problem: Any = problems.forbidden(action.denied.reason or Refusal.WRONG_ROLE, action.denied.rule)
    elif action.refused is not None:
        problem = problems.refused(action.refused)
    else:
        return None
    return ActionRefused(code=problem.code, message=problem.message)
