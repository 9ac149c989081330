"""GraphQL over server-sent events, in distinct connections mode: one operation, one response that stays open.

Each event carries its resume token as its id, so that a browser's EventSource goes on where it stopped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog
from starlette.types import Receive, Send

from api.encoding import encode
from api.errors import ErrorCode, Fault
from api.identity import Identity, Proof
from api.streams.outlet import MOST_FRAMES, Outlet
from api.streams.service import Inquiry, Streams
from api.streams.token import token_of
from models.queries.events import Position

EVENT_STREAM = "text/event-stream"
BEAT_SECONDS = 12.0
"""Between comments that keep proxies from closing a silent stream."""
LONGEST_TIMER = 3600.0
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"vary", b"Accept, Accept-Language, Authorization"),
]
COMPLETE = "event: complete\ndata: {}\n\n"

log = structlog.get_logger("api.streams")


@dataclass(frozen=True, slots=True)
class _Ending:
    """Why a stream ends, and how its client is told."""

    faults: list[Fault]
    complete: bool = True
    gone: bool = False


GONE = _Ending([], gone=True)


class EventStream:
    """One operation's answer as events, from its first byte to its last."""

    def __init__(
        self,
        streams: Streams,
        identity: Identity,
        inquiry: Inquiry,
        proof: Proof,
        receive: Receive,
        send: Send,
    ) -> None:
        self._streams = streams
        self._identity = identity
        self._inquiry = inquiry
        self._proof = proof
        self._receive = receive
        self._send = send
        self._ended: asyncio.Future[_Ending] = asyncio.get_running_loop().create_future()
        self._timer: asyncio.TimerHandle | None = None
        self._outlet = Outlet(self.overrun)

    async def run(self) -> None:
        """Serves the stream until the operation is over or the client has gone."""
        self._streams.open += 1
        try:
            await self._serve()
        finally:
            self._streams.open -= 1

    async def _serve(self) -> None:
        language = self._inquiry.language.value.encode()
        await self._send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [*HEADERS, (b"content-language", language)],
            }
        )
        # At once, so that the client knows the stream stands before anything happens.
        # Its id is where a client goes on that loses the stream before the first event.
        await self._write(f"id: {token_of(await self._streams.position())}\n\n")
        tasks = [asyncio.create_task(work) for work in self._works()]
        writing = asyncio.create_task(self._outlet.write(self._write))
        self._watch()
        try:
            ending = await self._ended
            if not ending.gone:
                await self._finish(ending, writing)
        finally:
            if self._timer is not None:
                self._timer.cancel()
            for task in (*tasks, writing):
                task.cancel()
            await asyncio.gather(*tasks, writing, return_exceptions=True)

    def _works(self) -> list[Coroutine[Any, Any, None]]:
        return [self._operate(), self._listen(), self._beat(), self._close()]

    async def _finish(self, ending: _Ending, writing: asyncio.Task[None]) -> None:
        """Ends in good order: what went wrong, then `complete`. A reader too slow for that is cut off."""
        faults = ending.faults
        slow = any(fault.code is ErrorCode.SLOW_READER for fault in faults)
        if not slow:
            await self._outlet.emptied()
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        last = self._next(encode({"errors": self._told(faults)}).decode()) if faults else ""
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(1.0 if slow else None):
                body = (last + (COMPLETE if ending.complete else "")).encode()
                await self._send({"type": "http.response.body", "body": body, "more_body": False})

    async def _operate(self) -> None:
        self._end(_Ending(await self._streams.run(self._inquiry, self)))

    async def _listen(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._end(GONE)

    async def _close(self) -> None:
        # Without `complete`: the client is to come back, and finds another process.
        await self._streams.closing.wait()
        self._end(_Ending([], complete=False))

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            self._outlet.put(":\n\n")

    async def _write(self, frame: str) -> None:
        try:
            await self._send({"type": "http.response.body", "body": frame.encode(), "more_body": True})
        except OSError:
            self._end(GONE)
            await asyncio.Event().wait()  # until the stream's own task cancels this one

    def _watch(self) -> None:
        """Ends the stream when its token does."""
        left = self._identity.seconds_left(self._proof)
        if left <= 0:
            expired = Fault(ErrorCode.UNAUTHENTICATED, "bad_token", {"detail": "it has expired"})
            self._end(_Ending([expired]))
        elif not self._ended.done():
            self._timer = asyncio.get_running_loop().call_later(min(left, LONGEST_TIMER), self._watch)

    def _end(self, ending: _Ending) -> None:
        """Ends the stream; the first reason counts."""
        if not self._ended.done():
            self._ended.set_result(ending)

    def _told(self, faults: list[Fault]) -> list[dict[str, Any]]:
        return [fault.told(self._inquiry.language, self._inquiry.request_id) for fault in faults]

    @staticmethod
    def _next(text: str, position: Position | None = None) -> str:
        place = f"id: {token_of(position)}\n" if position else ""
        return f"event: next\n{place}data: {text}\n\n"

    # As a line of the operation -------------------------------------------------------------------

    def deliver(self, text: str, position: Position | None) -> None:
        self._outlet.put(self._next(text, position))

    def overrun(self) -> None:
        self._end(_Ending([Fault(ErrorCode.SLOW_READER, "slow_reader", {"limit": MOST_FRAMES})]))

    async def caught_up(self) -> None:
        await self._outlet.emptied()
