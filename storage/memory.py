"""The object store's in-memory twin: the same port, held in a dictionary, for tests of everything above.

It keeps a real store's promises: addresses are really signed and really checked on arrival, and an upload
whose bytes are not those announced is refused. The same contract tests run against both.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from storage.evidence import (
    MAX_SIZE,
    MAX_UPLOAD_LIFETIME,
    MAX_VIEW_LIFETIME,
    Digest,
    NoSuchObjectError,
    ObjectListed,
    ObjectRef,
    ObjectStat,
    ObjectTooLargeError,
    PresignedUpload,
    StoreCheck,
    StoreError,
    StoreUnavailableError,
    UploadMethod,
    check_announcement,
    check_key,
    check_lifetime,
    check_put,
    view_overrides,
)
from storage.forms import form_upload
from storage.signing import Signer

_HOST = "http://memory.invalid"


class RequestRefusedError(StoreError):
    """The twin turned away an upload or a view, as a store would with a 4xx answer."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What an address shows: the bytes and the headers that say how to show them."""

    data: bytes
    content_type: str
    disposition: str


class MemoryEvidenceStore:
    """EvidenceStore without a server. Set `available` to False and every call to it is StoreUnavailableError.

    `clock` dates the addresses; `arrival` is the clock of the store that checks them.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        *,
        arrival: Callable[[], datetime] | None = None,
        bucket: str = "evidence",
    ) -> None:
        self.available = True
        self._bucket = bucket
        self._clock = clock
        self._arrival = arrival or clock
        self._signer = Signer("memory", "memory-secret")
        self._objects: dict[str, tuple[bytes, str]] = {}
        self._changed: dict[str, datetime] = {}

    @property
    def bucket(self) -> str:
        return self._bucket

    @property
    def method(self) -> UploadMethod:
        return UploadMethod.POST

    async def ensure_ready(self) -> None:
        self._answer()

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
        check_announcement(content_type, size, sha256)
        checksum = base64.b64encode(bytes.fromhex(sha256)).decode()
        if method is UploadMethod.POST:
            return form_upload(
                self._signer,
                f"{_HOST}/{self._bucket}",
                self._bucket,
                {"key": check_key(key), "Content-Type": content_type, "x-amz-checksum-sha256": checksum},
                size,
                self._clock(),
                lifetime,
            )
        headers = {"content-type": content_type, "x-amz-checksum-sha256": checksum}
        at, whole = self._clock(), check_lifetime(lifetime, MAX_UPLOAD_LIFETIME)
        signed = {**headers, "content-length": str(size)}
        url = self._signer.presign("PUT", self._address(key), at=at, lifetime=whole, headers=signed)
        expires_at = at.astimezone(UTC).replace(microsecond=0) + whole
        return PresignedUpload(url, UploadMethod.PUT, tuple(headers.items()), (), size, expires_at)

    async def view_url(self, key: str, *, lifetime: timedelta, filename: str, content_type: str) -> str:
        return self._signer.presign(
            "GET",
            self._address(key),
            at=self._clock(),
            lifetime=check_lifetime(lifetime, MAX_VIEW_LIFETIME),
            query=view_overrides(filename, content_type),
        )

    async def stat(self, key: str) -> ObjectStat | None:
        self._answer()
        found = self._objects.get(check_key(key))
        return None if found is None else ObjectStat(key, len(found[0]), found[1])

    async def sha256_of(self, key: str, *, max_size: int = MAX_SIZE) -> Digest:
        self._answer()
        data, _ = self._stored(check_key(key))
        if len(data) > max_size:
            raise ObjectTooLargeError(f"{key} has more than the {max_size} bytes allowed")
        return Digest(len(data), hashlib.sha256(data).hexdigest())

    async def read(self, key: str, *, max_size: int) -> bytes:
        await self.sha256_of(key, max_size=max_size)
        return self._stored(key)[0]

    async def fetch(self, key: str, to: Path, *, max_size: int = MAX_SIZE) -> Digest:
        digest = await self.sha256_of(key, max_size=max_size)
        await asyncio.to_thread(to.write_bytes, self._stored(key)[0])
        return digest

    async def listed(self, prefix: str, *, after: str = "", limit: int = 1000) -> list[ObjectListed]:
        self._answer()
        keys = sorted(key for key in self._objects if key.startswith(prefix) and key > after)
        return [ObjectListed(key, len(self._objects[key][0]), self._changed[key]) for key in keys[:limit]]

    async def put(self, key: str, data: bytes, content_type: str) -> ObjectRef:
        digest = hashlib.sha256(data).hexdigest()
        check_put(content_type, len(data))
        self._answer()
        self._keep(check_key(key), data, content_type)
        return ObjectRef(self._bucket, key, digest, len(data), content_type)

    async def delete(self, key: str) -> None:
        self._answer()
        self._objects.pop(check_key(key), None)

    async def check(self) -> StoreCheck:
        if not self.available:
            return StoreCheck(False, "the store does not answer", "start it", False, False)
        return StoreCheck(True, f"bucket {self._bucket} in memory", "", True, True)

    def receive(self, upload: PresignedUpload, data: bytes) -> None:
        """The phone's side of an upload. Raises RequestRefusedError wherever a real store refuses."""
        checksum = base64.b64encode(hashlib.sha256(data).digest()).decode()
        if upload.method is UploadMethod.POST:
            self._answer()
            fields = dict(upload.fields)
            fault = self._signer.post_fault(fields, len(data), at=self._arrival())
            if fault or fields["x-amz-checksum-sha256"] != checksum:
                raise RequestRefusedError(fault or "the bytes sent are not the bytes announced")
            self._keep(fields["key"], data, fields["Content-Type"])
            return
        headers = {name.lower(): value for name, value in upload.headers}
        headers["content-length"] = str(len(data))
        key = self._admit(upload.method, upload.url, headers)
        if headers["x-amz-checksum-sha256"] != checksum:
            raise RequestRefusedError("the bytes sent are not the bytes announced")
        self._keep(key, data, headers["content-type"])

    def show(self, url: str) -> Shown:
        """The browser's side of a view. Raises RequestRefusedError or NoSuchObjectError."""
        data, _ = self._stored(self._admit("GET", url, {}))
        asked = parse_qs(urlsplit(url).query)
        return Shown(data, asked["response-content-type"][0], asked["response-content-disposition"][0])

    def _address(self, key: str) -> str:
        return f"{_HOST}/{self._bucket}/{check_key(key)}"

    def _admit(self, method: str, url: str, headers: dict[str, str]) -> str:
        self._answer()
        fault = self._signer.fault(method, url, headers, at=self._arrival())
        if fault is not None:
            raise RequestRefusedError(fault)
        return unquote(urlsplit(url).path).removeprefix(f"/{self._bucket}/")

    def _stored(self, key: str) -> tuple[bytes, str]:
        found = self._objects.get(key)
        if found is None:
            raise NoSuchObjectError(f"nothing is stored under {key!r} in {self._bucket!r}")
        return found

    def _keep(self, key: str, data: bytes, content_type: str) -> None:
        self._objects[key] = (data, content_type)
        self._changed[key] = self._arrival()

    def _answer(self) -> None:
        if not self.available:
            raise StoreUnavailableError("the store does not answer")
