"""GraphQL over WebSocket, as the graphql-transport-ws protocol has it.

Written on ASGI itself: thousands of sockets are kept, and what each one holds adds up.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import uuid4

import structlog
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import Message, Receive, Scope, Send

from api.body import GraphQLRequest, parse_body
from api.encoding import encode
from api.errors import ErrorCode, Fault, FaultError, language_of
from api.identity import Identity, Proof, sent
from api.streams.outlet import MOST_FRAMES, Outlet
from api.streams.service import Inquiry, Streams
from api.streams.token import token_of
from models.queries.events import Position

PROTOCOL = "graphql-transport-ws"
INIT_SECONDS = 10.0
"""How long a socket may stay without connection_init."""
MOST_OPERATIONS = 50
"""At once on one socket."""
LONGEST_ID = 100
LONGEST_REASON = 123
"""Bytes a close frame has room for (RFC 6455, 5.5.1)."""
LONGEST_TIMER = 3600.0

BAD_MESSAGE = 4400
UNAUTHORIZED = 4401
FORBIDDEN = 4403
BAD_PROTOCOL = 4406
INIT_TIMEOUT = 4408
ID_TAKEN = 4409
SLOW_READER = 4413
"""Ours: clients of the protocol connect again after it, and resume."""
INIT_AGAIN = 4429
TRY_LATER = 1013

log = structlog.get_logger("api.streams")


class _EndError(Exception):
    """The socket must be closed with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class Socket:
    """One WebSocket from handshake to close."""

    def __init__(
        self, streams: Streams, identity: Identity, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self._streams = streams
        self._identity = identity
        self._scope = scope
        self._receive = receive
        self._send = send
        headers = Headers(scope=scope)
        self._language = language_of(headers.get("accept-language"))
        self._authorization = headers.get("authorization")
        self._id = str(uuid4())
        self._proof: Proof | None = None
        self._begun = False
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._ended: asyncio.Future[tuple[int, str]] = asyncio.get_running_loop().create_future()
        self._timer: asyncio.TimerHandle | None = None
        self._outlet = Outlet(self._overrun)

    async def run(self) -> None:
        """Serves the socket until either side closes it."""
        if (await self._receive())["type"] != "websocket.connect":
            return
        offered = PROTOCOL in self._scope.get("subprotocols", ())
        await self._send({"type": "websocket.accept", "subprotocol": PROTOCOL if offered else None})
        if not offered:
            await self._close(BAD_PROTOCOL, f"Subprotocol not acceptable: offer {PROTOCOL}")
        elif self._streams.full:
            await self._close(TRY_LATER, "This server carries as many connections as it may")
        else:
            self._streams.open += 1
            try:
                await self._serve()
            finally:
                self._streams.open -= 1

    async def _serve(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(
            INIT_SECONDS, self._end, INIT_TIMEOUT, "Connection initialisation timeout"
        )
        reading = asyncio.create_task(self._read())
        writing = asyncio.create_task(self._outlet.write(self._write))
        try:
            code, reason = await self._ended
        finally:
            self._timer.cancel()
            tasks = [reading, writing, *self._operations.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if code:
            await self._close(code, reason)

    async def _close(self, code: int, reason: str) -> None:
        log.debug("socket_closed", code=code, reason=reason, request_id=self._id)
        cut = reason.encode()[:LONGEST_REASON].decode(errors="ignore")
        # OSError: the client was faster.
        with suppress(OSError):
            await self._send({"type": "websocket.close", "code": code, "reason": cut})

    def _end(self, code: int, reason: str) -> None:
        """Ends the socket; the first reason counts. Code 0: the client has gone already."""
        if not self._ended.done():
            self._ended.set_result((code, reason))

    def _overrun(self) -> None:
        self._end(SLOW_READER, f"Slow reader: over {MOST_FRAMES} events waited; resume from the last token")

    # Both ways ------------------------------------------------------------------------------------

    async def _write(self, frame: str) -> None:
        try:
            await self._send({"type": "websocket.send", "text": frame})
        except OSError:
            self._end(0, "")
            await asyncio.Event().wait()  # until the socket's own task cancels this one

    async def _read(self) -> None:
        try:
            while True:
                message = await self._receive()
                if message["type"] == "websocket.disconnect":
                    return self._end(0, "")
                await self._take(message)
        except _EndError as end:
            self._end(end.code, end.reason)
        except FaultError as error:
            self._end(TRY_LATER, error.fault.told(self._language, self._id)["message"])
        except Exception as error:
            log.error("socket_failed", request_id=self._id, exc_info=error)
            self._end(1011, "Internal error")

    async def _take(self, message: Message) -> None:
        said = _parsed(message)
        match said["type"]:
            case "connection_init":
                await self._begin(said.get("payload"))
            case "ping":
                self._say("pong", payload=said.get("payload"))
            case "pong":
                pass
            case "subscribe":
                self._subscribe(said)
            case "complete":
                self._complete(_operation_id(said))
            case other:
                raise _EndError(BAD_MESSAGE, f"Unknown message type {str(other)[:40]!r}")

    def _say(self, kind: str, **members: Any) -> None:
        given = {name: value for name, value in members.items() if value is not None}
        self._outlet.put(encode({**given, "type": kind}).decode())

    # Who asks -------------------------------------------------------------------------------------

    async def _begin(self, payload: object) -> None:
        if self._begun:
            raise _EndError(INIT_AGAIN, "Too many initialisation requests")
        self._begun = True
        if payload is not None and not isinstance(payload, dict):
            raise _EndError(BAD_MESSAGE, "The payload of connection_init must be an object")
        given = {str(name).lower(): value for name, value in (payload or {}).items()}
        authorization = given.get("authorization", self._authorization)
        if authorization is not None and not isinstance(authorization, str):
            raise _EndError(BAD_MESSAGE, "`authorization` must be a string: Bearer <token>")
        if isinstance(language := given.get("accept-language"), str):
            self._language = language_of(language)
        proof = await self._identity.proven(sent(authorization))
        if isinstance(proof, Fault):
            told = proof.told(self._language, self._id)["message"]
            code = TRY_LATER if proof.code is ErrorCode.UNAVAILABLE else FORBIDDEN
            raise _EndError(code, f"Forbidden: {told}" if code == FORBIDDEN else told)
        self._proof = proof
        self._watch()
        self._say("connection_ack", payload={"resumeToken": token_of(await self._streams.position())})

    def _watch(self) -> None:
        """Ends the socket when its token does. Long timers are cut: a clock may be set meanwhile."""
        if self._timer is not None:
            self._timer.cancel()
        if self._proof is None or self._ended.done():
            return
        left = self._identity.seconds_left(self._proof)
        if left <= 0:
            self._end(UNAUTHORIZED, "Unauthorized: the token has expired")
        else:
            self._timer = asyncio.get_running_loop().call_later(min(left, LONGEST_TIMER), self._watch)

    # Operations -----------------------------------------------------------------------------------

    def _subscribe(self, said: dict[str, Any]) -> None:
        if self._proof is None:
            raise _EndError(UNAUTHORIZED, "Unauthorized: connection_init comes first")
        key, payload = _operation_id(said), said.get("payload")
        if key in self._operations:
            raise _EndError(ID_TAKEN, f"Subscriber for {key} already exists")
        if not isinstance(payload, dict):
            raise _EndError(BAD_MESSAGE, "The payload of subscribe must be an object with `query`")
        wanted = parse_body(json.dumps(payload).encode())
        if isinstance(wanted, Fault):
            self._refuse(key, [wanted])
        elif len(self._operations) >= MOST_OPERATIONS:
            params = {"limit": MOST_OPERATIONS}
            self._refuse(key, [Fault(ErrorCode.TOO_MANY_SUBSCRIPTIONS, "too_many_subscriptions", params)])
        else:
            self._operations[key] = asyncio.create_task(self._operate(key, wanted, self._proof))

    async def _operate(self, key: str, wanted: GraphQLRequest, proof: Proof) -> None:
        connection = HTTPConnection(self._scope)
        inquiry = Inquiry(wanted, proof.viewer, self._language, self._id, connection)
        faults = await self._streams.run(inquiry, _Line(key, self._outlet, self._overrun))
        # Still ours: a `complete` of the client takes it out before it cancels.
        if self._operations.pop(key, None) is None:
            return
        if faults:
            self._refuse(key, faults)
        else:
            self._say("complete", id=key)

    def _refuse(self, key: str, faults: list[Fault]) -> None:
        self._say("error", id=key, payload=[fault.told(self._language, self._id) for fault in faults])

    def _complete(self, key: str) -> None:
        # Unknown ids are no mistake: both sides may complete at once.
        if task := self._operations.pop(key, None):
            task.cancel()


class _Line:
    """One operation's way into its socket."""

    __slots__ = ("_outlet", "_overrun", "_prefix")

    def __init__(self, key: str, outlet: Outlet, overrun: Callable[[], None]) -> None:
        self._outlet = outlet
        self._overrun = overrun
        self._prefix = f'{{"id":{json.dumps(key)},"type":"next","payload":'

    def deliver(self, text: str, position: Position | None) -> None:
        self._outlet.put(f"{self._prefix}{text}}}")

    def overrun(self) -> None:
        self._overrun()

    async def caught_up(self) -> None:
        await self._outlet.emptied()


def _parsed(message: Message) -> dict[str, Any]:
    text = message.get("text")
    if text is None:
        raise _EndError(BAD_MESSAGE, "Messages are text")
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        raise _EndError(BAD_MESSAGE, "Messages are JSON") from None
    if not isinstance(said, dict) or not isinstance(said.get("type"), str):
        raise _EndError(BAD_MESSAGE, "Messages are objects with a `type`")
    return said


def _operation_id(said: dict[str, Any]) -> str:
    key = said.get("id")
    if not isinstance(key, str) or not 0 < len(key) <= LONGEST_ID:
        raise _EndError(BAD_MESSAGE, f"`id` must be a string of 1 to {LONGEST_ID} characters")
    return key
