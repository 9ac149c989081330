"""How values cross to Temporal: JSON as the SDK has it, made and read faster.

The SDK asks for a dataclass's type hints again for each value it reads, and since ours are written as text
it compiles each of them again: a case's state, with some sixty limits, took it longer to read than all
decisions of the case together. Here each type's reader is put together once, and msgspec writes. What it
writes the SDK's own converter reads, and the other way round.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
from temporalio.api.common.v1 import Payload
from temporalio.converter import (
    CompositePayloadConverter,
    DataConverter,
    DefaultPayloadConverter,
    JSONPlainPayloadConverter,
    JSONTypeConverter,
    value_to_type,
)

Read = Callable[[Any], Any]
PLAIN = (str, int, float, bool)


class _Dataclasses(JSONTypeConverter):
    """Reads dataclasses, and all that is in them; anything else is left to the SDK."""

    def to_typed_value(self, hint: type, value: Any) -> Any:
        if dataclasses.is_dataclass(hint) and isinstance(value, dict):
            return _reader(hint)(value)
        return JSONTypeConverter.Unhandled


class _Json(JSONPlainPayloadConverter):
    def to_payload(self, value: Any) -> Payload:
        return Payload(metadata={"encoding": b"json/plain"}, data=msgspec.json.encode(value))


class FasterPayloadConverter(CompositePayloadConverter):
    """The SDK's converters, with ours for JSON."""

    def __init__(self) -> None:
        others = DefaultPayloadConverter.default_encoding_payload_converters[:-1]
        super().__init__(*others, _Json(custom_type_converters=[_Dataclasses()]))


CONVERTER = DataConverter(payload_converter_class=FasterPayloadConverter)


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


@cache
def _reader(hint: Any) -> Read:
    """What makes a value of this type of what JSON holds."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any or hint in PLAIN or hint is NoneType:
        return _as_it_is
    if hint is datetime:
        return datetime.fromisoformat
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    if dataclasses.is_dataclass(hint):
        return _dataclass(hint)
    if origin in (Union, UnionType):
        return _union(hint, arguments)
    if origin is list:
        return _list(arguments[0])
    if origin is dict and arguments[0] is str:
        return _dict(arguments[1])
    if origin is tuple and Ellipsis not in arguments:
        return _tuple(arguments)
    return lambda value: value_to_type(hint, value)


def _as_it_is(value: Any) -> Any:
    return value


def _dataclass(kind: Any) -> Read:
    hints = get_type_hints(kind)
    readers: list[tuple[str, Read]] = []

    def read(value: Mapping[str, Any]) -> Any:
        return kind(**{name: reader(value[name]) for name, reader in readers if name in value})

    readers += [(name, _reader(hints[name])) for name in _names(kind)]
    return read


def _union(hint: Any, arguments: tuple[Any, ...]) -> Read:
    """One type or None; or several that JSON tells apart by itself."""
    others = [one for one in arguments if one is not NoneType]
    if all(one in PLAIN or one == list[str] for one in others):
        return _as_it_is
    if len(others) == 1:
        reader = _reader(others[0])
        return lambda value: None if value is None else reader(value)
    if all(isinstance(one, type) and issubclass(one, Enum) for one in others):
        members = {member.value: member for kind in others for member in kind}
        return lambda value: None if value is None else members[value]
    return lambda value: value_to_type(hint, value)


def _list(of: Any) -> Read:
    reader = _reader(of)
    if reader is _as_it_is:
        return list
    return lambda value: [reader(one) for one in value]


def _dict(of: Any) -> Read:
    reader = _reader(of)
    if reader is _as_it_is:
        return dict
    return lambda value: {key: reader(one) for key, one in value.items()}


def _tuple(of: tuple[Any, ...]) -> Read:
    readers = [_reader(one) for one in of]
    return lambda value: tuple(reader(one) for reader, one in zip(readers, value, strict=True))
