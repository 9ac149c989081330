"""Connections: pages of a table or of what hangs below a row, with counts, cursors and page info."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from api.plans.arguments import Arguments
from api.plans.draft import an_array, an_object, changed
from api.plans.reads import ReadListing
from api.plans.rows import Rows
from api.plans.selection import NotCoveredError, Picked
from api.types.connection import window
from models.queries import pages
from models.queries.late import Late
from models.queries.pages import Cursor, Paging, Window
from models.queries.scope import every
from models.queries.shape import Kind, Shape, ToMany
from models.queries.shapes import SHAPES

PAGING = ("first", "after", "last", "before")


class _Page:
    """The rows of a page, in the order they were read, and how they are shown."""

    def __init__(self, rows: str, wanted: Window, limit: str) -> None:
        self.rows, self.wanted, self.limit = rows, wanted, limit

    def order(self, shape: Shape, alias: str) -> str:
        """Shown in the list's own order, whichever way the page was read; as read needs no sorting."""
        if self.limit:
            return f"ORDER BY {alias}.place_ {'DESC' if self.wanted.backward else 'ASC'}"
        if not self.wanted.backward:
            return ""
        shown = Window(self.wanted.sort, self.wanted.descending)
        return "ORDER BY " + pages.order(shape, shown).replace("x.", f"{alias}.")


class Connections(Rows):
    """Writes connections."""

    def _listing(self, how: ReadListing, picked: Picked) -> str:
        shape, arguments = how.shape, self._arguments(picked)
        filters = list((arguments.made("where", how.where) or how.where()).filters(self._asked_at()))
        if how.also is not None:
            self.personal = True
            filters += how.also(None, self._context)
        order = self._order(arguments)
        conditions = [self._guards.condition(shape.guard, self.binds, "x")]
        conditions += [condition(self.binds) for condition in filters]
        return self._connection(shape, picked, self._window(shape, arguments, order), conditions)

    def _many(self, edge: ToMany, picked: Picked, parent: str) -> str:
        shape, arguments = SHAPES[edge.target], self._arguments(picked)
        conditions = [f"x.{edge.column} = {parent}.id", self._inherited(shape)]
        return self._connection(shape, picked, self._window(shape, arguments, None, edge.sort), conditions)

    def _connection(self, shape: Shape, picked: Picked, wanted: Window, conditions: Sequence[str]) -> str:
        picks = self._selection.below(picked, picked.type_name)
        where = every(conditions)
        bounds = [where, *pages.bounds(shape, wanted, self.binds)]
        limit = self.binds.add(wanted.limit)
        order = pages.order(shape, wanted)
        rows = f"SELECT x.* FROM {shape.table} x WHERE {every(bounds)} ORDER BY {order}"
        if all(p.name in ("nodes", "totalCount", "__typename") for p in picks):
            page = _Page(f"{rows} LIMIT {limit}::int", wanted, "")
            return an_object(self._parts(shape, picks, page, where))
        page = _Page(f"SELECT p.* FROM page p WHERE p.place_ <= {limit}::int", wanted, limit)
        numbered = f"SELECT x.*, row_number() OVER () AS place_ FROM ({rows} LIMIT {limit}::int + 1) x"
        parts = self._parts(shape, picks, page, where)
        return f"(WITH page AS MATERIALIZED ({numbered}) SELECT row$ FROM (SELECT {parts}) row$)"

    def _parts(self, shape: Shape, picks: Sequence[Picked], page: _Page, where: str) -> str:
        return self._columns((picked, self._part(shape, picked, page, where)) for picked in picks)

    def _part(self, shape: Shape, picked: Picked, page: _Page, where: str) -> str:
        match picked.name:
            case "__typename":
                return f"'{picked.parent}'::text"
            case "totalCount":
                return f"(SELECT count(*) FROM {shape.table} x WHERE {where})"
            case "nodes":
                below = self._selection.below(picked, shape.name)
                return self._nodes(shape, below, page)
            case "edges":
                return self._edges(shape, picked, page)
            case "pageInfo":
                below = self._selection.below(picked, "PageInfo")
                return an_object(self._columns((inner, _page_info(shape, inner, page)) for inner in below))
        raise NotCoveredError

    def _nodes(self, shape: Shape, picks: Sequence[Picked], page: _Page) -> str:
        alias = self._alias()
        return self._array(shape, picks, alias, page.rows, page.order(shape, alias))

    def _edges(self, shape: Shape, picked: Picked, page: _Page) -> str:
        alias = self._alias()

        def written(inner: Picked) -> str:
            if inner.name == "cursor":
                return cursor(shape, page.wanted.sort, alias)
            if inner.name == "node":
                below = self._selection.below(inner, shape.name)
                return an_object(self._row_columns(shape, below, alias))
            if inner.name == "__typename":
                return f"'{picked.type_name}'::text"
            raise NotCoveredError

        below = self._selection.below(picked, picked.type_name)
        columns = self._columns((inner, written(inner)) for inner in below)
        order = page.order(shape, alias)
        return an_array(columns, f"FROM ({page.rows}) {alias}{self._beside(alias)} {order}")

    def _order(self, arguments: Arguments) -> Any:
        given = arguments.known("orderBy")
        return given and (given["field"].name, getattr(given.get("direction"), "name", None) == "DESC")

    def _window(self, shape: Shape, arguments: Arguments, order: Any, usual: str | None = None) -> Window:
        """The window as strawberry's way makes it from the values; the text keeps only what it must."""
        first, after, last, before = (arguments.known(name) for name in PAGING)
        sort, descending = order or (usual or shape.usual, False)
        wanted = window(shape, None, Paging(first, after, last, before), sort)
        size = arguments.value("last" if last is not None else "first")
        return Window(
            sort,
            descending,
            changed(size, lambda n: min(n, pages.MOST)) if isinstance(size, Late) else wanted.limit,
            wanted.backward,
            self._cursor(shape, sort, "after", arguments.value("after"), wanted.after),
            self._cursor(shape, sort, "before", arguments.value("before"), wanted.before),
        )

    def _cursor(self, shape: Shape, sort: str, name: str, given: Any, found: Cursor | None) -> Cursor | None:
        if not isinstance(given, Late) or found is None:
            return found

        def part(which: str) -> Late:
            return given.then(lambda text: getattr(pages.cursor(shape, sort, name, text), which))

        key: Any = part("id")
        value: Any = part("value")
        return Cursor(None if found.value is None else value, key)


def _page_info(shape: Shape, picked: Picked, page: _Page) -> str:
    wanted = page.wanted
    more = f"(SELECT count(*) > {page.limit}::int FROM page)"
    first, last = ("DESC", "ASC") if wanted.backward else ("ASC", "DESC")
    match picked.name:
        case "hasNextPage":
            return str(wanted.before is not None).lower() if wanted.backward else more
        case "hasPreviousPage":
            return more if wanted.backward else str(wanted.after is not None).lower()
        case "startCursor":
            order = first
        case "endCursor":
            order = last
        case "__typename":
            return "'PageInfo'::text"
        case _:
            raise NotCoveredError
    place = cursor(shape, wanted.sort, "p")
    return f"(SELECT {place} FROM ({page.rows}) p ORDER BY p.place_ {order} LIMIT 1)"


def cursor(shape: Shape, sort: str, alias: str) -> str:
    """The same text as `pages.cursor_of`."""
    ordered = shape.sorts[sort]
    column = f"{alias}.{ordered.column}"
    value = {
        Kind.TIME: f"(extract(epoch FROM {column}) * 1000000)::bigint::text",
        Kind.TEXT: f"to_json({column})::text",
        Kind.NUMBER: f"{column}::text",
    }[ordered.kind]
    if ordered.nullable:
        value = f"coalesce({value}, 'null')"
    text = f"""'["{sort}",' || {value} || ',"' || replace({alias}.id::text, '-', '') || '"]'"""
    return f"translate(encode(convert_to({text}, 'UTF8'), 'base64'), E'+/=\\n', '-_')"
