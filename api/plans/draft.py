"""One statement under way: its values, its aliases, and what its text may depend on."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from api.context import Context
from api.plans.arguments import Arguments
from api.plans.leaves import Saying
from api.plans.selection import NotCoveredError, Picked, Selection
from api.plans.viewers import Guards
from models.queries.late import Late
from models.queries.scope import Binds

PLACEHOLDER = re.compile(r"\$(\d+)")
MOST_FIELDS = 1000
"""PostgreSQL allows 1,664 columns in a select list."""


class Draft:
    """What every part of the writer shares. `late` leaves variables to the run."""

    def __init__(self, selection: Selection, context: Context, guards: Guards, variables: Any, late: bool):
        self.binds = Binds()
        self._selection = selection
        self._context = context
        self._guards = guards
        self._variables = variables
        self._late = late
        self._joins: dict[str, dict[str, str]] = {}
        self._aliases = 0
        self._fields = 0
        self._now = ""
        self._saying = Saying(context.language, self._instant, self._person, self._units)
        self.personal = False
        """Whether the text holds for this viewer alone."""

    def _used(self, sql: str) -> str:
        """Leaves out values that nothing came to use: a page's, where only its count was selected."""
        used = sorted({int(number) for number in PLACEHOLDER.findall(sql)})
        if len(used) == len(self.binds.values):
            return sql
        places = {number: place for place, number in enumerate(used, 1)}
        self.binds.values = [self.binds.values[number - 1] for number in used]
        return PLACEHOLDER.sub(lambda found: f"${places[int(found[1])]}", sql)

    def _columns(self, written: Any) -> str:
        columns = [f'{sql} AS "{picked.key}"' for picked, sql in written]
        self._fields += len(columns)
        if self._fields > MOST_FIELDS:
            raise NotCoveredError
        return ", ".join(columns)

    def _arguments(self, picked: Picked) -> Arguments:
        return Arguments(picked.field, picked.node, self._variables, self._late)

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

    def _join(self, alias: str, lateral: str) -> str:
        """The alias of a subselect that is read beside each row of `alias`: one row, or none.

        Joined and not selected: PostgreSQL runs a nested loop much faster than a subselect for each row, and
        the loop keeps the order of the rows outside.
        """
        known = self._joins.setdefault(alias, {})
        if lateral not in known:
            known[lateral] = self._alias()
        return known[lateral]

    def _beside(self, alias: str) -> str:
        """What was joined to `alias`, to stand behind it in FROM."""
        return "".join(
            f" LEFT JOIN LATERAL {lateral} {joined} ON TRUE"
            for lateral, joined in self._joins.pop(alias, {}).items()
        )


# Objects and lists stay records and arrays until the whole statement is made JSON, once. An alias that no
# field of an answer can have tells a whole row from a column of the same name.


def an_object(columns: str, rest: str = "") -> str:
    return f"(SELECT row$ FROM (SELECT {columns} {rest}) row$)"


def an_array(columns: str, rest: str) -> str:
    """Empty where there are no rows."""
    return f"ARRAY(SELECT row$ FROM (SELECT {columns} {rest}) row$)"


def changed(value: Any, change: Callable[[Any], Any]) -> Any:
    return value.then(change) if isinstance(value, Late) else change(value)
