"""Writes the one statement that answers a whole operation, as JSON (performance: docs/bench.md).

Everything that decides which rows and columns is read from where strawberry's way reads it: the registry
of shapes, the guards, the filters of the input classes, the windows of pages. Only the JSON is made here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from api import ids
from api.literals import storable
from api.plans.arguments import Run
from api.plans.connections import Connections
from api.plans.draft import an_array, an_object, changed
from api.plans.leaves import snake
from api.plans.reads import ReadListing, how_read
from api.plans.selection import NotCoveredError, Picked
from api.types.disputes import DisputeWhere
from api.types.people import Post
from models.queries import disputes, pages
from models.queries.guards import Guard
from models.queries.late import Late
from models.queries.scope import every
from models.queries.shapes import SHAPES


class Writer(Connections):
    """Writes the fields of the query itself."""

    def statement(self, roots: Sequence[Picked]) -> str:
        """The whole operation; raises NotCoveredError where any of it is not covered."""
        columns = self._columns((picked, self._root(picked)) for picked in roots)
        return self._used(f"SELECT row_to_json(row$) FROM (SELECT {columns}) row$")

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
        return self._row(SHAPES[name], picked, "id", changed(key, lambda text: ids.key_of(text, name, "id")))

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
            wanted = changed(given, partial(_key_at, place, found[0]))
            rows.append(f"row_to_json({self._row(SHAPES[found[0]], picked, 'id', wanted)})")
        return f"ARRAY[{', '.join(rows)}]::json[]"

    def _issue(self, picked: Picked) -> str:
        arguments = self._arguments(picked)
        key, code = arguments.value("id"), arguments.value("code")
        if (key is None) == (code is None):
            raise NotCoveredError
        if key is not None:
            wanted = changed(key, lambda text: ids.key_of(text, "Issue", "id"))
            return self._row(SHAPES["Issue"], picked, "id", wanted)
        return self._row(SHAPES["Issue"], picked, "code", changed(code, storable))

    def _district(self, picked: Picked) -> str:
        key = self._arguments(picked).value("key")
        return self._row(SHAPES["District"], picked, "key", changed(key, storable))

    def _viewer(self, picked: Picked) -> str:
        below = self._selection.below(picked, "Viewer")
        return an_object(self._columns((inner, self._of_viewer(inner)) for inner in below))

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
        return an_array(columns, f"FROM {held}{self._beside(alias)} ORDER BY {alias}.place_")

    def _disputes(self, picked: Picked) -> str:
        """As `models.queries.disputes` counts them."""
        alias, shape = self._alias(), SHAPES["Item"]
        where = self._arguments(picked).made("where", DisputeWhere) or DisputeWhere()
        conditions = [self._guards.condition(Guard.BELOW_ISSUE, self.binds, "x")]
        conditions += [condition(self.binds) for condition in where.filters()]

        def written(inner: Picked) -> str:
            if inner.name == "__typename":
                return "'Dispute'::text"
            if inner.name == "item":
                below = self._alias()
                return self._edge(shape, inner, below, f"{below}.id = {alias}.item_id", alias)
            return f"{alias}.{snake(inner.name)}"

        columns = self._columns((inner, written(inner)) for inner in self._selection.below(picked, "Dispute"))
        order = f"ORDER BY {alias}.returns DESC, {alias}.item_id"
        counted = disputes.counted(every(conditions))
        return an_array(columns, f"FROM ({counted}) {alias}{self._beside(alias)} {order}")

    def _server_time(self, picked: Picked) -> str:
        return self._instant()


def _key_at(place: int, name: str, texts: Sequence[str]) -> Any:
    return ids.key_of(texts[place], name, f"ids[{place}]")


def _held(column: str, run: Run) -> list[Any]:
    viewer = run.guards.viewer
    return [vars(Post.held(post, viewer.person))[column] for post in viewer.posts]


ROOTS: dict[str, Callable[[Writer, Picked], str]] = {
    "__typename": Writer._typename,
    "node": Writer._node,
    "nodes": Writer._nodes_of,
    "issue": Writer._issue,
    "district": Writer._district,
    "viewer": Writer._viewer,
    "serverTime": Writer._server_time,
    "disputes": Writer._disputes,
}
"""Fields of the query that are no lists."""
