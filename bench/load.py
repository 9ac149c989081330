"""The load: so many connections, each asking again as soon as it was answered. One process, the same for all.

    python -m bench.load PORT SECONDS CONNECTIONS REQUESTS

REQUESTS is a file of whole HTTP requests, each after its length in four bytes; the connections take them in
turn. Prints one line of JSON. It reads no more of an answer than it must, to leave the processors to the
servers: status, length, and the end.
"""

from __future__ import annotations

import asyncio
import json
import struct
import sys
import time
from array import array
from functools import partial
from pathlib import Path
from typing import cast

import uvloop

HEAD_END = b"\r\n\r\n"
LAST_CHUNK = b"0\r\n\r\n"
LENGTH = b"content-length:"
MOST = 30.0


class Asker(asyncio.Protocol):
    """One connection."""

    def __init__(self, requests: list[bytes], place: int, ended: asyncio.Event) -> None:
        self._requests = requests
        self._place = place
        self._ended = ended
        self._transport: asyncio.WriteTransport
        self._missing = 0
        self._chunked = False
        self._head = b""
        self._asked = 0.0
        self.stopping = False
        self.took = array("d")
        self.failed = 0
        self.received = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's is none by class
        self._ask()

    def _ask(self) -> None:
        self._place = (self._place + 1) % len(self._requests)
        self._asked = time.perf_counter()
        self._transport.write(self._requests[self._place])

    def data_received(self, data: bytes) -> None:
        self.received += len(data)
        if self._chunked:
            self._head = (self._head + data)[-5:]
            if self._head == LAST_CHUNK:
                self._chunked, self._head = False, b""
                self._answered()
        elif self._missing:
            self._missing -= len(data)
            if not self._missing:
                self._answered()
        else:
            self._begun(self._head + data if self._head else data)

    def _begun(self, data: bytes) -> None:
        end = data.find(HEAD_END)
        if end < 0:
            self._head = data
            return
        self._head = b""
        if data[9:12] != b"200":
            if not self.failed:
                print(data[:500].decode("utf-8", "replace"), file=sys.stderr)
            self.failed += 1
        head = data[:end].lower()
        at = head.find(LENGTH)
        body = len(data) - end - len(HEAD_END)
        if at < 0:
            self._chunked, self._head = True, data[-5:]
            if self._head == LAST_CHUNK:
                self._chunked, self._head = False, b""
                self._answered()
            return
        stop = head.find(b"\r", at)
        self._missing = int(head[at + len(LENGTH) : stop if stop > 0 else end]) - body
        if not self._missing:
            self._answered()

    def _answered(self) -> None:
        self.took.append(time.perf_counter() - self._asked)
        if self.stopping:
            self._ended.set()
        else:
            self._ask()

    def close(self) -> None:
        self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.stopping:
            self.failed += 1
        self._ended.set()


def _same(asker: Asker) -> Asker:
    return asker


async def drive(port: int, seconds: float, connections: int, requests: list[bytes]) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    askers = []
    started = time.perf_counter()
    for number in range(connections):
        ended = asyncio.Event()
        asker = Asker(requests, number * len(requests) // connections, ended)
        await loop.create_connection(partial(_same, asker), "127.0.0.1", port)
        askers.append((asker, ended))
    await asyncio.sleep(seconds)
    # Whoever is so slow is driven on until each connection may have had an answer.
    while sum(len(asker.took) for asker, _ in askers) < connections and time.perf_counter() - started < MOST:
        await asyncio.sleep(0.1)
    for asker, _ in askers:
        asker.stopping = True
    stopped = time.perf_counter() - started
    took = sorted(one for asker, _ in askers for one in asker.took)
    for _, ended in askers:
        await asyncio.wait_for(ended.wait(), 30)
    for asker, _ in askers:
        asker.close()
    await asyncio.sleep(0.01)
    return {
        "requests": len(took),
        "failed": sum(asker.failed for asker, _ in askers),
        "rps": round(len(took) / stopped, 1),
        "p50": round(took[len(took) // 2] * 1000, 3) if took else 0.0,
        "p99": round(took[len(took) * 99 // 100] * 1000, 3) if took else 0.0,
        "bytes": round(sum(asker.received for asker, _ in askers) / max(len(took), 1)),
    }


def read(file: Path) -> list[bytes]:
    data, at, found = file.read_bytes(), 0, []
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        found.append(data[at + 4 : at + 4 + length])
        at += 4 + length
    return found


def written(requests: list[bytes]) -> bytes:
    """The contents of a file that `read` reads."""
    return b"".join(struct.pack(">I", len(one)) + one for one in requests)


def main() -> None:
    port, seconds, connections, file = sys.argv[1:]
    requests = read(Path(file))
    print(json.dumps(uvloop.run(drive(int(port), float(seconds), int(connections), requests))))


if __name__ == "__main__":
    main()
