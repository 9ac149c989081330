"""Answers as bytes: the JSON of a result or of faults, its cost, its status and headers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from graphql import ExecutionResult
from starlette.types import Send

from api.encoding import encode
from api.errors import OF_THE_DOCUMENT, ErrorCode, Fault
from api.negotiation import COST_HEADER, GRAPHQL_JSON, PLAIN_JSON, Asked
from api.raised import execution_faults
from models.terms import Language

CHALLENGE = b'Bearer realm="huying", error="invalid_token"'
LONGEST_COUNTED = 16 * 1024
"""Bytes of an answer whose fields are counted unasked: a microsecond or two for each kilobyte."""
ALL, NONE = b"all", b"none"
"""What the header Huying-Cost may ask for: the count of any answer, or an answer without its cost."""
COST = b',"extensions":{"cost":{"requested":%d,"actual":%b,"remaining":%b}}'
RETRY_SECONDS = 5
"""After which an answer without its services may be asked for again."""

Headers = list[tuple[bytes, bytes]]


class Answer(msgspec.Struct, frozen=True):
    """One HTTP response."""

    status: int
    headers: Headers
    body: bytes

    async def send(self, send: Send, *, body: bool = True) -> None:
        """Sends it; to HEAD without its `body`."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body if body else b""})


class Spent(msgspec.Struct, frozen=True):
    """What an operation was to cost, and what is left of its viewer's minute; None without a budget."""

    requested: int
    remaining: int | None


def answered(asked: Asked, data: bytes, spent: Spent) -> Answer:
    """An operation's data, as JSON already, without errors."""
    body = b'{"data":%b%b}' % (data, _cost(asked, data, spent))
    return Answer(200, _headers(asked, body, asked.media_type), body)


def executed(asked: Asked, result: ExecutionResult, spent: Spent) -> Answer:
    """The result of an execution: its data, and the errors it met."""
    data = encode(result.data)
    if not result.errors:
        return answered(asked, data, spent)
    errors = encode(_told(asked, execution_faults(result.errors, asked.request_id)))
    body = b'{"data":%b,"errors":%b%b}' % (data, errors, _cost(asked, data, spent))
    return Answer(200, _headers(asked, body, asked.media_type), body)


def refused(asked: Asked, faults: Sequence[Fault]) -> Answer:
    """A request that was not executed; the first fault decides the status."""
    first = faults[0]
    body = encode({"errors": _told(asked, faults)})
    media_type = asked.media_type or PLAIN_JSON
    status = 200 if media_type == PLAIN_JSON and first.code in OF_THE_DOCUMENT else first.status
    return Answer(status, _headers(asked, body, media_type) + _further(first), body)


def _further(fault: Fault) -> Headers:
    """Headers that HTTP wants of some statuses."""
    match fault.code:
        case ErrorCode.UNAUTHENTICATED:
            return [(b"www-authenticate", CHALLENGE)]
        case ErrorCode.METHOD_NOT_ALLOWED:
            return [(b"allow", str(fault.params["allow"]).encode())]
        case ErrorCode.RATE_LIMITED:
            return [(b"retry-after", b"%d" % fault.params["seconds"])]
        case ErrorCode.UNAVAILABLE:
            return [(b"retry-after", b"%d" % RETRY_SECONDS)]
    return []


def _told(asked: Asked, faults: Sequence[Fault]) -> list[dict[str, Any]]:
    return [fault.told(asked.language, asked.request_id) for fault in faults]


def _cost(asked: Asked, data: bytes, spent: Spent) -> bytes:
    """The member `extensions` of an answer, with the comma before it."""
    wanted = asked.headers.get(COST_HEADER)
    if wanted == NONE:
        return b""
    actual = b"%d" % held(data) if len(data) <= LONGEST_COUNTED or wanted == ALL else b"null"
    remaining = b"null" if spent.remaining is None else b"%d" % spent.remaining
    return COST % (spent.requested, actual, remaining)


def held(data: bytes) -> int:
    """How many fields an answer holds: its object members, counted in its JSON without reading it.

    A quote within a text is written `\\"`, so the end of a name is a quote before a colon and behind
    no backslash. Only what is written without blanks is counted so.
    """
    found = data.count(b'":')
    return found - data.count(b'\\":') if b"\\" in data else found


def _headers(asked: Asked, body: bytes, media_type: str | None) -> Headers:
    usual = HEADERS[media_type or PLAIN_JSON, asked.language]
    return [*usual, (b"content-length", b"%d" % len(body))]


HEADERS: dict[tuple[str, Language], Headers] = {
    (media_type, language): [
        (b"content-type", f"{media_type}; charset=utf-8".encode()),
        (b"content-language", language.value.encode()),
        (b"cache-control", b"no-store"),  # so that there is nothing to vary by
        (b"x-content-type-options", b"nosniff"),
    ]
    for media_type in (GRAPHQL_JSON, PLAIN_JSON)
    for language in Language
}
"""What every answer of a type in a language says, made once."""
