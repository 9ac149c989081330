"""Rows as objects: columns, computed fields, and edges to one row or a short list."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from api.plans.draft import Draft, an_array, an_object
from api.plans.leaves import labelled, leaf
from api.plans.reads import ReadEach, ReadList, ReadMany, ReadOne, how_read
from api.plans.selection import Picked
from api.types.casework import UNITS
from models.queries import counters, pages
from models.queries.guards import INHERITED
from models.queries.pages import Window
from models.queries.scope import every
from models.queries.shape import Shape, ToEach, ToMany
from models.queries.shapes import SHAPES
from models.terms import Criterion

FIGURES = {"openCount": "open", "overdueCount": "overdue"}
UNITS_OF = {
    ("Assignment", "unit"): ("unit_kind", "unit_id"),
    ("Duty", "holder"): ("holder_kind", "holder_id"),
    ("Handover", "giver"): ("giver_kind", "giver_id"),
    ("Handover", "receiver"): ("receiver_kind", "receiver_id"),
}
"""Edges to a body whose type the row says: the columns of its kind and its id."""
SCORED = frozenset({("Scorecard", "scores"), ("ReviewSheet", "scores"), ("Appeal", "scores")})
"""Points by criterion, which a row holds as JSON."""


class Rows(Draft, ABC):
    """Writes what is selected of a row."""

    @abstractmethod
    def _many(self, edge: ToMany, picked: Picked, parent: str) -> str:
        """The rows below `parent` as a connection."""

    def _row(self, shape: Shape, picked: Picked, column: str, value: Any) -> str:
        """The one row whose unique column holds the value, as an object or null."""
        alias = self._alias()
        guard = self._guards.condition(shape.guard, self.binds, alias)
        where = every([f"{alias}.{column} = {self.binds.add(value)}", guard])
        return self._one(shape, picked, alias, where)

    def _one(self, shape: Shape, picked: Picked, alias: str, where: str) -> str:
        columns = self._row_columns(shape, self._selection.below(picked, shape.name), alias)
        return an_object(columns, f"FROM {shape.table} {alias}{self._beside(alias)} WHERE {where}")

    def _edge(self, shape: Shape, picked: Picked, alias: str, where: str, parent: str) -> str:
        """The same, read beside each row of `parent`."""
        columns = self._row_columns(shape, self._selection.below(picked, shape.name), alias)
        # OFFSET 0 keeps it a loop over few rows: hashing a whole table of places costs more.
        rows = f"SELECT {columns} FROM {shape.table} {alias}{self._beside(alias)} WHERE {where} OFFSET 0"
        return f"{self._join(parent, f'(SELECT row$ AS row FROM ({rows}) row$)')}.row"

    def _row_columns(self, shape: Shape, picks: Sequence[Picked], alias: str) -> str:
        return self._columns((picked, self._field(shape, picked, alias)) for picked in picks)

    def _field(self, shape: Shape, picked: Picked, alias: str) -> str:
        how = how_read(picked.field)
        if isinstance(how, ReadOne):
            target, below = SHAPES[how.edge.target], self._alias()
            guard = self._guards.condition(target.guard, self.binds, below)
            where = every([f"{below}.id = {alias}.{how.edge.column}", guard])
            return self._edge(target, picked, below, where, alias)
        if isinstance(how, ReadList):
            return self._plain_list(how.edge, picked, alias)
        if isinstance(how, ReadMany):
            return self._many(how.edge, picked, alias)
        if isinstance(how, ReadEach):
            return self._each(how.edge, picked, alias)
        if (shape.name, picked.name) in UNITS_OF:
            return self._unit(shape, picked, alias)
        if picked.name in FIGURES and shape.name in counters.OWNERS:
            return self._figure(shape, picked, alias)
        if (shape.name, picked.name) in SCORED:
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
        figures = self._join(alias, counters.both(shape.name, alias, self._instant()))
        covered = self._guards.covers(shape.name, self.binds, alias)
        return f"CASE WHEN {covered} THEN {figures}.{FIGURES[picked.name]} END"

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
        return an_array(
            columns,
            f"FROM (VALUES {members}) c(criterion, place) "
            f"WHERE {alias}.scores ->> c.criterion IS NOT NULL ORDER BY c.place",
        )

    def _plain_list(self, edge: ToMany, picked: Picked, parent: str) -> str:
        shape, alias = SHAPES[edge.target], self._alias()
        wanted = Window(edge.sort, limit=pages.MOST)
        where = every([f"x.{edge.column} = {parent}.id", self._inherited(shape)])
        order = edge.order_by or pages.order(shape, wanted)
        rows = f"SELECT x.* FROM {shape.table} x WHERE {where} ORDER BY {order} LIMIT {wanted.limit}"
        return self._array(shape, self._selection.below(picked, shape.name), alias, rows, "")

    def _each(self, edge: ToEach, picked: Picked, parent: str) -> str:
        """The rows whose ids an array of `parent` holds, in its order, as far as the viewer sees them."""
        shape, alias = SHAPES[edge.target], self._alias()
        guard = self._guards.condition(shape.guard, self.binds, "x")
        rows = (
            f"SELECT x.*, held.place AS place_ FROM unnest({parent}.{edge.column}) "
            f"WITH ORDINALITY AS held(id, place) JOIN {shape.table} x ON x.id = held.id WHERE {guard}"
        )
        picks = self._selection.below(picked, shape.name)
        return self._array(shape, picks, alias, rows, f"ORDER BY {alias}.place_")

    def _array(self, shape: Shape, picks: Sequence[Picked], alias: str, rows: str, order: str) -> str:
        columns = self._row_columns(shape, picks, alias)
        return an_array(columns, f"FROM ({rows}) {alias}{self._beside(alias)} {order}")

    def _inherited(self, shape: Shape) -> str:
        # What hangs below an issue, or a report, is seen with it, and that was read through its own guard.
        if shape.guard in INHERITED:
            return "TRUE"
        return self._guards.condition(shape.guard, self.binds, "x")
