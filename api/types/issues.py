"""Issues and the reports they come from (domain guide 1 and 3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import strawberry
from strawberry import ID

from api.labels import label
from api.rules import default_rule
from api.types.actions import AllowedAction, allowed_actions
from api.types.inputs import given, key, members, text
from api.types.leaves import computed, leaf
from api.types.lights import light_of, seconds_left
from api.types.masking import masked
from api.types.record import Asked, Record, to_list, to_many, to_one
from api.types.suggestions import MergeSuggestion, suggestions
from models.policy import access
from models.policy.access import Rule
from models.queries import shapes
from models.queries.filters import (
    Filter,
    among,
    before,
    equal,
    found,
    of_category,
    overdue,
    since,
    with_department,
)
from models.terms import Level, Light, ReportSource, Stage


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="问题: anything a street wants solved; the subject of a calling cycle.")
class Issue(Record):
    shape = shapes.ISSUE
    code: str = leaf(description="Its number, e.g. JJ-2026-000123.")
    title: str = leaf(description="What it is about.")
    place: str = leaf(description="Where it is, in words.")
    longitude: float | None = leaf(description="WGS-84 longitude in degrees.")
    latitude: float | None = leaf(description="WGS-84 latitude in degrees.")
    source: ReportSource = leaf(description="The way its first report came in.")
    level: Level = leaf(description="How heavy it is; the item list's suggestion until it is assessed.")
    stage: Stage = leaf(description="Where it stands.")
    seq: int = leaf(description="How many entries its timeline has.")
    suspended: bool = leaf(description="Whether every clock of it stands still 挂起.")
    round: int = leaf(description="How often a dissatisfied reporter reopened it.")
    calendar_version: str = leaf(description="The calendar its deadlines were reckoned with.")
    yellow_at: datetime | None = leaf(description="When its light turns yellow.")
    due_at: datetime | None = leaf(
        description="The earliest due time of its open duties; null while suspended or closed."
    )
    opened_at: datetime = leaf(description="When it was collected.")
    closed_at: datetime | None = leaf(description="When it was filed or cancelled.")
    updated_at: datetime = leaf(description="When anything of it last changed.")

    district = to_one(shape, "district", "The district it lies in.", required=True)
    street = to_one(shape, "street", "The street it lies in.", required=True)
    community = to_one(shape, "community", "The community it lies in, where that is known.")
    grid = to_one(shape, "grid", "The grid it lies in, where that is known.")
    department = to_one(shape, "department", "The department that was called, the lead of several.")
    item = to_one(shape, "item", "Its category: a line of the item list.", required=True)
    rulebook = to_one(shape, "rulebook", "The rules it runs under.", rule=Rule.READ_RULEBOOKS)
    reports = to_many(shape, "reports", "Who told of it; a reporter sees their own telling alone.")
    timeline = to_many(shape, "timeline", "What happened, oldest first; `last: 3` are the newest three.")
    evidence = to_many(shape, "evidence", "Its photos, oldest first.")
    evidence_holds = to_list(
        shape, "evidence_holds", "Why its photos are kept for the law, oldest first.", rule=Rule.OVERSIGHT
    )
    calls = to_list(shape, "calls", "The calls it was given, oldest first.")
    assignments = to_list(shape, "assignments", "Each unit's part of it, oldest first.")
    duties = to_list(shape, "duties", "Who must do what by when: open ones first, by due time.")
    scorecards = to_list(shape, "scorecards", "What the street gave each department, oldest first.")
    plans = to_list(shape, "plans", "Plans for joint handling, oldest first.")
    returns = to_list(shape, "returns", "Returns of its parts, oldest first.")
    extensions = to_list(shape, "extensions", "Requests for more time, oldest first.")
    suspensions = to_list(shape, "suspensions", "When its clocks stood still, oldest first.")
    handovers = to_list(shape, "handovers", "Offers of its parts to other units, oldest first.")
    review_sheets = to_list(shape, "review_sheets", "Reviews in draft and their signatures.", rule=Rule.STAFF)
    appeals = to_list(shape, "appeals", "Appeals against its scorecards, oldest first.")
    merged_into = to_one(shape, "merged_into", "The issue that took its reports, where it was merged.")
    split_from = to_one(shape, "split_from", "The issue whose report it was made of, where it was split off.")

    @computed("Its stage in the language of the request.")
    def stage_label(self, info: Asked) -> str:
        return label(Stage(self.stage), info.context.language)

    @computed("Its level in the language of the request.")
    def level_label(self, info: Asked) -> str:
        return label(Level(self.level), info.context.language)

    @computed("What may be asked of it, whether the viewer may now, and why not where they may not.")
    async def allowed_actions(self, info: Asked) -> list[AllowedAction]:
        return await allowed_actions(info, self.id)

    @computed("Open issues that may be the same problem, nearest first; `mergeIssue` makes them one.")
    async def merge_suggestions(self, info: Asked) -> list[MergeSuggestion]:
        return await suggestions(info, self.id)

    @computed("How it stands against its due time; null without one.")
    def light(self, info: Asked) -> Light | None:
        return light_of(info.context.asked_at, self.yellow_at, self.due_at)

    @computed("Seconds of clock time (not working time) until `dueAt`, negative after it.")
    def time_left(self, info: Asked) -> int | None:
        return seconds_left(info.context.asked_at, self.due_at)

    @computed("Whether its due time has passed.")
    def overdue(self, info: Asked) -> bool:
        return self.due_at is not None and info.context.asked_at >= self.due_at


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="反映: one person's telling of a problem.")
class Report(Record):
    shape = shapes.REPORT
    code: str = leaf(description="What the reporter follows it by, without signing in.")
    source: ReportSource = leaf(description="The way it came in.")
    external_ticket: str | None = leaf(description="Its number in the system it came from.")
    description: str = leaf(description="What was told.")
    happened_at: datetime | None = leaf(description="When it was seen.")
    reported_at: datetime = leaf(description="When it was told.")
    issue_id: strawberry.Private[UUID]
    reporter_id: strawberry.Private[UUID | None]
    issue = to_one(shape, "issue", "The issue it became part of.", required=True)
    origin_issue = to_one(
        shape, "origin_issue", "The issue it came with, where that was merged; null where it is out of sight."
    )
    answers = to_list(shape, "answers", "What the street answered, oldest first.")
    ratings = to_list(shape, "ratings", "What the reporter said of the result, oldest first.")
    messages = to_list(shape, "messages", "What the reporter was told on the way, oldest first.")

    @computed("Who told it; masked but for the reporter and those handling the issue.")
    async def reporter_name(self, info: Asked) -> str | None:
        name: str | None = self.__dict__["reporter_name"]
        return access.mask_name(name) if name and await self._masked(info) else name

    @computed("Their phone number; masked in the same way.")
    async def reporter_phone(self, info: Asked) -> str | None:
        phone: str | None = self.__dict__["reporter_phone"]
        return access.mask_phone(phone) if phone and await self._masked(info) else phone

    @computed("Whether it is the viewer's own.")
    def mine(self, info: Asked) -> bool:
        person = info.context.viewer.person
        return person is not None and self.reporter_id == person

    async def _masked(self, info: Asked) -> bool:
        return await masked(info.context, self.issue_id, self.reporter_id)


@strawberry.input(description="Which issues.")
class IssueWhere:
    district: ID | None = given("In this district.")
    street: ID | None = given("In this street.")
    community: ID | None = given("In this community.")
    grid: ID | None = given("In this grid.")
    department: ID | None = given("In which this department has or had a part.")
    item: ID | None = given("Of this line of the item list.")
    category: str | None = given("Of the category with this key, in any version of the rulebook.")
    stages: list[Stage] | None = given("In one of these stages.")
    levels: list[Level] | None = given("Of one of these levels.")
    overdue: bool | None = given("Whether the due time has passed.")
    opened_from: datetime | None = given("Collected at this instant or later.")
    opened_to: datetime | None = given("Collected before this instant.")
    search: str | None = given("Every word of this stands in title or place; Chinese needs no spaces.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        return [
            equal("district_id", key(self.district, "District", "district")),
            equal("street_id", key(self.street, "Street", "street")),
            equal("community_id", key(self.community, "Community", "community")),
            equal("grid_id", key(self.grid, "Grid", "grid")),
            with_department(key(self.department, "Department", "department")),
            equal("item_id", key(self.item, "Item", "item")),
            of_category(text(self.category, "category")),
            among("stage", members(self.stages)),
            among("level", members(self.levels)),
            overdue(now, self.overdue),
            since("opened_at", self.opened_from),
            before("opened_at", self.opened_to),
            found(text(self.search)),
        ]


@strawberry.input(description="Which reports.")
class ReportWhere:
    issue: ID | None = given("Of this issue.")
    sources: list[ReportSource] | None = given("That came in one of these ways.")
    reported_from: datetime | None = given("Told at this instant or later.")
    reported_to: datetime | None = given("Told before this instant.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        return [
            equal("issue_id", key(self.issue, "Issue", "issue")),
            among("source", members(self.sources)),
            since("reported_at", self.reported_from),
            before("reported_at", self.reported_to),
        ]
