"""What can be followed. Each field gives a source, which api/streams follows for many at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any, TypeVar, cast

import strawberry

from api.rules import METADATA_KEY
from api.types.events import IssueEvent, IssueEvents, IssueEventWhere, Notices, NotificationEvent, ResumeToken
from models.policy.access import Rule

F = TypeVar("F", bound=Callable[..., Any])

Where = Annotated[IssueEventWhere | None, strawberry.argument(description="Which; left out, all in scope.")]


def followed(rule: Rule, description: str) -> Callable[[F], F]:
    """A field that gives a source; its rule is asked when somebody subscribes."""
    field = strawberry.subscription(description=description, metadata={METADATA_KEY: rule})
    return cast("Callable[[F], F]", field)


@strawberry.type(description="Everything that can be followed as it happens; each event is told once.")
class Subscription:
    @followed(Rule.READ_ISSUES, "What happens to issues in the viewer's scope.")
    async def issue_events(self, where: Where = None, after: ResumeToken = None) -> AsyncIterator[IssueEvent]:
        return cast("AsyncIterator[IssueEvent]", IssueEvents.asked(where, after))

    @followed(Rule.SIGNED_IN, "What the viewer's own posts are told of their duties.")
    async def notifications(self, after: ResumeToken = None) -> AsyncIterator[NotificationEvent]:
        return cast("AsyncIterator[NotificationEvent]", Notices(after))
