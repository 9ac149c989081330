"""A receiver of webhooks: an HTTP server on this machine that keeps what it is sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Receiver:
    """Answers with `status`; each thing sent is kept as (headers, JSON)."""

    status: int = 204
    drip: bool = False
    """Sends its answer byte by byte, without an end."""
    port: int = 0
    got: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?key=hush"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
            assert first == "POST /hook?key=hush HTTP/1.1"
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
            self.got.append((headers, json.loads(await reader.readexactly(int(headers["content-length"])))))
            writer.write(f"HTTP/1.1 {self.status} Said\r\nconnection: close\r\n".encode())
            while self.drip:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.02)
            writer.write(b"content-length: 0\r\n\r\n")
            await writer.drain()
        except ConnectionError:
            return  # the caller has gone
        finally:
            writer.close()


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """Listens on a free port until the end."""
    one = Receiver()
    server = await asyncio.start_server(one.answer, "127.0.0.1", 0)
    one.port = server.sockets[0].getsockname()[1]
    async with server:
        yield one
