"""The month's bulletin: published by the office when the cases are through, and read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.ids import global_id
from infra.demo.cast import Player
from infra.demo.client import Api
from models.policy.calendar import Calendar

TABLE = """
    period kind sha256 rulebookVersion verified
    rows { rank key figures { column { key } shown } }
"""


@dataclass(frozen=True)
class Row:
    """One department or street."""

    key: str
    rank: int | None
    figures: Mapping[str, str]
    """As published, by column; blank where a denominator is 0."""


@dataclass(frozen=True)
class Table:
    """One published table. Rows in which nothing is counted are left out."""

    kind: str
    sha256: str
    verified: bool
    """Worked out again it comes to the same bytes."""
    rows: list[Row]


@dataclass(frozen=True)
class Bulletin:
    """The tables of a month."""

    month: str
    rulebook: str
    tables: list[Table]


async def publish(api: Api, office: Player, key: str, now: datetime, calendar: Calendar) -> Bulletin:
    """Has the tables of the month out. Raises DemoError."""
    month = f"{now.astimezone(calendar.zone):%Y-%m}"
    answered = await api.act(
        office.token,
        "publishBulletin",
        f"{key}/bulletin",
        f"bulletins {{ {TABLE} }}",
        district=global_id("District", office.held.post.district),
        month=month,
    )
    tables = answered["bulletins"]
    return Bulletin(month, tables[0]["rulebookVersion"], [_table(one) for one in tables])


def _table(one: Any) -> Table:
    rows = [_row(row) for row in one["rows"]]
    counted = [row for row in rows if any(shown not in ("", "0") for shown in row.figures.values())]
    return Table(one["kind"], one["sha256"], one["verified"], counted)


def _row(row: Any) -> Row:
    figures = {figure["column"]["key"]: figure["shown"] for figure in row["figures"]}
    return Row(row["key"], row["rank"], figures)
