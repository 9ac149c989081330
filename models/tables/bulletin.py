"""通报: tables as they were published, what stands behind their figures, and the score sheets of a year."""

from __future__ import annotations

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from models.tables.links import belongs_to
from models.tables.organisation import Community, Department, District, Post
from models.tables.rules import RulebookVersion
from models.terms import BulletinKind, FigurePart, RaterGroup


class Bulletin(Model):
    """One table of one month or year, frozen: its bytes never change, and can be worked out again."""

    id = fields.UUIDField(primary_key=True)
    district: fields.ForeignKeyRelation[District] = belongs_to("District")
    period = fields.CharField(7)
    """A month such as 2026-03, or a year."""
    kind = fields.CharEnumField(BulletinKind, max_length=12)
    rulebook: fields.ForeignKeyRelation[RulebookVersion] = belongs_to("RulebookVersion")
    scheme_digest = fields.CharField(64)
    cut_off = fields.DatetimeField()
    """What was recorded before this instant is known to it, and nothing else."""
    body = fields.BinaryField()
    """Canonical JSON."""
    sha256 = fields.CharField(64)
    published_at = fields.DatetimeField()

    class Meta:
        table = "bulletins"
        unique_together = (("district", "kind", "period"),)


class BulletinFigure(Model):
    """The issues behind one side of one figure; an issue that counted twice stands twice."""

    id = fields.BigIntField(primary_key=True, generated=True)
    bulletin: fields.ForeignKeyRelation[Bulletin] = belongs_to("Bulletin")
    subject_id = fields.UUIDField()
    column = fields.CharField(40)
    part = fields.CharEnumField(FigurePart, max_length=12)
    issue_ids: fields.Field[list[str]] = ArrayField(element_type="uuid")

    class Meta:
        table = "bulletin_figures"
        unique_together = (("bulletin", "subject_id", "column", "part"),)


class ScoreSheet(Model):
    """评分表: what a community or a resident gave a department for a year, entered from paper."""

    id = fields.UUIDField(primary_key=True)
    district: fields.ForeignKeyRelation[District] = belongs_to("District")
    year = fields.IntField()
    number = fields.CharField(40)
    """As printed on the paper: entered twice, it is found."""
    department: fields.ForeignKeyRelation[Department] = belongs_to("Department")
    community: fields.ForeignKeyRelation[Community] = belongs_to("Community")
    rater = fields.CharEnumField(RaterGroup, max_length=12)
    score = fields.DecimalField(max_digits=5, decimal_places=2)
    post: fields.ForeignKeyNullableRelation[Post] = belongs_to("Post", null=True)
    """The post that entered it."""
    entered_at = fields.DatetimeField()
    withdrawn_at = fields.DatetimeField(null=True)
    """When it was taken back as entered wrongly; its number may then be entered again."""

    class Meta:
        table = "score_sheets"
