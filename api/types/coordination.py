"""What is settled about an issue beside its steps: plans, returns, more time, stops, hand-overs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import strawberry
from strawberry import ID

from api.labels import label
from api.rules import default_rule
from api.types.casework import Unit, unit_of
from api.types.inputs import given, key, members
from api.types.leaves import computed, leaf
from api.types.record import Asked, Record, to_list, to_one
from models.policy.access import Rule
from models.queries import paper_shapes as paper
from models.queries.filters import Filter, among, before, equal, present, since
from models.terms import ExtensionStatus, HandoverStatus, PlanStatus, ReturnOutcome, UnitKind

SEEN = "null for those who may not see posts."


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="方案: who leads and who does what by when, where several handle jointly.")
class Plan(Record):
    shape = paper.PLAN
    status: PlanStatus = leaf(description="What became of it.")
    note: str | None = leaf(description="A word with it.")
    proposed_at: datetime = leaf(description="When it was proposed.")
    settled_at: datetime | None = leaf(description="When it was agreed, decided or voided.")
    issue = to_one(shape, "issue", "The issue it is for.", required=True)
    assignment = to_one(shape, "assignment", "The part that proposed it; null where the office decided.")
    lead = to_one(shape, "lead", "The part that leads; the others help.", required=True)
    tasks = to_list(shape, "tasks", "What it asks of each part.")
    post = to_one(shape, "post", f"The post that wrote it; {SEEN}")

    @computed("Its status in the language of the request.")
    def status_label(self, info: Asked) -> str:
        return label(PlanStatus(self.status), info.context.language)


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="What a plan asks of one part.")
class PlanTask(Record):
    shape = paper.PLAN_TASK
    task: str = leaf(description="The task, in words.")
    due_at: datetime = leaf(description="Until when.")
    agreed_at: datetime | None = leaf(description="When that part agreed to the plan; null until it did.")
    position: int = leaf(description="Its place in the plan, from 0.")
    issue = to_one(shape, "issue", "The issue it is for.", required=True)
    assignment = to_one(shape, "assignment", "The part it is for.", required=True)


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description='退单: a department\'s "not our duty", and how the office adjudicated it.')
class Return(Record):
    shape = paper.RETURN
    grounds: str = leaf(description="What the department wrote.")
    returned_at: datetime = leaf(description="When it was returned.")
    outcome: ReturnOutcome | None = leaf(description="How it was adjudicated; null until it is.")
    reason: str | None = leaf(description="What the office wrote.")
    adjudicated_at: datetime | None = leaf(description="When it was adjudicated.")
    issue = to_one(shape, "issue", "The issue it is about.", required=True)
    item = to_one(shape, "item", "The line of the item list by which it was called.", required=True)
    assignment = to_one(shape, "assignment", "The part that was returned.", required=True)
    department = to_one(shape, "department", "Who returned it.")
    suggested = to_one(shape, "suggested", "Whose duty it is, as the returner thinks.")
    named = to_one(shape, "named", "Whom the office named: in its place, or to solve it first.")
    post = to_one(shape, "post", f"The post that returned it; {SEEN}")
    decider = to_one(shape, "decider", f"The post that adjudicated; {SEEN}")

    @computed("The outcome in the language of the request.")
    def outcome_label(self, info: Asked) -> str | None:
        return label(ReturnOutcome(self.outcome), info.context.language) if self.outcome else None


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="延期: a request for more time to handle a part, and what the office decided.")
class Extension(Record):
    shape = paper.EXTENSION
    status: ExtensionStatus = leaf(description="What became of it.")
    reason: str = leaf(description="Why more time is needed.")
    until: datetime = leaf(description="Until when it was asked for.")
    asked_at: datetime = leaf(description="When it was asked for.")
    granted_until: datetime | None = leaf(description="Until when it was granted.")
    decision: str | None = leaf(description="What the office wrote.")
    decided_at: datetime | None = leaf(description="When it was decided.")
    issue = to_one(shape, "issue", "The issue it is about.", required=True)
    assignment = to_one(shape, "assignment", "The part it is for.", required=True)
    duty = to_one(shape, "duty", "The duty whose time it is about.", required=True)
    post = to_one(shape, "post", f"The post that asked; {SEEN}")
    decider = to_one(shape, "decider", f"The post that decided; {SEEN}")

    @computed("Its status in the language of the request.")
    def status_label(self, info: Asked) -> str:
        return label(ExtensionStatus(self.status), info.context.language)


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="挂起: a time in which every clock of an issue stood still.")
class Suspension(Record):
    shape = paper.SUSPENSION
    reason: str = leaf(description="Why.")
    suspended_at: datetime = leaf(description="From when.")
    resumed_reason: str | None = leaf(description="Why it goes on.")
    resumed_at: datetime | None = leaf(description="Until when; null while it lasts.")
    issue = to_one(shape, "issue", "The issue.", required=True)
    post = to_one(shape, "post", f"The post that approved it; {SEEN}")
    resumer = to_one(shape, "resumer", f"The post that ended it; {SEEN}")


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="移交: a part offered to another unit, with the first until that accepts.")
class Handover(Record):
    shape = paper.HANDOVER
    status: HandoverStatus = leaf(description="What became of it.")
    reason: str = leaf(description="Why it is handed over.")
    offered_at: datetime = leaf(description="When it was offered.")
    answer: str | None = leaf(description="What the receiver wrote.")
    answered_at: datetime | None = leaf(description="When it was accepted, declined or lapsed.")
    giver_kind: UnitKind = leaf(description="What kind of body offers it.")
    receiver_kind: UnitKind = leaf(description="What kind of body it is offered to.")
    giver_id: strawberry.Private[UUID]
    receiver_id: strawberry.Private[UUID]
    issue = to_one(shape, "issue", "The issue it is about.", required=True)
    assignment = to_one(shape, "assignment", "The part.", required=True)
    post = to_one(shape, "post", f"The post that offered it; {SEEN}")
    answerer = to_one(shape, "answerer", f"The post that answered; {SEEN}")

    @computed("Who offers it.")
    async def giver(self, info: Asked) -> Unit | None:
        return await unit_of(info.context, self.giver_kind, self.giver_id)

    @computed("Whom it is offered to.")
    async def receiver(self, info: Asked) -> Unit | None:
        return await unit_of(info.context, self.receiver_kind, self.receiver_id)

    @computed("Its status in the language of the request.")
    def status_label(self, info: Asked) -> str:
        return label(HandoverStatus(self.status), info.context.language)


@strawberry.input(description="Which returns.")
class ReturnWhere:
    issue: ID | None = given("Of this issue.")
    item: ID | None = given("Called by this line of the item list.")
    department: ID | None = given("By this department.")
    adjudicated: bool | None = given("Whether the office has adjudicated.")
    outcomes: list[ReturnOutcome] | None = given("That were adjudicated in one of these ways.")
    returned_from: datetime | None = given("Returned at this instant or later.")
    returned_to: datetime | None = given("Returned before this instant.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        return [
            equal("issue_id", key(self.issue, "Issue", "issue")),
            equal("item_id", key(self.item, "Item", "item")),
            equal("department_id", key(self.department, "Department", "department")),
            present("adjudicated_at", self.adjudicated),
            among("outcome", members(self.outcomes)),
            since("returned_at", self.returned_from),
            before("returned_at", self.returned_to),
        ]


@strawberry.input(description="Which requests for more time.")
class ExtensionWhere:
    issue: ID | None = given("About this issue.")
    statuses: list[ExtensionStatus] | None = given("That stand at one of these.")
    asked_from: datetime | None = given("Asked for at this instant or later.")
    asked_to: datetime | None = given("Asked for before this instant.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        return [
            equal("issue_id", key(self.issue, "Issue", "issue")),
            among("status", members(self.statuses)),
            since("asked_at", self.asked_from),
            before("asked_at", self.asked_to),
        ]
