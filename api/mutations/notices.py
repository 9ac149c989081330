"""What people do with the notices they get."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry
from strawberry import ID

from api.mutations.asking import Asking, refusable
from api.mutations.inputs import COMMAND, DONE, KEY_WORDS, said
from api.mutations.results import NotificationsRead
from api.problems import AnyProblem
from api.rules import commanded
from api.types.record import Asked
from models.policy.access import Rule
from models.queries import commands, notices

MOST = 100

MarkNotificationsReadResult: TypeAlias = Annotated[
    NotificationsRead | AnyProblem, strawberry.union("MarkNotificationsReadResult", description=DONE)
]


@strawberry.input(description="Notifications that were read.")
class MarkNotificationsReadInput:
    idempotency_key: str = said(KEY_WORDS)
    notifications: list[ID] = said(f"From 1 to {MOST} of the viewer's own.")


@strawberry.type
class NoticeMutation:
    @commanded(Rule.SIGNED_IN, "Marks the viewer's own notifications as read; again changes nothing.")
    @refusable
    async def mark_notifications_read(
        self, info: Asked, input: Annotated[MarkNotificationsReadInput, COMMAND]
    ) -> MarkNotificationsReadResult:
        asking = Asking(info.context, "MARK_NOTIFICATIONS_READ", input.idempotency_key)
        command = asking.id
        if not 1 <= len(input.notifications) <= MOST:
            raise asking.invalid("input.notifications", "COUNT", most=MOST)
        wanted = [asking.key("input.notifications", n, "Notification")[1] for n in input.notifications]
        posts = [post.id for post in info.context.viewer.posts if post.id]
        if await notices.owned(wanted, posts) < len(set(wanted)):
            raise asking.refuse(asking.problems.not_found("input.notifications", "notification"))
        marked = await notices.mark_read(
            wanted,
            posts,
            command=command,
            actor=asking.actor,
            fingerprint=commands.digest(asking.command, sorted(set(map(str, wanted)))),
            now=info.context.now(),
        )
        if marked is None:
            raise asking.refuse(asking.problems.key_reused())
        return NotificationsRead(marked=marked, unread_count=await notices.unread(posts))
