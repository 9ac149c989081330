"""Relay connections over keysets: pages that stay put while rows come and go."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Any, Generic, TypeVar

import strawberry
from strawberry import relay

from api.errors import ErrorCode, Fault, FaultError
from api.rules import default_rule
from api.types.leaves import computed
from models.policy.access import Rule
from models.queries import pages
from models.queries.pages import BadPageError, Page, Paging, Window
from models.queries.shape import Shape

T = TypeVar("T")
S = TypeVar("S")


@default_rule(Rule.PUBLIC)
@strawberry.type(description="A row of a list and its place.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="The row's place: give it as `after` or `before`.")
    node: T = strawberry.field(description="The row.")


@default_rule(Rule.PUBLIC)
@strawberry.type(description="A page of a list. Who may see the list is its own field's rule.")
class Connection(Generic[T]):
    nodes: list[T] = strawberry.field(description="The rows of this page.")
    page: strawberry.Private[Page]
    shape: strawberry.Private[Shape]
    sort: strawberry.Private[str]
    counted: strawberry.Private[Callable[[], Awaitable[int]]]

    @computed("The rows of this page, each with its cursor.")
    def edges(self) -> list[Edge[T]]:
        return [
            Edge(cursor=self._cursor(row), node=node)
            for row, node in zip(self.page.rows, self.nodes, strict=True)
        ]

    @computed("Where this page begins and ends, and whether there are more.")
    def page_info(self) -> relay.PageInfo:
        rows = self.page.rows
        return relay.PageInfo(
            has_next_page=self.page.has_next,
            has_previous_page=self.page.has_previous,
            start_cursor=self._cursor(rows[0]) if rows else None,
            end_cursor=self._cursor(rows[-1]) if rows else None,
        )

    @computed("How many rows the list has in all; counted only when asked for.")
    async def total_count(self) -> int:
        return await self.counted()

    def _cursor(self, row: Any) -> str:
        return pages.cursor_of(self.shape, self.sort, row)


@strawberry.enum(description="Which way a list is ordered.")
class Direction(Enum):
    ASC = strawberry.enum_value("ASC", description="Smallest or earliest first.")
    DESC = strawberry.enum_value("DESC", description="Largest or latest first.")


@strawberry.input(description="What a list is ordered by. Ties are broken by id.")
class Order(Generic[S]):
    field: S = strawberry.field(description="What the order goes by.")
    direction: Direction = strawberry.field(description="Which way.", default=Direction.ASC)


def window(shape: Shape, order: Order[Any] | None, paging: Paging, usual: str | None = None) -> Window:
    """The window that a field's arguments ask for; a BAD_INPUT fault where they make no sense."""
    sort = order.field.name if order else usual or shape.usual
    try:
        return pages.window(shape, sort, bool(order) and order.direction is Direction.DESC, paging)  # type: ignore[union-attr]
    except BadPageError as error:
        raise FaultError(FAULTS[error.fault](error.argument)) from error


FAULTS: dict[pages.Fault, Callable[[str], Fault]] = {
    pages.Fault.CURSOR: lambda name: Fault(ErrorCode.BAD_INPUT, "bad_cursor", {"name": name}, field=name),
    pages.Fault.BOTH_WAYS: lambda name: Fault(ErrorCode.BAD_INPUT, "both_ways", field=name),
    pages.Fault.NEGATIVE: lambda name: Fault(
        ErrorCode.BAD_INPUT,
        "page_size",
        {"name": name, "limit": pages.MOST, "found": "a negative number"},
        field=name,
    ),
}
