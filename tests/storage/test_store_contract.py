"""The contract of every EvidenceStore: the same tests for the real store and its in-memory twin."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

import pytest

from storage.evidence import (
    MAX_SIZE,
    MAX_UPLOAD_LIFETIME,
    MAX_VIEW_LIFETIME,
    SEALED,
    Digest,
    EvidenceFault,
    EvidenceStore,
    NoSuchObjectError,
    ObjectRef,
    ObjectStat,
    ObjectTooLargeError,
    PresignedUpload,
    UploadMethod,
    confirm,
    evidence_key,
)
from storage.memory import MemoryEvidenceStore
from storage.s3 import S3Config, S3EvidenceStore, utc_now
from tests.storage.sides import RealSide, Side, TwinSide, unsigned, with_field, with_header

LIFETIME = timedelta(minutes=5)
PHOTO = b"\xff\xd8\xff\xe0 the lamp, mended " * 40
OTHER = b"\xff\xd8\xff\xe0 the lamp, broken " * 40  # of the same length
GOOD = ObjectRef("contract", "k", "f" * 64, 1, "image/jpeg")
HOSTILE_KEYS = [
    "",
    "/",
    "..",
    "a/../b",
    "../secret",
    "a/..",
    "./a",
    "/a",
    "a/",
    "a//b",
    "a\\..\\b",
    "a\x00b",
    "a\nb",
    "a\n",
    "a\x7fb",
    "a b",
    "a?versions",
    "a#b",
    "a%2e%2e/b",
    "照片",
    "a\ud800b",
    "k" * 513,
]
_numbers = count(1)


@pytest.fixture(scope="session", params=["seaweedfs", "memory"])
async def side(request: pytest.FixtureRequest) -> AsyncIterator[Side]:
    if request.param == "memory":
        yield TwinSide(MemoryEvidenceStore(utc_now, bucket="contract"))
        return
    config: S3Config = request.getfixturevalue("s3_config")
    store = S3EvidenceStore(config)
    await store.ensure_ready()
    yield RealSide(config, store)
    store.close()


@pytest.fixture
def key() -> str:
    return evidence_key(UUID(int=next(_numbers)), UUID(int=next(_numbers)))


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def announced(key: str, data: bytes = PHOTO, content_type: str = "image/jpeg") -> ObjectRef:
    return ObjectRef("contract", key, digest_of(data), len(data), content_type)


async def presigned(store: EvidenceStore, ref: ObjectRef, lifetime: timedelta = LIFETIME) -> PresignedUpload:
    return await store.upload_url(
        ref.key, content_type=ref.content_type, size=ref.size, sha256=ref.sha256, lifetime=lifetime
    )


async def viewed(store: EvidenceStore, key: str) -> str:
    return await store.view_url(key, lifetime=LIFETIME, filename="a.jpg", content_type="image/jpeg")


async def test_a_photo_is_announced_uploaded_confirmed_and_seen(side: Side, key: str) -> None:
    ref = announced(key)
    before = utc_now()
    upload = await presigned(side.store, ref)
    assert (upload.method, upload.fields, upload.size) == (UploadMethod.PUT, (), len(PHOTO))
    assert timedelta(seconds=-1) < upload.expires_at - before - LIFETIME < timedelta(seconds=5)
    missing = await confirm(side.store, ref)
    assert missing is not None
    assert missing.fault is EvidenceFault.MISSING

    assert side.upload(upload, PHOTO)
    assert await confirm(side.store, ref) is None
    assert await side.store.stat(key) == ObjectStat(key, len(PHOTO), "image/jpeg")
    assert await side.store.sha256_of(key) == Digest(len(PHOTO), digest_of(PHOTO))

    url = await side.store.view_url(
        key, lifetime=LIFETIME, filename='路灯 "1".jpg\r\nX-Evil: 1', content_type="image/jpeg"
    )
    shown = side.view(url)
    assert shown is not None
    assert (shown.data, shown.content_type) == (PHOTO, "image/jpeg")
    assert shown.disposition.startswith("inline; filename=\"__ 1.jpgX-Evil_ 1\"; filename*=UTF-8''")
    assert shown.disposition.endswith(quote("路灯 1.jpgX-Evil: 1", safe=""))


async def test_a_retried_upload_of_the_same_bytes_succeeds(side: Side, key: str) -> None:
    upload = await presigned(side.store, announced(key))
    assert side.upload(upload, PHOTO)
    assert side.upload(upload, PHOTO)


@pytest.mark.parametrize("content_type", ["image/png", "image/webp", "image/heic"])
async def test_every_accepted_type_is_stored_as_announced(side: Side, key: str, content_type: str) -> None:
    ref = announced(key, content_type=content_type)
    assert side.upload(await presigned(side.store, ref), PHOTO)
    assert await confirm(side.store, ref) is None


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(OTHER, id="other bytes of the same length"),
        pytest.param(PHOTO + b"!", id="longer"),
        pytest.param(PHOTO[:-1], id="shorter"),
        pytest.param(b"", id="empty"),
    ],
)
async def test_other_bytes_than_announced_are_refused_on_arrival(side: Side, key: str, data: bytes) -> None:
    assert not side.upload(await presigned(side.store, announced(key)), data)
    assert await side.store.stat(key) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("content-type", "text/html"),
        ("content-type", "image/png"),
        ("x-amz-checksum-sha256", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
        ("x-amz-acl", "public-read"),
        ("x-amz-meta-note", "added"),
    ],
)
async def test_other_headers_than_announced_are_refused(side: Side, key: str, name: str, value: str) -> None:
    upload = await presigned(side.store, announced(key))
    assert not side.upload(with_header(upload, name, value), PHOTO)
    assert not side.upload(replace(upload, headers=upload.headers[:1]), PHOTO)
    assert await side.store.stat(key) is None


async def test_an_address_for_one_photo_is_no_use_for_another_or_for_longer(side: Side, key: str) -> None:
    upload = await presigned(side.store, announced(key))
    for changed in (
        upload.url.replace(key, f"{key}x"),
        upload.url.replace("X-Amz-Expires=300", "X-Amz-Expires=900"),
        upload.url.replace("content-length%3B", ""),
        upload.url[:-1] + ("0" if upload.url[-1] != "0" else "1"),
        unsigned(upload.url),
    ):
        assert changed != upload.url
        assert not side.upload(replace(upload, url=changed), PHOTO)
    assert await side.store.stat(key) is None
    assert await side.store.stat(f"{key}x") is None


async def test_an_expired_upload_address_is_refused(side: Side, key: str) -> None:
    earlier = side.at(lambda: utc_now() - timedelta(minutes=5, seconds=2))
    assert not side.upload(await presigned(earlier, announced(key)), PHOTO)
    assert await side.store.stat(key) is None


async def test_an_expired_or_tampered_view_address_shows_nothing(side: Side, key: str) -> None:
    await side.store.put(key, PHOTO, "image/jpeg")
    now = await viewed(side.store, key)
    assert side.view(now) is not None
    earlier = side.at(lambda: utc_now() - timedelta(minutes=5, seconds=2))
    assert side.view(await viewed(earlier, key)) is None
    assert side.view(now.replace("image%2Fjpeg", "text%2Fhtml")) is None
    assert side.view(unsigned(now)) is None


async def test_an_object_replaced_after_the_announcement_is_found_by_confirm(side: Side, key: str) -> None:
    ref = announced(key)
    assert side.upload(await presigned(side.store, ref), PHOTO)
    for data, content_type, fault in (
        (OTHER, "image/jpeg", EvidenceFault.SHA256),
        (PHOTO + b"!", "image/jpeg", EvidenceFault.SIZE),
        (PHOTO, "image/png", EvidenceFault.CONTENT_TYPE),
    ):
        await side.store.put(key, data, content_type)
        refused = await confirm(side.store, ref)
        assert refused is not None
        assert refused.fault is fault
    await side.store.put(key, PHOTO, "image/jpeg")
    assert await confirm(side.store, ref) is None


async def test_what_is_put_is_described_and_what_is_deleted_is_gone(side: Side, key: str) -> None:
    assert await side.store.put(key, PHOTO, "image/jpeg") == announced(key)
    await side.store.delete(key)
    assert await side.store.stat(key) is None
    with pytest.raises(NoSuchObjectError, match=key):
        await side.store.sha256_of(key)
    await side.store.delete(key)


async def test_a_large_photo_is_hashed_whole_and_not_beyond_what_is_allowed(side: Side, key: str) -> None:
    large = os.urandom(9 * 1024 * 1024 + 1)
    await side.store.put(key, large, "image/jpeg")
    assert await side.store.sha256_of(key, max_size=len(large)) == Digest(len(large), digest_of(large))
    with pytest.raises(ObjectTooLargeError):
        await side.store.sha256_of(key, max_size=len(large) - 1)


@pytest.mark.parametrize("hostile", HOSTILE_KEYS, ids=ascii)
async def test_hostile_keys_reach_no_store(side: Side, hostile: str) -> None:
    store, ref = side.store, announced("k")
    for call in (
        lambda: presigned(store, replace(ref, key=hostile)),
        lambda: store.view_url(hostile, lifetime=LIFETIME, filename="a.jpg", content_type="image/jpeg"),
        lambda: store.stat(hostile),
        lambda: store.sha256_of(hostile),
        lambda: store.put(hostile, PHOTO, "image/jpeg"),
        lambda: store.delete(hostile),
    ):
        with pytest.raises(ValueError, match="is not an object key"):
            await call()


@pytest.mark.parametrize(
    ("ref", "says"),
    [
        (replace(GOOD, content_type="image/gif"), "content type 'image/gif'"),
        (replace(GOOD, content_type="image/jpeg\r\nx: y"), "content type"),
        (replace(GOOD, size=0), "size 0"),
        (replace(GOOD, size=MAX_SIZE + 1), f"size {MAX_SIZE + 1}"),
        (replace(GOOD, sha256="F" * 64), "SHA-256"),
        (replace(GOOD, sha256="f" * 64 + "\n"), "SHA-256"),
    ],
)
async def test_an_announcement_outside_the_limits_gets_no_address(
    side: Side, ref: ObjectRef, says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        await presigned(side.store, ref)


async def test_lifetimes_outside_the_limits_get_no_address(side: Side, key: str) -> None:
    second = timedelta(seconds=1)
    for lifetime in (timedelta(0), -second, MAX_UPLOAD_LIFETIME + second):
        with pytest.raises(ValueError, match="lifetime"):
            await presigned(side.store, announced(key), lifetime)
    for lifetime in (timedelta(0), MAX_VIEW_LIFETIME + second):
        with pytest.raises(ValueError, match="lifetime"):
            await side.store.view_url(key, lifetime=lifetime, filename="a", content_type="image/jpeg")


@pytest.mark.parametrize("content_type", ["text/html", "image/svg+xml", "", "image/jpeg, text/html"])
async def test_what_is_no_picture_is_sent_as_a_file(side: Side, key: str, content_type: str) -> None:
    await side.store.put(key, PHOTO, "image/jpeg")
    url = await side.store.view_url(key, lifetime=LIFETIME, filename="a.html", content_type=content_type)
    shown = side.view(url)
    assert shown is not None
    assert shown.content_type == SEALED
    assert shown.disposition.startswith("attachment;")


async def test_making_ready_twice_keeps_what_is_stored(side: Side, key: str) -> None:
    await side.store.put(key, PHOTO, "image/jpeg")
    await side.store.ensure_ready()
    await side.store.ensure_ready()
    assert await side.store.stat(key) is not None


async def test_the_check_finds_a_sound_store(side: Side) -> None:
    check = await side.store.check()
    assert (check.ok, check.remedy, check.binds_content, check.private) == (True, "", True, True), check.found


# Forms, and what the platform itself does -------------------------------------------------------------


async def form(store: EvidenceStore, ref: ObjectRef, lifetime: timedelta = LIFETIME) -> PresignedUpload:
    return await store.upload_url(
        ref.key,
        content_type=ref.content_type,
        size=ref.size,
        sha256=ref.sha256,
        lifetime=lifetime,
        method=UploadMethod.POST,
    )


async def test_a_photo_is_sent_as_a_form_again_and_again(side: Side, key: str) -> None:
    upload = await form(side.store, announced(key))
    assert (upload.method, upload.headers) == (UploadMethod.POST, ())
    assert side.upload(upload, PHOTO)
    assert side.upload(upload, PHOTO)
    assert await confirm(side.store, announced(key)) is None


@pytest.mark.parametrize(
    "data", [OTHER, PHOTO + b"!", PHOTO[:-1], b""], ids=["other", "longer", "shorter", "empty"]
)
async def test_a_form_takes_no_other_bytes(side: Side, key: str, data: bytes) -> None:
    assert not side.upload(await form(side.store, announced(key)), data)
    assert await side.store.stat(key) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("key", "evidence/elsewhere"),
        ("Content-Type", "text/html"),
        ("x-amz-checksum-sha256", base64.b64encode(hashlib.sha256(OTHER).digest()).decode()),
        ("x-amz-signature", "0" * 64),
        ("policy", base64.b64encode(b'{"expiration":"2099-01-01T00:00:00Z","conditions":[]}').decode()),
    ],
    ids=lambda value: value[:12],
)
async def test_a_changed_field_is_refused(side: Side, key: str, name: str, value: str) -> None:
    upload = await form(side.store, announced(key))
    assert not side.upload(with_field(upload, name, value), PHOTO)
    assert await side.store.stat(key) is None


async def test_an_expired_form_is_refused(side: Side, key: str) -> None:
    earlier = side.at(lambda: utc_now() - timedelta(minutes=20))
    assert not side.upload(await form(earlier, announced(key)), PHOTO)
    assert await side.store.stat(key) is None


async def test_an_original_is_sent_as_a_file_of_no_type(side: Side, key: str) -> None:
    await side.store.put(key, b"<script>alert(1)</script>", SEALED)
    url = await side.store.view_url(key, lifetime=LIFETIME, filename="original", content_type=SEALED)
    shown = side.view(url)
    assert shown is not None
    assert (shown.data, shown.content_type) == (b"<script>alert(1)</script>", SEALED)
    assert shown.disposition.startswith("attachment;")


async def test_objects_are_read_and_listed_in_order_by_pages(side: Side, key: str, tmp_path: Path) -> None:
    for name in ("b", "a", "c"):
        await side.store.put(f"{key}/{name}", PHOTO, "image/jpeg")
    first = await side.store.listed(f"{key}/", limit=2)
    assert [(one.key, one.size) for one in first] == [(f"{key}/a", len(PHOTO)), (f"{key}/b", len(PHOTO))]
    assert abs(first[0].changed_at - utc_now()) < timedelta(minutes=1)
    rest = await side.store.listed(f"{key}/", after=first[-1].key)
    assert [one.key for one in rest] == [f"{key}/c"]
    assert await side.store.read(f"{key}/a", max_size=len(PHOTO)) == PHOTO
    assert await side.store.fetch(f"{key}/b", tmp_path / "b") == Digest(len(PHOTO), digest_of(PHOTO))
    assert (tmp_path / "b").read_bytes() == PHOTO
    with pytest.raises(ObjectTooLargeError):
        await side.store.read(f"{key}/a", max_size=len(PHOTO) - 1)
    with pytest.raises(NoSuchObjectError):
        await side.store.fetch(f"{key}/none", tmp_path / "none")
