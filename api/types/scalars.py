"""How instants and JSON are written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import strawberry
from strawberry.scalars import JSON
from strawberry.types.scalar import ScalarDefinition


def written(at: datetime) -> str:
    """An instant in UTC as PostgreSQL writes it in JSON: no digits of a second that say nothing.

    E.g. 2026-03-01T01:02:03.004+00:00; so that compiled reads need not write it in another way.
    """
    text = at.astimezone(UTC).replace(tzinfo=None).isoformat()
    return f"{text.rstrip('0') if '.' in text else text}+00:00"


def instant(text: object) -> datetime:
    """The instant a client wrote; raises ValueError for anything but ISO 8601 with a time zone."""
    if not isinstance(text, str) or len(text) > 40:
        raise ValueError("an instant is text such as 2026-03-01T09:02:03.004+08:00")
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone, e.g. 2026-03-01T09:02:03+08:00 or …Z")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("an instant must be in the years 1 to 9999") from None


SCALARS: Mapping[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant, ISO 8601. Answers are in UTC: 2026-03-01T01:02:03.004+00:00. "
        "Inputs need a time zone.",
        serialize=written,
        parse_value=instant,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="A JSON value whose form the field describes.",
        serialize=lambda value: value,
        parse_value=lambda value: value,
    ),
}
