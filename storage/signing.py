"""Presigned addresses: AWS Signature Version 4 in the query string, with headers of our choice signed.

The minio client presigns the host alone. We sign what the phone must send as well (content type, length,
SHA-256), so that an address given for one photo carries that photo and nothing else. Pure: the instant is
an argument, nothing is asked of the store. Source: "Authenticating Requests: Using Query Parameters
(AWS Signature Version 4)" in the Amazon S3 API reference.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import SplitResult, parse_qsl, quote, urlsplit, urlunsplit

_ALGORITHM = "AWS4-HMAC-SHA256"
_STAMP = "%Y%m%dT%H%M%SZ"
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a store answers: scheme and host, written as clients write it in the Host header."""

    scheme: str
    host: str

    @property
    def secure(self) -> bool:
        return self.scheme == "https"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}"

    @classmethod
    def parse(cls, url: str) -> Endpoint:
        """The endpoint `url` names.

        Raises ValueError for anything but http(s)://host[:port]. A path would be part of what is signed
        and a proxy that strips it breaks every signature, so it is refused here rather than at the phone.
        """
        wanted = "write it as https://host or http://host:port, without path, user or query"
        try:
            parts = urlsplit(url.strip())
            port = parts.port
        except ValueError as error:
            raise ValueError(f"the S3 endpoint {url!r} is not an address ({error}); {wanted}") from error
        extra = parts.username or parts.password or parts.path.strip("/") or parts.query or parts.fragment
        if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or extra:
            raise ValueError(f"the S3 endpoint {_without_user(parts)!r} cannot be used; {wanted}")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        # Clients leave the scheme's own port out of the Host header, so it must not be signed.
        suffix = "" if port is None or port == _DEFAULT_PORTS[parts.scheme] else f":{port}"
        return cls(parts.scheme, f"{host}{suffix}")


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs and checks addresses for one key pair and region."""

    access_key: str
    secret_key: str = field(repr=False)
    region: str = "us-east-1"

    def presign(
        self,
        method: str,
        url: str,
        *,
        at: datetime,
        lifetime: timedelta,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> str:
        """`url` (path not yet encoded) with a signature good from `at` for `lifetime`, whole seconds.

        The request must then carry `headers` exactly; `query` is sent along, e.g. response overrides.
        """
        parts = urlsplit(url)
        signed = {"host": parts.netloc, **{name.lower(): value for name, value in (headers or {}).items()}}
        stamp = at.astimezone(UTC).strftime(_STAMP)
        asked = {
            **(query or {}),
            "X-Amz-Algorithm": _ALGORITHM,
            "X-Amz-Credential": f"{self.access_key}/{self._scope(stamp)}",
            "X-Amz-Date": stamp,
            "X-Amz-Expires": str(int(lifetime.total_seconds())),
            "X-Amz-SignedHeaders": ";".join(sorted(signed)),
        }
        path = quote(parts.path, safe="/-_.~")
        signature = self._signature(method, path, asked, signed, stamp)
        full = f"{_canonical_query(asked)}&X-Amz-Signature={signature}"
        return urlunsplit((parts.scheme, parts.netloc, path, full, ""))

    def post(
        self, *, at: datetime, lifetime: timedelta, bucket: str, fields: Mapping[str, str], size: int
    ) -> dict[str, str]:
        """The fields of a form that uploads exactly `size` bytes with `fields`: a POST policy, signed.

        Source: "Creating a POST policy" in the Amazon S3 API reference.
        """
        stamp = at.astimezone(UTC).strftime(_STAMP)
        sent = {
            **fields,
            "x-amz-algorithm": _ALGORITHM,
            "x-amz-credential": f"{self.access_key}/{self._scope(stamp)}",
            "x-amz-date": stamp,
        }
        ends = (at.astimezone(UTC).replace(microsecond=0) + lifetime).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        conditions: list[object] = [["eq", f"${name}", value] for name, value in sent.items()]
        conditions += [{"bucket": bucket}, ["content-length-range", size, size]]
        policy = b64encode(json.dumps({"expiration": ends, "conditions": conditions}).encode()).decode()
        return {**sent, "policy": policy, "x-amz-signature": self._signed(policy, stamp)}

    def post_fault(self, fields: Mapping[str, str], size: int, *, at: datetime) -> str | None:
        """Why a store would refuse this form at `at`, or None."""
        sent = dict(fields)
        given, policy = sent.pop("x-amz-signature", ""), sent.pop("policy", "")
        wanted = self._signed(policy, sent.get("x-amz-date", ""))
        if not hmac.compare_digest(wanted.encode(), given.encode()):
            return "the signature does not match"
        # Only now is the policy known to be ours, and so known to parse.
        told = json.loads(b64decode(policy))
        if at >= datetime.fromisoformat(told["expiration"]):
            return "the policy has expired"
        equal = {c[1][1:]: c[2] for c in told["conditions"] if isinstance(c, list) and c[0] == "eq"}
        least, most = next(
            (c[1], c[2]) for c in told["conditions"] if isinstance(c, list) and c[0] == "content-length-range"
        )
        if not least <= size <= most:
            return "the file has another size than the policy says"
        return None if sent == equal else "the fields sent are not those of the policy"

    def fault(self, method: str, url: str, headers: Mapping[str, str], *, at: datetime) -> str | None:
        """Why a store would refuse this request at `at`, or None: the check every S3 makes on arrival."""
        parts = urlsplit(url)
        asked = dict(parse_qsl(parts.query, keep_blank_values=True))
        given = asked.pop("X-Amz-Signature", None)
        if given is None:
            return "the request is not signed"
        sent = {"host": parts.netloc, **{name.lower(): value for name, value in headers.items()}}
        names = asked.get("X-Amz-SignedHeaders", "").split(";")
        unsigned = [name for name in sent if name.startswith("x-amz-") and name not in names]
        if unsigned or any(name not in sent for name in names):
            return "the headers sent are not the headers signed"
        stamp = asked.get("X-Amz-Date", "")
        signed = {name: sent[name] for name in names}
        wanted = self._signature(method, parts.path, asked, signed, stamp)
        if not hmac.compare_digest(wanted.encode(), given.encode()):
            return "the signature does not match"
        # Only now is the date known to be ours, and so known to parse.
        began = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
        if at >= began + timedelta(seconds=int(asked["X-Amz-Expires"])):
            return "the address has expired"
        return None

    def _scope(self, stamp: str) -> str:
        return f"{stamp[:8]}/{self.region}/s3/aws4_request"

    def _signature(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], stamp: str
    ) -> str:
        names = sorted(headers)
        lines = "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in names)
        # The body is not hashed into the signature: x-amz-checksum-sha256, which is, binds it instead.
        request = "\n".join(
            (method, path, _canonical_query(query), lines, ";".join(names), "UNSIGNED-PAYLOAD")
        )
        text = "\n".join(
            (_ALGORITHM, stamp, self._scope(stamp), hashlib.sha256(request.encode()).hexdigest())
        )
        return self._signed(text, stamp)

    def _signed(self, text: str, stamp: str) -> str:
        key = f"AWS4{self.secret_key}".encode()
        for part in (stamp[:8], self.region, "s3", "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.digest(key, text.encode(), "sha256").hex()


def _canonical_query(query: Mapping[str, str]) -> str:
    return "&".join(
        f"{name}={value}"
        for name, value in sorted((quote(n, safe="-_.~"), quote(v, safe="-_.~")) for n, v in query.items())
    )


def _without_user(parts: SplitResult) -> str:
    """The address as it may stand in a message: what precedes the @ could be a password."""
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
