"""Writes the one statement that answers a whole operation, as JSON (performance: docs/bench.md).

Everything that decides which rows and columns is read from where strawberry's way reads it: the registry
of shapes, the guards, the filters of the input classes, the windows of pages. Only the JSON is made here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from api import ids
from api.context import Context
from api.literals import storable
from api.plans.arguments import Arguments, Run
from api.plans.leaves import SCALARS, Saying, labelled, leaf
from api.plans.reads import ReadList, ReadListing, ReadMany, ReadOne, how_read
from api.plans.selection import NotCoveredError, Picked, Selection
from api.plans.viewers import Guards
from api.types.casework import UNITS
from api.types.connection import window
from api.types.people import Post
from models.queries import counters, pages
from models.queries.guards import Guard
from models.queries.late import Late
from models.queries.pages import Cursor, Paging, Window
from models.queries.scope import Binds, every
from models.queries.shapes import SHAPES, Kind, Shape, ToMany
from models.terms import Criterion

PLACEHOLDER = re.compile(r"\$(\d+)")
MOST_FIELDS = 1000
"""PostgreSQL allows 1,664 columns in a select list."""
PAGING = ("first", "after", "last", "before")


class Writer:
    """One statement under way. `late` leaves variables to the run; otherwise their values are bound now."""

    def __init__(self, selection: Selection, context: Context, guards: Guards, variables: Any, late: bool):
        self.binds = Binds()
        self._selection = selection
        self._context = context
        self._guards = guards
        self._variables = variables
        self._late = late
        self._aliases = 0
        self._fields = 0
        self._now = ""
        self._saying = Saying(context.language, self._instant, self._person, self._units)
        self.personal = False
        """Whether the text holds for this viewer alone."""

    def statement(self, roots: Sequence[Picked]) -> str:
        """The whole operation; raises NotCoveredError where any of it is not covered."""
        columns = self._columns((picked, self._root(picked)) for picked in roots)
        return self._used(f"SELECT row_to_json(d) FROM (SELECT {columns}) d")

    def _used(self, sql: str) -> str:
        """Leaves out values that nothing came to use: a page's, where only its count was selected."""
        used = sorted({int(number) for number in PLACEHOLDER.findall(sql)})
        if len(used) == len(self.binds.values):
            return sql
        places = {number: place for place, number in enumerate(used, 1)}
        self.binds.values = [self.binds.values[number - 1] for number in used]
        return PLACEHOLDER.sub(lambda found: f"${places[int(found[1])]}", sql)

    # Roots ----------------------------------------------------------------------------------------------

    def _root(self, picked: Picked) -> str:
        how = how_read(picked.field)
        if isinstance(how, ReadListing):
            return self._listing(how, picked)
        write = ROOTS.get(picked.name)
        if write is None:
            raise NotCoveredError
        return write(self, picked)

    def _typename(self, picked: Picked) -> str:
        return "'Query'::text"

    def _node(self, picked: Picked) -> str:
        given = self._arguments(picked).known("id")
        found = ids.parsed(str(given))
        if found is None or found[0] not in SHAPES:
            raise NotCoveredError
        name = found[0]
        key = self._arguments(picked).value("id")
        return self._row(SHAPES[name], picked, "id", _changed(key, lambda text: ids.key_of(text, name, "id")))

    def _nodes_of(self, picked: Picked) -> str:
        arguments = self._arguments(picked)
        known, given = arguments.known("ids"), arguments.value("ids")
        if not isinstance(known, list) or len(known) > pages.MOST_IDS:
            raise NotCoveredError
        rows = []
        for place, text in enumerate(known):
            found = ids.parsed(str(text))
            if found is None or found[0] not in SHAPES:
                raise NotCoveredError
            wanted = _changed(given, partial(_key_at, place, found[0]))
            rows.append(self._row(SHAPES[found[0]], picked, "id", wanted))
        return f"array_to_json(ARRAY[{', '.join(rows)}]::json[])"

    def _issue(self, picked: Picked) -> str:
        arguments = self._arguments(picked)
        key, code = arguments.value("id"), arguments.value("code")
        if (key is None) == (code is None):
            raise NotCoveredError
        if key is not None:
            wanted = _changed(key, lambda text: ids.key_of(text, "Issue", "id"))
            return self._row(SHAPES["Issue"], picked, "id", wanted)
        return self._row(SHAPES["Issue"], picked, "code", _changed(code, storable))

    def _district(self, picked: Picked) -> str:
        key = self._arguments(picked).value("key")
        return self._row(SHAPES["District"], picked, "key", _changed(key, storable))

    def _viewer(self, picked: Picked) -> str:
        below = self._selection.below(picked, "Viewer")
        return _object(self._columns((inner, self._of_viewer(inner)) for inner in below))

    def _of_viewer(self, picked: Picked) -> str:
        how = how_read(picked.field)
        if isinstance(how, ReadListing):
            return self._listing(how, picked)
        if picked.name == "__typename":
            return "'Viewer'::text"
        match picked.name:
            case "subject":
                return f"{self.binds.add(Late(lambda run: run.guards.viewer.subject))}::text"
            case "unreadCount":
                own = self.binds.add(Late(lambda run: [p.id for p in run.guards.viewer.posts if p.id]))
                return (
                    "(SELECT count(*) FROM notifications x "
                    f"WHERE x.post_id = ANY({own}::uuid[]) AND x.read_at IS NULL)"
                )
            case "posts":
                return self._posts(picked)
            case "person":
                return self._row(SHAPES["Person"], picked, "id", Late(lambda run: run.guards.viewer.person))
        raise NotCoveredError

    def _posts(self, picked: Picked) -> str:
        """The posts that the token names, which need not be on record."""
        shape, alias = SHAPES["Post"], self._alias()
        kinds = {"role": "text", "head": "boolean"}
        arrays = []
        for column in shape.columns:
            listed = self.binds.add(Late(partial(_held, column)))
            arrays.append(f"{listed}::{kinds.get(column, 'uuid')}[]")
        names = ", ".join((*shape.columns, "place_"))
        columns = self._row_columns(shape, self._selection.below(picked, shape.name), alias)
        held = f"unnest({', '.join(arrays)}) WITH ORDINALITY AS {alias}({names})"
        return _array(f"SELECT row_to_json(o) FROM (SELECT {columns} FROM {held} ORDER BY {alias}.place_) o")

    def _server_time(self, picked: Picked) -> str:
        return SCALARS["DateTime"](self._instant())

    def _row(self, shape: Shape, picked: Picked, column: str, value: Any) -> str:
        """The one row whose unique column holds the value, as an object or null."""
        alias = self._alias()
        guard = self._guards.condition(shape.guard, self.binds, alias)
        where = every([f"{alias}.{column} = {self.binds.add(value)}", guard])
        return self._one(shape, picked, alias, where)

    # Rows -----------------------------------------------------------------------------------------------

    def _one(self, shape: Shape, picked: Picked, alias: str, where: str) -> str:
        columns = self._row_columns(shape, self._selection.below(picked, shape.name), alias)
        return f"(SELECT row_to_json(o) FROM (SELECT {columns} FROM {shape.table} {alias} WHERE {where}) o)"

    def _row_columns(self, shape: Shape, picks: Sequence[Picked], alias: str) -> str:
        return self._columns((picked, self._field(shape, picked, alias)) for picked in picks)

    def _field(self, shape: Shape, picked: Picked, alias: str) -> str:
        how = how_read(picked.field)
        if isinstance(how, ReadOne):
            target, below = SHAPES[how.edge.target], self._alias()
            guard = self._guards.condition(target.guard, self.binds, below)
            where = every([f"{below}.id = {alias}.{how.edge.column}", guard])
            return self._one(target, picked, below, where)
        if isinstance(how, ReadList):
            return self._plain_list(how.edge, picked, alias)
        if isinstance(how, ReadMany):
            return self._many(how.edge, picked, alias)
        if (shape.name, picked.name) in UNITS_OF:
            return self._unit(shape, picked, alias)
        if picked.name in FIGURES and shape.name in counters.OWNERS:
            return self._figure(shape, picked, alias)
        if (shape.name, picked.name) == ("Scorecard", "scores"):
            return self._scores(picked, alias)
        return leaf(shape, picked, alias, self._saying)

    def _unit(self, shape: Shape, picked: Picked, alias: str) -> str:
        """A body of one of several types: whichever the row's kind says."""
        kind, key = UNITS_OF[shape.name, picked.name]
        arms = []
        for member, target in UNITS.items():
            below = self._alias()
            guard = self._guards.condition(target.guard, self.binds, below)
            one = self._one(target, picked, below, f"{below}.id = {alias}.{key} AND {guard}")
            arms.append(f"WHEN '{member.value}' THEN {one}")
        return f"CASE {alias}.{kind} {' '.join(arms)} END"

    def _figure(self, shape: Shape, picked: Picked, alias: str) -> str:
        """A unit's figure, null for a viewer who does not see all that it counts."""
        if picked.name == "openCount":
            figure = counters.open_count(alias)
        else:
            figure = counters.overdue_count(shape.name, alias, self._instant())
        return f"CASE WHEN {self._guards.covers(shape.name, self.binds, alias)} THEN {figure} END"

    def _scores(self, picked: Picked, alias: str) -> str:
        """The points of a scorecard as objects, in the order of the criteria."""
        label = labelled(Criterion, "criterion")("c", self._saying)
        known = {
            "__typename": "'CriterionScore'::text",
            "criterion": "c.criterion",
            "points": f"({alias}.scores ->> c.criterion)::int",
            "label": label,
        }
        picks = self._selection.below(picked, "CriterionScore")
        columns = self._columns((inner, known[inner.name]) for inner in picks)
        members = ", ".join(f"('{criterion.value}', {n})" for n, criterion in enumerate(Criterion))
        return _array(
            f"SELECT row_to_json(o) FROM (SELECT {columns} FROM (VALUES {members}) c(criterion, place) "
            f"WHERE {alias}.scores ->> c.criterion IS NOT NULL ORDER BY c.place) o"
        )

    def _plain_list(self, edge: ToMany, picked: Picked, parent: str) -> str:
        shape, alias = SHAPES[edge.target], self._alias()
        wanted = Window(edge.sort, limit=pages.MOST)
        where = every([f"x.{edge.column} = {parent}.id", self._inherited(shape)])
        order = edge.order_by or pages.order(shape, wanted)
        rows = f"SELECT x.* FROM {shape.table} x WHERE {where} ORDER BY {order} LIMIT {wanted.limit}"
        return self._array(shape, self._selection.below(picked, shape.name), alias, rows, "")

    def _array(self, shape: Shape, picks: Sequence[Picked], alias: str, rows: str, order: str) -> str:
        columns = self._row_columns(shape, picks, alias)
        return _array(f"SELECT row_to_json(o) FROM (SELECT {columns} FROM ({rows}) {alias} {order}) o")

    # Connections ------------------------------------------------------------------------------------------

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
            return _object(self._parts(shape, picks, page, where))
        page = _Page(f"SELECT p.* FROM page p WHERE p.place_ <= {limit}::int", wanted, limit)
        numbered = f"SELECT x.*, row_number() OVER () AS place_ FROM ({rows} LIMIT {limit}::int + 1) x"
        parts = self._parts(shape, picks, page, where)
        return f"(WITH page AS MATERIALIZED ({numbered}) SELECT row_to_json(c) FROM (SELECT {parts}) c)"

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
                return _object(self._columns((inner, _page_info(shape, inner, page)) for inner in below))
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
                return _object(self._row_columns(shape, below, alias))
            if inner.name == "__typename":
                return f"'{picked.type_name}'::text"
            raise NotCoveredError

        below = self._selection.below(picked, picked.type_name)
        columns = self._columns((inner, written(inner)) for inner in below)
        order = page.order(shape, alias)
        return _array(f"SELECT row_to_json(e) FROM (SELECT {columns} FROM ({page.rows}) {alias} {order}) e")

    # What statements are made of ----------------------------------------------------------------------------

    def _columns(self, written: Any) -> str:
        columns = [f'{sql} AS "{picked.key}"' for picked, sql in written]
        self._fields += len(columns)
        if self._fields > MOST_FIELDS:
            raise NotCoveredError
        return ", ".join(columns)

    def _arguments(self, picked: Picked) -> Arguments:
        return Arguments(picked.field, picked.node, self._variables, self._late)

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
            _changed(size, lambda n: min(n, pages.MOST)) if isinstance(size, Late) else wanted.limit,
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

    def _inherited(self, shape: Shape) -> str:
        # What hangs below an issue is seen with it, and the issue was read through its own guard.
        if shape.guard is Guard.BELOW_ISSUE:
            return "TRUE"
        return self._guards.condition(shape.guard, self.binds, "x")

    def _asked_at(self) -> Any:
        return Late(lambda run: run.now)

    def _instant(self) -> str:
        self._now = self._now or f"{self.binds.add(self._asked_at())}::timestamptz"
        return self._now

    def _person(self) -> str:
        return f"{self.binds.add(Late(lambda run: run.guards.viewer.person))}::uuid"

    def _units(self) -> str:
        kinds = self.binds.add(Late(lambda run: list(run.guards.kinds)))
        units = self.binds.add(Late(lambda run: list(run.guards.units)))
        return f"SELECT * FROM unnest({kinds}::text[], {units}::uuid[])"

    def _alias(self) -> str:
        self._aliases += 1
        return f"t{self._aliases}"


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


def _key_at(place: int, name: str, texts: Sequence[str]) -> Any:
    return ids.key_of(texts[place], name, f"ids[{place}]")


def _held(column: str, run: Run) -> list[Any]:
    viewer = run.guards.viewer
    return [vars(Post.held(post, viewer.person))[column] for post in viewer.posts]


def _object(columns: str) -> str:
    return f"(SELECT row_to_json(o) FROM (SELECT {columns}) o)"


def _array(rows: str) -> str:
    """A JSON array without spaces between its elements, empty where there are no rows."""
    return f"array_to_json(ARRAY({rows}))"


def _changed(value: Any, change: Callable[[Any], Any]) -> Any:
    return value.then(change) if isinstance(value, Late) else change(value)


ROOTS: dict[str, Callable[[Writer, Picked], str]] = {
    "__typename": Writer._typename,
    "node": Writer._node,
    "nodes": Writer._nodes_of,
    "issue": Writer._issue,
    "district": Writer._district,
    "viewer": Writer._viewer,
    "serverTime": Writer._server_time,
}
"""Fields of the query that are no lists."""

FIGURES = ("openCount", "overdueCount")
UNITS_OF = {
    ("Assignment", "unit"): ("unit_kind", "unit_id"),
    ("Duty", "holder"): ("holder_kind", "holder_id"),
}
"""Edges to a body whose type the row says: the columns of its kind and its id."""
