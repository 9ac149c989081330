"""Which issues look like one problem told twice (domain guide 3, merging)."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from api.rules import default_rule
from api.types.leaves import computed, leaf
from api.types.record import Asked, one
from models.policy.access import Rule
from models.queries import shapes

if TYPE_CHECKING:
    from api.types.issues import Issue


@strawberry.enum(description="Why two issues of one category are near each other.")
class MergeReason(Enum):
    DISTANCE = strawberry.enum_value("DISTANCE", description="By their coordinates.")
    GRID = strawberry.enum_value("GRID", description="They lie in one grid; one of them has no coordinates.")
    COMMUNITY = strawberry.enum_value(
        "COMMUNITY", description="They lie in one community; one of them has neither coordinates nor grid."
    )


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="An open issue of the same category and street that may be the same problem.")
class MergeSuggestion:
    reason: MergeReason = leaf(description="Why it is near.")
    metres_apart: int | None = leaf(description="How far apart they are, where both have coordinates.")
    seconds_apart: int = leaf(description="The time between the two being collected.")
    issue_id: strawberry.Private[UUID]

    @computed("The other issue.")
    async def issue(self, info: Asked) -> Annotated[Issue, strawberry.lazy("api.types.issues")] | None:
        found: Issue | None = await one(info.context, shapes.ISSUE, self.issue_id)  # type: ignore[assignment]
        return found


async def suggestions(info: Asked, issue: UUID) -> list[MergeSuggestion]:
    """Those of one issue, nearest first."""
    return [
        MergeSuggestion(
            reason=MergeReason(row["reason"]),
            metres_apart=row["metres_apart"],
            seconds_apart=row["seconds_apart"],
            issue_id=row["id"],
        )
        for row in await info.context.loaders.suggestions().load(issue)
    ]
