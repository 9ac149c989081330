"""Where accepted photos are looked at: addresses that are good for five minutes, and what answers there.

The edge hands pictures out itself, because no store can be told to answer with `nosniff`. It shows what was
encoded anew here and nothing else; originals come from the store, as files.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from storage.evidence import MAX_VIEW_LIFETIME, EvidenceStore, NoSuchObjectError, StoreError

PATH = "/evidence"
PICTURES = "pictures/"
LARGEST = 16 * 1024 * 1024
"""Bytes of what is encoded here: a tenth of it is usual."""
HEADERS = {
    "Content-Type": "image/jpeg",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "no-referrer",
}


class Pictures:
    """Makes addresses and answers them. `secret` is one that all processes of the edge share."""

    def __init__(
        self, store: EvidenceStore, secret: str, address: str, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._key = hashlib.sha256(b"huying pictures\0" + secret.encode()).digest()
        self._address = address
        self._clock = clock

    def url(self, key: str, filename: str) -> str:
        """An address that shows this picture for five minutes, to whoever has it."""
        until = int((self._clock() + MAX_VIEW_LIFETIME).timestamp())
        body = _packed(json.dumps([key, filename, until]).encode())
        return f"{self._address}{PATH}/{body}.{self._sign(body)}"

    @property
    def routes(self) -> list[BaseRoute]:
        return [Route(PATH + "/{token}", self._answer)]

    async def _answer(self, request: Request) -> Response:
        opened = self._opened(request.path_params["token"])
        if opened is None:
            return Response("This address is good no more. 地址无效或已过期。", 403, HEADERS_OF_TEXT)
        key, filename = opened
        try:
            data = await self._store.read(key, max_size=LARGEST)
        except NoSuchObjectError:
            return Response("It is not kept any more. 照片已不再保存。", 410, HEADERS_OF_TEXT)
        except StoreError:
            return Response("Try again shortly. 请稍后重试。", 503, {**HEADERS_OF_TEXT, "Retry-After": "2"})
        shown = {
            "Content-Disposition": f'inline; filename="{filename}.jpg"',
            "Cache-Control": f"private, max-age={int(MAX_VIEW_LIFETIME / timedelta(seconds=1))}",
        }
        return Response(data, headers={**HEADERS, **shown})

    def _opened(self, token: str) -> tuple[str, str] | None:
        body, _, signature = token.partition(".")
        if not hmac.compare_digest(self._sign(body).encode(), signature.encode("utf-8", "replace")):
            return None
        # Only now is it known to be ours, and so known to parse.
        key, filename, until = json.loads(_unpacked(body))
        fresh = self._clock().timestamp() < until
        return (key, filename) if fresh and key.startswith(PICTURES) else None

    def _sign(self, body: str) -> str:
        return _packed(hmac.digest(self._key, body.encode("utf-8", "replace"), "sha256"))


HEADERS_OF_TEXT = {
    "Content-Type": "text/plain; charset=utf-8",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def _packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _unpacked(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
