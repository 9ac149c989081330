"""The month's bulletin once the cases are through: a draft, since no month is out before it is over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.demo.client import Api
from infra.demo.stories import DISTRICT
from models.terms import BulletinKind

DRAFT = """
    query Draft($district: String!, $month: String!, $kind: BulletinKind!) {
      bulletinDraft(district: $district, month: $month, kind: $kind) {
        kind rulebookVersion cutOff rows { rank key figures { column { key } shown } }
      }
    }
"""
MONTHLY = (BulletinKind.DEPARTMENTS, BulletinKind.STREETS, BulletinKind.REVIEWS)


@dataclass(frozen=True)
class Row:
    """One department or street."""

    key: str
    rank: int | None
    figures: Mapping[str, str]
    """As published, by column; blank where a denominator is 0."""


@dataclass(frozen=True)
class Table:
    """One table. Rows in which nothing is counted are left out."""

    kind: str
    rulebook: str
    """District and version of the rules it is made by."""
    cut_off: str
    """Only what was recorded before this instant counts."""
    rows: list[Row]


@dataclass(frozen=True)
class Bulletin:
    """The tables of a month."""

    month: str
    tables: list[Table]


async def draft(api: Api, token: str, month: str) -> Bulletin:
    """The tables of `month`, e.g. 2026-03, as they stand now. Raises DemoError."""
    asked = {"district": DISTRICT, "month": month}
    found = [await api.ask(token, DRAFT, kind=kind.value, **asked) for kind in MONTHLY]
    return Bulletin(month, [_table(one["bulletinDraft"]) for one in found])


def _table(one: Any) -> Table:
    rows = [_row(row) for row in one["rows"]]
    counted = [row for row in rows if any(shown not in ("", "0") for shown in row.figures.values())]
    return Table(one["kind"], one["rulebookVersion"], one["cutOff"], counted)


def _row(row: Any) -> Row:
    figures = {figure["column"]["key"]: figure["shown"] for figure in row["figures"]}
    return Row(row["key"], row["rank"], figures)
