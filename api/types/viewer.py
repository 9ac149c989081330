"""Who asks, and what waits for them: the first thing every role opens."""

from __future__ import annotations

from uuid import UUID

import strawberry

from api.context import Context
from api.rules import default_rule
from api.types.casework import DutyWhere
from api.types.leaves import computed
from api.types.people import Person, Post
from api.types.record import Asked, listing, one
from api.types.traces import NotificationWhere
from models.policy.access import Rule, Viewer, unit_of
from models.queries import filters, notices, shapes
from models.queries.filters import Filter


def _own_duties(root: Asker, context: Context) -> list[Filter]:
    units = [unit for post in context.viewer.posts if (unit := unit_of(post))]
    held = filters.held_by([(unit.kind.value, unit.id) for unit in units])
    return [held, filters.among("status", filters.RUNNING)]


def _own_notifications(root: Asker, context: Context) -> list[Filter]:
    return [filters.addressed_to(_posts(context.viewer))]


def _posts(viewer: Viewer) -> list[UUID]:
    return [post.id for post in viewer.posts if post.id is not None]


@default_rule(Rule.SIGNED_IN)
@strawberry.type(name="Viewer", description="Whoever asks, as their token says.")
class Asker:
    @computed("Their name in tokens.")
    def subject(self, info: Asked) -> str:
        return info.context.viewer.subject

    @computed("The person; null for a machine.")
    async def person(self, info: Asked) -> Person | None:
        found = await one(info.context, shapes.PERSON, info.context.viewer.person)
        return found if isinstance(found, Person) else None

    @computed("The posts they hold.")
    def posts(self, info: Asked) -> list[Post]:
        viewer = info.context.viewer
        return [Post.held(post, viewer.person) for post in viewer.posts]

    duties = listing("Duty", DutyWhere, "What their posts must do, by due time.", also=_own_duties)
    notifications = listing(
        "Notification", NotificationWhere, "What their posts were told.", also=_own_notifications
    )

    @computed("How many notifications nobody has read yet.")
    async def unread_count(self, info: Asked) -> int:
        return await notices.unread(_posts(info.context.viewer))
