"""Districts and what lies below them, and the people who hold posts there (domain guide 1 and 8)."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.tables.links import ShownJson, belongs_to
from models.terms import Role


class District(Model):
    """区: the tenant; contains streets and departments."""

    id = fields.UUIDField(primary_key=True)
    key = fields.CharField(40, unique=True)
    name_zh = fields.CharField(80)
    name_en = fields.CharField(120)
    division_code = fields.CharField(12)
    code_prefix = fields.CharField(8, unique=True)

    class Meta:
        table = "districts"


class CodeCounter(Model):
    """The last running number of a district's year, taken under its row lock: codes have no gaps."""

    id = fields.CharField(60, primary_key=True)
    taken = fields.IntField(default=0)

    class Meta:
        table = "code_counters"


class Street(Model):
    """街道: subdistrict office; contains communities."""

    id = fields.UUIDField(primary_key=True)
    district: fields.ForeignKeyRelation[District] = belongs_to("District")
    code = fields.CharField(20)
    name_zh = fields.CharField(80)
    name_en = fields.CharField(120)

    class Meta:
        table = "streets"
        unique_together = (("district", "code"),)


class Community(Model):
    """社区: contains grids."""

    id = fields.UUIDField(primary_key=True)
    district: fields.ForeignKeyRelation[District] = belongs_to("District")
    street: fields.ForeignKeyRelation[Street] = belongs_to("Street")
    code = fields.CharField(24)
    name_zh = fields.CharField(80)
    name_en = fields.CharField(120)
    synthetic = fields.BooleanField(default=False)

    class Meta:
        table = "communities"
        indexes = (Index(fields=("street_id", "code")),)
        unique_together = (("district", "code"),)


class Grid(Model):
    """网格: smallest managed area, with a code and a GeoJSON polygon (WGS-84)."""

    id = fields.UUIDField(primary_key=True)
    district: fields.ForeignKeyRelation[District] = belongs_to("District")
    street: fields.ForeignKeyRelation[Street] = belongs_to("Street")
    community: fields.ForeignKeyRelation[Community] = belongs_to("Community")
    code = fields.CharField(32)
    polygon = ShownJson()
    synthetic = fields.BooleanField(default=False)

    class Meta:
        table = "grids"
        indexes = (Index(fields=("community_id", "code")), Index(fields=("street_id", "code")))
        unique_together = (("district", "code"),)


class Department(Model):
    """部门: district-level functional bureau."""

    id = fields.UUIDField(primary_key=True)
    district: fields.ForeignKeyRelation[District] = belongs_to("District")
    key = fields.CharField(40)
    name_zh = fields.CharField(80)
    name_en = fields.CharField(120)

    class Meta:
        table = "departments"
        unique_together = (("district", "key"),)


class Person(Model):
    """A person who signs in; `subject` is the token's."""

    id = fields.UUIDField(primary_key=True)
    district: fields.ForeignKeyRelation[District] = belongs_to("District")
    subject = fields.CharField(120, unique=True)
    name = fields.CharField(80)
    phone = fields.CharField(40)
    synthetic = fields.BooleanField(default=False)

    class Meta:
        table = "people"


class Post(Model):
    """One role of one person in one place; `head` marks the 负责人 who hears breaches."""

    id = fields.UUIDField(primary_key=True)
    person: fields.ForeignKeyRelation[Person] = belongs_to("Person")
    role = fields.CharEnumField(Role, max_length=24)
    head = fields.BooleanField(default=False)
    district: fields.ForeignKeyRelation[District] = belongs_to("District")
    street: fields.ForeignKeyNullableRelation[Street] = belongs_to("Street", null=True)
    community: fields.ForeignKeyNullableRelation[Community] = belongs_to("Community", null=True)
    grid: fields.ForeignKeyNullableRelation[Grid] = belongs_to("Grid", null=True)
    department: fields.ForeignKeyNullableRelation[Department] = belongs_to("Department", null=True)

    class Meta:
        table = "posts"
        indexes = (
            Index(fields=("person_id",)),
            Index(fields=("district_id", "role")),
            Index(fields=("street_id", "role")),
            Index(fields=("community_id", "role")),
            Index(fields=("grid_id", "role")),
            Index(fields=("department_id", "role")),
        )
