"""What filters have in common: ids of a certain type, texts of a certain length, members of an enum."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any
from uuid import UUID

import strawberry

from api.errors import ErrorCode, Fault, FaultError
from api.ids import optional_key
from api.literals import bad_character
from models.policy.search import LONGEST_QUERY
from models.queries.late import Late, NotLateError


def given(description: str) -> Any:
    """A filter that may be left out."""
    return strawberry.field(description=description, default=None)


def key(text: strawberry.ID | None, type_name: str, name: str) -> UUID | None:
    """The UUID of the id given as `where.<name>`; a BAD_INPUT fault where it is none of `type_name`."""
    if isinstance(text, Late):
        return text.then(lambda given: key(given, type_name, name))
    return optional_key(text, type_name, f"where.{name}")


def text(value: str | None, name: str = "search", longest: int = LONGEST_QUERY) -> str | None:
    """The text given as `where.<name>`; a BAD_INPUT fault where it is too long or no text at all."""
    if value is None:
        return None
    if isinstance(value, Late):
        raise NotLateError(name)  # how many words it has decides what is asked
    if len(value) > longest:
        raise _bad(name, "too_long", {"limit": longest})
    if found := bad_character(value):
        raise _bad(name, "bad_text", {"found": found})
    return value


def members(values: Sequence[StrEnum] | None) -> list[str] | None:
    """Enum members as their columns hold them."""
    if isinstance(values, Late):
        return values.then(members)
    return None if values is None else [_member(value) for value in values]


def _member(value: Any) -> Any:
    return value.then(_member) if isinstance(value, Late) else value.value


def _bad(name: str, message: str, params: dict[str, object]) -> FaultError:
    argument = f"where.{name}"
    return FaultError(Fault(ErrorCode.BAD_INPUT, message, {"name": argument, **params}, field=argument))
