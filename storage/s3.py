"""Evidence in a real object store: the minio client behind a pool of threads of its own.

minio is synchronous, so every call runs on one of a few threads (the bound on what one process asks of
the store at a time), with short socket timeouts below and one patience for the whole call above: nobody
waits for a store that does not answer. The region is fixed, so that presigning never asks the store.
"""

from __future__ import annotations

import asyncio
import base64
import functools
import hashlib
import io
import itertools
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, ParamSpec, TypeVar

import certifi
import urllib3
from minio import Minio
from minio.error import MinioException, S3Error, ServerError
from urllib3.exceptions import HTTPError
from urllib3.filepost import encode_multipart_formdata

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
    StoreRefusedError,
    StoreUnavailableError,
    UploadMethod,
    check_announcement,
    check_key,
    check_lifetime,
    check_put,
    view_overrides,
)
from storage.forms import form_upload
from storage.signing import Endpoint, Signer

P = ParamSpec("P")
T = TypeVar("T")

_PIECE = 64 * 1024
_ABSENT = frozenset({"NoSuchKey", "NoSuchObject"})
_BUSY = frozenset({"InternalError", "OperationAborted", "RequestTimeout", "ServiceUnavailable", "SlowDown"})
_ALREADY_MADE = frozenset({"BucketAlreadyOwnedByYou", "BucketAlreadyExists"})
_ANY = "check S3 endpoint, keys, bucket and region"
_REMEDIES = {
    "RequestTimeTooSkewed": "set this machine's clock",
    "InvalidAccessKeyId": "check the S3 access key",
    "SignatureDoesNotMatch": "check the S3 secret key, and that proxies leave path and Host header alone",
    "AccessDenied": "check both S3 keys and that they may list, read, write and delete in the bucket",
    "NoSuchBucket": "make the bucket, or let the platform make it at its next start",
}


@dataclass(frozen=True, slots=True)
class S3Config:
    """How to reach the store. Times in seconds.

    `public_endpoint` is what phones and browsers call, where that is another address than ours.
    `forms` says that the store takes uploads by form (POST policies).
    `virtual_host` puts the bucket into the host name, as Alibaba OSS and Tencent COS require.
    """

    endpoint: str
    access_key: str
    secret_key: str = field(repr=False)
    bucket: str
    region: str = "us-east-1"
    public_endpoint: str | None = None
    virtual_host: bool = False
    forms: bool = True
    connect_timeout: float = 2.0
    read_timeout: float = 10.0
    retries: int = 1
    concurrency: int = 8
    patience: float = 30.0


def utc_now() -> datetime:
    """The clock of a store that is given no other."""
    return datetime.now(UTC)


class S3EvidenceStore:
    """EvidenceStore on any S3: SeaweedFS, MinIO, RustFS, Ceph, the public clouds.

    Raises ValueError for an endpoint that cannot be used. Holds threads and sockets: `close` it.
    """

    def __init__(self, config: S3Config, clock: Callable[[], datetime] = utc_now) -> None:
        endpoint = Endpoint.parse(config.endpoint)
        self._config = config
        self._clock = clock
        self._signer = Signer(config.access_key, config.secret_key, config.region)
        self._endpoint = endpoint
        self._public = Endpoint.parse(config.public_endpoint) if config.public_endpoint else endpoint
        self._threads = ThreadPoolExecutor(config.concurrency, thread_name_prefix="evidence")
        self._http = _pool(config)
        self._client = Minio(
            endpoint.host,
            access_key=config.access_key,
            secret_key=config.secret_key,
            secure=endpoint.secure,
            region=config.region,
            http_client=self._http,
        )
        client = self._client
        # minio guesses the style from the host name; the presigned addresses must agree, so it is told.
        style: Callable[[], None] = (
            client.enable_virtual_style_endpoint
            if config.virtual_host
            else client.disable_virtual_style_endpoint
        )
        style()

    @property
    def bucket(self) -> str:
        return self._config.bucket

    @property
    def method(self) -> UploadMethod:
        return UploadMethod.POST if self._config.forms else UploadMethod.PUT

    def close(self) -> None:
        """Gives back threads and sockets; calls still queued are cancelled."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._http.clear()

    async def ensure_ready(self) -> None:
        await self._run(self._make_bucket)

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
        return self._upload(self._public, key, content_type, size, sha256, lifetime, method)

    async def view_url(self, key: str, *, lifetime: timedelta, filename: str, content_type: str) -> str:
        return self._signer.presign(
            "GET",
            self._address(self._public, check_key(key)),
            at=self._clock(),
            lifetime=check_lifetime(lifetime, MAX_VIEW_LIFETIME),
            query=view_overrides(filename, content_type),
        )

    async def stat(self, key: str) -> ObjectStat | None:
        try:
            return await self._run(self._stat, check_key(key))
        except NoSuchObjectError:
            return None

    async def sha256_of(self, key: str, *, max_size: int = MAX_SIZE) -> Digest:
        return await self._run(self._digest, check_key(key), max_size)

    async def read(self, key: str, *, max_size: int) -> bytes:
        into = io.BytesIO()
        await self._run(self._copy, check_key(key), into, max_size)
        return into.getvalue()

    async def fetch(self, key: str, to: Path, *, max_size: int = MAX_SIZE) -> Digest:
        with to.open("wb") as into:
            return await self._run(self._copy, check_key(key), into, max_size)

    async def listed(self, prefix: str, *, after: str = "", limit: int = 1000) -> list[ObjectListed]:
        return await self._run(self._list, prefix, after, limit)

    async def put(self, key: str, data: bytes, content_type: str) -> ObjectRef:
        digest = hashlib.sha256(data).hexdigest()
        check_put(content_type, len(data))
        await self._run(self._put, check_key(key), data, content_type)
        return ObjectRef(self.bucket, key, digest, len(data), content_type)

    async def delete(self, key: str) -> None:
        await self._run(self._client.remove_object, self.bucket, check_key(key))

    async def check(self) -> StoreCheck:
        where = f"bucket {self.bucket} at {self._endpoint.url}"
        try:
            faults, binds, private = await self._run(self._probe)
        except StoreUnavailableError as error:
            remedy = "start the store, or set S3_ENDPOINT to one that runs; wait if it is only busy"
            return StoreCheck(False, f"{where}: {error}", remedy, binds_content=False, private=False)
        except StoreRefusedError as error:
            return StoreCheck(False, error.found, error.remedy, binds_content=False, private=False)
        if faults:
            return StoreCheck(False, f"{where}: {faults[0][0]}", faults[0][1], binds, private)
        bound = "" if binds else "; uploads are bound by confirm alone, this store does not check them"
        return StoreCheck(True, f"{where} stores and returns objects{bound}", "", binds, private)

    async def _run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`call` on a thread of ours, its errors made ours; StoreUnavailableError when patience runs out."""
        work = functools.partial(self._translated, functools.partial(call, *args, **kwargs))
        try:
            async with asyncio.timeout(self._config.patience):
                return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except TimeoutError as error:
            raise StoreUnavailableError(
                f"{self._endpoint.url} did not finish within {self._config.patience:g} s"
            ) from error

    def _translated(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except S3Error as error:
            raise _ours(error, self._endpoint) from error
        except ServerError as error:
            raise StoreUnavailableError(f"{self._endpoint.url} answered {error.status_code}") from error
        except MinioException as error:
            found = f"{self._endpoint.url} does not answer as an S3 store does: {error}"
            raise StoreRefusedError(found, _ANY) from error
        except (HTTPError, OSError) as error:
            raise StoreUnavailableError(f"{self._endpoint.url} cannot be reached: {error}") from error

    def _address(self, endpoint: Endpoint, key: str) -> str:
        if self._config.virtual_host:
            return f"{endpoint.scheme}://{self.bucket}.{endpoint.host}/{key}"
        return f"{endpoint.url}/{self.bucket}/{key}".rstrip("/")

    def _upload(
        self,
        endpoint: Endpoint,
        key: str,
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
                self._address(endpoint, ""),
                self.bucket,
                {"key": check_key(key), "Content-Type": content_type, "x-amz-checksum-sha256": checksum},
                size,
                self._clock(),
                lifetime,
            )
        headers = {"content-type": content_type, "x-amz-checksum-sha256": checksum}
        at, whole = self._clock(), check_lifetime(lifetime, MAX_UPLOAD_LIFETIME)
        url = self._signer.presign(
            "PUT",
            self._address(endpoint, check_key(key)),
            at=at,
            lifetime=whole,
            headers={**headers, "content-length": str(size)},
        )
        expires_at = at.astimezone(UTC).replace(microsecond=0) + whole
        return PresignedUpload(url, UploadMethod.PUT, tuple(headers.items()), (), size, expires_at)

    def _make_bucket(self) -> None:
        if self._client.bucket_exists(self.bucket):
            return
        try:
            self._client.make_bucket(self.bucket, self._config.region)
        except S3Error as error:
            # Another process was quicker. Somebody else's bucket of that name shows at the first write.
            if error.code not in _ALREADY_MADE:
                raise

    def _stat(self, key: str) -> ObjectStat:
        found = self._client.stat_object(self.bucket, key)
        return ObjectStat(key, found.size or 0, found.content_type or "")

    def _digest(self, key: str, max_size: int) -> Digest:
        return self._copy(key, None, max_size)

    def _copy(self, key: str, into: BinaryIO | None, max_size: int) -> Digest:
        give_up = time.monotonic() + self._config.patience
        response = self._client.get_object(self.bucket, key)
        try:
            digest, size = hashlib.sha256(), 0
            for piece in response.stream(_PIECE, decode_content=False):
                size += len(piece)
                if size > max_size:
                    raise ObjectTooLargeError(f"{key} has more than the {max_size} bytes allowed")
                if time.monotonic() > give_up:  # nobody waits any longer: free the thread
                    raise StoreUnavailableError(f"{key} did not arrive within {self._config.patience:g} s")
                digest.update(piece)
                if into is not None:
                    into.write(piece)
            return Digest(size, digest.hexdigest())
        finally:
            response.close()  # what was not read is thrown away with its connection
            response.release_conn()

    def _list(self, prefix: str, after: str, limit: int) -> list[ObjectListed]:
        found = self._client.list_objects(self.bucket, prefix, recursive=True, start_after=after or None)
        return [
            ObjectListed(one.object_name or "", one.size or 0, one.last_modified or datetime.now(UTC))
            for one in itertools.islice(found, limit)
        ]

    def _put(self, key: str, data: bytes, content_type: str) -> None:
        # One part whatever the size: parts would be sent by threads outside our bound.
        self._client.put_object(
            self.bucket, key, io.BytesIO(data), len(data), content_type, part_size=MAX_SIZE
        )

    def _probe(self) -> tuple[list[tuple[str, str]], bool, bool]:
        """What is wrong (found, remedy), whether content is bound, whether reading needs a signature."""
        if not self._client.bucket_exists(self.bucket):
            return [("the bucket does not exist", _REMEDIES["NoSuchBucket"])], False, False
        data, other = b"\xff\xd8\xff a probe", b"\xff\xd8\xff not it!"
        digest = hashlib.sha256(data).hexdigest()
        key = f"doctor/{os.getpid()}-{time.monotonic_ns()}"
        faults: list[tuple[str, str]] = []
        upload = self._upload(self._endpoint, key, "image/jpeg", len(data), digest, timedelta(minutes=1))
        try:
            binds = self._send(upload, other) >= 400
            status = self._send(upload, data)
            if status != 200:
                faults.append((f"a presigned upload was answered {status}", "check the S3 keys and region"))
            if self._config.forms and not self._takes_forms(key, data, digest):
                faults.append(("uploads by form are not taken", "set S3_FORMS=false: phones then PUT"))
            self._put(key, data, "image/jpeg")
            if self._digest(key, MAX_SIZE).sha256 != digest:
                faults.append(("what is read back is not what was written", "check the store's disks"))
            anonymous = self._http.request("GET", self._address(self._endpoint, key), redirect=False)
            private = anonymous.status in (401, 403)
            if not private:
                faults.append(("anyone can read the bucket", "remove the policy that makes it public"))
        finally:
            self._client.remove_object(self.bucket, key)
        return faults, binds, private

    def _takes_forms(self, key: str, data: bytes, digest: str) -> bool:
        minute, form = timedelta(minutes=1), UploadMethod.POST
        upload = self._upload(self._endpoint, key, "image/jpeg", len(data), digest, minute, form)
        body, form_type = encode_multipart_formdata([*upload.fields, ("file", ("probe", data))])
        headers = {"content-type": form_type}
        answer = self._http.request("POST", upload.url, body=body, headers=headers, redirect=False)
        return answer.status in (200, 204)

    def _send(self, upload: PresignedUpload, data: bytes) -> int:
        answer = self._http.request(
            upload.method, upload.url, body=data, headers=dict(upload.headers), redirect=False
        )
        return answer.status


def _pool(config: S3Config) -> urllib3.PoolManager:
    return urllib3.PoolManager(
        maxsize=config.concurrency,
        block=True,
        timeout=urllib3.Timeout(connect=config.connect_timeout, read=config.read_timeout),
        retries=urllib3.Retry(
            total=config.retries,
            redirect=False,
            backoff_factor=0.2,
            status_forcelist=(502, 503, 504),
        ),
        cert_reqs="CERT_REQUIRED",
        ca_certs=os.environ.get("SSL_CERT_FILE") or certifi.where(),
    )


def _ours(error: S3Error, endpoint: Endpoint) -> StoreError:
    code = error.code or ""
    if code in _ABSENT:
        return NoSuchObjectError(f"nothing is stored under {error.object_name!r} in {error.bucket_name!r}")
    if code in _BUSY or error.response.status >= 500:
        return StoreUnavailableError(f"{endpoint.url} cannot answer now: {code}")
    return StoreRefusedError(f"{endpoint.url} refused: {code} ({error.message})", _REMEDIES.get(code, _ANY))
