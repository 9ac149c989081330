"""Thousands of sockets: a server in a process of its own, and clients that cost next to nothing.

`python -m tests.api.streams.crowd DATABASE_URL KEY_FOLDER` serves until its input ends.
"""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import os
import resource
import struct
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvloop

from infra.keys import LocalKeys
from models.queries import db
from tests.api.streams.following import Server


async def serve(database: str, folder: str) -> None:
    await db.connect(database)
    async with Server(LocalKeys.load(Path(folder), "huying", "huying"), database).serving() as server:
        # As infra/serve does.
        gc.collect()
        gc.freeze()
        print(server.url, flush=True)
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            print(server.executed, flush=True)
            assert line == "executed\n"
    await db.close()


@asynccontextmanager
async def process(database: str, folder: Path) -> AsyncIterator[Crowd]:
    """The server's process, and a crowd before it."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files[1], files[1]))
    started = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.api.streams.crowd",
        database,
        str(folder),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert started.stdin is not None
    assert started.stdout is not None
    url = (await started.stdout.readline()).decode().strip()
    crowd = Crowd(url, started)
    try:
        yield crowd
    finally:
        for member in crowd.members:
            member.transport.abort()
        started.stdin.close()
        await started.wait()
        resource.setrlimit(resource.RLIMIT_NOFILE, files)


class Crowd:
    """Subscribers of one server."""

    def __init__(self, url: str, served: asyncio.subprocess.Process) -> None:
        self.url = url
        self.served = served
        self.members: list[Member] = []

    async def join(self, token: str, query: str) -> None:
        """One more subscriber, following from its acknowledgement on."""
        host, _, port = self.url.removesuffix("/graphql").partition(":")
        loop = asyncio.get_running_loop()
        member = Member()
        await loop.create_connection(lambda: member, host, int(port))
        self.members.append(member)
        await member.follow(token, query)

    async def executed(self) -> int:
        """How many operations the server has executed."""
        assert self.served.stdin is not None
        assert self.served.stdout is not None
        self.served.stdin.write(b"executed\n")
        return int(await self.served.stdout.readline())

    def memory(self) -> float:
        """Resident memory of the server in megabytes."""
        status = Path(f"/proc/{self.served.pid}/status").read_text()
        (line,) = [line for line in status.splitlines() if line.startswith("VmRSS")]
        return int(line.split()[1]) / 1024


class Member(asyncio.Protocol):
    """A WebSocket client that only notes when what arrived (RFC 6455, without extensions)."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.heard: list[tuple[float, dict[str, Any]]] = []
        self._buffer = b""
        self._upgraded: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._acknowledged: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            "GET /graphql HTTP/1.1\r\nHost: crowd\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        at = asyncio.get_running_loop().time()
        self._buffer += data
        if not self._upgraded.done():
            head, end, self._buffer = self._buffer.partition(b"\r\n\r\n")
            if not end:
                self._buffer = head
                return
            assert b" 101 " in head, head
            self._upgraded.set_result(None)
        while (frame := self._frame()) is not None:
            opcode, payload = frame
            if opcode == 9:
                self._send(10, payload)
            elif opcode == 1:
                self._message(at, json.loads(payload))

    async def follow(self, token: str, query: str) -> None:
        await self._upgraded
        self._say(type="connection_init", payload={"authorization": token})
        ack = await self._acknowledged
        variables = {"after": ack["payload"]["resumeToken"]}
        self._say(type="subscribe", id="1", payload={"query": query, "variables": variables})

    def _message(self, at: float, message: dict[str, Any]) -> None:
        if message["type"] == "connection_ack":
            self._acknowledged.set_result(message)
        else:
            self.heard.append((at, message))

    def _say(self, **message: Any) -> None:
        self._send(1, json.dumps(message).encode())

    def _send(self, opcode: int, payload: bytes) -> None:
        size = len(payload)
        length = bytes([0x80 | size]) if size < 126 else b"\xfe" + struct.pack("!H", size)
        # A mask of zeros is a mask.
        self.transport.write(bytes([0x80 | opcode]) + length + b"\0\0\0\0" + payload)

    def _frame(self) -> tuple[int, bytes] | None:
        if len(self._buffer) < 2:
            return None
        opcode, size, start = self._buffer[0] & 15, self._buffer[1] & 127, 2
        if size == 126:
            if len(self._buffer) < 4:
                return None
            size, start = struct.unpack("!H", self._buffer[2:4])[0], 4
        if len(self._buffer) < start + size:
            return None
        payload, self._buffer = self._buffer[start : start + size], self._buffer[start + size :]
        return opcode, payload


if __name__ == "__main__":
    uvloop.run(serve(*sys.argv[1:]))
