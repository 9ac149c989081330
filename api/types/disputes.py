"""Which lines of the item list cause returns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import strawberry
from strawberry import ID

from api.rules import default_rule
from api.types.inputs import given, key, text
from api.types.leaves import computed, leaf
from api.types.record import Asked, one
from api.types.rulebooks import Item
from models.policy.access import Rule
from models.queries import disputes as counting
from models.queries import shapes
from models.queries.filters import Filter, before, equal, in_district, of_category, since


@default_rule(Rule.OVERSIGHT)
@strawberry.type(description="One line of the item list, and how returns of what it called were adjudicated.")
class Dispute:
    returns: int = leaf(description="How often a department returned its part.")
    undecided: int = leaf(description="How many of them the office has not adjudicated.")
    upheld: int = leaf(description="How many were not the department's duty: the line named the wrong one.")
    rejected: int = leaf(description="How many were.")
    solve_first: int = leaf(description="How many were to be solved first, the dispute kept.")
    item_id: strawberry.Private[UUID]

    @computed("The line, in the version of the rulebook that the issues ran under.")
    async def item(self, info: Asked) -> Item | None:
        found = await one(info.context, shapes.ITEM, self.item_id)
        return found if isinstance(found, Item) else None


@strawberry.input(description="Which returns are counted.")
class DisputeWhere:
    district: ID | None = given("In this district.")
    item: ID | None = given("Of this line of the item list.")
    category: str | None = given("Of the category with this key, in any version of the rulebook.")
    department: ID | None = given("By this department.")
    returned_from: datetime | None = given("Returned at this instant or later.")
    returned_to: datetime | None = given("Returned before this instant.")

    def filters(self) -> Sequence[Filter]:
        return [
            in_district(key(self.district, "District", "district")),
            equal("item_id", key(self.item, "Item", "item")),
            of_category(text(self.category, "category")),
            equal("department_id", key(self.department, "Department", "department")),
            since("returned_at", self.returned_from),
            before("returned_at", self.returned_to),
        ]


async def disputes(info: Asked, where: DisputeWhere | None) -> list[Dispute]:
    """Lines of the item list by their returns, most first."""
    filters = (where or DisputeWhere()).filters()
    return [Dispute(**row) for row in await counting.disputes(info.context.viewer, filters)]
