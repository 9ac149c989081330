"""Evidence 佐证: what the platform asks of an object store, and what it asks of a photo (domain guide 1).

A phone announces a photo (type, size, SHA-256), uploads it straight to the store at a presigned address,
and asks for it to be confirmed: `confirm` compares what was sent.
This module is the port; storage.s3 speaks to a real store, storage.memory is the twin that tests use.
It imports nothing but the standard library, so that ObjectRef costs a workflow nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, Protocol
from urllib.parse import quote
from uuid import UUID

SEALED = "application/octet-stream"
"""What an original is stored as: nothing that is ever shown."""
ALLOWED_CONTENT_TYPES = frozenset({"image/jpeg", "image/png", "image/webp", "image/heic"})
"""What phones take photos in and the console can show."""

MAX_SIZE = 50 * 1024 * 1024
"""Largest photo in bytes."""

MAX_UPLOAD_LIFETIME = timedelta(minutes=15)
"""Long enough for a large photo on a poor connection."""

MAX_VIEW_LIFETIME = timedelta(minutes=5)
"""An address that leaks is worthless soon after."""

_SEGMENT = r"[A-Za-z0-9_-][A-Za-z0-9._-]*"
_KEY = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT})*")
_MAX_KEY = 512
_SHA256 = re.compile(r"[0-9a-f]{64}")


class StoreError(Exception):
    """Something about the store; each message says what was wrong and what would be right."""


class StoreUnavailableError(StoreError):
    """The store did not answer in time or answered that it cannot now. Trying again may help."""


class StoreRefusedError(StoreError):
    """The store answered and said no: keys, permissions, bucket or clock. Trying again will not help.

    `found` says what was wrong, `remedy` what would be right.
    """

    def __init__(self, found: str, remedy: str) -> None:
        super().__init__(f"{found}; {remedy}")
        self.found = found
        self.remedy = remedy


class NoSuchObjectError(StoreError):
    """Nothing is stored under this key."""


class ObjectTooLargeError(StoreError):
    """The object has more bytes than were allowed for reading it."""


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """One photo, named by place and content. Small enough for a Temporal payload; the photo never is."""

    bucket: str
    key: str
    sha256: str
    size: int
    content_type: str


@dataclass(frozen=True, slots=True)
class ObjectStat:
    """What the store says about an object without sending it; `size` in bytes."""

    key: str
    size: int
    content_type: str


@dataclass(frozen=True, slots=True)
class ObjectListed:
    """One object as a listing of the bucket has it."""

    key: str
    size: int
    changed_at: datetime


class Digest(NamedTuple):
    """What was really read: bytes counted and their SHA-256 in lower-case hexadecimal."""

    size: int
    sha256: str


class UploadMethod(StrEnum):
    """How the phone sends the bytes: PUT them as the body, or POST a form with `fields` before the file."""

    PUT = "PUT"
    POST = "POST"


@dataclass(frozen=True, slots=True)
class PresignedUpload:
    """All a phone needs to upload one photo without a token of ours.

    PUT: send exactly `headers`, and a body of exactly `size` bytes (its Content-Length is signed too, but
    browsers set that one themselves and forbid scripts to); `fields` is empty. POST: send a form of exactly
    `fields` and then the file, named `file`; `headers` is empty.
    """

    url: str
    method: UploadMethod
    headers: tuple[tuple[str, str], ...]
    fields: tuple[tuple[str, str], ...]
    size: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class StoreCheck:
    """What a check of the store found, for people: `remedy` is empty when all is well.

    `binds_content` says whether the store itself refuses bytes other than those announced; where it does
    not, confirm alone finds them. `private` says that reading without a signature is refused.
    """

    ok: bool
    found: str
    remedy: str
    binds_content: bool
    private: bool


class EvidenceFault(StrEnum):
    """Why a photo is refused."""

    CONTENT_TYPE = "CONTENT_TYPE"
    SIZE = "SIZE"
    SHA256 = "SHA256"
    MISSING = "MISSING"


@dataclass(frozen=True, slots=True)
class EvidenceRefused:
    """An expected refusal, as a value: the field at fault, what was wrong and what would be right."""

    fault: EvidenceFault
    message: str


class EvidenceStore(Protocol):
    """The object store as evidence needs it. Every method may raise
    StoreUnavailableError or StoreRefusedError.

    A key that `check_key` refuses, a lifetime beyond the limits or an announcement that
    `announcement_refused` refuses is a mistake of the caller and raises ValueError.
    """

    @property
    def bucket(self) -> str: ...

    @property
    def method(self) -> UploadMethod:
        """How phones send best: a form where the store takes POST policies, else PUT."""

    async def ensure_ready(self) -> None:
        """The bucket exists afterwards; made if it was missing. May be called any number of times."""

    async def upload_url(
        self,
        key: str,
        *,
        content_type: str,
        size: int,
        sha256: str,
        lifetime: timedelta,
        method: UploadMethod = UploadMethod.PUT,
    ) -> PresignedUpload:
        """Where and how to send exactly these bytes within `lifetime`. Asks nothing of the store."""

    async def view_url(self, key: str, *, lifetime: timedelta, filename: str, content_type: str) -> str:
        """An address that shows the object as `content_type` for `lifetime`. Asks nothing of the store.

        What is no picture is sent as a file to be kept, never shown.
        """

    async def stat(self, key: str) -> ObjectStat | None:
        """Size and type as stored, or None when nothing is there."""

    async def sha256_of(self, key: str, *, max_size: int = MAX_SIZE) -> Digest:
        """Reads the object in small pieces.

        Raises NoSuchObjectError, or ObjectTooLargeError beyond `max_size` bytes.
        """

    async def read(self, key: str, *, max_size: int) -> bytes:
        """The object itself. Raises NoSuchObjectError, or ObjectTooLargeError beyond `max_size` bytes."""

    async def fetch(self, key: str, to: Path, *, max_size: int = MAX_SIZE) -> Digest:
        """The same into a file, in small pieces."""

    async def listed(self, prefix: str, *, after: str = "", limit: int = 1000) -> list[ObjectListed]:
        """Objects whose key begins with `prefix`, in the order of keys, behind `after`."""

    async def put(self, key: str, data: bytes, content_type: str) -> ObjectRef:
        """Stores `data`, replacing what was there."""

    async def delete(self, key: str) -> None:
        """Nothing is stored under `key` afterwards; quiet when nothing was."""

    async def check(self) -> StoreCheck:
        """Tries everything the platform needs on an object of its own and says what is wrong."""


def evidence_key(issue_id: UUID, evidence_id: UUID) -> str:
    """Where a photo of an issue lies in the bucket."""
    return f"evidence/{issue_id}/{evidence_id}"


def check_key(key: str) -> str:
    """`key` itself. Raises ValueError unless it is plain segments joined by single slashes.

    Stricter than S3 on purpose: `..`, control characters and empty segments mean different objects to
    different stores and proxies.
    """
    if len(key) > _MAX_KEY or not _KEY.fullmatch(key):
        raise ValueError(
            f"{key[:80]!r} is not an object key: use letters, digits, '.', '_' and '-' in segments "
            f"that do not begin with '.', joined by single slashes, at most {_MAX_KEY} characters"
        )
    return key


def announcement_refused(content_type: str, size: int, sha256: str) -> EvidenceRefused | None:
    """Why a photo with these particulars may not be uploaded, or None."""
    if content_type not in ALLOWED_CONTENT_TYPES:
        allowed = ", ".join(sorted(ALLOWED_CONTENT_TYPES))
        message = f"content type {content_type[:80]!r} is not accepted; send one of {allowed}"
        return EvidenceRefused(EvidenceFault.CONTENT_TYPE, message)
    if not 1 <= size <= MAX_SIZE:
        message = f"size {size} is not accepted; send between 1 and {MAX_SIZE} bytes"
        return EvidenceRefused(EvidenceFault.SIZE, message)
    if not _SHA256.fullmatch(sha256):
        message = f"SHA-256 {sha256[:80]!r} is not one; send 64 lower-case hexadecimal digits"
        return EvidenceRefused(EvidenceFault.SHA256, message)
    return None


def check_put(content_type: str, size: int) -> None:
    """Raises ValueError for what the platform itself never stores."""
    if content_type not in ALLOWED_CONTENT_TYPES | {SEALED} or not 1 <= size <= MAX_SIZE:
        raise ValueError(f"{size} bytes of {content_type[:80]!r} are not stored")


def kept_key(folder: str, sha256: str) -> str:
    """Where an object lies by its content, e.g. `originals/ab/ab…`."""
    if not _SHA256.fullmatch(sha256):
        raise ValueError(f"{sha256[:80]!r} is no SHA-256")
    return f"{folder}/{sha256[:2]}/{sha256}"


def check_announcement(content_type: str, size: int, sha256: str) -> None:
    """Raises ValueError where `announcement_refused` refuses: stores call it, the edge asks beforehand."""
    refused = announcement_refused(content_type, size, sha256)
    if refused is not None:
        raise ValueError(refused.message)


def check_lifetime(lifetime: timedelta, longest: timedelta) -> timedelta:
    """`lifetime` in whole seconds. Raises ValueError unless it is between one second and `longest`."""
    if not timedelta(seconds=1) <= lifetime <= longest:
        raise ValueError(f"a lifetime of {lifetime} is not allowed; use between one second and {longest}")
    return timedelta(seconds=int(lifetime.total_seconds()))


def view_overrides(filename: str, content_type: str) -> dict[str, str]:
    """Query parameters that make the store answer with our type and file name, whatever was uploaded.

    Only image types are shown; all else comes as a file of no type, so that nothing is ever run as a page.
    """
    shows = content_type in ALLOWED_CONTENT_TYPES
    shown = "".join(c for c in filename if c.isprintable() and c not in '/\\"').strip(" .")[:120] or "photo"
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in shown)
    encoded = quote(shown.encode("utf-8", "replace"), safe="")
    how = "inline" if shows else "attachment"
    return {
        "response-cache-control": f"private, max-age={int(MAX_VIEW_LIFETIME.total_seconds())}",
        "response-content-disposition": f"{how}; filename=\"{plain}\"; filename*=UTF-8''{encoded}",
        # An uploader could add Content-Encoding unsigned and have other bytes shown than were confirmed.
        "response-content-encoding": "identity",
        "response-content-type": content_type if shows else SEALED,
    }


async def confirm(store: EvidenceStore, announced: ObjectRef) -> EvidenceRefused | None:
    """Why what is stored is not what was announced, or None: then the photo counts.

    Size and type are asked first, since they cost no download; the bytes decide. Raises StoreUnavailableError
    or StoreRefusedError when the store cannot say.
    """
    try:
        stat = await store.stat(announced.key)
        if stat is None:
            return _MISSING
        if stat.size != announced.size:
            return _wrong_size(stat.size, announced.size)
        if stat.content_type != announced.content_type:
            message = f"{stat.content_type!r} was uploaded where {announced.content_type!r} was announced"
            return EvidenceRefused(EvidenceFault.CONTENT_TYPE, message)
        found = await store.sha256_of(announced.key, max_size=announced.size)
    except NoSuchObjectError:
        return _MISSING
    except ObjectTooLargeError:  # replaced by a larger one after it was measured
        return EvidenceRefused(
            EvidenceFault.SIZE, f"more than the {announced.size} bytes announced are stored"
        )
    if found.size != announced.size:
        return _wrong_size(found.size, announced.size)
    if found.sha256 != announced.sha256:
        message = f"the bytes stored have SHA-256 {found.sha256}, announced was {announced.sha256}"
        return EvidenceRefused(EvidenceFault.SHA256, message)
    return None


_MISSING = EvidenceRefused(EvidenceFault.MISSING, "nothing has been uploaded yet; upload, then confirm again")


def _wrong_size(found: int, announced: int) -> EvidenceRefused:
    return EvidenceRefused(
        EvidenceFault.SIZE, f"{found} bytes were uploaded where {announced} were announced"
    )
