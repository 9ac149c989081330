"""负面清单: the office sorts opinions into items, issues them to streets, and has residents asked again."""

from __future__ import annotations

import secrets
from typing import Annotated, TypeAlias
from uuid import UUID

import strawberry
from strawberry import ID

from api.mutations.asking import Asking, refusable
from api.mutations.entitling import entitled
from api.mutations.inputs import COMMAND, DONE, KEY_WORDS, said
from api.mutations.item_commanding import ITEM, ITEM_ID, refuse_by_table, visible
from api.mutations.item_commanding import entitled as entitled_to_item
from api.mutations.results import read
from api.mutations.surveying import TOKEN_BYTES, InvitationLink
from api.problems import AnyProblem
from api.rules import commanded, default_rule
from api.types.record import Asked
from api.types.rectification import NegativeItem
from api.types.responses import Invitation
from models.policy.access import Rule
from models.policy.acts import Act, Ground
from models.policy.item_steps import ItemPlace, item_refusal
from models.policy.text import TITLE, TextRule
from models.queries import cases, commands, item_lists, perception, rounds, survey_shapes
from models.queries import rectification_shapes as shapes
from models.queries.commands import Receipt
from models.queries.item_lists import NewItem, UnsortableError
from models.queries.items import ItemOnRecord, rulebook_id
from models.queries.perception import Link, NotPerceivingError, Plan
from models.queries.rounds import Order, Round
from models.terms import ItemCommand, Severity

MOST_DRAFTS = 100
MOST_OPINIONS = 500
MOST_ITEMS = 100
NO_STREET = UUID(int=0)
KEY = TextRule(60, required=False)
OFFICE = "The response office's to do."


@strawberry.input(description="One negative item to be made of opinions.")
class ItemDraftInput:
    opinions: list[ID] = said(f"What respondents said: from 1 to {MOST_OPINIONS}, all about one street.")
    title: str = said("What it is about, up to 100 characters.")
    severity: Severity = said("How much it weighs; decides the street's time.")
    departmental: bool = said("Whether the street cannot put it right without departments.", default=False)
    category: str | None = said("The line of the item list that it is of.", default=None)
    indicator: str | None = said("The indicator that it is about.", default=None)


@strawberry.input(description="Drafts of negative items.")
class DraftItemsInput:
    idempotency_key: str = said(KEY_WORDS)
    survey: ID = said("The round whose opinions they are.")
    items: list[ItemDraftInput] = said(f"From 1 to {MOST_DRAFTS}; all are made, or none.")


@strawberry.input(description="Opinions in which there is nothing to put right.")
class SetAsideOpinionsInput:
    idempotency_key: str = said(KEY_WORDS)
    survey: ID = said("Their round.")
    opinions: list[ID] = said(f"From 1 to {MOST_OPINIONS}.")


@strawberry.input(description="Drafts to be issued.")
class IssueItemsInput:
    idempotency_key: str = said(KEY_WORDS)
    survey: ID = said("Their round.")
    items: list[ID] | None = said(
        f"Which: from 1 to {MOST_ITEMS}; left out, every draft of the round.", default=None
    )


@strawberry.input(description="A draft to be taken back.")
class DiscardItemInput:
    idempotency_key: str = said(KEY_WORDS)
    item: ID = ITEM_ID


@strawberry.input(description="Items whose residents are to be asked.")
class AskResidentsInput:
    idempotency_key: str = said(KEY_WORDS)
    items: list[ID] = said(f"From 1 to {MOST_ITEMS}.")
    fresh: bool = said(
        "Whether a fresh sample of the community is asked although those who raised it can be.", default=False
    )


@default_rule(Rule.STAFF)
@strawberry.type(description="The drafts are made.")
class ItemsDrafted:
    items: list[NegativeItem] = strawberry.field(description="The drafts, in the order given.")


@default_rule(Rule.STAFF)
@strawberry.type(description="The opinions are set aside.")
class OpinionsSetAside:
    count: int = strawberry.field(description="How many of those named are set aside now.")


@default_rule(Rule.STAFF)
@strawberry.type(description="The items are issued; each street owes their rectification from now on.")
class ItemsIssued:
    issued: int = strawberry.field(description="How many this command issued.")


@default_rule(Rule.STAFF)
@strawberry.type(description="The draft is gone; its opinions can be sorted anew.")
class ItemDiscarded:
    freed: bool = strawberry.field(description="True: whoever asks again is told the same.")


@default_rule(Rule.STAFF)
@strawberry.type(description="Residents can answer.")
class ResidentsAsked:
    links: list[InvitationLink] = strawberry.field(description="One for each who is asked.")


DraftItemsResult: TypeAlias = Annotated[
    ItemsDrafted | AnyProblem, strawberry.union("DraftItemsResult", description=DONE)
]
SetAsideOpinionsResult: TypeAlias = Annotated[
    OpinionsSetAside | AnyProblem, strawberry.union("SetAsideOpinionsResult", description=DONE)
]
IssueItemsResult: TypeAlias = Annotated[
    ItemsIssued | AnyProblem, strawberry.union("IssueItemsResult", description=DONE)
]
DiscardItemResult: TypeAlias = Annotated[
    ItemDiscarded | AnyProblem, strawberry.union("DiscardItemResult", description=DONE)
]
AskResidentsResult: TypeAlias = Annotated[
    ResidentsAsked | AnyProblem, strawberry.union("AskResidentsResult", description=DONE)
]


@strawberry.type
class ListingItemsMutation:
    @commanded(
        Rule.SIGNED_IN,
        "归类: makes drafts of negative items of opinions; `itemSuggestions` says which look alike. "
        + OFFICE,
    )
    @refusable
    async def draft_items(self, info: Asked, input: Annotated[DraftItemsInput, COMMAND]) -> DraftItemsResult:
        asking = Asking(info.context, "DRAFT_ITEMS", input.idempotency_key)
        of = await _round(asking, input.survey)
        await entitled(asking, Act.SORT_OPINIONS, Ground(of.district), "input.survey")
        if (await cases.rulebook(of.rulebook)).rectification is None:
            raise asking.invalid("input.survey", "NO_RECTIFICATION")
        drafts = await _drafts(asking, of, input.items)
        try:
            order = _order(asking, [str(of.id), repr(drafts)])
            receipt, keys = await item_lists.draft(of, drafts, order)
        except UnsortableError as no:
            raise asking.invalid(f"input.items[{no.place}].opinions", f"OPINIONS_{no.reason}") from None
        _checked(asking, receipt)
        return ItemsDrafted(items=[await read(info.context, shapes.NEGATIVE_ITEM, key) for key in keys])

    @commanded(Rule.SIGNED_IN, f"搁置: there is nothing to put right in these opinions. {OFFICE}")
    @refusable
    async def set_aside_opinions(
        self, info: Asked, input: Annotated[SetAsideOpinionsInput, COMMAND]
    ) -> SetAsideOpinionsResult:
        asking = Asking(info.context, "SET_ASIDE_OPINIONS", input.idempotency_key)
        of = await _round(asking, input.survey)
        await entitled(asking, Act.SORT_OPINIONS, Ground(of.district), "input.survey")
        keys = _keys(asking, "input.opinions", input.opinions, "Opinion", MOST_OPINIONS)
        order = _order(asking, [str(of.id), *map(str, keys)])
        receipt, count = await item_lists.set_aside(of.id, keys, order)
        _checked(asking, receipt)
        return OpinionsSetAside(count=count)

    @commanded(
        Rule.SIGNED_IN,
        f"交办: issues drafts of a round to their streets, all of them or those named. {OFFICE}",
    )
    @refusable
    async def issue_items(self, info: Asked, input: Annotated[IssueItemsInput, COMMAND]) -> IssueItemsResult:
        asking = Asking(info.context, "ISSUE_ITEMS", input.idempotency_key)
        of, chosen = await _round(asking, input.survey), None
        await entitled_to_item(asking, ItemCommand.ISSUE, ItemPlace(of.district, NO_STREET), "input.survey")
        if input.items is not None:
            chosen = _keys(asking, "input.items", input.items, "NegativeItem", MOST_ITEMS)
        order = _order(asking, [str(of.id), *(map(str, chosen) if chosen else ["all"])])
        if chosen is not None and not await asking.done_before(order.command, order.fingerprint):
            for place, key in enumerate(chosen):
                record = await visible(asking, key, f"input.items[{place}]")
                if record.survey != of.id:
                    raise asking.refuse(asking.problems.not_found(f"input.items[{place}]", "item"))
                refuse_by_table(asking, ItemCommand.ISSUE, record, f"input.items[{place}]")
        receipt, issued = await item_lists.issue(of, chosen, order)
        _checked(asking, receipt)
        return ItemsIssued(issued=issued)

    @commanded(Rule.SIGNED_IN, f"撤销草拟: takes a draft back; its opinions can be sorted anew. {OFFICE}")
    @refusable
    async def discard_item(
        self, info: Asked, input: Annotated[DiscardItemInput, COMMAND]
    ) -> DiscardItemResult:
        asking = Asking(info.context, "DISCARD_ITEM", input.idempotency_key)
        key = asking.key(ITEM, input.item, "NegativeItem")[1]
        order = _order(asking, [str(key)])
        if not await asking.done_before(order.command, order.fingerprint):
            record = await visible(asking, key, ITEM)
            await entitled_to_item(asking, ItemCommand.DISCARD, record.place, ITEM)
            refuse_by_table(asking, ItemCommand.DISCARD, record, ITEM)
            receipt, done = await item_lists.discard(key, order)
            _checked(asking, receipt)
            if not done:
                refuse_by_table(asking, ItemCommand.DISCARD, await visible(asking, key, ITEM), ITEM)
        return ItemDiscarded(freed=True)

    @commanded(
        Rule.SIGNED_IN,
        "群众感知: invites those who raised an item, or a fresh sample of its community, to say whether it "
        f"was put right. Their tokens are shown once. {OFFICE}",
    )
    @refusable
    async def ask_residents(
        self, info: Asked, input: Annotated[AskResidentsInput, COMMAND]
    ) -> AskResidentsResult:
        asking = Asking(info.context, "ASK_RESIDENTS", input.idempotency_key)
        keys = _keys(asking, "input.items", input.items, "NegativeItem", MOST_ITEMS)
        order = _order(asking, [str(input.fresh), *map(str, keys)])
        plans = []
        done = await asking.done_before(order.command, order.fingerprint)
        for place, key in enumerate([] if done else keys):
            field = f"input.items[{place}]"
            record = await visible(asking, key, field)
            await entitled_to_item(asking, ItemCommand.ASK, record.place, field)
            refuse_by_table(asking, ItemCommand.ASK, record, field)
            plans.append(Plan(key, await _sample(record), input.fresh))
        try:
            receipt, links = await perception.ask(plans, order, _token)
        except NotPerceivingError as no:
            refusal = item_refusal(ItemCommand.ASK, no.status, no.suspended)
            assert refusal is not None
            raise asking.refuse(asking.problems.refused(refusal, f"input.items[{no.place}]")) from None
        _checked(asking, receipt)
        return ResidentsAsked(links=await _links(info, links))


def _token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


async def _sample(record: ItemOnRecord) -> int:
    spec = (await cases.rulebook(rulebook_id(record.rulebook))).rectification
    return spec.perceiving.sample if spec else 0


async def _links(info: Asked, links: list[Link]) -> list[InvitationLink]:
    rows = await info.context.loaders.row(survey_shapes.INVITATION).load_many(
        [link.invitation for link in links]
    )
    return [
        InvitationLink(
            invitation=Invitation.of(row), token=link.token, path=f"/s/{link.token}" if link.token else None
        )
        for link, row in zip(links, rows, strict=True)
        if row is not None
    ]


async def _round(asking: Asking, given: ID) -> Round:
    found = await rounds.found(asking.key("input.survey", given, "Survey")[1])
    if found is None:
        raise asking.refuse(asking.problems.not_found("input.survey", "survey"))
    return found


async def _drafts(asking: Asking, of: Round, given: list[ItemDraftInput]) -> list[NewItem]:
    if not 1 <= len(given) <= MOST_DRAFTS:
        raise asking.invalid("input.items", "COUNT_OF_DRAFTS", most=MOST_DRAFTS)
    lines = await item_lists.categories(of.district)
    return [_draft(asking, f"input.items[{n}]", one, set(lines)) for n, one in enumerate(given)]


def _draft(asking: Asking, field: str, given: ItemDraftInput, lines: set[str]) -> NewItem:
    category = asking.text(f"{field}.category", given.category, KEY) or None
    if category is not None and category not in lines:
        raise asking.invalid(f"{field}.category", "CATEGORY")
    keys = _keys(asking, f"{field}.opinions", given.opinions, "Opinion", MOST_OPINIONS)
    return NewItem(
        opinions=tuple(keys),
        title=asking.text(f"{field}.title", given.title, TITLE),
        severity=given.severity,
        departmental=given.departmental,
        category=category,
        indicator=asking.text(f"{field}.indicator", given.indicator, KEY) or None,
    )


def _keys(asking: Asking, field: str, given: list[ID], kind: str, most: int) -> list[UUID]:
    """Each once, in the order given."""
    if not 1 <= len(given) <= most:
        raise asking.invalid(field, "COUNT", most=most)
    return list(dict.fromkeys(asking.key(f"{field}[{n}]", one, kind)[1] for n, one in enumerate(given)))


def _order(asking: Asking, content: list[str]) -> Order:
    fingerprint = commands.digest(asking.command, content)
    return Order(asking.id, asking.actor, asking.command, fingerprint, asking.context.now())


def _checked(asking: Asking, receipt: Receipt) -> None:
    if receipt is Receipt.CONFLICT:
        raise asking.refuse(asking.problems.key_reused())
