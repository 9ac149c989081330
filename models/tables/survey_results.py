"""考评结果: what a round came to, frozen, and what streets' special indicators were given."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.tables.links import ShownJson, belongs_to
from models.tables.organisation import District, Post, Street
from models.tables.rules import RulebookVersion
from models.tables.survey import Survey


class SurveyResult(Model):
    """The results of one round: worked out again until published, from then on the same bytes for ever."""

    id = fields.UUIDField(primary_key=True)
    survey: fields.OneToOneRelation[Survey] = fields.OneToOneField(
        "models.Survey", on_delete=fields.RESTRICT, related_name=False
    )
    district: fields.ForeignKeyRelation[District] = belongs_to("District")
    code = fields.CharField(20)
    rulebook: fields.ForeignKeyRelation[RulebookVersion] = belongs_to("RulebookVersion")
    cut_off = fields.DatetimeField()
    """What was recorded before this instant is known to it, and nothing else."""
    body = fields.BinaryField()
    """Canonical JSON."""
    sha256 = fields.CharField(64)
    open_data = fields.BinaryField()
    """CSV in which nobody can be told from k − 1 others."""
    inputs = ShownJson()
    """What went in that may change later: negative items, features, names, the rounds before."""
    scored_at = fields.DatetimeField()
    published_at = fields.DatetimeField(null=True)

    class Meta:
        table = "survey_results"
        indexes = (Index(fields=("district_id", "scored_at", "id")),)


class SurveyFeature(Model):
    """特色指标: what the office entered for one special indicator of a street in a round."""

    id = fields.UUIDField(primary_key=True)
    survey: fields.ForeignKeyRelation[Survey] = belongs_to("Survey")
    street: fields.ForeignKeyRelation[Street] = belongs_to("Street")
    key = fields.CharField(40)
    """An input of the rulebook's scheme `satisfaction`."""
    score = fields.DecimalField(max_digits=5, decimal_places=2)
    source = fields.CharField(200)
    """Where it comes from, e.g. the number of a document; published with the figure."""
    post: fields.ForeignKeyNullableRelation[Post] = belongs_to("Post", null=True)
    entered_at = fields.DatetimeField()

    class Meta:
        table = "survey_features"
        unique_together = (("survey", "street", "key"),)
