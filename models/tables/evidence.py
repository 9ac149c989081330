"""佐证: photos of an issue; the bytes lie in the object store."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.tables.issue import Issue
from models.tables.links import belongs_to
from models.tables.organisation import Person, Post
from models.terms import EvidenceKind, EvidenceStatus


class Evidence(Model):
    """One photo: announced, uploaded straight to the store, confirmed by size and SHA-256."""

    id = fields.UUIDField(primary_key=True)
    issue: fields.ForeignKeyRelation[Issue] = belongs_to("Issue")
    kind = fields.CharEnumField(EvidenceKind, max_length=12)
    status = fields.CharEnumField(EvidenceStatus, max_length=12)
    object_key = fields.CharField(200, unique=True)
    content_type = fields.CharField(60)
    size = fields.BigIntField()
    sha256 = fields.CharField(64)
    person: fields.ForeignKeyNullableRelation[Person] = belongs_to("Person", null=True)
    post: fields.ForeignKeyNullableRelation[Post] = belongs_to("Post", null=True)
    announced_at = fields.DatetimeField()
    confirmed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "evidence"
        indexes = (Index(fields=("issue_id", "announced_at", "id")),)
