"""The local signing key: made on first start, so that a district can try everything without an issuer.

Where an issuer exists its JWKS address is set instead and this key is not used.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from api.identity import claims_of
from models.policy.access import Viewer

ALGORITHM = "ES256"
FILE = "signing-key.json"
DEFAULT_LIFETIME = timedelta(hours=12)


class KeyFileError(RuntimeError):
    """The key file cannot be read or is no key; the message says how to mend it."""


@dataclass(frozen=True)
class LocalKeys:
    """One ES256 key pair and the issuer and audience it signs for."""

    key: ECKey
    issuer: str
    audience: str
    clock: Callable[[], float] = time.time

    @classmethod
    def load(cls, folder: Path, issuer: str, audience: str) -> LocalKeys:
        """The key under `folder`, made there (mode 0600) when there is none. Raises KeyFileError."""
        path = folder / FILE
        if not path.exists():
            _create(path)
        try:
            return cls(ECKey.import_key(json.loads(path.read_text("utf-8"))), issuer, audience)
        except (OSError, ValueError, TypeError, KeyError, JoseError) as error:
            hint = "delete it to get a new key; tokens signed with the old one then stop working"
            raise KeyFileError(f"{path} is not a readable signing key ({error}); {hint}") from error

    @property
    def public(self) -> KeySet:
        """What verifies: never holds the private part."""
        return KeySet([ECKey.import_key(self.key.as_dict(private=False))])

    def jwks(self) -> dict[str, Any]:
        """The public key set as a JWKS document."""
        return {"keys": [key.as_dict(private=False) for key in self.public.keys]}

    def mint(self, viewer: Viewer, lifetime: timedelta = DEFAULT_LIFETIME, **claims: Any) -> str:
        """A bearer token that proves `viewer` for `lifetime`; `claims` are added or replace."""
        now = int(self.clock())
        body = {
            "iss": self.issuer,
            "aud": self.audience,
            "iat": now,
            "exp": now + int(lifetime.total_seconds()),
            **claims_of(viewer),
            **claims,
        }
        return jwt.encode({"alg": ALGORITHM, "kid": self.key.kid}, body, self.key, algorithms=[ALGORITHM])


def _create(path: Path) -> None:
    """Writes a new key whole or not at all; of two processes that start at once, the first one's stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM}, private=True, auto_kid=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(key.as_dict(private=True), file)
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
