"""整改: what streets and the office do about negative items that were issued."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry
from strawberry import ID

from api.mutations.asking import Asking, refusable
from api.mutations.inputs import COMMAND, DONE, KEY_WORDS, WHO, said
from api.mutations.item_commanding import ITEM, ITEM_ID, ItemChanged, ItemIntent, carry_out
from api.problems import AnyProblem
from api.rules import commanded
from api.types.record import Asked
from models.policy import orders
from models.policy.access import Rule
from models.policy.item_orders import OnItem, RaiseCall
from models.policy.text import OPTIONAL_WORDS, PLACE, WORDS, TextRule
from models.queries import calendars, item_lists
from models.queries.items import ItemOnRecord
from models.rulebooks.times import working_time
from models.terms import DutyKind, ItemCommand, derived_id

CATEGORY = TextRule(60, required=False)
ITEM_PLACE = TextRule(PLACE.most, required=False)

ItemCommandResult: TypeAlias = Annotated[
    ItemChanged | AnyProblem, strawberry.union("ItemCommandResult", description=DONE)
]


@strawberry.input(description="A step on a negative item.")
class ItemInput:
    idempotency_key: str = said(KEY_WORDS)
    item: ID = ITEM_ID
    note: str | None = said("A word with it, up to 2,000 characters.", default=None)


@strawberry.input(description="A step on a negative item that needs a reason.")
class ItemReasonInput:
    idempotency_key: str = said(KEY_WORDS)
    item: ID = ITEM_ID
    reason: str = said("Why, up to 2,000 characters.")


@strawberry.input(description="A call for departments, raised by a negative item.")
class RaiseItemCallInput:
    idempotency_key: str = said(KEY_WORDS)
    item: ID = ITEM_ID
    category: str | None = said(
        "The line of the item list; left out, that of the item. Departments are found by it.", default=None
    )
    place: str | None = said("Where it is; left out, the community, or the street.", default=None)
    demand: str | None = said("What is to be put right; left out, the item's title.", default=None)


@strawberry.input(description="More time for the street.")
class ExtendItemInput:
    idempotency_key: str = said(KEY_WORDS)
    item: ID = ITEM_ID
    more: str = said("How much more working time, as rulebooks write it, e.g. `4 h` or `2 d`.")
    reason: str = said("Why, up to 2,000 characters.")


@strawberry.type
class RectifyingMutation:
    @commanded(Rule.SIGNED_IN, f"着手整改: the street takes an item up that was issued to it. {WHO}")
    @refusable
    async def start_item(self, info: Asked, input: Annotated[ItemInput, COMMAND]) -> ItemCommandResult:
        return await _step(info, ItemCommand.START, input)

    @commanded(
        Rule.SIGNED_IN,
        "发起呼叫: the street needs departments. An issue is made of the item, to be assessed and called "
        f"like any other; the item waits on it, and residents are asked once it is filed. {WHO}",
    )
    @refusable
    async def raise_item_call(
        self, info: Asked, input: Annotated[RaiseItemCallInput, COMMAND]
    ) -> ItemCommandResult:
        asking = Asking(info.context, ItemCommand.RAISE_CALL.value, input.idempotency_key)
        category = asking.text("input.category", input.category, CATEGORY)
        texts = {
            "note": asking.text("input.demand", input.demand, OPTIONAL_WORDS),
            "place": asking.text("input.place", input.place, ITEM_PLACE),
        }

        async def build(actor: orders.Actor, record: ItemOnRecord) -> RaiseCall:
            wanted = category or record.category
            if not wanted:
                raise asking.invalid("input.category", "CATEGORY_NEEDED")
            lines = await item_lists.categories(record.place.district)
            if wanted not in lines:
                raise asking.invalid("input.category", "CATEGORY")
            issue = derived_id("issue", actor.command)
            return RaiseCall(actor, str(issue), str(lines[wanted][0]), wanted)

        intent = ItemIntent(ItemCommand.RAISE_CALL, input.item, {"category": category}, texts)
        return await carry_out(asking, intent, build)

    @commanded(
        Rule.SIGNED_IN, f"报告整改完成: the street declares the item put right; residents are asked. {WHO}"
    )
    @refusable
    async def complete_item(self, info: Asked, input: Annotated[ItemInput, COMMAND]) -> ItemCommandResult:
        return await _step(info, ItemCommand.COMPLETE, input)

    @commanded(Rule.SIGNED_IN, f"挂起: stops the item's clock. {WHO}")
    @refusable
    async def suspend_item(
        self, info: Asked, input: Annotated[ItemReasonInput, COMMAND]
    ) -> ItemCommandResult:
        return await _reasoned(info, ItemCommand.SUSPEND, input)

    @commanded(Rule.SIGNED_IN, f"恢复: the item's clock runs on; its deadline moved by the time lost. {WHO}")
    @refusable
    async def resume_item(self, info: Asked, input: Annotated[ItemReasonInput, COMMAND]) -> ItemCommandResult:
        return await _reasoned(info, ItemCommand.RESUME, input)

    @commanded(Rule.SIGNED_IN, f"延期: gives the street more time, as long as its own is not over. {WHO}")
    @refusable
    async def extend_item(self, info: Asked, input: Annotated[ExtendItemInput, COMMAND]) -> ItemCommandResult:
        asking = Asking(info.context, ItemCommand.EXTEND.value, input.idempotency_key)
        reason = asking.text("input.reason", input.reason, WORDS)

        async def build(actor: orders.Actor, record: ItemOnRecord) -> orders.Extend:
            calendar = await calendars.current(record.place.district)
            more = None if calendar is None else working_time(input.more, calendar.day_length)
            if more is None:
                raise asking.invalid("input.more", "WORKING_TIME")
            duty = record.owed(DutyKind.RECTIFY)
            if duty is None:
                raise asking.refuse(asking.problems.not_found(ITEM, "duty"))
            return orders.Extend(
                actor, duty["key"], duty["allowed_us"] + more, f"{duty['rule']} + {input.more}"
            )

        intent = ItemIntent(ItemCommand.EXTEND, input.item, {"more": input.more}, {"note": reason})
        return await carry_out(asking, intent, build)


async def _step(info: Asked, command: ItemCommand, input: ItemInput) -> ItemChanged:
    asking = Asking(info.context, command.value, input.idempotency_key)
    note = asking.text("input.note", input.note, OPTIONAL_WORDS)
    return await carry_out(asking, ItemIntent(command, input.item, {}, {"note": note}), _on_item)


async def _reasoned(info: Asked, command: ItemCommand, input: ItemReasonInput) -> ItemChanged:
    asking = Asking(info.context, command.value, input.idempotency_key)
    reason = asking.text("input.reason", input.reason, WORDS)
    return await carry_out(asking, ItemIntent(command, input.item, {}, {"note": reason}), _on_item)


async def _on_item(actor: orders.Actor, record: ItemOnRecord) -> OnItem:
    return OnItem(actor)
