"""What a case goes through beside its steps: plans, returns, extensions, suspensions, hand-overs.

Written only by `models.queries.projection`; each id is derived from the command that began it.
"""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.tables.issue import Assignment, DutyRecord, Issue
from models.tables.links import belongs_to
from models.tables.organisation import Department, Post
from models.tables.rules import Item
from models.terms import ExtensionStatus, HandoverStatus, PlanStatus, ReturnOutcome, UnitKind


class Plan(Model):
    """A plan for joint handling: one lead, helpers, each one's task and due time (domain guide 3)."""

    id = fields.UUIDField(primary_key=True)
    issue: fields.ForeignKeyRelation[Issue] = belongs_to("Issue")
    assignment: fields.ForeignKeyNullableRelation[Assignment] = belongs_to("Assignment", null=True)
    """The part that proposed it; null where the office decided."""
    post: fields.ForeignKeyNullableRelation[Post] = belongs_to("Post", null=True)
    lead: fields.ForeignKeyRelation[Assignment] = belongs_to("Assignment")
    status = fields.CharEnumField(PlanStatus, max_length=12)
    note = fields.TextField(null=True)
    proposed_at = fields.DatetimeField()
    settled_at = fields.DatetimeField(null=True)

    class Meta:
        table = "plans"
        indexes = (Index(fields=("issue_id", "proposed_at", "id")),)


class PlanTask(Model):
    """What a plan asks of one part, and whether that part agreed."""

    id = fields.UUIDField(primary_key=True)
    plan: fields.ForeignKeyRelation[Plan] = belongs_to("Plan")
    issue: fields.ForeignKeyRelation[Issue] = belongs_to("Issue")
    assignment: fields.ForeignKeyRelation[Assignment] = belongs_to("Assignment")
    task = fields.TextField()
    due_at = fields.DatetimeField()
    agreed_at = fields.DatetimeField(null=True)
    position = fields.IntField()

    class Meta:
        table = "plan_tasks"
        unique_together = (("plan", "assignment"),)
        indexes = (Index(fields=("plan_id", "position", "id")),)


class Return(Model):
    """退单: a department's refusal, and how the office adjudicated it."""

    id = fields.UUIDField(primary_key=True)
    issue: fields.ForeignKeyRelation[Issue] = belongs_to("Issue")
    item: fields.ForeignKeyRelation[Item] = belongs_to("Item")
    """The line of the item list by which it was called: disputes are counted by it."""
    assignment: fields.ForeignKeyRelation[Assignment] = belongs_to("Assignment")
    department: fields.ForeignKeyNullableRelation[Department] = belongs_to("Department", null=True)
    """Who returned it."""
    post: fields.ForeignKeyNullableRelation[Post] = belongs_to("Post", null=True)
    grounds = fields.TextField()
    suggested: fields.ForeignKeyNullableRelation[Department] = belongs_to("Department", null=True)
    returned_at = fields.DatetimeField()
    outcome = fields.CharEnumField(ReturnOutcome, max_length=12, null=True)
    named: fields.ForeignKeyNullableRelation[Department] = belongs_to("Department", null=True)
    """The department that the office named in its place, or to solve it first."""
    decider: fields.ForeignKeyNullableRelation[Post] = belongs_to("Post", null=True)
    reason = fields.TextField(null=True)
    """The office's."""
    adjudicated_at = fields.DatetimeField(null=True)

    class Meta:
        table = "returns"
        indexes = (
            Index(fields=("issue_id", "returned_at", "id")),
            Index(fields=("item_id", "returned_at", "id")),
            Index(fields=("department_id", "returned_at", "id")),
        )


class Extension(Model):
    """A request for more time on a HANDLE duty, and what the office decided."""

    id = fields.UUIDField(primary_key=True)
    issue: fields.ForeignKeyRelation[Issue] = belongs_to("Issue")
    assignment: fields.ForeignKeyRelation[Assignment] = belongs_to("Assignment")
    duty: fields.ForeignKeyRelation[DutyRecord] = belongs_to("DutyRecord")
    status = fields.CharEnumField(ExtensionStatus, max_length=12)
    post: fields.ForeignKeyNullableRelation[Post] = belongs_to("Post", null=True)
    reason = fields.TextField()
    until = fields.DatetimeField()
    asked_at = fields.DatetimeField()
    granted_until = fields.DatetimeField(null=True)
    decider: fields.ForeignKeyNullableRelation[Post] = belongs_to("Post", null=True)
    decision = fields.TextField(null=True)
    """The office's words."""
    decided_at = fields.DatetimeField(null=True)

    class Meta:
        table = "extensions"
        indexes = (Index(fields=("issue_id", "asked_at", "id")),)


class Suspension(Model):
    """挂起: a time in which every clock of an issue stood still."""

    id = fields.UUIDField(primary_key=True)
    issue: fields.ForeignKeyRelation[Issue] = belongs_to("Issue")
    post: fields.ForeignKeyNullableRelation[Post] = belongs_to("Post", null=True)
    """Who approved it."""
    reason = fields.TextField()
    suspended_at = fields.DatetimeField()
    resumer: fields.ForeignKeyNullableRelation[Post] = belongs_to("Post", null=True)
    resumed_reason = fields.TextField(null=True)
    resumed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "suspensions"
        indexes = (Index(fields=("issue_id", "suspended_at", "id")),)


class Handover(Model):
    """移交: a part offered by its unit to another; it stays with the first until that accepts."""

    id = fields.UUIDField(primary_key=True)
    issue: fields.ForeignKeyRelation[Issue] = belongs_to("Issue")
    assignment: fields.ForeignKeyRelation[Assignment] = belongs_to("Assignment")
    status = fields.CharEnumField(HandoverStatus, max_length=12)
    giver_kind = fields.CharEnumField(UnitKind, max_length=12)
    giver_id = fields.UUIDField()
    receiver_kind = fields.CharEnumField(UnitKind, max_length=12)
    receiver_id = fields.UUIDField()
    post: fields.ForeignKeyNullableRelation[Post] = belongs_to("Post", null=True)
    reason = fields.TextField()
    offered_at = fields.DatetimeField()
    answerer: fields.ForeignKeyNullableRelation[Post] = belongs_to("Post", null=True)
    answer = fields.TextField(null=True)
    """The receiver's words."""
    answered_at = fields.DatetimeField(null=True)

    class Meta:
        table = "handovers"
        indexes = (
            Index(fields=("issue_id", "offered_at", "id")),
            Index(fields=("receiver_id", "status", "issue_id")),
        )
