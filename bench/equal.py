"""Whether two answers say the same: ids as UUIDs, connections as lists, instants to the millisecond."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

INSTANTS = frozenset({"at", "openedAt", "dueAt", "closedAt", "announcedAt"})


def said(data: Any, read: Callable[[str], str]) -> Any:
    """The one field asked of an answer's `data`, in the common form; `read` makes a UUID's text of an id."""
    if isinstance(data, dict) and len(data) == 1:
        (data,) = data.values()  # the root field has a name of its own for each contestant
    return _common(data, read)


def _common(value: Any, read: Callable[[str], str]) -> Any:
    if isinstance(value, list):
        return [_common(one, read) for one in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"nodes"}:
        return _common(value["nodes"], read)
    return {name: _leaf(name, inner, read) for name, inner in value.items()}


def _leaf(name: str, value: Any, read: Callable[[str], str]) -> Any:
    if value is None:
        return None
    if name == "id":
        return read(value)
    if name in INSTANTS:
        at = datetime.fromisoformat(value.replace("Z", "+00:00")).astimezone(UTC)
        return at.replace(microsecond=at.microsecond // 1000 * 1000).isoformat()
    return _common(value, read)


def difference(one: Any, other: Any, path: str = "data") -> str | None:
    """Where two answers in the common form first differ, or None."""
    if isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            return f"{path}: {len(one)} rows against {len(other)}"
        pairs = [(f"{path}[{n}]", a, b) for n, (a, b) in enumerate(zip(one, other, strict=True))]
    elif isinstance(one, dict) and isinstance(other, dict):
        if set(one) != set(other):
            return f"{path}: {sorted(one)} against {sorted(other)}"
        pairs = [(f"{path}.{name}", one[name], other[name]) for name in one]
    else:
        return None if one == other and type(one) is type(other) else f"{path}: {one!r} against {other!r}"
    return next((found for found in (difference(a, b, where) for where, a, b in pairs) if found), None)
