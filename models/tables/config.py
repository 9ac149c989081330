"""Where tortoise finds our tables and migrations; the connection is named by the settings at start."""

from __future__ import annotations

from os import environ
from typing import Any

TABLES = [
    "models.tables.organisation",
    "models.tables.rules",
    "models.tables.issue",
    "models.tables.casework",
    "models.tables.answers",
    "models.tables.reviews",
    "models.tables.evidence",
    "models.tables.delivery",
    "models.tables.counters",
    "models.tables.bulletin",
    "models.tables.batches",
    "models.tables.survey",
    "models.tables.rectification",
    "models.tables.survey_results",
]


def tortoise_config(database_url: str) -> dict[str, Any]:
    """The configuration for one database; instants are kept and compared in UTC."""
    return {
        "connections": {"default": database_url},
        "apps": {
            "models": {"models": TABLES, "migrations": "models.migrations", "default_connection": "default"}
        },
        "use_tz": True,
        "timezone": "UTC",
    }


TORTOISE_ORM = tortoise_config(environ.get("DATABASE_URL") or "asyncpg://postgres@127.0.0.1/huying")
"""For tortoise's own command line (`tortoise makemigrations`), which developers run."""
