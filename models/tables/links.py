"""How a row points to another: nothing that is on record is ever deleted along with something else."""

from __future__ import annotations

from typing import Any

from tortoise import fields


def belongs_to(table: str, **options: Any) -> Any:
    """A foreign key that refuses to orphan or to cascade, without a reverse attribute on the other side."""
    return fields.ForeignKeyField(f"models.{table}", on_delete=fields.RESTRICT, related_name=False, **options)


def one_for(table: str, **options: Any) -> Any:
    """The same, at most one row for each of the other side."""
    return fields.OneToOneField(f"models.{table}", on_delete=fields.RESTRICT, related_name=False, **options)
