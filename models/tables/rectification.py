"""整改: what residents are dissatisfied with, sorted into items that streets put right (domain guide 4)."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.tables.issue import Issue
from models.tables.links import ShownJson, belongs_to
from models.tables.organisation import Community, District, Post, Street
from models.tables.survey import Response, Survey
from models.terms import CycleStep, EntryKind, ItemStatus, Severity


class RectificationCycle(Model):
    """One half-year's loop from soliciting to improving; `cycle/{id}` runs it, one for each round."""

    id = fields.UUIDField(primary_key=True)
    district: fields.ForeignKeyRelation[District] = belongs_to("District")
    survey: fields.OneToOneRelation[Survey] = fields.OneToOneField(
        "models.Survey", on_delete=fields.RESTRICT, related_name=False
    )
    code = fields.CharField(20)
    step = fields.CharEnumField(CycleStep, max_length=12)
    seq = fields.IntField(default=0)
    due_at = fields.DatetimeField(null=True)
    yellow_at = fields.DatetimeField(null=True)
    started_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "rectification_cycles"
        unique_together = (("district", "code"),)
        indexes = (Index(fields=("district_id", "started_at", "id")),)


class NegativeItem(Model):
    """负面清单事项: one thing residents are dissatisfied with, issued to a street; `item/{id}` runs it."""

    id = fields.UUIDField(primary_key=True)
    district: fields.ForeignKeyRelation[District] = belongs_to("District")
    survey: fields.ForeignKeyRelation[Survey] = belongs_to("Survey")
    street: fields.ForeignKeyRelation[Street] = belongs_to("Street")
    community: fields.ForeignKeyNullableRelation[Community] = belongs_to("Community", null=True)
    code = fields.CharField(24, unique=True)
    """Round and running number, e.g. "GL-2026H1-0042"."""
    indicator_key = fields.CharField(60, null=True)
    category = fields.CharField(60, null=True)
    """A line of the item list: which departments answer for it."""
    title = fields.CharField(120)
    severity = fields.CharEnumField(Severity, max_length=12)
    status = fields.CharEnumField(ItemStatus, max_length=12)
    departmental = fields.BooleanField(default=False)
    """Whether the street cannot put it right without departments, so that it raises a call."""
    issue: fields.ForeignKeyNullableRelation[Issue] = belongs_to("Issue", null=True)
    """The issue that its call is about."""
    rulebook_version = fields.CharField(40)
    """The version it is put right under, e.g. "gulou/2026.2"; the row's id is derived from it."""
    suspended = fields.BooleanField(db_default=False)
    """Whether the office stopped its clock; while it waits for its call it stands still by itself."""
    seq = fields.IntField(default=0)
    """The last entry of its own workflow that was written."""
    round = fields.IntField(default=0)
    """How often it was reopened."""
    asked = fields.IntField(default=0)
    answered = fields.IntField(default=0)
    satisfied = fields.IntField(default=0)
    """Of the asking of its present round."""
    yellow_at = fields.DatetimeField(null=True)
    due_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    issued_at = fields.DatetimeField(null=True)
    rectified_at = fields.DatetimeField(null=True)
    closed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "negative_items"
        indexes = (
            Index(fields=("survey_id", "created_at", "id")),
            Index(fields=("street_id", "status", "due_at", "id")),
            Index(fields=("issue_id",)),
        )


class Opinion(Model):
    """意见: what a respondent wrote, or one low score; sorted into an item by a person."""

    id = fields.UUIDField(primary_key=True)
    district: fields.ForeignKeyRelation[District] = belongs_to("District")
    survey: fields.ForeignKeyRelation[Survey] = belongs_to("Survey")
    response: fields.ForeignKeyRelation[Response] = belongs_to("Response")
    street: fields.ForeignKeyRelation[Street] = belongs_to("Street")
    community: fields.ForeignKeyRelation[Community] = belongs_to("Community")
    question_key = fields.CharField(60)
    indicator_key = fields.CharField(60, null=True)
    points = fields.IntField(null=True)
    """What was given, where it was a score."""
    words = fields.TextField(null=True)
    category = fields.CharField(60, null=True)
    item: fields.ForeignKeyNullableRelation[NegativeItem] = belongs_to("NegativeItem", null=True)
    set_aside = fields.BooleanField(db_default=False)
    """A person found nothing in it to put right."""
    created_at = fields.DatetimeField()

    class Meta:
        table = "opinions"
        unique_together = (("response", "question_key"),)
        indexes = (
            Index(fields=("survey_id", "created_at", "id")),
            Index(fields=("item_id", "created_at", "id")),
        )


class CycleEntry(Model):
    """One line of what happened to a cycle; numbered within the cycle by its workflow."""

    id = fields.UUIDField(primary_key=True)
    cycle: fields.ForeignKeyRelation[RectificationCycle] = belongs_to("RectificationCycle")
    seq = fields.IntField()
    kind = fields.CharEnumField(EntryKind, max_length=24)
    step = fields.CharEnumField(CycleStep, max_length=12)
    at = fields.DatetimeField()
    owed_at = fields.DatetimeField(null=True)
    post: fields.ForeignKeyNullableRelation[Post] = belongs_to("Post", null=True)
    rule = fields.CharField(80, null=True)
    note = fields.TextField(null=True)
    data = ShownJson()

    class Meta:
        table = "cycle_entries"
        unique_together = (("cycle", "seq"),)


class ItemEntry(Model):
    """One line of what happened to an item; numbered within the item by its workflow."""

    id = fields.UUIDField(primary_key=True)
    item: fields.ForeignKeyRelation[NegativeItem] = belongs_to("NegativeItem")
    seq = fields.IntField()
    kind = fields.CharEnumField(EntryKind, max_length=24)
    status = fields.CharEnumField(ItemStatus, max_length=12)
    at = fields.DatetimeField()
    owed_at = fields.DatetimeField(null=True)
    post: fields.ForeignKeyNullableRelation[Post] = belongs_to("Post", null=True)
    rule = fields.CharField(80, null=True)
    note = fields.TextField(null=True)
    data = ShownJson()

    class Meta:
        table = "item_entries"
        unique_together = (("item", "seq"),)
