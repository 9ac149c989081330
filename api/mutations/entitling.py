"""Whether the viewer may do what is about no single issue, and the post in whose name it is done."""

from __future__ import annotations

from api.mutations.asking import Asking
from api.mutations.commanding import OFF_RECORD
from models.policy import access
from models.policy.access import Post
from models.policy.acts import Act, Ground, may_act
from models.queries import commands


async def entitled(asking: Asking, act: Act, ground: Ground, field: str) -> Post:
    """The post that entitles the viewer, as on record; refuses the rest."""
    decision = may_act(act, asking.context.viewer, ground)
    if decision.reason is not None or decision.post is None:
        reason = decision.reason or access.Refusal.WRONG_ROLE
        raise asking.refuse(asking.problems.forbidden(reason, decision.rule, field))
    await on_record(asking, decision.post, field)
    return decision.post


async def on_record(asking: Asking, post: Post, field: str) -> None:
    """Refuses a post that the record does not know the viewer to hold: a token may be older than it."""
    if not await commands.holds(asking.context.viewer.person, post.id):
        raise asking.refuse(asking.problems.forbidden(access.Refusal.WRONG_ROLE, OFF_RECORD, field))
