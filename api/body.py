"""A request, from the bytes of a body or a URL to a GraphQL request, or the fault that says what is wrong."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from api.errors import ErrorCode, Fault
from api.literals import bad_character

LARGEST_BODY = 1024 * 1024
LONGEST_URL = 16 * 1024
"""Of a query string, in bytes; proxies cut at about this length too."""
DEEPEST = 64
LONGEST_ID = 100
SHA256 = re.compile(r"(?:sha256:)?([0-9a-f]{64})", re.IGNORECASE)
JSON_NAMES: Mapping[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a string",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    type(None): "null",
}
PARAMETERS: tuple[tuple[str, str, Any], ...] = (
    ("query", "a string", str | None),
    ("documentId", "a string", str | None),
    ("variables", "an object or null", dict | None),
    ("operationName", "a string or null", str | None),
    ("extensions", "an object or null", dict | None),
)
"""Each with what it must be; others are ignored, as the specification asks."""


class GraphQLRequest(msgspec.Struct, frozen=True):
    """What a well-formed request asks for (GraphQL over HTTP, request parameters)."""

    query: str | None
    variables: dict[str, Any] = {}
    operation: str | None = None
    document: str | None = None
    """Id of a registered document: its SHA-256 in lower-case hex, or what else was sent as one."""


async def read_body(receive: Receive, announced: bytes | None, limit: int = LARGEST_BODY) -> bytes | Fault:
    """The whole body, or PAYLOAD_TOO_LARGE as soon as it is announced or found to pass `limit` bytes.

    Raises ClientDisconnect.
    """
    if announced is not None and announced.isdigit() and int(announced[:20]) > limit:
        return _too_large(limit)
    message = await receive()
    body: bytes = message.get("body", b"")
    if message["type"] == "http.request" and not message.get("more_body", False) and len(body) <= limit:
        return body
    pieces = bytearray()
    while message["type"] == "http.request":
        pieces += message.get("body", b"")
        if len(pieces) > limit:
            return _too_large(limit)
        if not message.get("more_body", False):
            return bytes(pieces)
        message = await receive()
    raise ClientDisconnect


def parse_body(body: bytes) -> GraphQLRequest | Fault:
    """The request in a JSON body. Text is UTF-8 without NUL and surrogates, numbers are finite."""
    return _plain(body) or _read(body)


class _Members(msgspec.Struct):
    """The members of a body, by the names they have there."""

    query: str | None = None
    documentId: str | None = None  # noqa: N815  # the specification's word
    variables: dict[str, Any] | None = None
    operationName: str | None = None  # noqa: N815  # as above
    extensions: Any = None


_decoder = msgspec.json.Decoder(_Members)


def _plain(body: bytes) -> GraphQLRequest | None:
    """The request, where nothing at all is odd about it; quickly, as most are."""
    if b"\\u" in body:
        return None  # without an escape every text is good
    try:
        found = _decoder.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None  # read again, to say what is wrong
    if found.extensions is not None or (found.query is None and found.documentId is None):
        return None
    for value in (found.variables or {}).values():
        if type(value) is dict or type(value) is list:
            return None  # may be nested too deep
    document = None if found.documentId is None else _id(found.documentId)
    return GraphQLRequest(found.query, found.variables or {}, found.operationName or None, document)


def _read(body: bytes) -> GraphQLRequest | Fault:
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
    # UTF-8 has no surrogates and JSON no NUL: without an escape every text is good.
    return _shape(parsed, texts=b"\\u" in body)


def parse_url(query_string: bytes) -> GraphQLRequest | Fault:
    """The request in the query component of a URL; an empty parameter is one not given."""
    if len(query_string) > LONGEST_URL:
        return Fault(ErrorCode.URI_TOO_LONG, "uri_too_long", {"limit": LONGEST_URL})
    try:
        pairs = parse_qsl(query_string.decode("utf-8"), encoding="utf-8", errors="strict")
    except UnicodeDecodeError:
        return _bad("not_utf8")
    parsed: dict[str, Any] = {}
    for name, text in pairs:
        if name in parsed:
            return _bad("given_twice", name[:LONGEST_ID])
        parsed[name] = text
    for name in ("variables", "extensions"):
        if name in parsed:
            try:
                parsed[name] = json.loads(parsed[name])
            except RecursionError:
                return _bad("too_nested", name, limit=DEEPEST)
            except ValueError as error:
                return _bad("part_not_json", name, detail=_reason(error))
    return _shape(parsed, texts=True)


def _shape(parsed: dict[str, Any], *, texts: bool) -> GraphQLRequest | Fault:
    for name, expected, type_ in PARAMETERS:
        value = parsed.get(name)
        if value is not None and not isinstance(value, type_):
            return _bad("wrong_type", name, expected=expected, found=_found(value))
    query, variables = parsed.get("query"), parsed.get("variables")
    document = _document(parsed)
    if isinstance(document, Fault):
        return document
    if query is None and document is None:
        return _bad("no_query", "query")
    operation = parsed.get("operationName")
    if texts:
        for name, text in (("query", query), ("operationName", operation), ("documentId", document)):
            if text is not None and (found := bad_character(text)):
                return _bad("bad_text", name, found=found)
    if variables and (fault := bad_value("variables", variables, texts=texts)):
        return fault
    return GraphQLRequest(query, variables or {}, operation or None, document)


def _document(parsed: Mapping[str, Any]) -> str | Fault | None:
    """The id in `documentId` or, as Apollo's clients send it, in `extensions.persistedQuery`."""
    given: str | None = parsed.get("documentId")
    persisted = (parsed.get("extensions") or {}).get("persistedQuery")
    if persisted is not None:
        name = "extensions.persistedQuery.sha256Hash"
        hashed = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
        if not isinstance(hashed, str):
            return _bad("wrong_type", name, expected="a string", found=_found(hashed))
        if given is not None and _id(given) != _id(hashed):
            return _bad("two_documents", name)
        given = hashed
    return None if given is None else _id(given)


def _id(given: str) -> str:
    match = SHA256.fullmatch(given)
    return match[1].lower() if match else given[:LONGEST_ID]


def bad_value(name: str, value: object, *, texts: bool = True) -> Fault | None:
    """The first value at or below `name` that cannot be stored or sent on, named by its path.

    Without `texts` they are known to be good, and only numbers and depth are looked at.
    """
    stack = [(name, value, 0)]
    while stack:
        path, value, depth = stack.pop()
        if isinstance(value, str):
            if texts and (found := bad_character(value)):
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
                if texts and (found := bad_character(key)):
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
