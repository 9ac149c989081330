"""The ground: district, streets, communities, grids, and the district's departments (domain guide 1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import strawberry
from strawberry import ID
from strawberry.scalars import JSON

from api.rules import default_rule, resolved
from api.types.inputs import given, key, text
from api.types.leaves import computed, leaf
from api.types.record import Asked, Record, to_many, to_one
from models.policy.access import Rule
from models.queries import counters, shapes
from models.queries.counters import Figures
from models.queries.filters import Filter, equal, mentions
from models.terms import Language

NAME = "Its name in the language of the request."
NAMES = ("name_zh", "name_en")
UNSEEN = "null where the viewer does not see all of them."
SYNTHETIC = "Whether it was made up for demonstration."


@strawberry.type(description="Something with a name in both languages.")
class Named:
    name_zh: str = leaf(description="Its Chinese name.")
    name_en: str = leaf(description="Its English name.")

    @computed(NAME)
    def name(self, info: Asked) -> str:
        return self.name_zh if info.context.language is Language.ZH else self.name_en


async def _figures(unit: Record, info: Asked) -> Figures | None:
    kind, context = unit.shape.name, info.context
    if not counters.covers(kind, context.loaders.scope, vars(unit)):
        return None
    return await context.loaders.figures(kind, context.asked_at).load(unit.id)


@strawberry.type(description="A unit whose issues are counted.")
class Counted:
    @resolved(Rule.READ_ISSUES, f"How many of its issues are neither filed nor cancelled; {UNSEEN}")
    async def open_count(self: Any, info: Asked) -> int | None:
        found = await _figures(self, info)
        return None if found is None else found.open

    @resolved(Rule.READ_ISSUES, f"How many of its open issues are past their due time; {UNSEEN}")
    async def overdue_count(self: Any, info: Asked) -> int | None:
        found = await _figures(self, info)
        return None if found is None else found.overdue


@default_rule(Rule.READ_PLACES)
@strawberry.type(description="区: the tenant; contains streets and departments.")
class District(Named, Counted, Record):
    shape = shapes.DISTRICT
    key: str = leaf(description="Its short name, e.g. jinjiang.")
    division_code: str = leaf(description="Its code in the national division register.")
    code_prefix: str = leaf(description="What its issue codes begin with.")
    streets = to_many(shape, "streets", "Its streets, by code.")
    departments = to_many(shape, "departments", "Its departments, by key.")


@default_rule(Rule.READ_PLACES)
@strawberry.type(description="街道: subdistrict office; contains communities.")
class Street(Named, Counted, Record):
    shape = shapes.STREET
    code: str = leaf(description="Its code, unique in the district.")
    district = to_one(shape, "district", "The district it belongs to.", required=True)
    communities = to_many(shape, "communities", "Its communities, by code.")


@default_rule(Rule.READ_PLACES)
@strawberry.type(description="社区: contains grids.")
class Community(Named, Counted, Record):
    shape = shapes.COMMUNITY
    code: str = leaf(description="Its code, unique in the district.")
    synthetic: bool = leaf(description=SYNTHETIC)
    district = to_one(shape, "district", "The district it belongs to.", required=True)
    street = to_one(shape, "street", "The street it belongs to.", required=True)
    grids = to_many(shape, "grids", "Its grids, by code.")


@default_rule(Rule.READ_PLACES)
@strawberry.type(description="网格: smallest managed area.")
class Grid(Record):
    shape = shapes.GRID
    code: str = leaf(description="Its code, unique in the district.")
    polygon: JSON = leaf(description="Its area: a GeoJSON Polygon in WGS-84 longitude and latitude.")
    synthetic: bool = leaf(description=SYNTHETIC)
    district = to_one(shape, "district", "The district it belongs to.", required=True)
    street = to_one(shape, "street", "The street it belongs to.", required=True)
    community = to_one(shape, "community", "The community it belongs to.", required=True)


@default_rule(Rule.READ_PLACES)
@strawberry.type(description="部门: district-level functional bureau.")
class Department(Named, Counted, Record):
    shape = shapes.DEPARTMENT
    key: str = leaf(description="Its short name, e.g. lighting.")
    district = to_one(shape, "district", "The district it belongs to.", required=True)


@strawberry.input(description="Which districts.")
class DistrictWhere:
    search: str | None = given("Every word of this stands in a name.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        return [mentions(NAMES, text(self.search))]


@strawberry.input(description="Which streets.")
class StreetWhere:
    district: ID | None = given("In this district.")
    search: str | None = given("Every word of this stands in a name.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        district = key(self.district, "District", "district")
        return [equal("district_id", district), mentions(NAMES, text(self.search))]


@strawberry.input(description="Which communities.")
class CommunityWhere:
    district: ID | None = given("In this district.")
    street: ID | None = given("In this street.")
    search: str | None = given("Every word of this stands in a name.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        return [
            equal("district_id", key(self.district, "District", "district")),
            equal("street_id", key(self.street, "Street", "street")),
            mentions(NAMES, text(self.search)),
        ]


@strawberry.input(description="Which grids.")
class GridWhere:
    district: ID | None = given("In this district.")
    street: ID | None = given("In this street.")
    community: ID | None = given("In this community.")
    search: str | None = given("Every word of this stands in the code.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        return [
            equal("district_id", key(self.district, "District", "district")),
            equal("street_id", key(self.street, "Street", "street")),
            equal("community_id", key(self.community, "Community", "community")),
            mentions(("code",), text(self.search)),
        ]


@strawberry.input(description="Which departments.")
class DepartmentWhere:
    district: ID | None = given("In this district.")
    search: str | None = given("Every word of this stands in a name.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        district = key(self.district, "District", "district")
        return [equal("district_id", district), mentions(NAMES, text(self.search))]
