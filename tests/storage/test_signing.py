"""Signatures agree with the published example, with the minio client, and with what arrives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

import pytest
from minio.credentials.credentials import Credentials
from minio.signer import presign_v4

from storage.signing import Endpoint, Signer

AT = datetime(2013, 5, 24, tzinfo=UTC)
SIGNER = Signer("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")


def test_the_example_of_the_s3_reference() -> None:
    url = SIGNER.presign("GET", "https://examplebucket.s3.amazonaws.com/test.txt", at=AT, lifetime=_DAY)
    assert url.endswith("&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_without_headers_the_signature_is_the_minio_clients(method: str) -> None:
    url = "http://127.0.0.1:8333/evidence/a-b_c.d/e"
    theirs = presign_v4(
        method=method,
        url=urlsplit(url),
        region="us-east-1",
        credentials=Credentials(SIGNER.access_key, SIGNER.secret_key),
        date=AT,
        expires=60,
    )
    ours = SIGNER.presign(method, url, at=AT, lifetime=timedelta(seconds=60))
    assert sorted(urlsplit(ours).query.split("&")) == sorted(theirs.query.split("&"))
    assert urlunsplit(theirs).partition("?")[0] == ours.partition("?")[0]


def test_an_address_is_good_until_just_before_its_end() -> None:
    headers = {"Content-Type": "image/jpeg"}
    url = SIGNER.presign("PUT", "http://s3.example/b/k", at=AT, lifetime=_DAY, headers=headers)
    last = AT + _DAY - timedelta(microseconds=1)
    assert SIGNER.fault("PUT", url, headers, at=last) is None
    assert SIGNER.fault("PUT", url, headers, at=AT + _DAY) == "the address has expired"
    assert SIGNER.fault("GET", url, headers, at=last) == "the signature does not match"
    assert SIGNER.fault("PUT", url, {}, at=last) == "the headers sent are not the headers signed"
    assert SIGNER.fault("PUT", url.partition("?")[0], headers, at=last) == "the request is not signed"


@pytest.mark.parametrize("query", ["X-Amz-Signature=", "X-Amz-Signature=0&X-Amz-SignedHeaders=host"])
def test_a_made_up_query_is_a_fault_and_no_error(query: str) -> None:
    assert SIGNER.fault("GET", f"http://s3.example/b/k?{query}", {}, at=AT) is not None


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://S3.Example:443/", "https://s3.example"),
        ("http://s3.example:80", "http://s3.example"),
        ("http://127.0.0.1:8333", "http://127.0.0.1:8333"),
        ("https://s3.example:80", "https://s3.example:80"),
        ("http://[::1]:8333", "http://[::1]:8333"),
        (" https://s3.example ", "https://s3.example"),
    ],
)
def test_an_endpoint_is_written_as_clients_write_the_host_header(url: str, written: str) -> None:
    assert Endpoint.parse(url).url == written


_DAY = timedelta(days=1)
