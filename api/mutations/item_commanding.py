"""The way of every command on a negative item, from input to effect; like `commanding` for issues."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

import strawberry
from strawberry import ID

from api.mutations.asking import Asking
from api.mutations.commanding import Arriving, delivered, post_of
from api.mutations.inputs import said
from api.mutations.results import read
from api.rules import default_rule
from api.types.record import one
from api.types.rectification import NegativeItem
from models.policy import orders
from models.policy.access import Post, Rule
from models.policy.item_orders import ItemOrder
from models.policy.item_steps import ItemPlace, item_refusal, may_command_item
from models.queries import commands, items
from models.queries import rectification_shapes as shapes
from models.queries.items import ItemOnRecord
from models.terms import ItemCommand

ITEM = "input.item"
Build = Callable[[orders.Actor, ItemOnRecord], Awaitable[ItemOrder | orders.Extend]]


@default_rule(Rule.STAFF)
@strawberry.type(description="The negative item as the command left it.")
class ItemChanged:
    item: NegativeItem = strawberry.field(description="The item.")


@dataclass(frozen=True)
class ItemIntent:
    """A command as it was asked for."""

    command: ItemCommand
    item: ID
    content: Mapping[str, object]
    """What makes it this command, beside the item."""
    texts: Mapping[str, str]


async def carry_out(asking: Asking, intent: ItemIntent, build: Build) -> ItemChanged:
    """Carries the command out once. Raises RefusedError."""
    command, key = asking.id, asking.key(ITEM, intent.item, "NegativeItem")[1]
    name = f"{intent.command.value}_ITEM"
    fingerprint = commands.digest(name, [str(key), intent.content, intent.texts])
    if not await asking.done_before(command, fingerprint):
        record = await visible(asking, key, ITEM)
        post = await entitled(asking, intent.command, record.place, ITEM)
        refuse_by_table(asking, intent.command, record, ITEM)
        order = await build(_actor(asking, post), record)
        arriving = Arriving(name, None, fingerprint, intent.texts)
        refusal = await delivered(
            asking, arriving, lambda calling: calling.item(intent.command, record, order)
        )
        if refusal is not None:
            raise asking.refuse(asking.problems.refused(refusal, ITEM))
    return ItemChanged(item=await read(asking.context, shapes.NEGATIVE_ITEM, key))


async def visible(asking: Asking, key: UUID, field: str) -> ItemOnRecord:
    """The item, if the viewer sees it; what is out of scope is not found."""
    seen = await one(asking.context, shapes.NEGATIVE_ITEM, key)
    record = None if seen is None else await items.item(key)
    if record is None:
        raise asking.refuse(asking.problems.not_found(field, "item"))
    asking.context.loaders.row(shapes.NEGATIVE_ITEM).clear(key)  # it is read again when it has changed
    return record


async def entitled(asking: Asking, command: ItemCommand, place: ItemPlace, field: str) -> Post:
    """The post in whose name it is done; refuses whom the table, or the record, does not know."""
    return await post_of(asking, may_command_item(command, asking.context.viewer, place), field)


def refuse_by_table(asking: Asking, command: ItemCommand, record: ItemOnRecord, field: str) -> None:
    refusal = item_refusal(command, record.status, record.suspended)
    if refusal is not None:
        raise asking.refuse(asking.problems.refused(refusal, field))


def _actor(asking: Asking, post: Post) -> orders.Actor:
    person = asking.context.viewer.person
    return orders.Actor(
        str(asking.id),
        str(post.id) if post.id else None,
        str(person) if person else None,
        asking.context.request_id,
        post.role,
    )


ITEM_ID = said("The negative item.")
