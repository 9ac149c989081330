"""What makes effects happen once: commands received, work to hand on, events, notices to people."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.tables.issue import Issue
from models.tables.links import belongs_to, one_for
from models.tables.organisation import Post
from models.terms import RungTarget


class CommandLog(Model):
    """A command as it was received: its digest finds a reused key, its texts stay out of Temporal.

    The id is derived from actor and idempotency key, and is the Temporal update id.
    """

    id = fields.UUIDField(primary_key=True)
    actor = fields.CharField(120)
    command = fields.CharField(40)
    digest = fields.CharField(64)
    issue: fields.ForeignKeyNullableRelation[Issue] = belongs_to("Issue", null=True)
    result_id = fields.UUIDField(null=True)
    texts: fields.JSONField[dict[str, str]] = fields.JSONField()
    received_at = fields.DatetimeField()
    applied_seq = fields.IntField(null=True)
    """The journal entry that carried it out; null until then."""

    class Meta:
        table = "commands"


class Outbox(Model):
    """A workflow still to be started, or to be told a fact; deleted once Temporal has it."""

    id = fields.UUIDField(primary_key=True)
    issue: fields.OneToOneNullableRelation[Issue] = one_for("Issue", null=True)
    negative_item: fields.ForeignKeyNullableRelation[Any] = belongs_to("NegativeItem", null=True)
    cycle: fields.ForeignKeyNullableRelation[Any] = belongs_to("RectificationCycle", null=True)
    fact: fields.Field[Any] = fields.JSONField(null=True)
    """What an item is told, by its kind (models/queries/outbox.py); null where it is only to be started."""
    request_id = fields.CharField(80, null=True)
    created_at = fields.DatetimeField()
    attempts = fields.IntField(default=0)
    not_before = fields.DatetimeField()
    last_error = fields.TextField(null=True)

    class Meta:
        table = "outbox"
        indexes = (Index(fields=("not_before", "id")),)


class Event(Model):
    """What integrators and subscriptions read: a stable type, numbered within the issue, item or cycle."""

    id = fields.BigIntField(primary_key=True, generated=True)
    issue: fields.ForeignKeyNullableRelation[Issue] = belongs_to("Issue", null=True)
    negative_item: fields.ForeignKeyNullableRelation[Any] = belongs_to("NegativeItem", null=True)
    cycle: fields.ForeignKeyNullableRelation[Any] = belongs_to("RectificationCycle", null=True)
    seq = fields.IntField()
    type = fields.CharField(60)
    at = fields.DatetimeField()
    payload: fields.JSONField[dict[str, object]] = fields.JSONField()

    class Meta:
        table = "events"
        unique_together = (("issue", "seq"), ("negative_item", "seq"), ("cycle", "seq"))


class Notification(Model):
    """A reminder or escalation told to one post."""

    id = fields.UUIDField(primary_key=True)
    post: fields.ForeignKeyRelation[Post] = belongs_to("Post")
    issue: fields.ForeignKeyNullableRelation[Issue] = belongs_to("Issue", null=True)
    negative_item: fields.ForeignKeyNullableRelation[Any] = belongs_to("NegativeItem", null=True)
    cycle: fields.ForeignKeyNullableRelation[Any] = belongs_to("RectificationCycle", null=True)
    seq = fields.IntField()
    duty_id = fields.UUIDField()
    target = fields.CharEnumField(RungTarget, max_length=8)
    percent = fields.IntField()
    owed_at = fields.DatetimeField()
    told_at = fields.DatetimeField()
    read_at = fields.DatetimeField(null=True)
    not_before = fields.DatetimeField(null=True)
    """When its channel is tried next; null where nothing is left to try."""
    attempts = fields.IntField(db_default=0)
    """How many tries failed."""
    delivered_at = fields.DatetimeField(null=True)
    last_error = fields.TextField(null=True)
    """Why the last try failed."""

    class Meta:
        table = "notifications"
        unique_together = (
            ("issue", "seq", "post"),
            ("negative_item", "seq", "post"),
            ("cycle", "seq", "post"),
        )
        # and, from migration 0004, the partial index notifications_waiting: tortoise's know only `=`
        indexes = (Index(fields=("post_id", "told_at", "id")),)
