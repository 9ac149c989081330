"""A scheme as plain JSON and back. Numbers are texts, so that none of them ever passes through a float.

Written once for all kinds of rules by what their fields are declared as: schemes are read when a
rulebook is, not for every case, so the cost of looking that up does not matter here.
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
    written: dict[str, Any] = _written(scheme, Scheme)
    return written


def scheme_from_json(data: Mapping[str, Any]) -> Scheme:
    """The scheme that `scheme_to_json` wrote; raises KeyError or ValueError on anything else."""
    scheme: Scheme = _read(data, Scheme)
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


def _written(value: Any, declared: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        body = {key: _written(getattr(value, key), hint) for key, hint in _hints(type(value)).items()}
        return {KIND: type(value).__name__, **body} if len(_members(declared)) > 1 else body
    if isinstance(value, tuple):
        return [_written(item, get_args(declared)[0]) for item in value]
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value


def _read(data: Any, declared: Any) -> Any:
    members = _members(declared)
    if data is None:
        return None
    if len(members) > 1:
        kinds = {member.__name__: member for member in members}
        of = kinds[data[KIND]]
        return _read({key: value for key, value in data.items() if key != KIND}, of)
    of = members[0]
    if get_origin(of) is tuple:
        return tuple(_read(item, get_args(of)[0]) for item in data)
    if isinstance(of, type) and is_dataclass(of):
        return of(**{key: _read(data[key], hint) for key, hint in _hints(of).items()})
    if of is date:
        return date.fromisoformat(data)
    return of(data)
