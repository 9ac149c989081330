"""Figures of boards: what each viewer sees of which unit, in one statement for a whole list."""

from __future__ import annotations

import pytest

from api.ids import global_id
from models.policy.access import scope_of
from models.queries import counters, db
from models.queries.scope import Binds
from models.queries.shapes import SHAPES
from tests.api.conftest import Desk, Town

UNITS = {
    "district": "District",
    "s1": "Street",
    "s2": "Street",
    "c1": "Community",
    "c3": "Community",
    "lighting": "Department",
    "water": "Department",
}
EVERY = {
    "district": (4, 1),
    "s1": (2, 0),
    "s2": (2, 1),
    "c1": (2, 0),
    "c3": (1, 0),
    "lighting": (1, 0),
    "water": (1, 0),
}
"""Open and overdue issues of district A in conftest.py: i3 is filed, i5 is late and has no community."""
SEEN = {
    "office": set(EVERY),
    "leader": set(EVERY),
    "auditor": set(EVERY),
    "machine": set(EVERY),
    "street clerk": {"s1", "c1"},
    "community clerk": {"c1"},
    "grid worker": set(),
    "lighting": {"lighting"},
    "resident 1": set(),
    "office of B": set(),
    "street clerk of B": set(),
}
QUERY = """query ($ids: [ID!]!) { nodes(ids: $ids) { ...D ...S ...C ...P } }
fragment D on District { openCount overdueCount } fragment S on Street { openCount overdueCount }
fragment C on Community { openCount overdueCount } fragment P on Department { openCount overdueCount }"""


@pytest.mark.parametrize("who", SEEN)
async def test_a_unit_is_counted_for_those_who_see_all_of_it(desk: Desk, town: Town, who: str) -> None:
    ids = [global_id(kind, town.a[name]) for name, kind in UNITS.items()]
    nodes = (await desk.ask(QUERY, town[who], ids=ids))["nodes"]
    shown = {name: (node["openCount"], node["overdueCount"]) for name, node in zip(UNITS, nodes, strict=True)}
    assert shown == {name: EVERY[name] if name in SEEN[who] else (None, None) for name in UNITS}


@pytest.mark.parametrize("who", SEEN)
async def test_sql_and_policy_say_the_same_of_who_sees_a_figure(desk: Desk, town: Town, who: str) -> None:
    scope = scope_of(town[who])
    for name, kind in UNITS.items():
        binds = Binds()
        covered = counters.covered(kind, scope, binds, "x")
        sql = f"SELECT *, {covered} AS covered FROM {SHAPES[kind].table} x WHERE x.id = "
        row = await db.row(f"{sql}{binds.add(town.a[name])}", *binds.values)
        assert row["covered"] == counters.covers(kind, scope, row) == (name in SEEN[who])


@pytest.mark.parametrize("field", ["openCount", "overdueCount"])
async def test_the_public_sees_places_but_no_figures(desk: Desk, town: Town, field: str) -> None:
    await desk.ask("{ streets { nodes { id } } }")
    for viewer in (None, town["machine without grant"]):
        assert await desk.refused(f"{{ streets {{ nodes {{ {field} }} }} }}", viewer) == ("FORBIDDEN", "")


async def test_the_figures_of_a_whole_board_are_one_statement_a_kind(desk: Desk, town: Town) -> None:
    query = """query ($district: ID!) { streets(where: {district: $district}) { nodes {
      code openCount overdueCount communities { nodes { code openCount overdueCount } } } } }"""
    streets = await desk.ask(query, town["office"], district=global_id("District", town.a["district"]))
    counted = [sql for sql in desk.statements if "tallies" in sql]
    assert len(counted) == 2, desk.statements
    board = {
        row["code"]: (row["openCount"], row["overdueCount"])
        for street in streets["streets"]["nodes"]
        for row in (street, *street["communities"]["nodes"])
    }
    assert board == {name: EVERY.get(name, (0, 0)) for name in ("s1", "s2", "c1", "c2", "c3")}
