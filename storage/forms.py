"""Uploads by form: a POST policy binds key, type, length, content and expiry, as a presigned PUT does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from storage.evidence import MAX_UPLOAD_LIFETIME, PresignedUpload, UploadMethod, check_lifetime
from storage.signing import Signer


def form_upload(
    signer: Signer,
    url: str,
    bucket: str,
    fields: Mapping[str, str],
    size: int,
    at: datetime,
    lifetime: timedelta,
) -> PresignedUpload:
    """The form that sends exactly `size` bytes to `url` with `fields`, within `lifetime`."""
    whole = check_lifetime(lifetime, MAX_UPLOAD_LIFETIME)
    signed = signer.post(at=at, lifetime=whole, bucket=bucket, fields=fields, size=size)
    expires_at = at.astimezone(UTC).replace(microsecond=0) + whole
    return PresignedUpload(url, UploadMethod.POST, (), tuple(signed.items()), size, expires_at)
