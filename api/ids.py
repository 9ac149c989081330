"""Relay ids: type name and UUID in one string. What a client sends is never trusted to be one.

They are opaque to clients and readable to people who search logs for them; wrapping them in base64 would
cost the database more than any other part of a row (docs/decisions/0009).
"""

from __future__ import annotations

from functools import lru_cache
from uuid import UUID

from api.errors import ErrorCode, Fault, FaultError

LONGEST = 200


def global_id(type_name: str, key: UUID) -> str:
    """The id of an entity as the schema shows it."""
    return f"{type_name}:{key}"


@lru_cache(maxsize=4096)
def parsed(text: str) -> tuple[str, UUID] | None:
    """Type name and UUID of an id; None for anything that is not one."""
    if len(text) > LONGEST:
        return None
    try:
        name, separator, key = text.partition(":")
        return (name, UUID(key)) if separator and str(UUID(key)) == key else None
    except ValueError:  # not a UUID
        return None


def key_of(text: str, type_name: str, argument: str) -> UUID:
    """The UUID of an id that must be of `type_name`; a BAD_INPUT fault naming `argument` otherwise."""
    found = parsed(text)
    if found is None or found[0] != type_name:
        raise bad_id(argument, type_name)
    return found[1]


def optional_key(text: str | None, type_name: str, argument: str) -> UUID | None:
    """The same where the argument may be left out."""
    return None if text is None else key_of(text, type_name, argument)


def bad_id(argument: str, expected: str) -> FaultError:
    return FaultError(
        Fault(ErrorCode.BAD_INPUT, "bad_id", {"name": argument, "expected": expected}, field=argument)
    )
