"""佐证: photos of an issue; the bytes lie in the object store."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.tables.issue import Issue
from models.tables.links import ShownJson, belongs_to
from models.tables.organisation import Person, Post
from models.terms import (
    Datum,
    DeletedPart,
    EvidenceCheck,
    EvidenceKind,
    EvidenceRefusal,
    EvidenceStatus,
    FindingWeight,
)


class Evidence(Model):
    """One photo: announced, uploaded to the store, confirmed by size and SHA-256, accepted or refused.

    What the camera said stands here and in no picture that is served.
    """

    id = fields.UUIDField(primary_key=True)
    issue: fields.ForeignKeyRelation[Issue] = belongs_to("Issue")
    kind = fields.CharEnumField(EvidenceKind, max_length=12)
    status = fields.CharEnumField(EvidenceStatus, max_length=12)
    object_key = fields.CharField(200, unique=True)
    """Where its upload arrives; nothing lies there once it was accepted or refused."""
    content_type = fields.CharField(60)
    """As announced; `found_type` is what it is."""
    size = fields.BigIntField()
    sha256 = fields.CharField(64)
    person: fields.ForeignKeyNullableRelation[Person] = belongs_to("Person", null=True)
    post: fields.ForeignKeyNullableRelation[Post] = belongs_to("Post", null=True)
    announced_at = fields.DatetimeField()
    confirmed_at = fields.DatetimeField(null=True)
    started_at = fields.DatetimeField(null=True)
    """When Temporal took its acceptance; until then a relay tries."""
    settled_at = fields.DatetimeField(null=True)
    """When it was accepted or refused."""
    refusal = fields.CharEnumField(EvidenceRefusal, max_length=20, null=True)
    refusal_found = fields.CharField(120, null=True)
    found_type = fields.CharField(60, null=True)
    wide = fields.IntField(null=True)
    high = fields.IntField(null=True)
    original_key = fields.CharField(120, null=True)
    view_key = fields.CharField(120, null=True)
    medium_key = fields.CharField(120, null=True)
    small_key = fields.CharField(120, null=True)
    """Where it lies, by content."""
    taken_at = fields.DatetimeField(null=True)
    camera = fields.CharField(80, null=True)
    datum = fields.CharEnumField(Datum, max_length=5, null=True)
    """In which of the two the camera said where it was; the other pair is reckoned from it."""
    wgs_longitude = fields.FloatField(null=True)
    wgs_latitude = fields.FloatField(null=True)
    gcj_longitude = fields.FloatField(null=True)
    gcj_latitude = fields.FloatField(null=True)

    class Meta:
        table = "evidence"
        indexes = (Index(fields=("issue_id", "announced_at", "id")),)


class EvidenceObject(Model):
    """An object that lies, or is about to lie, in the store under its content's name.

    Claimed before it is put, so that nothing in the store is without a row for longer than a sweep.
    """

    key = fields.CharField(120, primary_key=True)
    sha256 = fields.CharField(64)
    size = fields.BigIntField()
    content_type = fields.CharField(60)
    claimed_at = fields.DatetimeField()

    class Meta:
        table = "evidence_objects"


class EvidenceLook(Model):
    """How one window of an accepted picture looks (models/policy/evidence/looks.py), indexed by bands."""

    id = fields.BigIntField(primary_key=True, generated=True)
    evidence: fields.ForeignKeyRelation[Evidence] = belongs_to("Evidence")
    window = fields.SmallIntField()
    coarse = fields.BigIntField()
    fine = fields.BinaryField()
    band0 = fields.IntField()
    band1 = fields.IntField()
    band2 = fields.IntField()
    band3 = fields.IntField()

    class Meta:
        table = "evidence_looks"
        indexes = (Index(fields=("evidence_id",)),)


class EvidenceFinding(Model):
    """One thing found of a photo, what it weighs, and the rule that says so."""

    id = fields.UUIDField(primary_key=True)
    evidence: fields.ForeignKeyRelation[Evidence] = belongs_to("Evidence")
    issue: fields.ForeignKeyRelation[Issue] = belongs_to("Issue")
    kind = fields.CharEnumField(EvidenceCheck, max_length=16)
    weight = fields.CharEnumField(FindingWeight, max_length=10)
    rule = fields.CharField(120)
    data = ShownJson()
    other: fields.ForeignKeyNullableRelation[Evidence] = belongs_to("Evidence", null=True)
    found_at = fields.DatetimeField()

    class Meta:
        table = "evidence_findings"
        indexes = (Index(fields=("evidence_id", "kind")), Index(fields=("issue_id", "found_at", "id")))


class EvidenceOpening(Model):
    """Somebody was given the sealed original of a photo, and said why."""

    id = fields.UUIDField(primary_key=True)
    evidence: fields.ForeignKeyRelation[Evidence] = belongs_to("Evidence")
    issue: fields.ForeignKeyRelation[Issue] = belongs_to("Issue")
    person: fields.ForeignKeyNullableRelation[Person] = belongs_to("Person", null=True)
    post: fields.ForeignKeyNullableRelation[Post] = belongs_to("Post", null=True)
    reason = fields.TextField()
    opened_at = fields.DatetimeField()

    class Meta:
        table = "evidence_openings"
        indexes = (Index(fields=("evidence_id", "opened_at", "id")), Index(fields=("issue_id",)))


class EvidenceHold(Model):
    """Photos of an issue that are kept for the law, whatever the rulebook says, until it is lifted."""

    id = fields.UUIDField(primary_key=True)
    issue: fields.ForeignKeyRelation[Issue] = belongs_to("Issue")
    reason = fields.TextField()
    person: fields.ForeignKeyNullableRelation[Person] = belongs_to("Person", null=True)
    post: fields.ForeignKeyNullableRelation[Post] = belongs_to("Post", null=True)
    placed_at = fields.DatetimeField()
    lifted_at = fields.DatetimeField(null=True)
    lifted_reason = fields.TextField(null=True)
    lifted_by: fields.ForeignKeyNullableRelation[Post] = belongs_to("Post", null=True)

    class Meta:
        table = "evidence_holds"
        indexes = (Index(fields=("issue_id", "placed_at", "id")),)


class EvidenceDeletion(Model):
    """The record of a deletion: what was deleted by which rule, and when the store had none of it."""

    id = fields.UUIDField(primary_key=True)
    evidence: fields.ForeignKeyRelation[Evidence] = belongs_to("Evidence")
    issue: fields.ForeignKeyRelation[Issue] = belongs_to("Issue")
    part = fields.CharEnumField(DeletedPart, max_length=8)
    sha256 = fields.CharField(64)
    rule = fields.CharField(120)
    keys: fields.JSONField[list[str]] = fields.JSONField()
    shared: fields.JSONField[list[str]] = fields.JSONField()
    """Of these keys those that another photo of the same content still needs."""
    due_at = fields.DatetimeField()
    decided_at = fields.DatetimeField()
    done_at = fields.DatetimeField(null=True)
    """When the store said that nothing is there; null until then."""

    class Meta:
        table = "evidence_deletions"
        indexes = (Index(fields=("issue_id", "decided_at", "id")), Index(fields=("evidence_id",)))


class EvidenceSweep(Model):
    """What a sweep of database and store found and did."""

    id = fields.UUIDField(primary_key=True)
    whole = fields.BooleanField()
    """Whether every object was read and its hash compared."""
    started_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)
    figures = ShownJson()
    faults = ShownJson()

    class Meta:
        table = "evidence_sweeps"
        indexes = (Index(fields=("started_at", "id")),)
