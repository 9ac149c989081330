"""A store together with the outside world's side of it: what phones, browsers and strangers do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

import httpx

from storage.evidence import EvidenceStore, NoSuchObjectError, PresignedUpload, UploadMethod
from storage.memory import MemoryEvidenceStore, RequestRefusedError, Shown
from storage.s3 import S3Config, S3EvidenceStore, utc_now


class Side(Protocol):
    """One store under contract. `upload` and `view` answer False and None where the store refuses."""

    @property
    def store(self) -> EvidenceStore: ...

    def upload(self, upload: PresignedUpload, data: bytes) -> bool: ...

    def view(self, url: str) -> Shown | None: ...

    def at(self, clock: Callable[[], datetime]) -> EvidenceStore:
        """The same store, whose addresses are dated by `clock`; the store itself keeps real time."""
        ...


@dataclass
class RealSide:
    config: S3Config
    store: S3EvidenceStore

    def upload(self, upload: PresignedUpload, data: bytes) -> bool:
        if upload.method is UploadMethod.POST:
            answer = httpx.post(upload.url, data=dict(upload.fields), files={"file": ("photo", data)})
        else:
            answer = httpx.put(upload.url, headers=dict(upload.headers), content=data)
        assert answer.status_code < 500, answer.text
        return answer.status_code in (200, 204)

    def view(self, url: str) -> Shown | None:
        answer = httpx.get(url)
        assert answer.status_code < 500, answer.text
        if answer.status_code != 200:
            return None
        return Shown(
            answer.content, answer.headers["content-type"], answer.headers.get("content-disposition", "")
        )

    def at(self, clock: Callable[[], datetime]) -> EvidenceStore:
        return S3EvidenceStore(self.config, clock)


@dataclass
class TwinSide:
    store: MemoryEvidenceStore

    def upload(self, upload: PresignedUpload, data: bytes) -> bool:
        try:
            self.store.receive(upload, data)
        except RequestRefusedError:
            return False
        return True

    def view(self, url: str) -> Shown | None:
        try:
            return self.store.show(url)
        except (RequestRefusedError, NoSuchObjectError):
            return None

    def at(self, clock: Callable[[], datetime]) -> EvidenceStore:
        return MemoryEvidenceStore(clock, arrival=utc_now, bucket=self.store.bucket)


def with_header(upload: PresignedUpload, name: str, value: str) -> PresignedUpload:
    """The same upload with one header changed or added."""
    kept = tuple(pair for pair in upload.headers if pair[0] != name)
    return replace(upload, headers=(*kept, (name, value)))


def with_field(upload: PresignedUpload, name: str, value: str) -> PresignedUpload:
    """The same form with one field changed or added."""
    kept = tuple(pair for pair in upload.fields if pair[0] != name)
    return replace(upload, fields=(*kept, (name, value)))


def unsigned(url: str) -> str:
    """The address as someone without a key would ask for it."""
    return urlunsplit(urlsplit(url)._replace(query=""))
