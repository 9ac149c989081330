"""What operators do to many cases at once: the batch as it was ordered, and what came of each case."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.tables.issue import Issue
from models.tables.links import ShownJson, belongs_to
from models.tables.organisation import Department, District, Person, Post
from models.tables.rules import RulebookVersion
from models.terms import BatchAction, BatchItemStatus, BatchStatus


class Batch(Model):
    """One action on the cases that a filter found when it was started; `batch/{id}` carries it out."""

    id = fields.UUIDField(primary_key=True)
    district: fields.ForeignKeyRelation[District] = belongs_to("District")
    action = fields.CharEnumField(BatchAction, max_length=12)
    status = fields.CharEnumField(BatchStatus, max_length=12)
    reason = fields.TextField()
    chosen = ShownJson()
    """The filter as it was sent."""
    extra_us = fields.BigIntField(null=True)
    """EXTEND: how much more, in microseconds of the duty's clock."""
    source: fields.ForeignKeyNullableRelation[Department] = belongs_to("Department", null=True)
    target: fields.ForeignKeyNullableRelation[Department] = belongs_to("Department", null=True)
    """HAND_OVER: from which department to which."""
    rulebook: fields.ForeignKeyNullableRelation[RulebookVersion] = belongs_to("RulebookVersion", null=True)
    """MIGRATE: the version that was the current one when it was started."""
    calendar_version = fields.CharField(60, null=True)
    """RECOMPUTE: the calendar that was the current one when it was started."""
    person: fields.ForeignKeyNullableRelation[Person] = belongs_to("Person", null=True)
    post: fields.ForeignKeyNullableRelation[Post] = belongs_to("Post", null=True)
    request_id = fields.CharField(80, null=True)
    total = fields.IntField()
    created_at = fields.DatetimeField()
    started_at = fields.DatetimeField(null=True)
    """When Temporal took it; until then a relay tries."""
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "batches"
        indexes = (Index(fields=("district_id", "created_at", "id")),)


class BatchItem(Model):
    """One case of a batch. Its command's id is derived from both, so whatever is tried again acts once."""

    id = fields.UUIDField(primary_key=True)
    batch: fields.ForeignKeyRelation[Batch] = belongs_to("Batch")
    issue: fields.ForeignKeyRelation[Issue] = belongs_to("Issue")
    position = fields.IntField()
    status = fields.CharEnumField(BatchItemStatus, max_length=12)
    attempts = fields.IntField(default=0)
    seq = fields.IntField(null=True)
    """The line of the timeline that says what was done."""
    code = fields.CharField(24, null=True)
    field = fields.CharField(40, null=True)
    found = fields.TextField(null=True)
    expected: fields.JSONField[list[str]] = fields.JSONField(null=True)
    """Why it was refused."""
    detail = fields.TextField(null=True)
    """Why it failed, for operators."""
    done_at = fields.DatetimeField(null=True)

    class Meta:
        table = "batch_items"
        unique_together = (("batch", "position"),)
        indexes = (Index(fields=("batch_id", "status", "position")), Index(fields=("issue_id",)))
