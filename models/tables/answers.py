"""What reporters are told, answered and asked; each keeps their own, also where issues were merged."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.tables.issue import Issue, Report
from models.tables.links import belongs_to
from models.tables.organisation import Post
from models.terms import EntryKind, Rating


class Answer(Model):
    """The street's answer to one report; a reopened issue is answered anew."""

    id = fields.UUIDField(primary_key=True)
    issue: fields.ForeignKeyRelation[Issue] = belongs_to("Issue")
    report: fields.ForeignKeyRelation[Report] = belongs_to("Report")
    round = fields.IntField()
    post: fields.ForeignKeyNullableRelation[Post] = belongs_to("Post", null=True)
    words = fields.TextField()
    answered_at = fields.DatetimeField()

    class Meta:
        table = "answers"
        unique_together = (("issue", "report", "round"),)
        indexes = (Index(fields=("issue_id", "answered_at", "id")),)


class RatingRecord(Model):
    """What one reporter said of the result, in one round."""

    id = fields.UUIDField(primary_key=True)
    issue: fields.ForeignKeyRelation[Issue] = belongs_to("Issue")
    report: fields.ForeignKeyRelation[Report] = belongs_to("Report")
    round = fields.IntField()
    rating = fields.CharEnumField(Rating, max_length=12)
    followed_up = fields.BooleanField()
    """Whether the street asked and wrote it down; else the reporter rated it."""
    post: fields.ForeignKeyNullableRelation[Post] = belongs_to("Post", null=True)
    comment = fields.TextField(null=True)
    rated_at = fields.DatetimeField()

    class Meta:
        table = "ratings"
        unique_together = (("issue", "report", "round"),)
        indexes = (Index(fields=("issue_id", "rated_at", "id")),)


class ReportMessage(Model):
    """A step of the issue as its reporter is told of it; delivered like a notice."""

    id = fields.UUIDField(primary_key=True)
    report: fields.ForeignKeyRelation[Report] = belongs_to("Report")
    issue: fields.ForeignKeyRelation[Issue] = belongs_to("Issue")
    seq = fields.IntField()
    """Of the issue's entry that it tells of."""
    kind = fields.CharEnumField(EntryKind, max_length=20)
    at = fields.DatetimeField()
    not_before = fields.DatetimeField(null=True)
    """When its channel is tried next; null where nothing is left to try."""
    attempts = fields.IntField(db_default=0)
    delivered_at = fields.DatetimeField(null=True)
    last_error = fields.TextField(null=True)

    class Meta:
        table = "report_messages"
        unique_together = (("report", "issue", "seq"),)
        # and, from migration 0004, the partial index report_messages_waiting: tortoise's know only `=`
        indexes = (Index(fields=("report_id", "at", "seq")),)
