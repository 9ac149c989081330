"""The paper of a reverse review: sheets and their signatures before it counts, appeals after.

Sheets are paper, not case state: the edge writes them. Appeals are written by their own workflow.
"""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.tables.issue import Assignment, Issue, Scorecard
from models.tables.links import belongs_to, one_for
from models.tables.organisation import Department, Person, Post
from models.terms import AppealOutcome


class ReviewSheet(Model):
    """评议表 in draft: what somebody of the street would give; it counts once two people signed."""

    id = fields.UUIDField(primary_key=True)
    issue: fields.ForeignKeyRelation[Issue] = belongs_to("Issue")
    assignment: fields.OneToOneRelation[Assignment] = one_for("Assignment")
    version = fields.IntField()
    """Raised by every change, which voids the signatures of the version before."""
    scores: fields.JSONField[dict[str, int]] = fields.JSONField()
    comment = fields.TextField(null=True)
    post: fields.ForeignKeyNullableRelation[Post] = belongs_to("Post", null=True)
    drafted_at = fields.DatetimeField()

    class Meta:
        table = "review_sheets"
        indexes = (Index(fields=("issue_id", "drafted_at", "id")),)


class ReviewSignature(Model):
    """One person's signature under one version of a sheet."""

    id = fields.UUIDField(primary_key=True)
    sheet: fields.ForeignKeyRelation[ReviewSheet] = belongs_to("ReviewSheet")
    issue: fields.ForeignKeyRelation[Issue] = belongs_to("Issue")
    version = fields.IntField()
    person: fields.ForeignKeyRelation[Person] = belongs_to("Person")
    post: fields.ForeignKeyNullableRelation[Post] = belongs_to("Post", null=True)
    signed_at = fields.DatetimeField()

    class Meta:
        table = "review_signatures"
        unique_together = (("sheet", "version", "person"),)


class AppealRecord(Model):
    """申诉: a department's appeal against its scorecard, once; the office decides."""

    id = fields.UUIDField(primary_key=True)
    issue: fields.ForeignKeyRelation[Issue] = belongs_to("Issue")
    assignment: fields.OneToOneRelation[Assignment] = one_for("Assignment")
    scorecard: fields.OneToOneRelation[Scorecard] = one_for("Scorecard")
    department: fields.ForeignKeyRelation[Department] = belongs_to("Department")
    seq = fields.IntField()
    """The last entry of its own workflow that was written; a retried write below it changes nothing."""
    post: fields.ForeignKeyNullableRelation[Post] = belongs_to("Post", null=True)
    grounds = fields.TextField()
    appealed_at = fields.DatetimeField()
    outcome = fields.CharEnumField(AppealOutcome, max_length=12, null=True)
    scores: fields.JSONField[dict[str, int]] = fields.JSONField(null=True)
    """CHANGED: what counts instead of the scorecard's."""
    total = fields.IntField(null=True)
    decider: fields.ForeignKeyNullableRelation[Post] = belongs_to("Post", null=True)
    reason = fields.TextField(null=True)
    decided_at = fields.DatetimeField(null=True)

    class Meta:
        table = "appeals"
        indexes = (Index(fields=("issue_id", "appealed_at", "id")),)
