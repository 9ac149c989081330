"""Versions of rules and calendars: loaded from YAML, never changed once a case runs under them."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.tables.links import ShownJson, belongs_to
from models.tables.organisation import District
from models.terms import Level, UnitKind


class RulebookVersion(Model):
    """规则: one version of a district's rulebook; `body` is what models/rulebooks/codec writes."""

    id = fields.UUIDField(primary_key=True)
    district: fields.ForeignKeyRelation[District] = belongs_to("District")
    version = fields.CharField(40)
    digest = fields.CharField(64)
    body = ShownJson()
    loaded_at = fields.DatetimeField()
    active = fields.BooleanField(default=False)
    """The version that new cases take; one for each district."""

    class Meta:
        table = "rulebooks"
        unique_together = (("district", "version"),)


class CalendarVersion(Model):
    """Working time of a district as one version; deadlines name the version they were reckoned with."""

    id = fields.UUIDField(primary_key=True)
    district: fields.ForeignKeyRelation[District] = belongs_to("District")
    version = fields.CharField(60)
    official_until = fields.DateField(null=True)
    body = ShownJson()
    loaded_at = fields.DatetimeField()
    active = fields.BooleanField(db_default=False)
    """The calendar that new cases take; one for each district."""
    imported = fields.BooleanField(db_default=False)
    """Whether its days came by a notice of their own, not with a rulebook."""

    class Meta:
        table = "calendars"
        unique_together = (("district", "version"),)


class Item(Model):
    """A line of a rulebook's item list (综合性事项清单): the category of an issue."""

    id = fields.UUIDField(primary_key=True)
    rulebook: fields.ForeignKeyRelation[RulebookVersion] = belongs_to("RulebookVersion")
    key = fields.CharField(60)
    group_key = fields.CharField(60)
    group_zh = fields.CharField(60)
    group_en = fields.CharField(80)
    name_zh = fields.CharField(80)
    name_en = fields.CharField(120)
    level = fields.CharEnumField(Level, max_length=12)
    own_team = fields.CharEnumField(UnitKind, max_length=12)
    departments = ShownJson()
    position = fields.IntField()

    class Meta:
        table = "items"
        unique_together = (("rulebook", "key"),)
