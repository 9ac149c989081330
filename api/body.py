"""A request body, from bytes to a GraphQL request, or the fault that says what is wrong with it."""

from __future__ import annotations

import json
import math
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from api.errors import ErrorCode, Fault
from api.literals import bad_character

LARGEST_BODY = 1024 * 1024
DEEPEST = 64
JSON_NAMES: Mapping[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a string",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    type(None): "null",
}


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """What a well-formed body asks for (GraphQL over HTTP, request parameters)."""

    query: str
    variables: dict[str, Any] = field(default_factory=dict)
    operation: str | None = None


async def read_body(
    stream: AsyncIterator[bytes], announced: str | None, limit: int = LARGEST_BODY
) -> bytes | Fault:
    """The whole body, or PAYLOAD_TOO_LARGE as soon as it is announced or found to pass `limit` bytes."""
    if announced is not None and announced.isdecimal() and int(announced[:20]) > limit:
        return _too_large(limit)
    body = bytearray()
    async for piece in stream:
        body += piece
        if len(body) > limit:
            return _too_large(limit)
    return bytes(body)


def parse_body(body: bytes) -> GraphQLRequest | Fault:
    """The request in a JSON body. Text is UTF-8 without NUL and surrogates, numbers are finite."""
    try:
        # NaN and Infinity are read, though they are not JSON: `bad_value` then says where they stand.
        parsed = json.loads(body.decode("utf-8"))
    except UnicodeDecodeError:
        return _bad("not_utf8")
    except RecursionError:
        return _bad("too_nested", limit=DEEPEST)
    except ValueError as error:
        return _bad("not_json", detail=_reason(error))
    if not isinstance(parsed, dict):
        return _bad("not_object", found=_found(parsed))
    return _shape(parsed)


def _shape(parsed: dict[str, Any]) -> GraphQLRequest | Fault:
    query, variables = parsed.get("query"), parsed.get("variables")
    operation, extensions = parsed.get("operationName"), parsed.get("extensions")
    if query is None:
        return _bad("no_query", "query")
    for name, value, expected, type_ in (
        ("query", query, "a string", str),
        ("variables", variables, "an object or null", dict | None),
        ("operationName", operation, "a string or null", str | None),
        ("extensions", extensions, "an object or null", dict | None),
    ):
        if not isinstance(value, type_):
            return _bad("wrong_type", name, expected=expected, found=_found(value))
    for name, value in (("query", query), ("operationName", operation), ("variables", variables)):
        if fault := bad_value(name, value):
            return fault
    return GraphQLRequest(query, variables or {}, operation or None)


def bad_value(name: str, value: object) -> Fault | None:
    """The first value at or below `name` that cannot be stored or sent on, named by its path."""
    stack = [(name, value, 0)]
    while stack:
        path, value, depth = stack.pop()
        if isinstance(value, str):
            if found := bad_character(value):
                return _bad("bad_text", path, found=found)
        elif isinstance(value, float):
            if not math.isfinite(value):
                return _bad("not_finite", path)
        elif isinstance(value, dict | list):
            if depth >= DEEPEST:
                return _bad("too_nested", path.partition(".")[0], limit=DEEPEST)
            if isinstance(value, list):
                stack.extend((f"{path}[{index}]", item, depth + 1) for index, item in enumerate(value))
                continue
            for key, item in value.items():
                if found := bad_character(key):
                    return _bad("bad_text", path, found=found)
                stack.append((f"{path}.{key}", item, depth + 1))
    return None


def _reason(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} (line {error.lineno}, column {error.colno})"
    return "a number has too many digits"


def _found(value: object) -> str:
    return JSON_NAMES.get(type(value), "something else")


def _too_large(limit: int) -> Fault:
    return Fault(ErrorCode.PAYLOAD_TOO_LARGE, "too_large", {"limit": limit})


def _bad(message: str, field: str | None = None, **params: object) -> Fault:
    return Fault(ErrorCode.BAD_REQUEST, message, {"name": field, **params}, field=field)
