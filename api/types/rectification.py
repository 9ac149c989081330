"""The satisfaction cycle as the schema shows it: negative items, opinions, the cycle, and their lines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import strawberry
from strawberry import ID
from strawberry.scalars import JSON

from api.labels import label
from api.rules import default_rule
from api.types.inputs import given, key, members, text
from api.types.item_actions import AllowedItemAction, allowed_item_actions
from api.types.leaves import computed, leaf
from api.types.lights import light_of, seconds_left
from api.types.record import Asked, Record, to_list, to_many, to_one
from models.policy.access import Rule
from models.queries import rectification_shapes as shapes
from models.queries.filters import Filter, among, equal, overdue
from models.terms import CycleStep, EntryKind, ItemStatus, Light, Severity


@default_rule(Rule.STAFF)
@strawberry.type(
    description="负面清单事项: one thing residents are dissatisfied with, issued to a street to be put right."
)
class NegativeItem(Record):
    shape = shapes.NEGATIVE_ITEM
    code: str = leaf(description="What people call it, e.g. GL-2026H1-0042.")
    title: str = leaf(description="What it is about.")
    indicator_key: str | None = leaf(description="The indicator that its opinions are about, if one.")
    category: str | None = leaf(description="The line of the item list that it is of, if one.")
    severity: Severity = leaf(description="How much it weighs; decides the street's time.")
    status: ItemStatus = leaf(description="Where it stands.")
    departmental: bool = leaf(description="Whether the street cannot put it right without departments.")
    suspended: bool = leaf(
        description="Whether the office stopped its clock. While it waits for its call the clock stands too."
    )
    seq: int = leaf(description="The number of its last line.")
    round: int = leaf(description="How often residents had it reopened.")
    asked: int = leaf(description="How many are asked in its present round.")
    answered: int = leaf(description="How many of them answered.")
    satisfied: int = leaf(description="How many of those say that it was put right.")
    due_at: datetime | None = leaf(description="When the next thing owed about it is due.")
    created_at: datetime = leaf(description="When it was drafted.")
    issued_at: datetime | None = leaf(description="When it was issued to the street.")
    rectified_at: datetime | None = leaf(description="When it was last put right.")
    closed_at: datetime | None = leaf(description="When residents had it closed.")
    yellow_at: strawberry.Private[datetime | None]
    district = to_one(shape, "district", "Where it is.", required=True)
    survey = to_one(shape, "survey", "The round that it came up in.")
    street = to_one(shape, "street", "Who puts it right.", required=True)
    community = to_one(shape, "community", "The community, where all its opinions come from one.")
    issue = to_one(shape, "issue", "The issue of its call, where it raised one.", rule=Rule.READ_ISSUES)
    timeline = to_many(shape, "timeline", "What happened, oldest first.")
    duties = to_list(shape, "duties", "What is and was owed about it.", rule=Rule.READ_ISSUES)
    opinions = to_many(shape, "opinions", "What respondents said of it, oldest first.")

    @computed("Its status in the language of the request.")
    def status_label(self, info: Asked) -> str:
        return label(ItemStatus(self.status), info.context.language)

    @computed("Its severity in the language of the request.")
    def severity_label(self, info: Asked) -> str:
        return label(Severity(self.severity), info.context.language)

    @computed("How it stands against its due time; null without one.")
    def light(self, info: Asked) -> Light | None:
        return light_of(info.context.asked_at, self.yellow_at, self.due_at)

    @computed("Seconds of clock time (not working time) until `dueAt`, negative after it.")
    def time_left(self, info: Asked) -> int | None:
        return seconds_left(info.context.asked_at, self.due_at)

    @computed("What may be asked of it, whether the viewer may now, and why not where they may not.")
    async def allowed_actions(self, info: Asked) -> list[AllowedItemAction]:
        return await allowed_item_actions(info, self.id)


@default_rule(Rule.STAFF)
@strawberry.type(description="One line of what happened to a negative item.")
class ItemEntry(Record):
    shape = shapes.ITEM_ENTRY
    seq: int = leaf(description="Its number within the item, from 1.")
    kind: EntryKind = leaf(description="What happened.")
    status: ItemStatus = leaf(description="The status it left the item in.")
    at: datetime = leaf(description="When it was written.")
    owed_at: datetime | None = leaf(description="When it fell due, where it tells of a duty.")
    rule: str | None = leaf(description="The rule that decided.")
    note: str | None = leaf(description="What was written with it.")
    data: JSON = leaf(description="Its particulars, by kind; no names.")
    item = to_one(shape, "item", "The item it belongs to.", required=True)
    post = to_one(shape, "post", "The post that acted; null for those who may not see posts.")

    @computed("What happened, in the language of the request.")
    def kind_label(self, info: Asked) -> str:
        return label(EntryKind(self.kind), info.context.language)


@default_rule(Rule.PUBLIC)
@strawberry.type(description="One half-year's loop, from soliciting opinions to satisfaction that rises.")
class RectificationCycle(Record):
    shape = shapes.CYCLE
    code: str = leaf(description="Year and half, e.g. 2026H1.")
    step: CycleStep = leaf(description="Where it stands.")
    seq: int = leaf(description="The number of its last line.")
    due_at: datetime | None = leaf(description="When its present step is due.")
    started_at: datetime = leaf(description="When it began.")
    ended_at: datetime | None = leaf(description="When the office ended it.")
    yellow_at: strawberry.Private[datetime | None]
    district = to_one(shape, "district", "Whose.", required=True)
    survey = to_one(shape, "survey", "Its round; null for those who do not see it yet.")
    timeline = to_list(shape, "timeline", "What happened, oldest first.", rule=Rule.STAFF)
    duties = to_list(shape, "duties", "What is and was owed, step by step.", rule=Rule.OVERSIGHT)

    @computed("Its step in the language of the request.")
    def step_label(self, info: Asked) -> str:
        return label(CycleStep(self.step), info.context.language)

    @computed("How its present step stands against its due time; null without one.")
    def light(self, info: Asked) -> Light | None:
        return light_of(info.context.asked_at, self.yellow_at, self.due_at)


@default_rule(Rule.STAFF)
@strawberry.type(description="One line of what happened to a satisfaction cycle.")
class CycleEntry(Record):
    shape = shapes.CYCLE_ENTRY
    seq: int = leaf(description="Its number within the cycle, from 1.")
    kind: EntryKind = leaf(description="What happened.")
    step: CycleStep = leaf(description="The step it left the cycle in.")
    at: datetime = leaf(description="When it was written.")
    owed_at: datetime | None = leaf(description="When it fell due, where it tells of a duty.")
    rule: str | None = leaf(description="The rule that decided.")
    note: str | None = leaf(description="What was written with it.")
    data: JSON = leaf(description="Its particulars, by kind: counts of items, never names.")
    cycle = to_one(shape, "cycle", "The cycle it belongs to.", required=True)
    post = to_one(shape, "post", "The post that acted; null for those who may not see posts.")

    @computed("What happened, in the language of the request.")
    def kind_label(self, info: Asked) -> str:
        return label(EntryKind(self.kind), info.context.language)


@strawberry.input(description="Which negative items.")
class NegativeItemWhere:
    district: ID | None = given("In this district.")
    survey: ID | None = given("Of this round.")
    street: ID | None = given("Of this street.")
    community: ID | None = given("Of this community.")
    issue: ID | None = given("Whose call is about this issue.")
    statuses: list[ItemStatus] | None = given("That stand at one of these.")
    severities: list[Severity] | None = given("Of one of these severities.")
    category: str | None = given("Of the category with this key.")
    overdue: bool | None = given("Whether what is owed about it is past its due time.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        return [
            equal("district_id", key(self.district, "District", "district")),
            equal("survey_id", key(self.survey, "Survey", "survey")),
            equal("street_id", key(self.street, "Street", "street")),
            equal("community_id", key(self.community, "Community", "community")),
            equal("issue_id", key(self.issue, "Issue", "issue")),
            among("status", members(self.statuses)),
            among("severity", members(self.severities)),
            equal("category", text(self.category, "category")),
            overdue(now, self.overdue),
        ]


@strawberry.input(description="Which satisfaction cycles.")
class CycleWhere:
    district: ID | None = given("Of this district.")
    survey: ID | None = given("Of this round.")
    steps: list[CycleStep] | None = given("That stand at one of these.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        return [
            equal("district_id", key(self.district, "District", "district")),
            equal("survey_id", key(self.survey, "Survey", "survey")),
            among("step", members(self.steps)),
        ]
