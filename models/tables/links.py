"""What tables have in common: how a row points to another, and how JSON that is shown is kept."""

from __future__ import annotations

from typing import Any

from tortoise import fields


def belongs_to(table: str, **options: Any) -> Any:
    """A foreign key that refuses to orphan or to cascade, without a reverse attribute on the other side."""
    return fields.ForeignKeyField(f"models.{table}", on_delete=fields.RESTRICT, related_name=False, **options)


def one_for(table: str, **options: Any) -> Any:
    """The same, at most one row for each of the other side."""
    return fields.OneToOneField(f"models.{table}", on_delete=fields.RESTRICT, related_name=False, **options)


class ShownJson(fields.JSONField[Any]):
    """JSON that the edge shows as it stands: kept as the text that was written, compact, never re-spaced."""

    SQL_TYPE = "JSON"

    class _db_postgres:  # noqa: N801  # tortoise looks the dialect up by this name
        SQL_TYPE = "JSON"
