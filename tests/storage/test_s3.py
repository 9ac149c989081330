"""What only the adapter promises: it never waits for ever, never crowds the store, and says what is wrong."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import socket
import threading
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from minio import Minio

from storage.evidence import EvidenceStore, StoreRefusedError, StoreUnavailableError
from storage.s3 import S3Config, S3EvidenceStore

NOWHERE = S3Config("http://127.0.0.1:9", "key", "secret", "evidence", connect_timeout=0.5, read_timeout=0.5)
PHOTO = b"\xff\xd8\xff photo"


@contextmanager
def opened(config: S3Config) -> Iterator[S3EvidenceStore]:
    store = S3EvidenceStore(config)
    try:
        yield store
    finally:
        store.close()


@dataclass
class LenientS3:
    """A store that signs nothing off: it keeps what it is sent, slowly, and counts who is there at once."""

    pause: float = 0.0
    status: int = 200
    objects: dict[str, bytes] = field(default_factory=dict)
    present: int = 0
    most: int = 0
    requests: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        with self.lock:
            self.requests += 1
            self.present += 1
            self.most = max(self.most, self.present)
        time.sleep(self.pause)
        path, _, query = request.path.partition("?")
        sent = request.rfile.read(int(request.headers.get("content-length") or 0))
        signed = "Authorization" in request.headers or "X-Amz-Signature" in query
        if request.command == "PUT":
            self.objects[path] = sent
        if request.command == "DELETE":
            del self.objects[path]
        data = self.objects.get(path, b"") if request.command == "GET" else b""
        with self.lock:
            self.present -= 1
        request.send_response(self.status if signed else 403)
        request.send_header("Content-Length", str(len(data)))
        request.send_header("ETag", '"0"')
        request.end_headers()
        request.wfile.write(data)


@contextmanager
def serving(store: LenientS3) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            store.answer(self)

        def do_PUT(self) -> None:
            store.answer(self)

        def do_HEAD(self) -> None:
            store.answer(self)

        def do_DELETE(self) -> None:
            store.answer(self)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


CALLS: list[Callable[[EvidenceStore], Awaitable[object]]] = [
    lambda store: store.ensure_ready(),
    lambda store: store.stat("a"),
    lambda store: store.sha256_of("a"),
    lambda store: store.put("a", PHOTO, "image/jpeg"),
    lambda store: store.delete("a"),
]


@pytest.mark.parametrize("call", CALLS, ids=["ensure_ready", "stat", "sha256_of", "put", "delete"])
async def test_a_store_that_is_not_there_is_unavailable_at_once(
    call: Callable[[EvidenceStore], Awaitable[object]],
) -> None:
    began = time.monotonic()
    with opened(NOWHERE) as store, pytest.raises(StoreUnavailableError, match="cannot be reached"):
        await call(store)
    assert time.monotonic() - began < 2


async def test_a_store_that_accepts_and_never_answers_is_unavailable_within_the_timeouts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        config = replace(NOWHERE, endpoint=f"http://127.0.0.1:{silent.getsockname()[1]}")
        began = time.monotonic()
        with opened(config) as store, pytest.raises(StoreUnavailableError):
            await store.stat("a")
        assert time.monotonic() - began < 2 * 0.5 + 1  # two tries


async def test_nobody_waits_longer_than_the_patience_even_for_a_free_thread() -> None:
    with serving(LenientS3(pause=0.6)) as endpoint:
        config = replace(NOWHERE, endpoint=endpoint, concurrency=1, read_timeout=5, patience=0.3)
        began = time.monotonic()
        with opened(config) as store:
            calls = (store.stat("a") for _ in range(3))
            results = await asyncio.gather(*calls, return_exceptions=True)
            assert time.monotonic() - began < 0.55
            assert [type(result) for result in results] == [StoreUnavailableError] * 3
            assert "did not finish within 0.3 s" in str(results[0])


async def test_no_more_requests_at_once_than_the_bound() -> None:
    slow = LenientS3(pause=0.05)
    with serving(slow) as endpoint, opened(replace(NOWHERE, endpoint=endpoint, concurrency=3)) as store:
        await asyncio.gather(*(store.stat("a") for _ in range(18)))
    assert (slow.requests, slow.most) == (18, 3)


async def test_the_event_loop_turns_while_the_store_is_slow() -> None:
    with serving(LenientS3(pause=0.3)) as endpoint, opened(replace(NOWHERE, endpoint=endpoint)) as store:
        call = asyncio.ensure_future(store.stat("a"))
        turns = 0
        while not call.done():
            await asyncio.sleep(0.01)
            turns += 1
        await call
    assert turns > 10


async def test_a_store_that_is_busy_is_tried_again_and_then_unavailable() -> None:
    busy = LenientS3(status=503)
    with (
        serving(busy) as endpoint,
        opened(replace(NOWHERE, endpoint=endpoint)) as store,
        pytest.raises(StoreUnavailableError),
    ):
        await store.sha256_of("a")
    assert busy.requests == 2


async def test_addresses_are_made_without_the_store_and_for_the_public_endpoint() -> None:
    config = replace(NOWHERE, public_endpoint="https://photos.example:443")
    with opened(config) as store:
        digest = hashlib.sha256(PHOTO).hexdigest()
        upload = await store.upload_url(
            "a/b",
            content_type="image/jpeg",
            size=len(PHOTO),
            sha256=digest,
            lifetime=timedelta(minutes=1),
        )
        view = await store.view_url(
            "a/b", lifetime=timedelta(minutes=1), filename="a.jpg", content_type="image/jpeg"
        )
    assert upload.url.startswith("https://photos.example/evidence/a/b?")
    assert view.startswith("https://photos.example/evidence/a/b?")
    assert "secret" not in upload.url + view + repr(config)


async def test_the_bucket_moves_into_the_host_where_the_store_wants_it_there() -> None:
    config = replace(NOWHERE, endpoint="https://oss.example", virtual_host=True)
    with opened(config) as store:
        view = await store.view_url(
            "a/b", lifetime=timedelta(minutes=1), filename="a.jpg", content_type="image/jpeg"
        )
    assert view.startswith("https://evidence.oss.example/a/b?")


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "s3.example",
        "ftp://s3.example",
        "http://",
        "http://s3.example/path",
        "http://u:hunter2@s3.example",
        "http://s3.example:x",
        "http://s3.example?a=b",
    ],
)
def test_an_endpoint_that_cannot_be_used_is_refused_when_the_store_is_made(endpoint: str) -> None:
    with pytest.raises(ValueError, match="write it as https://host") as refused:
        S3EvidenceStore(replace(NOWHERE, endpoint=endpoint))
    assert "hunter2" not in str(refused.value)


async def test_hashing_a_large_photo_takes_little_memory(s3_config: S3Config) -> None:
    size = 24 * 1024 * 1024
    with opened(s3_config) as store:
        await store.ensure_ready()
        await store.put("large/one", bytes(size), "image/jpeg")
        tracemalloc.start()
        try:
            digest = await store.sha256_of("large/one")
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert digest.size == size
    assert peak < 2 * 1024 * 1024


async def test_an_added_content_encoding_neither_changes_the_hash_nor_what_is_shown(
    s3_config: S3Config,
) -> None:
    packed = gzip.compress(b"another picture")
    digest = hashlib.sha256(packed).hexdigest()
    minute = timedelta(minutes=1)
    with opened(s3_config) as store:
        await store.ensure_ready()
        upload = await store.upload_url(
            "packed", content_type="image/jpeg", size=len(packed), sha256=digest, lifetime=minute
        )
        headers = {**dict(upload.headers), "content-encoding": "gzip"}
        assert httpx.put(upload.url, content=packed, headers=headers).status_code == 200
        assert await store.sha256_of("packed") == (len(packed), digest)
        view = await store.view_url("packed", lifetime=minute, filename="a", content_type="image/jpeg")
        assert httpx.get(view).content == packed


async def test_two_starting_at_once_make_one_bucket(s3_config: S3Config) -> None:
    config = replace(s3_config, bucket="made-together")
    with opened(config) as one, opened(config) as two:
        await asyncio.gather(one.ensure_ready(), two.ensure_ready())
        assert (await one.check()).ok


async def test_wrong_keys_are_refused_not_unavailable(s3_config: S3Config) -> None:
    with opened(replace(s3_config, secret_key="wrong")) as store:
        with pytest.raises(StoreRefusedError, match="SignatureDoesNotMatch"):
            await store.put("a", PHOTO, "image/jpeg")
        check = await store.check()
    assert not check.ok
    assert "keys" in check.remedy


async def test_the_check_names_a_store_that_is_not_there() -> None:
    with opened(NOWHERE) as store:
        check = await store.check()
    assert (check.ok, check.private, check.binds_content) == (False, False, False)
    assert "http://127.0.0.1:9 cannot be reached" in check.found
    assert "S3_ENDPOINT" in check.remedy


async def test_the_check_names_a_missing_bucket(s3_config: S3Config) -> None:
    with opened(replace(s3_config, bucket="never-made")) as store:
        check = await store.check()
    assert not check.ok
    assert "does not exist" in check.found
    assert "make the bucket" in check.remedy


async def test_the_check_finds_a_bucket_that_anyone_can_read(s3_config: S3Config) -> None:
    config = replace(s3_config, bucket="open-to-all")
    client = Minio(
        config.endpoint.removeprefix("http://"),
        config.access_key,
        config.secret_key,
        secure=False,
        region=config.region,
    )
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": ["*"]},
        "Action": ["s3:GetObject"],
        "Resource": ["arn:aws:s3:::open-to-all/*"],
    }
    with opened(config) as store:
        await store.ensure_ready()
        client.set_bucket_policy(
            config.bucket, json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        )
        check = await store.check()
    assert (check.ok, check.private) == (False, False)
    assert "anyone can read" in check.found


async def test_the_check_leaves_nothing_behind_and_says_when_content_is_not_bound() -> None:
    lenient = LenientS3()
    with serving(lenient) as endpoint, opened(replace(NOWHERE, endpoint=endpoint)) as store:
        check = await store.check()
    # It knows no forms either: that is named, until the setting says so.
    assert (check.ok, check.remedy) == (False, "set S3_FORMS=false: phones then PUT")
    config = replace(NOWHERE, forms=False)
    with serving(lenient) as endpoint, opened(replace(config, endpoint=endpoint)) as store:
        check = await store.check()
    assert (check.ok, check.binds_content, check.private) == (True, False, True)
    assert lenient.objects == {}
    assert "bound by confirm alone" in check.found
