"""The state table of a negative item, and who gives which command: like `steps` and `reach` for an issue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from models.policy import access
from models.policy.access import Decision, Viewer
from models.policy.reach import Reach
from models.policy.steps import Refusal, RefusalCode
from models.terms import DutyStatus, ItemCommand, ItemStatus, Role

AT_WORK = frozenset({ItemStatus.ISSUED, ItemStatus.RECTIFYING})
PAUSABLE = AT_WORK | {ItemStatus.PERCEIVING}
"""Not while it waits for its call: then its clock stands still already."""

ITEM_STEPS: Mapping[ItemCommand, frozenset[ItemStatus]] = {
    ItemCommand.ISSUE: frozenset({ItemStatus.DRAFT}),
    ItemCommand.DISCARD: frozenset({ItemStatus.DRAFT}),
    ItemCommand.START: frozenset({ItemStatus.ISSUED}),
    ItemCommand.RAISE_CALL: AT_WORK,
    ItemCommand.COMPLETE: frozenset({ItemStatus.RECTIFYING}),
    ItemCommand.ASK: frozenset({ItemStatus.PERCEIVING}),
    ItemCommand.EXTEND: AT_WORK,
    ItemCommand.SUSPEND: PAUSABLE,
    ItemCommand.RESUME: PAUSABLE,
}
"""In which statuses each command is taken."""
WHILE_SUSPENDED = frozenset({ItemCommand.RESUME})

OFFICE: Mapping[Role, Reach] = {Role.RESPONSE_OFFICE: Reach.DISTRICT}
STREET: Mapping[Role, Reach] = {Role.STREET_CLERK: Reach.PLACE}
ITEM_COMMANDS: Mapping[ItemCommand, Mapping[Role, Reach]] = {
    ItemCommand.ISSUE: OFFICE,
    ItemCommand.DISCARD: OFFICE,
    ItemCommand.START: STREET,
    ItemCommand.RAISE_CALL: STREET,
    ItemCommand.COMPLETE: STREET,
    ItemCommand.ASK: OFFICE,
    ItemCommand.EXTEND: OFFICE,
    ItemCommand.SUSPEND: OFFICE,
    ItemCommand.RESUME: OFFICE,
}
"""The street puts right, the office issues and has residents asked: nobody asks about their own work."""


@dataclass(frozen=True, slots=True)
class ItemPlace:
    """Where an item is, as access asks."""

    district: UUID
    street: UUID


def item_refusal(command: ItemCommand, status: ItemStatus, suspended: bool = False) -> Refusal | None:
    """Why `command` cannot be taken now, or None."""
    right = ITEM_STEPS[command]
    if status not in right:
        return Refusal(
            RefusalCode.WRONG_STATUS, "item", status.value, tuple(sorted(one.value for one in right))
        )
    if suspended and command not in WHILE_SUSPENDED:
        return Refusal(RefusalCode.WRONG_STATUS, "item", DutyStatus.SUSPENDED.value, (DutyStatus.OPEN.value,))
    if command is ItemCommand.RESUME and not suspended:
        return Refusal(RefusalCode.WRONG_STATUS, "item", status.value, (DutyStatus.SUSPENDED.value,))
    return None


def may_command_item(command: ItemCommand, viewer: Viewer, place: ItemPlace) -> Decision:
    """Whether `viewer` may give `command` on an item there, with the post that entitles them."""
    reaches = ITEM_COMMANDS[command]
    line = f"{command.value}_ITEM: {' or '.join(sorted(role.value for role in reaches))}"
    if not viewer.posts:
        reason = access.Refusal.WRONG_ROLE if viewer.subject else access.Refusal.NOT_SIGNED_IN
        return Decision(line, reason)
    posts = [post for post in viewer.posts if post.role in reaches]
    if not posts:
        return Decision(line, access.Refusal.WRONG_ROLE)
    for post in posts:
        near = reaches[post.role] is Reach.DISTRICT or post.street == place.street
        if post.district == place.district and near:
            return Decision(line, post=post)
    return Decision(line, access.Refusal.WRONG_PLACE)
