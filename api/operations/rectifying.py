"""Questions about the satisfaction cycle: items, cycles, what opinions look like, what residents may see."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import ID

from api import ids
from api.errors import ErrorCode, Fault, FaultError
from api.labels import label
from api.literals import storable
from api.rules import default_rule, resolved
from api.types.leaves import computed, leaf
from api.types.places import Community, Street
from api.types.record import Asked, listing, one
from api.types.rectification import CycleWhere, NegativeItemWhere
from api.types.responses import Opinion
from models.policy.access import Rule, covers_unit, scope_of
from models.policy.grouping import Suggestion
from models.queries import item_lists, rounds, shapes, survey_shapes
from models.queries import rectification_status as status
from models.terms import ItemStatus, Severity

MOST_SUGGESTIONS = 200

SurveyId = Annotated[ID, strawberry.argument(description="The round.")]
StreetId = Annotated[ID | None, strawberry.argument(description="Of this street only.")]
First = Annotated[
    int, strawberry.argument(description=f"How many, the most opinions first; at most {MOST_SUGGESTIONS}.")
]
District = Annotated[str, strawberry.argument(description="The district's short name, e.g. gulou.")]
RoundCode = Annotated[str, strawberry.argument(description="Year and half, e.g. 2026H1.")]


@default_rule(Rule.OVERSIGHT)
@strawberry.type(
    description="归类建议: opinions that look like one item, by place, category and similar wording. "
    "A person decides."
)
class ItemSuggestion:
    category: str | None = leaf(description="The line of the item list that they were sorted under, if any.")
    indicator_key: str | None = leaf(description="The indicator that all of them are about, if one.")
    severity: Severity = leaf(description="How grave it looks, by how many speak of it.")
    departmental: bool = leaf(description="Whether departments answer for its category.")
    count: int = leaf(description="How many opinions.")
    rule: str = leaf(description="Why they are together.")
    street_id: strawberry.Private[UUID]
    community_id: strawberry.Private[UUID]
    voices: strawberry.Private[list[UUID]]

    @computed("The street that they are about.")
    async def street(self, info: Asked) -> Street | None:
        found = await one(info.context, shapes.STREET, self.street_id)
        return found if isinstance(found, Street) else None

    @computed("The community that they come from.")
    async def community(self, info: Asked) -> Community | None:
        found = await one(info.context, shapes.COMMUNITY, self.community_id)
        return found if isinstance(found, Community) else None

    @computed("The opinions, oldest first.")
    async def opinions(self, info: Asked) -> list[Opinion]:
        rows = await info.context.loaders.row(survey_shapes.OPINION).load_many(self.voices)
        return [Opinion.of(row) for row in rows if row is not None]


@default_rule(Rule.PUBLIC)
@strawberry.type(description="How many items of one community stand at one status. No person is in it.")
class CommunityItems:
    status: ItemStatus = leaf(description="Where they stand.")
    count: int = leaf(description="How many.")
    reopened: int = leaf(description="How many of them residents had reopened.")
    street_id: strawberry.Private[UUID]
    community_id: strawberry.Private[UUID | None]

    @computed("The street that puts them right.")
    async def street(self, info: Asked) -> Street | None:
        found = await one(info.context, shapes.STREET, self.street_id)
        return found if isinstance(found, Street) else None

    @computed("The community; null for items of the whole street.")
    async def community(self, info: Asked) -> Community | None:
        found = await one(info.context, shapes.COMMUNITY, self.community_id)
        return found if isinstance(found, Community) else None

    @computed("Their status in the language of the request.")
    def status_label(self, info: Asked) -> str:
        return label(ItemStatus(self.status), info.context.language)


@strawberry.type
class RectificationQuery:
    negative_items = listing(
        "NegativeItem",
        NegativeItemWhere,
        "Negative items: the district's for those who see it whole, a street's or community's own.",
        Rule.STAFF,
    )
    rectification_cycles = listing(
        "RectificationCycle", CycleWhere, "Satisfaction cycles, open to everybody.", Rule.PUBLIC
    )

    @resolved(Rule.OVERSIGHT, "Opinions of a round that nobody has sorted, as items they might become.")
    async def item_suggestions(
        self, info: Asked, survey: SurveyId, street: StreetId = None, first: First = 50
    ) -> list[ItemSuggestion]:
        if not 1 <= first <= MOST_SUGGESTIONS:
            params = {"name": "first", "limit": MOST_SUGGESTIONS, "found": first}
            raise FaultError(Fault(ErrorCode.BAD_INPUT, "page_size", params, field="first"))
        of = await rounds.found(ids.key_of(survey, "Survey", "survey"))
        if of is None or not covers_unit(scope_of(info.context.viewer), of.district):
            return []
        found = await item_lists.suggested(of, ids.optional_key(street, "Street", "street"))
        departmental = {key for key, line in (await item_lists.categories(of.district)).items() if line[1]}
        return [_shown(one, departmental) for one in found[:first]]

    @resolved(
        Rule.PUBLIC,
        "How the items of a round stand, by community, for residents to see; empty where there is none.",
    )
    async def rectification_status(
        self, info: Asked, district: District, round: RoundCode
    ) -> list[CommunityItems]:
        if not storable(district) or not storable(round):
            return []
        return [CommunityItems(**row) for row in await status.by_community(district, round)]


def _shown(found: Suggestion, departmental: set[str]) -> ItemSuggestion:
    return ItemSuggestion(
        category=found.category,
        indicator_key=found.indicator,
        severity=found.severity,
        departmental=found.category in departmental,
        count=len(found.voices),
        rule=found.rule,
        street_id=UUID(found.street),
        community_id=UUID(found.community),
        voices=[UUID(voice) for voice in found.voices],
    )
