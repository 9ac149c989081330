"""What a district's rules say, version by version: rulebooks, their item lists, calendars."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import strawberry
from strawberry import ID
from strawberry.scalars import JSON

from api.labels import label
from api.rules import default_rule
from api.types.inputs import given, key, members, text
from api.types.leaves import computed, leaf
from api.types.places import NAMES, Named
from api.types.record import Asked, Record, to_many, to_one
from models.policy.access import Rule
from models.queries import shapes
from models.queries.filters import Filter, among, equal, items_of_district, mentions
from models.terms import Language, Level, UnitKind


@default_rule(Rule.READ_RULEBOOKS)
@strawberry.type(description="规则: one version of a district's limits, ladders and lists.")
class Rulebook(Record):
    shape = shapes.RULEBOOK
    version: str = leaf(description="Its version, as its file names it.")
    digest: str = leaf(description="SHA-256 of what it says.")
    active: bool = leaf(description="Whether new issues take it.")
    loaded_at: datetime = leaf(description="When it was loaded.")
    body: JSON = leaf(description="All it says: limits, ladders, review criteria, calendar.")
    district = to_one(shape, "district", "Whose rules they are.", required=True)
    items = to_many(shape, "items", "Its item list, in its own order.")


@default_rule(Rule.READ_RULEBOOKS)
@strawberry.type(description="Working time of a district as one version; deadlines name the version used.")
class Calendar(Record):
    shape = shapes.CALENDAR
    version: str = leaf(description="Its version.")
    official_until: date | None = leaf(
        description="The last day that official notices cover; later deadlines are provisional."
    )
    loaded_at: datetime = leaf(description="When it was loaded.")
    body: JSON = leaf(description="Working hours, days off and make-up days.")
    district = to_one(shape, "district", "Whose calendar it is.", required=True)


@default_rule(Rule.READ_PLACES)
@strawberry.type(description="事项: a line of a rulebook's item list; the category of an issue.")
class Item(Named, Record):
    shape = shapes.ITEM
    key: str = leaf(description="Its key: what `reportIssue` calls category.")
    group_key: str = leaf(description="The key of its heading.")
    group_zh: str = leaf(description="Its heading in Chinese.")
    group_en: str = leaf(description="Its heading in English.")
    level: Level = leaf(description="The level suggested for such issues.")
    own_team: UnitKind = leaf(description="Who handles it when it is SIMPLE.")
    position: int = leaf(description="Its place in the list, from 0.")
    rulebook = to_one(shape, "rulebook", "The rulebook it stands in.")

    @computed("The keys of the departments that answer for it.")
    def department_keys(self) -> list[str]:
        keys: list[str] = self.__dict__["departments"]
        return keys

    @computed("Its heading in the language of the request.")
    def group(self, info: Asked) -> str:
        return self.group_zh if info.context.language is Language.ZH else self.group_en

    @computed("Its level in the language of the request.")
    def level_label(self, info: Asked) -> str:
        return label(Level(self.level), info.context.language)


@strawberry.input(description="Which lines of the item list.")
class ItemWhere:
    district: ID | None = given("In a rulebook of this district.")
    rulebook: ID | None = given("In this rulebook; left out, in those that new issues take.")
    group: str | None = given("Below the heading with this key.")
    levels: list[Level] | None = given("Of one of these levels.")
    search: str | None = given("Every word of this stands in a name.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        rulebook = key(self.rulebook, "Rulebook", "rulebook")
        return [
            items_of_district(key(self.district, "District", "district"), active=rulebook is None),
            equal("rulebook_id", rulebook),
            equal("group_key", text(self.group, "group")),
            among("level", members(self.levels)),
            mentions(NAMES, text(self.search)),
        ]


@strawberry.input(description="Which rulebooks.")
class RulebookWhere:
    district: ID | None = given("Of this district.")
    active: bool | None = given("Whether new issues take it.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        return [
            equal("district_id", key(self.district, "District", "district")),
            equal("active", self.active),
        ]


@strawberry.input(description="Which calendars.")
class CalendarWhere:
    district: ID | None = given("Of this district.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        return [equal("district_id", key(self.district, "District", "district"))]
