"""Runs the operations of open connections, whichever way they came: WebSocket or server-sent events."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any, Protocol

import strawberry
from graphql import ExecutionResult, Executor, create_source_event_stream, execute
from graphql.language import OperationType
from starlette.requests import HTTPConnection

from api.body import GraphQLRequest
from api.documents import Operation
from api.encoding import encode
from api.errors import ErrorCode, Fault, FaultError
from api.raised import execution_faults, internal_fault, variables_fault
from api.rules import graphql_schema
from api.streams.audience import Follower, Show
from api.streams.feed import RESUME_FOR, Feed, Happening
from api.streams.hub import Hub
from api.streams.sharing import Likeness, Likenesses
from api.streams.source import Sight, Source
from api.streams.token import position_of
from models.policy.access import Viewer
from models.queries import db
from models.queries.events import Position
from models.terms import Language

MOST_CONNECTIONS = 10_000
"""Open streams of one process, some 30 kB each."""
MOST_ERRORS = 5


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One operation of one connection, and as whom it is inquiry."""

    wanted: GraphQLRequest
    viewer: Viewer
    language: Language
    request_id: str
    connection: HTTPConnection
    resume: str | None = None
    """A resume token that goes before the field's own argument (the Last-Event-ID of a stream)."""


class Door(Protocol):
    """The edge that all operations pass, however they came in (api/http.py)."""

    def admit(self, inquiry: Inquiry) -> Operation | list[Fault]:
        """The operation to run, within limits, paid for and open to its viewer; or why it is refused."""

    async def answer(self, operation: Operation, inquiry: Inquiry) -> str | list[Fault]:
        """The response of a query or mutation as JSON, or what was wrong with its variables."""

    def context(self, inquiry: Inquiry, viewer: Viewer) -> object:
        """What resolvers are given."""


class Line(Protocol):
    """The connection's side of one operation."""

    def deliver(self, text: str, position: Position | None) -> None:
        """Takes one result as JSON, with the place of the event it tells of."""

    def overrun(self) -> None:
        """Results pile up faster than they are made or taken."""

    async def caught_up(self) -> None:
        """Returns once the connection has taken what it was given."""


class Streams:
    """All open connections of a process."""

    def __init__(self, schema: strawberry.Schema, door: Door, feed: Feed) -> None:
        self._schema = schema
        self._door = door
        self._hub = Hub(feed)
        self._likenesses = Likenesses(graphql_schema(schema))
        self.open = 0

    @property
    def full(self) -> bool:
        return self.open >= MOST_CONNECTIONS

    @property
    def closing(self) -> asyncio.Event:
        """Set when every stream must end."""
        return self._hub.feed.closing

    async def position(self) -> Position:
        """The place of now. Raises FaultError where events cannot be read."""
        await self._started()
        return self._hub.feed.position

    async def _started(self) -> None:
        try:
            await self._hub.feed.start()
        except Exception as error:
            if db.away(error) or isinstance(error, TimeoutError):
                raise FaultError(Fault(ErrorCode.UNAVAILABLE, "unavailable")) from error
            raise

    async def run(self, inquiry: Inquiry, line: Line) -> list[Fault]:
        """Runs one operation to its end and returns why it could not; a subscription ends by cancellation."""
        try:
            operation = self._door.admit(inquiry)
            if isinstance(operation, list):
                return operation
            if operation.kind is OperationType.SUBSCRIPTION:
                return await self._subscribe(operation, inquiry, line)
            response = await self._door.answer(operation, inquiry)
            if isinstance(response, list):
                return response
            line.deliver(response, None)
            return []
        except FaultError as error:
            return [error.fault]
        except Exception as error:
            return [internal_fault(error, inquiry.request_id)]

    async def _subscribe(self, operation: Operation, inquiry: Inquiry, line: Line) -> list[Fault]:
        await self._started()
        source = await self._source(operation, inquiry)
        if isinstance(source, list):
            return source
        after = await self._place(source, inquiry.resume)
        follower = Follower(lambda told: line.deliver(told.text, told.position), line.overrun)
        likeness = self._likenesses.of(operation)
        sights = source.sights(inquiry.viewer, likeness.shareable)
        try:
            await self._hub.follow(
                follower,
                _key(operation, inquiry, likeness),
                source,
                sights,
                self._show(operation, inquiry),
                after,
                line.caught_up,
            )
            await asyncio.Event().wait()
        finally:
            self._hub.leave(follower)
        return []

    async def _source(self, operation: Operation, inquiry: Inquiry) -> Source | list[Fault]:
        """What the root field says it follows; its arguments are checked on the way."""
        kind = self._schema.execution_context_class or Executor
        executor = kind.build(
            graphql_schema(self._schema),
            operation.document,
            None,
            self._door.context(inquiry, inquiry.viewer),
            inquiry.wanted.variables,
            operation.name,
            max_coercion_errors=MOST_ERRORS,
            hide_suggestions=True,
        )
        if isinstance(executor, list):
            return [variables_fault(error) for error in executor]
        try:
            found = create_source_event_stream(executor)
        except StopIteration:
            return [Fault(ErrorCode.VALIDATION, "nothing_selected")]
        made = await found if isawaitable(found) else found
        if isinstance(made, ExecutionResult):
            return execution_faults(made.errors or [], inquiry.request_id)
        if not isinstance(made, Source):
            raise TypeError(f"a subscription field must give a Source, not {type(made).__name__}")
        return made

    async def _place(self, source: Source, resume: str | None) -> Position | None:
        token = resume if resume is not None else source.after
        if token is None:
            return None
        position = position_of(token, "after" if resume is None else "Last-Event-ID")
        if await self._hub.feed.resumable(position):
            return position
        params = {"name": "after", "days": RESUME_FOR.days}
        raise FaultError(Fault(ErrorCode.RESUME_EXPIRED, "resume_expired", params, field="after"))

    def _show(self, operation: Operation, inquiry: Inquiry) -> Show:
        async def show(happening: Happening, source: Source, sight: Sight) -> str:
            try:
                result = execute(
                    graphql_schema(self._schema),
                    operation.document,
                    root_value=source.value(happening, sight),
                    context_value=self._door.context(inquiry, sight.viewer),
                    variable_values=inquiry.wanted.variables,
                    operation_name=operation.name,
                    executor_class=self._schema.execution_context_class,
                    hide_suggestions=True,
                )
                done = await result if isawaitable(result) else result
                payload: dict[str, Any] = {"data": done.data}
                faults = execution_faults(done.errors or [], inquiry.request_id)
            except Exception as error:
                payload, faults = {"data": None}, [internal_fault(error, inquiry.request_id)]
            if faults:
                payload["errors"] = [fault.told(inquiry.language, inquiry.request_id) for fault in faults]
            return encode(payload).decode()

        return show


def _key(operation: Operation, inquiry: Inquiry, likeness: Likeness) -> tuple[int, str, Language]:
    # The operation itself is kept by the audience's `show`, so its identity stays its own.
    given = {k: v for k, v in inquiry.wanted.variables.items() if k not in likeness.left_out}
    return id(operation), json.dumps(given, sort_keys=True), inquiry.language
