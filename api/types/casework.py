"""What is done about an issue: calls, parts of it, duties (domain guide 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import ID

from api.context import Context
from api.labels import label
from api.rules import default_rule
from api.types.inputs import given, key, members
from api.types.leaves import computed, leaf
from api.types.lights import light_of, seconds_left
from api.types.places import Community, Department, District, Grid, Street
from api.types.record import Asked, Record, one, to_each, to_one
from models.policy.access import Rule
from models.queries import shapes
from models.queries.filters import Filter, among, before, equal, overdue, present, since
from models.queries.shape import Shape
from models.terms import AssignmentStatus, Clock, DutyKind, DutyStatus, Light, UnitKind

SECOND = 1_000_000

Unit = Annotated[
    District | Street | Community | Grid | Department,
    strawberry.union(
        "Unit",
        description="A body that acts: a department, a street, a community, a grid; "
        "for the response office and the district leader the district.",
    ),
]

UNITS: Mapping[UnitKind, Shape] = {
    UnitKind.DEPARTMENT: shapes.DEPARTMENT,
    UnitKind.STREET: shapes.STREET,
    UnitKind.COMMUNITY: shapes.COMMUNITY,
    UnitKind.GRID: shapes.GRID,
    UnitKind.OFFICE: shapes.DISTRICT,
    UnitKind.LEADER: shapes.DISTRICT,
}


async def unit_of(context: Context, kind: UnitKind, unit: UUID) -> Unit | None:
    """The body of this kind and id."""
    found = await one(context, UNITS[UnitKind(kind)], unit)
    return found if isinstance(found, District | Street | Community | Grid | Department) else None


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="呼叫单: a street's written request that a department respond.")
class Call(Record):
    shape = shapes.CALL
    demand: str = leaf(description="What the street asks for.")
    called_at: datetime = leaf(description="When it was called.")
    issue = to_one(shape, "issue", "The issue it is about.", required=True)
    street = to_one(shape, "street", "Who calls.", required=True)
    department = to_one(
        shape, "department", "Who is called; in COMPLEX whom the street named first.", required=True
    )
    concerned = to_each(shape, "concerned", "In COMPLEX, all whom the street thinks concerned; else empty.")
    post = to_one(shape, "post", "The post that called; null for those who may not see posts.")


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="承办: one unit's part of an issue.")
class Assignment(Record):
    shape = shapes.ASSIGNMENT
    unit_kind: UnitKind = leaf(description="What kind of body handles it.")
    status: AssignmentStatus = leaf(description="Where it stands.")
    offered_at: datetime = leaf(description="When it was offered.")
    accepted_at: datetime | None = leaf(description="When it was accepted.")
    on_site_at: datetime | None = leaf(description="When the unit reported in on site.")
    done_at: datetime | None = leaf(description="When it was declared done.")
    due_at: datetime | None = leaf(description="When it must be done.")
    reworks: int = leaf(description="How often verification, or a reporter, sent it back.")
    lead: bool = leaf(description="Whether it leads where several handle jointly.")
    bound: bool = leaf(
        description="Whether a return was adjudicated against it, so that it cannot be returned again."
    )
    returned_at: datetime | None = leaf(description="When it was returned, if it was.")
    dispatched_at: datetime | None = leaf(
        description="When it got its task: with the call in GENERAL, with the second dispatch in COMPLEX and "
        "CRITICAL."
    )
    task: str | None = leaf(description="What the plan asks of it, in words.")
    unit_id: strawberry.Private[UUID]
    issue = to_one(shape, "issue", "The issue it is part of.", required=True)
    call = to_one(shape, "call", "The call it came from, if any.")
    department = to_one(shape, "department", "The department, where a department handles it.")
    handler = to_one(shape, "handler", "Who declared it done; null for those who may not see people.")

    @computed("Who handles it.")
    async def unit(self, info: Asked) -> Unit | None:
        return await unit_of(info.context, self.unit_kind, self.unit_id)

    @computed("Its status in the language of the request.")
    def status_label(self, info: Asked) -> str:
        return label(AssignmentStatus(self.status), info.context.language)


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="责任事项: who must do what by when.")
class Duty(Record):
    shape = shapes.DUTY
    key: str = leaf(description="Its name within the issue, item or cycle.")
    kind: DutyKind = leaf(description="What must be done.")
    status: DutyStatus = leaf(description="What became of it.")
    holder_kind: UnitKind = leaf(description="What kind of body holds it.")
    rule: str = leaf(description="The line of the rulebook that set its time.")
    clock: Clock = leaf(description="Which time its limit counts.")
    calendar_version: str = leaf(description="The calendar its due time was reckoned with.")
    provisional: bool = leaf(description="Whether the due time lies beyond what official notices cover.")
    told: int = leaf(description="How many rungs of its ladder were told.")
    opened_at: datetime = leaf(description="When it began.")
    yellow_at: datetime | None = leaf(description="When its light turns yellow.")
    due_at: datetime | None = leaf(description="When it is due; null while suspended.")
    breached_at: datetime | None = leaf(description="When it became overdue, if it did.")
    closed_at: datetime | None = leaf(description="When it was fulfilled or cancelled.")
    holder_id: strawberry.Private[UUID]
    allowed_us: strawberry.Private[int]
    spent_us: strawberry.Private[int]
    issue = to_one(shape, "issue", "The issue it belongs to, where it belongs to one.")
    negative_item = to_one(
        shape, "negative_item", "The negative item it belongs to, where it belongs to one.", rule=Rule.STAFF
    )
    cycle = to_one(shape, "cycle", "The satisfaction cycle it belongs to, where it belongs to one.")
    assignment = to_one(shape, "assignment", "The part of the issue it belongs to, if any.")

    @computed("Who holds it.")
    async def holder(self, info: Asked) -> Unit | None:
        return await unit_of(info.context, self.holder_kind, self.holder_id)

    @computed("What must be done, in the language of the request.")
    def kind_label(self, info: Asked) -> str:
        return label(DutyKind(self.kind), info.context.language)

    @computed("Its status in the language of the request.")
    def status_label(self, info: Asked) -> str:
        return label(DutyStatus(self.status), info.context.language)

    @computed("The time allowed, in whole seconds of its clock.")
    def allowed_seconds(self) -> int:
        return self.allowed_us // SECOND

    @computed("The time used before it last began to run, in whole seconds of its clock.")
    def spent_seconds(self) -> int:
        return self.spent_us // SECOND

    @computed(
        "Seconds of clock time (not working time) until `dueAt`, negative after it; "
        "null unless it is running."
    )
    def time_left(self, info: Asked) -> int | None:
        return seconds_left(info.context.asked_at, self.due_at) if self._running else None

    @computed("How it stands against its time; null unless it is running.")
    def light(self, info: Asked) -> Light | None:
        return light_of(info.context.asked_at, self.yellow_at, self.due_at) if self._running else None

    @property
    def _running(self) -> bool:
        return self.status == DutyStatus.OPEN


@strawberry.input(description="Which calls.")
class CallWhere:
    issue: ID | None = given("About this issue.")
    street: ID | None = given("By this street.")
    department: ID | None = given("To this department.")
    called_from: datetime | None = given("Called at this instant or later.")
    called_to: datetime | None = given("Called before this instant.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        return [
            equal("issue_id", key(self.issue, "Issue", "issue")),
            equal("street_id", key(self.street, "Street", "street")),
            equal("department_id", key(self.department, "Department", "department")),
            since("called_at", self.called_from),
            before("called_at", self.called_to),
        ]


@strawberry.input(description="Which parts of issues.")
class AssignmentWhere:
    issue: ID | None = given("Of this issue.")
    department: ID | None = given("Of this department.")
    statuses: list[AssignmentStatus] | None = given("That stand at one of these.")
    overdue: bool | None = given("Whether the due time has passed.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        return [
            equal("issue_id", key(self.issue, "Issue", "issue")),
            equal("department_id", key(self.department, "Department", "department")),
            among("status", members(self.statuses)),
            overdue(now, self.overdue),
        ]


@strawberry.input(description="Which duties.")
class DutyWhere:
    issue: ID | None = given("Of this issue.")
    negative_item: ID | None = given("Of this negative item.")
    cycle: ID | None = given("Of this satisfaction cycle.")
    kinds: list[DutyKind] | None = given("Of one of these kinds.")
    open: bool | None = given("Whether it is still to be done; suspended ones are.")
    breached: bool | None = given("Whether it ever became overdue.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        return [
            equal("issue_id", key(self.issue, "Issue", "issue")),
            equal("negative_item_id", key(self.negative_item, "NegativeItem", "negativeItem")),
            equal("cycle_id", key(self.cycle, "RectificationCycle", "cycle")),
            among("kind", members(self.kinds)),
            present("closed_at", None if self.open is None else not self.open),
            present("breached_at", self.breached),
        ]
