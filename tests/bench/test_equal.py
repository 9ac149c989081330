"""The bench finds what differs, and its load counts what was answered, however the answer is framed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import UUID

import pytest

from bench.contestants import CONTESTANTS, QUERIES, from_node_id, from_relay_id, node_id, relay_id
from bench.data import made_id
from bench.equal import difference, said
from bench.load import drive

ONE = UUID("6f1d4b52-8a3e-4c07-9d2b-0e6a1c94f7d3")
OURS = {
    "node": {
        "id": relay_id("Q4", ("Street", ONE)),
        "dueAt": "2026-03-02T03:00:00.004Z",
        "notes": {"nodes": []},
    }
}
THEIRS = {"street": {"id": str(ONE), "dueAt": "2026-03-02T11:00:00.004999+08:00", "notes": []}}


def test_the_same_in_other_clothes_is_equal() -> None:
    assert difference(said(OURS, from_relay_id), said(THEIRS, str)) is None


CHANGES = {
    "another id": {"id": str(made_id(1, 1))},
    "a millisecond": {"dueAt": "2026-03-02T03:00:00.005Z"},
    "one row more": {"notes": ["x"]},
    "a missing value": {"dueAt": None},
    "one field more": {"title": "x"},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_differs_is_found(change: dict[str, object]) -> None:
    other = {"street": THEIRS["street"] | change}
    assert difference(said(OURS, from_relay_id), said(other, str)) is not None


def test_a_number_is_not_its_text_nor_true() -> None:
    assert difference({"n": 1}, {"n": "1"}) == "data.n: 1 against '1'"
    assert difference({"n": 1}, {"n": True}) is not None


def test_ids_of_each_contestant_are_read_back() -> None:
    subject = ("Street", ONE)
    assert from_relay_id(relay_id("Q4", subject)) == from_node_id(node_id("Q4", subject)) == str(ONE)
    assert len({made_id(kind, n) for kind in (1, 2, 3) for n in range(1000)}) == 3000
    assert {one.version for one in (made_id(2, n) for n in range(100))} == {4}


def test_everybody_is_asked_all_five() -> None:
    assert all(tuple(one.documents) == QUERIES for one in CONTESTANTS)


@asynccontextmanager
async def server(answer: Callable[[int], list[bytes]]) -> AsyncIterator[tuple[int, list[int]]]:
    """Answers its n-th request with the pieces `answer(n)`, each sent by itself."""
    answered: list[int] = []
    gone = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                answered.append(1)
                for piece in answer(len(answered)):
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0.001)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            gone.set()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield listening.sockets[0].getsockname()[1], answered
        await asyncio.wait_for(gone.wait(), 5)


HEAD = b"HTTP/1.1 200 OK\r\n"
FRAMES = {
    "whole": [HEAD + b"Content-Length: 4\r\n\r\nabcd"],
    "in pieces": [HEAD + b"content-length: 8\r\n\r\n", b"abcd", b"efgh"],
    "head cut": [HEAD + b"content-le", b"ngth: 4\r\nX: y\r\n\r\nabcd"],
    "chunked": [HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\n", b"abcd\r\n", b"0\r\n\r\n"],
    "nothing": [HEAD + b"Content-Length: 0\r\n\r\n"],
}


@pytest.mark.parametrize("pieces", FRAMES.values(), ids=FRAMES)
async def test_the_load_counts_answers(pieces: list[bytes]) -> None:
    async with server(lambda n: pieces) as (port, answered):
        found = await drive(port, 0.2, 2, [b"GET / HTTP/1.1\r\n\r\n"])
    assert found["failed"] == 0
    assert 4 < found["requests"] <= len(answered) <= found["requests"] + 2
    assert 0 < found["p50"] <= found["p99"]


async def test_the_load_tells_of_refusals(capsys: pytest.CaptureFixture[str]) -> None:
    refusal = b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 4\r\n\r\nslow"
    async with server(lambda n: [refusal if n > 4 else FRAMES["whole"][0]]) as (port, answered):
        found = await drive(port, 0.1, 1, [b"GET / HTTP/1.1\r\n\r\n"])
    assert found["failed"] == len(answered) - 4 > 0
    assert "slow" in capsys.readouterr().err
