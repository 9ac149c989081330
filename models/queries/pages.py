"""Pages of a list by keyset: a cursor names the row it stands at, so rows that come or go move nothing.

A page reads from just beyond one row towards the next, in either direction, and asks for one row more
than wanted to know whether there are more.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from models.policy.access import Viewer
from models.queries import db
from models.queries.db import Row
from models.queries.filters import Filter
from models.queries.guards import INHERITED
from models.queries.scope import Binds, every, guard_condition
from models.queries.shape import Kind, Shape, Sort, ToMany

USUAL = 20
MOST = 1000
MOST_IDS = 100
"""Of one question for several ids."""
LONGEST_CURSOR = 600
NUMBERS = range(-(2**31), 2**31)
"""What an integer column can hold."""


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Fault(StrEnum):
    """What is wrong with a paging argument."""

    BOTH_WAYS = "BOTH_WAYS"
    NEGATIVE = "NEGATIVE"
    CURSOR = "CURSOR"


class BadPageError(ValueError):
    """Paging arguments that make no sense; `argument` is the one at fault."""

    def __init__(self, argument: str, fault: Fault) -> None:
        super().__init__(f"{argument}: {fault.value}")
        self.argument = argument
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list: the value it is ordered by, and the id that breaks ties."""

    value: datetime | str | int | None
    id: UUID


@dataclass(frozen=True, slots=True)
class Window:
    """Which rows of an ordered list are wanted. Hashable, so that equal windows are read in one batch."""

    sort: str
    descending: bool = False
    limit: int = USUAL
    backward: bool = False
    after: Cursor | None = None
    before: Cursor | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in the order asked for. Behind the row one came from, a previous page is taken for granted."""

    rows: Sequence[Row]
    has_next: bool
    has_previous: bool


@dataclass(frozen=True, slots=True)
class Paging:
    """The four Relay arguments as they were sent."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None


def window(shape: Shape, sort: str, descending: bool, paging: Paging) -> Window:
    """The window that `paging` asks for; sizes are cut to `MOST`. Raises BadPageError."""
    if paging.first is not None and paging.last is not None:
        raise BadPageError("last", Fault.BOTH_WAYS)
    for name, size in (("first", paging.first), ("last", paging.last)):
        if size is not None and size < 0:
            raise BadPageError(name, Fault.NEGATIVE)
    backward = paging.last is not None
    size = paging.last if backward else paging.first
    return Window(
        sort,
        descending,
        min(USUAL if size is None else size, MOST),
        backward,
        cursor(shape, sort, "after", paging.after),
        cursor(shape, sort, "before", paging.before),
    )


# Cursors --------------------------------------------------------------------------------------------


def cursor_of(shape: Shape, sort: str, row: Any) -> str:
    """The opaque cursor of a row in the list ordered by `sort`; `row` is read by column name."""
    value = row[shape.sorts[sort].column]
    if isinstance(value, datetime):
        value = (value - EPOCH) // MICROSECOND
    text = json.dumps([sort, value, row["id"].hex], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def cursor(shape: Shape, sort: str, argument: str, text: str | None) -> Cursor | None:
    """The place a cursor names; raises BadPageError."""
    if text is None:
        return None
    try:
        return _read(shape.sorts[sort], sort, text)
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error) as error:
        raise BadPageError(argument, Fault.CURSOR) from error


def _read(sort: Sort, name: str, text: str) -> Cursor:
    if len(text) > LONGEST_CURSOR:
        raise ValueError("too long")
    raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    asked, value, key = json.loads(raw.decode())
    if asked != name or not isinstance(key, str):
        raise ValueError("of another order")
    return Cursor(_value(sort, value), UUID(hex=key))


def _value(sort: Sort, value: object) -> datetime | str | int | None:
    if value is None and sort.nullable:
        return None
    if sort.kind is Kind.NUMBER and type(value) is int and value in NUMBERS:
        return value
    if sort.kind is Kind.TIME and type(value) is int:
        return EPOCH + value * MICROSECOND
    if isinstance(value, str) and sort.kind is Kind.TEXT and "\x00" not in value:
        value.encode()  # a lone surrogate is no text
        return value
    raise ValueError("not a value of this order")


# Statements -----------------------------------------------------------------------------------------


async def page(shape: Shape, viewer: Viewer, filters: Sequence[Filter], wanted: Window) -> Page:
    """One page of what `viewer` sees of a table; one statement."""
    binds = Binds()
    conditions = [*_conditions(shape, viewer, filters, binds), *bounds(shape, wanted, binds)]
    sql = (
        f"SELECT {shape.listed()} FROM {shape.table} x WHERE {every(conditions)} "
        f"ORDER BY {order(shape, wanted)} LIMIT {binds.add(wanted.limit + 1)}"
    )
    return _cut(await db.rows(sql, *binds.values), wanted)


async def count(shape: Shape, viewer: Viewer, filters: Sequence[Filter]) -> int:
    """How many rows `viewer` sees in all; one statement."""
    binds = Binds()
    conditions = _conditions(shape, viewer, filters, binds)
    sql = f"SELECT count(*) FROM {shape.table} x WHERE {every(conditions)}"
    return int(await db.value(sql, *binds.values))


async def pages_below(
    shape: Shape, edge: ToMany, viewer: Viewer, wanted: Window, parents: Sequence[UUID]
) -> list[Page]:
    """The same page of each parent's list, one statement for all; a parent must have been seen before.

    A lateral join and no window function: it reads only the rows wanted from each parent's index range.
    """
    binds = Binds()
    listed = binds.add(list(parents))
    conditions = [f"x.{edge.column} = parent.id", _inherited(shape, viewer, binds)]
    conditions += bounds(shape, wanted, binds)
    by = edge.order_by or order(shape, wanted)
    sql = (
        f"SELECT parent.place AS place_, x.* FROM unnest({listed}::uuid[]) "
        "WITH ORDINALITY AS parent(id, place) CROSS JOIN LATERAL ("
        f"SELECT {shape.listed()} FROM {shape.table} x WHERE {every(conditions)} "
        f"ORDER BY {by} LIMIT {binds.add(wanted.limit + 1)}) x ORDER BY parent.place, {by}"
    )
    below: list[list[Row]] = [[] for _ in parents]
    for row in await db.rows(sql, *binds.values):
        below[row["place_"] - 1].append(row)
    return [_cut(rows, wanted) for rows in below]


async def counts_below(shape: Shape, edge: ToMany, viewer: Viewer, parents: Sequence[UUID]) -> list[int]:
    """How many rows each parent's list has; one statement."""
    binds = Binds()
    listed = binds.add(list(parents))
    sql = (
        f"SELECT x.{edge.column} AS parent, count(*) AS counted FROM {shape.table} x "
        f"WHERE x.{edge.column} = ANY({listed}::uuid[]) AND {_inherited(shape, viewer, binds)} GROUP BY 1"
    )
    counted = {row["parent"]: row["counted"] for row in await db.rows(sql, *binds.values)}
    return [counted.get(parent, 0) for parent in parents]


async def by_id(shape: Shape, viewer: Viewer, ids: Sequence[UUID]) -> list[Row | None]:
    """The rows of these ids that `viewer` sees, in the order asked; one statement."""
    binds = Binds()
    listed = binds.add(list(ids))
    guard = guard_condition(shape.guard, viewer, binds)
    sql = f"SELECT {shape.listed()} FROM {shape.table} x WHERE x.id = ANY({listed}::uuid[]) AND {guard}"
    seen = {row["id"]: row for row in await db.rows(sql, *binds.values)}
    return [seen.get(key) for key in ids]


async def one_by(shape: Shape, viewer: Viewer, column: str, value: object) -> Row | None:
    """The row whose unique column holds `value`, if `viewer` sees it; one statement."""
    binds = Binds()
    sql = (
        f"SELECT {shape.listed()} FROM {shape.table} x WHERE x.{column} = {binds.add(value)} "
        f"AND {guard_condition(shape.guard, viewer, binds)}"
    )
    return await db.row(sql, *binds.values)


def _conditions(shape: Shape, viewer: Viewer, filters: Sequence[Filter], binds: Binds) -> list[str]:
    return [guard_condition(shape.guard, viewer, binds), *(condition(binds) for condition in filters)]


def _inherited(shape: Shape, viewer: Viewer, binds: Binds) -> str:
    # What hangs below an issue, or a report, is seen with it, and that was read through its own guard.
    if shape.guard in INHERITED:
        return "TRUE"
    return guard_condition(shape.guard, viewer, binds)


def bounds(shape: Shape, wanted: Window, binds: Binds) -> list[str]:
    """The conditions that rows of table `x` lie within the window's cursors."""
    sort, ascending = shape.sorts[wanted.sort], not wanted.descending
    found = []
    if wanted.after is not None:
        found.append(_beyond(sort, wanted.after, ascending, binds))
    if wanted.before is not None:
        found.append(_beyond(sort, wanted.before, not ascending, binds))
    return found


def _beyond(sort: Sort, cursor: Cursor, ascending: bool, binds: Binds) -> str:
    """Rows behind the cursor when read upwards (`ascending`) or downwards; no value is the highest."""
    sign, column, key = (">" if ascending else "<"), f"x.{sort.column}", binds.add(cursor.id)
    if cursor.value is None:
        level = f"({column} IS NULL AND x.id {sign} {key})"
        return level if ascending else f"({level} OR {column} IS NOT NULL)"
    behind = f"({column}, x.id) {sign} ({binds.add(cursor.value)}, {key})"
    return f"({behind} OR {column} IS NULL)" if ascending and sort.nullable else behind


def order(shape: Shape, wanted: Window) -> str:
    """The order in which rows of table `x` are read."""
    # PostgreSQL's own place for NULL is ours: last upwards, first downwards. So indexes serve both ways.
    direction = "DESC" if wanted.descending != wanted.backward else "ASC"
    sort = shape.sorts[wanted.sort]
    return f"x.{sort.column} {direction}" + (f", x.id {direction}" if sort.ties else "")


def _cut(rows: list[Row], wanted: Window) -> Page:
    more = len(rows) > wanted.limit
    kept = rows[: wanted.limit]
    if wanted.backward:
        return Page(kept[::-1], wanted.before is not None, more)
    return Page(kept, more, wanted.after is not None)
