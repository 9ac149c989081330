"""A scheme, and any other frozen value of rules, as plain JSON and back.

Numbers are texts, so that none of them ever passes through a float. Written once for all kinds of rules by
what their fields are declared as: these are read when a rulebook is, not for every case, so the cost of
looking that up does not matter here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from models.policy.scheme.definition import Scheme

KIND = "kind"
"""The key that tells the members of a union of rules apart."""


def scheme_to_json(scheme: Scheme) -> dict[str, Any]:
    """The whole scheme."""
    written: dict[str, Any] = value_to_json(scheme, Scheme)
    return written


def scheme_from_json(data: Mapping[str, Any]) -> Scheme:
    """The scheme that `scheme_to_json` wrote; raises KeyError or ValueError on anything else."""
    scheme: Scheme = value_from_json(data, Scheme)
    return scheme


@cache
def _hints(of: Any) -> dict[str, Any]:
    """The declared type of each field of a class of rules."""
    return get_type_hints(of)


def _members(declared: Any) -> tuple[Any, ...]:
    """What a declared union consists of, without None; the type alone where it is no union."""
    if not isinstance(declared, UnionType):
        return (declared,)
    return tuple(member for member in get_args(declared) if member is not NoneType)


def _parts(declared: Any, length: int) -> tuple[Any, ...]:
    """The declared type of each part of a tuple, whether of any length or of a fixed one."""
    for member in _members(declared):
        args = get_args(member)
        if get_origin(member) is tuple:
            return args[:1] * length if args[-1] is Ellipsis else args
    raise ValueError(declared)


def value_to_json(value: Any, declared: Any) -> Any:
    """A frozen value as its type declares it: enums by their values, exact numbers as texts."""
    if is_dataclass(value) and not isinstance(value, type):
        body = {key: value_to_json(getattr(value, key), hint) for key, hint in _hints(type(value)).items()}
        return {KIND: type(value).__name__, **body} if len(_members(declared)) > 1 else body
    if isinstance(value, tuple):
        parts = _parts(declared, len(value))
        return [value_to_json(item, part) for item, part in zip(value, parts, strict=True)]
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value


def value_from_json(data: Any, declared: Any) -> Any:
    """The value that `value_to_json` wrote; raises KeyError or ValueError on anything else."""
    members = _members(declared)
    if data is None:
        return None
    if len(members) > 1:
        kinds = {member.__name__: member for member in members}
        of = kinds[data[KIND]]
        return value_from_json({key: value for key, value in data.items() if key != KIND}, of)
    of = members[0]
    if get_origin(of) is tuple:
        parts = _parts(of, len(data))
        return tuple(value_from_json(item, part) for item, part in zip(data, parts, strict=True))
    if isinstance(of, type) and is_dataclass(of):
        return of(**{key: value_from_json(data[key], hint) for key, hint in _hints(of).items()})
    if of is date:
        return date.fromisoformat(data)
    return of(data)
