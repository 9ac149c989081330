"""Where the keys that prove tokens come from: a fixed set, or a JWKS address that is read now and then."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

import structlog
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet, import_key

if TYPE_CHECKING:
    import httpx

log = structlog.get_logger("api.jwks")

FETCH_TIMEOUT_SECONDS = 5.0
MAX_AGE_SECONDS = 600.0
COOL_DOWN_SECONDS = 30.0
LARGEST_JWKS = 256 * 1024
ASYMMETRIC = ("EC", "RSA", "OKP")


class KeysUnavailableError(Exception):
    """No key set has been fetched yet and the address does not answer."""


class KeySource(Protocol):
    async def keys(self, kid: str | None) -> KeySet:
        """The keys to try for a token that names `kid`. Raises KeysUnavailableError."""
        ...


class FixedKeys:
    """Keys that are known from the start: the local key, or a test's."""

    def __init__(self, keys: KeySet) -> None:
        self._keys = keys

    async def keys(self, kid: str | None) -> KeySet:
        return self._keys


class JwksKeys:
    """Keys from a JWKS URL (RFC 7517), kept for `max_age` seconds and never fetched per request.

    An unknown key id refreshes them at most once in `cool_down` seconds, so that forged ids cannot make
    us hammer the issuer. When a refresh fails the keys already known stay in use.
    """

    def __init__(
        self,
        url: str,
        client: httpx.AsyncClient | None = None,
        *,
        max_age: float = MAX_AGE_SECONDS,
        cool_down: float = COOL_DOWN_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._client = client
        self._max_age = max_age
        self._cool_down = cool_down
        self._monotonic = monotonic
        self._lock = asyncio.Lock()
        self._known: KeySet | None = None
        self._kids: frozenset[str] = frozenset()
        self._fetched_at = self._tried_at = float("-inf")

    async def keys(self, kid: str | None) -> KeySet:
        if self._wants_refresh(kid):
            async with self._lock:
                if self._wants_refresh(kid):
                    await self._refresh()
        if self._known is None:
            raise KeysUnavailableError(self._url)
        return self._known

    def _wants_refresh(self, kid: str | None) -> bool:
        now = self._monotonic()
        if now - self._tried_at < self._cool_down:
            return False
        unknown = kid is not None and kid not in self._kids
        return self._known is None or unknown or now - self._fetched_at > self._max_age

    async def _refresh(self) -> None:
        import httpx  # only where keys are fetched: it takes 4 MB of a process

        self._tried_at = self._monotonic()
        try:
            found = usable_keys(await self._fetch())
        except (httpx.HTTPError, ValueError, RecursionError) as error:
            log.warning("jwks_refresh_failed", url=self._url, error=f"{type(error).__name__}: {error}")
            return
        if not found.keys:
            log.warning("jwks_refresh_failed", url=self._url, error="it holds no public key that we can use")
            return
        self._known, self._fetched_at = found, self._monotonic()
        self._kids = frozenset(key.kid for key in found.keys if key.kid)

    async def _fetch(self) -> Any:
        import httpx

        if self._client is not None:
            return await _read(self._client, self._url)
        async with httpx.AsyncClient(timeout=FETCH_TIMEOUT_SECONDS, follow_redirects=False) as client:
            return await _read(client, self._url)


async def _read(client: httpx.AsyncClient, url: str) -> Any:
    async with asyncio.timeout(FETCH_TIMEOUT_SECONDS * 2), client.stream("GET", url) as response:
        response.raise_for_status()
        body = bytearray()
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > LARGEST_JWKS:
                raise ValueError(f"the key set is larger than {LARGEST_JWKS} bytes")
        return json.loads(body)


def usable_keys(document: Any) -> KeySet:
    """The asymmetric keys of a JWKS document; others are skipped, as the RFC asks (section 5).

    A symmetric key in a public document would let anyone sign. Raises ValueError when it is no JWKS.
    """
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise ValueError('a JWKS document is {"keys": [...]}')
    keys: list[Key] = []
    for entry in listed:
        if isinstance(entry, dict) and entry.get("kty") in ASYMMETRIC:
            with suppress(JoseError, ValueError, TypeError, KeyError):
                keys.append(import_key(entry))
    return KeySet(keys)
