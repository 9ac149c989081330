"""An issue and everything its workflow projects: written only by `models.queries.projection`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.contrib.postgres.indexes import GinIndex
from tortoise.indexes import Index
from tortoise.models import Model

from models.tables.links import ShownJson, belongs_to, one_for
from models.tables.organisation import Community, Department, District, Grid, Person, Post, Street
from models.tables.rules import Item, RulebookVersion
from models.terms import (
    AssignmentStatus,
    Clock,
    DutyKind,
    DutyStatus,
    EntryKind,
    Level,
    ReportSource,
    Stage,
    UnitKind,
)


class Issue(Model):
    """问题: anything a street wants solved; the subject of a calling cycle."""

    id = fields.UUIDField(primary_key=True)
    code = fields.CharField(24, unique=True)
    district: fields.ForeignKeyRelation[District] = belongs_to("District")
    street: fields.ForeignKeyRelation[Street] = belongs_to("Street")
    community: fields.ForeignKeyNullableRelation[Community] = belongs_to("Community", null=True)
    grid: fields.ForeignKeyNullableRelation[Grid] = belongs_to("Grid", null=True)
    item: fields.ForeignKeyRelation[Item] = belongs_to("Item")
    rulebook: fields.ForeignKeyRelation[RulebookVersion] = belongs_to("RulebookVersion")
    calendar_version = fields.CharField(60)
    source = fields.CharEnumField(ReportSource, max_length=16)
    title = fields.CharField(200)
    place = fields.CharField(200)
    longitude = fields.FloatField(null=True)
    latitude = fields.FloatField(null=True)
    search: fields.Field[list[str]] = ArrayField(element_type="text")
    """Grams of title and place, see models/policy/search.py."""
    level = fields.CharEnumField(Level, max_length=12)
    """Suggested by the item list until the street has assessed."""
    stage = fields.CharEnumField(Stage, max_length=12)
    seq = fields.IntField(default=0)
    """The last journal entry that was projected; a retried write below it changes nothing."""
    department: fields.ForeignKeyNullableRelation[Department] = belongs_to("Department", null=True)
    """Who was called; the lead where several were."""
    suspended = fields.BooleanField(db_default=False)
    """Whether every clock of it stands still."""
    round = fields.IntField(db_default=0)
    """How often a dissatisfied reporter reopened it."""
    merged_into: fields.ForeignKeyNullableRelation[Issue] = belongs_to("Issue", null=True)
    split_from: fields.ForeignKeyNullableRelation[Issue] = belongs_to("Issue", null=True)
    yellow_at = fields.DatetimeField(null=True)
    due_at = fields.DatetimeField(null=True)
    """The earliest due time of its open duties; null while suspended or closed."""
    opened_at = fields.DatetimeField()
    closed_at = fields.DatetimeField(null=True)
    updated_at = fields.DatetimeField()

    class Meta:
        table = "issues"
        indexes = (
            Index(fields=("district_id", "opened_at", "id")),
            Index(fields=("street_id", "stage", "due_at", "id")),
            Index(fields=("street_id", "opened_at", "id")),
            Index(fields=("community_id", "opened_at", "id")),
            Index(fields=("grid_id", "opened_at", "id")),
            GinIndex(fields=("search",)),
        )


class Report(Model):
    """反映: one person's telling of a problem; its code follows it without signing in."""

    id = fields.UUIDField(primary_key=True)
    code = fields.CharField(24, unique=True)
    issue: fields.ForeignKeyRelation[Issue] = belongs_to("Issue")
    source = fields.CharEnumField(ReportSource, max_length=16)
    external_ticket = fields.CharField(80, null=True)
    description = fields.TextField()
    happened_at = fields.DatetimeField(null=True)
    reported_at = fields.DatetimeField()
    reporter: fields.ForeignKeyNullableRelation[Person] = belongs_to("Person", null=True)
    reporter_name = fields.CharField(80, null=True)
    reporter_phone = fields.CharField(40, null=True)
    origin_issue: fields.ForeignKeyNullableRelation[Issue] = belongs_to("Issue", null=True)
    """The issue it came with, where that was merged into this one."""

    class Meta:
        table = "reports"
        indexes = (Index(fields=("issue_id", "reported_at", "id")), Index(fields=("reporter_id", "issue_id")))


class Call(Model):
    """呼叫(单): a street's written request that a department respond."""

    id = fields.UUIDField(primary_key=True)
    issue: fields.ForeignKeyRelation[Issue] = belongs_to("Issue")
    street: fields.ForeignKeyRelation[Street] = belongs_to("Street")
    department: fields.ForeignKeyRelation[Department] = belongs_to("Department")
    """Who was called; in COMPLEX whom the street named first."""
    concerned: fields.Field[list[UUID]] = ArrayField(element_type="uuid", db_default=[])
    """In COMPLEX, every department that the street thinks concerned."""
    post: fields.ForeignKeyNullableRelation[Post] = belongs_to("Post", null=True)
    demand = fields.TextField()
    called_at = fields.DatetimeField()

    class Meta:
        table = "calls"
        indexes = (Index(fields=("issue_id", "called_at", "id")),)


class Assignment(Model):
    """承办: one unit's part of an issue; a department's, or the street's own team for SIMPLE."""

    id = fields.UUIDField(primary_key=True)
    issue: fields.ForeignKeyRelation[Issue] = belongs_to("Issue")
    call: fields.ForeignKeyNullableRelation[Call] = belongs_to("Call", null=True)
    unit_kind = fields.CharEnumField(UnitKind, max_length=12)
    unit_id = fields.UUIDField()
    department: fields.ForeignKeyNullableRelation[Department] = belongs_to("Department", null=True)
    status = fields.CharEnumField(AssignmentStatus, max_length=12)
    offered_at = fields.DatetimeField()
    accepted_at = fields.DatetimeField(null=True)
    on_site_at = fields.DatetimeField(null=True)
    done_at = fields.DatetimeField(null=True)
    due_at = fields.DatetimeField(null=True)
    reworks = fields.IntField(default=0)
    handler: fields.ForeignKeyNullableRelation[Person] = belongs_to("Person", null=True)
    """Who said it was done; somebody else verifies."""
    lead = fields.BooleanField(db_default=False)
    """Whether it leads where several handle jointly."""
    bound = fields.BooleanField(db_default=False)
    """Whether a return was adjudicated against it, so that it cannot return again."""
    returned_at = fields.DatetimeField(null=True)
    dispatched_at = fields.DatetimeField(null=True)
    """When it got its task: with the call in GENERAL, with the second dispatch in COMPLEX and CRITICAL."""
    task = fields.TextField(null=True)
    """What the plan asks of it, in words."""
    position = fields.IntField(db_default=0)
    """Its place among the parts of the issue, as they were made."""

    class Meta:
        table = "assignments"
        indexes = (
            Index(fields=("issue_id", "offered_at", "id")),
            Index(fields=("department_id", "status", "due_at", "id")),
        )


class DutyRecord(Model):
    """责任事项 as last projected; the running clock is the workflow's.

    It belongs to an issue, a negative item or a satisfaction cycle: the database holds it to exactly one.
    """

    id = fields.UUIDField(primary_key=True)
    issue: fields.ForeignKeyNullableRelation[Issue] = belongs_to("Issue", null=True)
    negative_item: fields.ForeignKeyNullableRelation[Any] = belongs_to("NegativeItem", null=True)
    cycle: fields.ForeignKeyNullableRelation[Any] = belongs_to("RectificationCycle", null=True)
    assignment: fields.ForeignKeyNullableRelation[Assignment] = belongs_to("Assignment", null=True)
    key = fields.CharField(40)
    kind = fields.CharEnumField(DutyKind, max_length=20)
    status = fields.CharEnumField(DutyStatus, max_length=12)
    holder_kind = fields.CharEnumField(UnitKind, max_length=12)
    holder_id = fields.UUIDField()
    rule = fields.CharField(80)
    clock = fields.CharEnumField(Clock, max_length=8)
    calendar_version = fields.CharField(60)
    provisional = fields.BooleanField(default=False)
    allowed_us = fields.BigIntField()
    spent_us = fields.BigIntField()
    told = fields.IntField(default=0)
    opened_at = fields.DatetimeField()
    since = fields.DatetimeField(null=True)
    yellow_at = fields.DatetimeField(null=True)
    due_at = fields.DatetimeField(null=True)
    breached_at = fields.DatetimeField(null=True)
    closed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "duties"
        unique_together = (("issue", "key"), ("negative_item", "key"), ("cycle", "key"))
        indexes = (Index(fields=("holder_kind", "holder_id", "status", "due_at", "id")),)


class TimelineEntry(Model):
    """One line of what happened; numbered within the issue by its workflow."""

    id = fields.UUIDField(primary_key=True)
    issue: fields.ForeignKeyRelation[Issue] = belongs_to("Issue")
    seq = fields.IntField()
    kind = fields.CharEnumField(EntryKind, max_length=20)
    stage = fields.CharEnumField(Stage, max_length=12)
    at = fields.DatetimeField()
    owed_at = fields.DatetimeField(null=True)
    post: fields.ForeignKeyNullableRelation[Post] = belongs_to("Post", null=True)
    department: fields.ForeignKeyNullableRelation[Department] = belongs_to("Department", null=True)
    rule = fields.CharField(80, null=True)
    note = fields.TextField(null=True)
    data = ShownJson()

    class Meta:
        table = "timeline_entries"
        unique_together = (("issue", "seq"),)


class Scorecard(Model):
    """逆向评议: what the street gave one department on one issue; five criteria of 20 points."""

    id = fields.UUIDField(primary_key=True)
    issue: fields.ForeignKeyRelation[Issue] = belongs_to("Issue")
    assignment: fields.OneToOneRelation[Assignment] = one_for("Assignment")
    street: fields.ForeignKeyRelation[Street] = belongs_to("Street")
    department: fields.ForeignKeyRelation[Department] = belongs_to("Department")
    post: fields.ForeignKeyNullableRelation[Post] = belongs_to("Post", null=True)
    scores: fields.JSONField[dict[str, int]] = fields.JSONField()
    total = fields.IntField()
    comment = fields.TextField(null=True)
    rulebook_version = fields.CharField(40)
    reviewed_at = fields.DatetimeField()
    signers: fields.Field[list[UUID]] = ArrayField(element_type="uuid", db_default=[])
    """The people of the street who signed."""

    class Meta:
        table = "scorecards"
        indexes = (
            Index(fields=("issue_id", "reviewed_at", "id")),
            Index(fields=("department_id", "reviewed_at", "id")),
        )
