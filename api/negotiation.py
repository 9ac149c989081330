"""What the headers of a request say: how it is sent, and how it wants to be answered."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from uuid import uuid4

from starlette.types import Scope

from api.errors import ErrorCode, Fault, language_of
from models.terms import Language

GRAPHQL_JSON = "application/graphql-response+json"
PLAIN_JSON = "application/json"
LONGEST_HEADER = 1000
"""Characters of a header that are looked at; also what bounds the memory of the caches below."""
COST_HEADER = b"huying-cost"


class Asked:
    """One request's headers, read once. Made for each request, so it does no more than it must."""

    __slots__ = ("_fault", "_id", "_state", "accept", "headers", "language", "media_type", "method")

    def __init__(self, scope: Scope) -> None:
        listed, self._state = scope["headers"], scope.get("state") or {}
        self.headers: dict[bytes, bytes] = self._state.get("headers") or dict(listed)
        if len(self.headers) != len(listed):
            self._join(listed)
        given = self.headers.get
        self.method: str = scope["method"]
        self.accept, self.media_type, self.language, self._fault = manner(
            self.method,
            given(b"accept", b"")[:LONGEST_HEADER],
            given(b"accept-language", b"")[:LONGEST_HEADER],
            given(b"content-type", b"")[:LONGEST_HEADER],
            given(b"content-encoding", b"")[:LONGEST_HEADER],
        )
        self._id = ""

    def _join(self, listed: Sequence[tuple[bytes, bytes]]) -> None:
        """A list may be sent in several headers of one name (RFC 9110, 5.3)."""
        for name in (b"accept", b"accept-language"):
            values = [value for key, value in listed if key == name]
            if values:
                self.headers[name] = b", ".join(values)

    def text(self, name: bytes, default: str) -> str:
        value = self.headers.get(name)
        return default if value is None else value.decode("latin-1")

    @property
    def authorization(self) -> bytes | None:
        return self.headers.get(b"authorization") or None

    @property
    def request_id(self) -> str:
        """As the request log named it, else a new one."""
        if not self._id:
            self._id = self._state.get("request_id") or str(uuid4())
        return self._id

    @property
    def reads(self) -> bool:
        """Whether the method is safe: queries only, in the URL."""
        return self.method in READING

    def fault(self) -> Fault | None:
        """What can be refused before anything is read."""
        if self._fault is None and self.media_type is None:
            return Fault(ErrorCode.NOT_ACCEPTABLE, "not_acceptable")
        return self._fault


READING = ("GET", "HEAD")


@lru_cache(maxsize=512)
def manner(
    method: str, accept: bytes, accept_language: bytes, content_type: bytes, content_encoding: bytes
) -> tuple[str, str | None, Language, Fault | None]:
    """What a request accepts, in which media type and language it is answered, and what is wrong with it.

    Clients send the same few headers all day: remembered, they cost one look.
    """
    ranges = accept.decode("latin-1") or "*/*"
    return (
        ranges,
        media_type(ranges),
        language_of(accept_language.decode("latin-1")),
        _way_fault(method, content_type, content_encoding),
    )


def _way_fault(method: str, content_type: bytes, content_encoding: bytes) -> Fault | None:
    if method in READING:
        return None
    if method != "POST":
        params = {"found": method[:20], "allow": "GET, HEAD, POST"}
        return Fault(ErrorCode.METHOD_NOT_ALLOWED, "method", params)
    # A plain form or a script without preflight can send none of these as JSON: no forged requests.
    if not is_json(content_type):
        found = content_type[:100].decode("latin-1") or "missing"
        return Fault(ErrorCode.UNSUPPORTED_MEDIA_TYPE, "media_type", {"found": found})
    if content_encoding and content_encoding.lower() != b"identity":
        found = content_encoding[:100].decode("latin-1")
        return Fault(ErrorCode.UNSUPPORTED_MEDIA_TYPE, "media_type", {"found": found})
    return None


def media_type(accept: str) -> str | None:
    """Which of our two media types an Accept header prefers; application/json where it does not care.

    Of equal preference the one named first; a type named outright overrules what a wildcard says of it.
    """
    best, best_quality = None, 0.0
    named = [(wanted, quality) for wanted, quality in _ranges(accept)]
    refused = {wanted for wanted, quality in named if quality == 0.0}
    for wanted, quality in named:
        for ours in OURS.get(wanted, ()):
            if quality > best_quality and ours not in refused:
                best, best_quality = ours, quality
                break
    return best


OURS = {
    GRAPHQL_JSON: (GRAPHQL_JSON,),
    PLAIN_JSON: (PLAIN_JSON,),
    "application/*": (PLAIN_JSON, GRAPHQL_JSON),
    "*/*": (PLAIN_JSON, GRAPHQL_JSON),
}
"""What each media range of an Accept header admits, best first."""


def _ranges(accept: str) -> list[tuple[str, float]]:
    ranges = []
    for part in accept.split(","):
        wanted, *parameters = (piece.strip().lower() for piece in part.split(";"))
        utf8 = all(p.partition("=")[2].strip('"') in UTF8 for p in parameters if p.startswith("charset="))
        ranges.append((wanted, _quality(parameters) if utf8 else 0.0))
    return ranges


UTF8 = ("utf-8", "utf8")


def _quality(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return min(max(float(parameter[2:]), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0


def is_json(content_type: bytes) -> bool:
    """Whether a Content-Type is JSON in UTF-8, said or assumed."""
    name, *parameters = (piece.strip().lower() for piece in content_type.decode("latin-1").split(";"))
    charsets = [p.partition("=")[2].strip('"') for p in parameters if p.startswith("charset=")]
    return name == PLAIN_JSON and all(charset in UTF8 for charset in charsets)
