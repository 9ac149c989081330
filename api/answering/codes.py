"""Links as QR codes, for paper that is hung up or handed out."""

from __future__ import annotations

import asyncio
import io
import re
from urllib.parse import quote

import segno
from starlette.requests import Request
from starlette.responses import Response

from api.answering.exchange import NO_STORE, language_asked, unknown

TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")
SCALE = 8
"""Pixels of one module."""


class Codes:
    """Handlers; `address` is where people reach the platform."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def of_token(self, request: Request) -> Response:
        token = request.path_params["token"]
        if not TOKEN.fullmatch(token):
            return unknown(request, language_asked(request))
        return await self._qr(f"/s/{token}", request.path_params["ending"])

    async def of_door(self, request: Request) -> Response:
        given = request.path_params
        community = request.query_params.get("community", "")
        behind = f"?community={quote(community[:40], safe='')}" if community else ""
        path = f"/o/{quote(given['district'][:40], safe='')}/{quote(given['code'][:20], safe='')}{behind}"
        return await self._qr(path, given["ending"])

    async def _qr(self, path: str, ending: str) -> Response:
        if ending not in ("svg", "png"):
            return Response("", 404, NO_STORE)
        body = await asyncio.to_thread(qr, self._address + path, ending)
        kind = "image/svg+xml" if ending == "svg" else "image/png"
        return Response(body, 200, {**NO_STORE, "Content-Security-Policy": "default-src 'none'"}, kind)


def qr(text: str, ending: str) -> bytes:
    """A QR code that still reads where a quarter of it is smudged."""
    out = io.BytesIO()
    segno.make(text, error="q", micro=False).save(out, kind=ending, scale=SCALE, border=4)
    return out.getvalue()
