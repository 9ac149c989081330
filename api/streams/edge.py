"""The ASGI application at /graphql where something can be followed: WebSockets and event streams here,
everything else as api/http.py answers it."""

from __future__ import annotations

from typing import Any

import strawberry
from graphql import ExecutionResult
from graphql.language import OperationType
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.types import Message, Receive, Scope, Send

from api.answers import Spent, refused
from api.body import parse_body, parse_url, read_body
from api.documents import Operation
from api.encoding import encode
from api.errors import ErrorCode, Fault
from api.http import ContextFactory, GraphQLApp
from api.identity import Identity
from api.negotiation import PLAIN_JSON, Asked
from api.raised import execution_faults
from api.streams.feed import Feed
from api.streams.service import MOST_CONNECTIONS, Inquiry, Streams
from api.streams.socket import Socket
from api.streams.sse import EVENT_STREAM, EventStream
from models.policy.access import Viewer


class StreamingApp:
    """Follows `feed` for whoever subscribes; the rest goes to `graphql`."""

    def __init__(
        self,
        graphql: GraphQLApp,
        schema: strawberry.Schema,
        context_for: ContextFactory,
        identity: Identity,
        feed: Feed,
    ) -> None:
        self._graphql = graphql
        self._identity = identity
        self._streams = Streams(schema, _Door(graphql, context_for), feed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await Socket(self._streams, self._identity, scope, receive, send).run()
            return
        asked = Asked(scope)
        if EVENT_STREAM not in asked.accept.lower() or asked.method == "HEAD":
            await self._graphql.answer(asked, scope, receive, send)
            return
        try:
            await self._stream(asked, scope, receive, send)
        except ClientDisconnect:
            return

    async def _stream(self, asked: Asked, scope: Scope, receive: Receive, send: Send) -> None:
        only = asked.media_type is None
        # What is refused before the stream begins is told as JSON: clients read the status.
        asked.media_type = asked.media_type or PLAIN_JSON
        fault = asked.fault()
        proof = fault or await self._identity.proven(asked.authorization)
        body = b"" if asked.reads else await read_body(receive, asked.headers.get(b"content-length"))
        if isinstance(proof, Fault):
            await refused(asked, [proof]).send(send)
            return
        if isinstance(body, Fault):
            await refused(asked, [body]).send(send)
            return
        wanted = parse_url(scope["query_string"]) if asked.reads else parse_body(body)
        if isinstance(wanted, Fault):
            await refused(asked, [wanted]).send(send)
            return
        operation = self._graphql.admit(wanted, proof.viewer)
        if not only and (isinstance(operation, list) or operation.kind is not OperationType.SUBSCRIPTION):
            # A client that takes JSON as well is streamed only what cannot be told otherwise.
            await self._graphql(scope, _again(body, receive), send)
            return
        if fault := self._impossible(asked, operation):
            await refused(asked, [fault]).send(send)
            return
        last = asked.text(b"last-event-id", "") or None
        inquiry = Inquiry(wanted, proof.viewer, asked.language, asked.request_id, HTTPConnection(scope), last)
        await EventStream(self._streams, self._identity, inquiry, proof, receive, send).run()

    def _impossible(self, asked: Asked, operation: Operation | list[Fault]) -> Fault | None:
        if self._streams.full:
            return Fault(ErrorCode.UNAVAILABLE, "too_many_streams", {"limit": MOST_CONNECTIONS})
        return None if isinstance(operation, list) else self._graphql.unreadable(operation, asked)


class _Door:
    """The edge of api/http.py, as open connections pass it."""

    def __init__(self, graphql: GraphQLApp, context_for: ContextFactory) -> None:
        self._graphql = graphql
        self._context_for = context_for

    def admit(self, inquiry: Inquiry) -> Operation | list[Fault]:
        operation = self._graphql.admit(inquiry.wanted, inquiry.viewer)
        if isinstance(operation, list):
            return operation
        spent = self._charge(operation, inquiry)
        return spent if isinstance(spent, list) else operation

    def _charge(self, operation: Operation, inquiry: Inquiry) -> Spent | list[Fault]:
        client = inquiry.connection.client
        who = inquiry.viewer.subject or f"@{client.host if client else ''}"
        return self._graphql.charge(operation, inquiry.wanted.variables, who)

    async def answer(self, operation: Operation, inquiry: Inquiry) -> str | list[Fault]:
        context = self.context(inquiry, inquiry.viewer)
        result = await self._graphql.run(operation, inquiry.wanted, context)
        if isinstance(result, bytes):
            return f'{{"data":{result.decode()}}}'
        return _told(result, inquiry) if isinstance(result, ExecutionResult) else result

    def context(self, inquiry: Inquiry, viewer: Viewer) -> object:
        return self._context_for(viewer, inquiry.language, inquiry.request_id)


def _told(result: ExecutionResult, inquiry: Inquiry) -> str:
    payload: dict[str, Any] = {"data": result.data}
    if result.errors:
        faults = execution_faults(result.errors, inquiry.request_id)
        payload["errors"] = [fault.told(inquiry.language, inquiry.request_id) for fault in faults]
    return encode(payload).decode()


def _again(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives a body which was read already, then goes on."""
    given = False

    async def next_message() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return next_message
