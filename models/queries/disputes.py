"""Which lines of the item list cause returns, so that the list can be corrected (domain guide 3)."""

from __future__ import annotations

from collections.abc import Sequence

from models.policy.access import Viewer
from models.queries import db
from models.queries.db import Row
from models.queries.filters import Filter
from models.queries.guards import Guard
from models.queries.scope import Binds, every, guard_condition
from models.terms import ReturnOutcome

MOST = 200
COUNTED = {
    "returns": "",
    "undecided": " FILTER (WHERE x.outcome IS NULL)",
    **{outcome.value.lower(): f" FILTER (WHERE x.outcome = '{outcome.value}')" for outcome in ReturnOutcome},
}
"""What is counted of each line, and how."""


def counted(where: str) -> str:
    """Lines of the item list with how their returns were adjudicated; those returned most first."""
    counts = ", ".join(f"count(*){how} AS {name}" for name, how in COUNTED.items())
    return (
        f"SELECT x.item_id, {counts} FROM returns x WHERE {where} "
        f"GROUP BY x.item_id ORDER BY returns DESC, x.item_id LIMIT {MOST}"
    )


async def disputes(viewer: Viewer, filters: Sequence[Filter]) -> list[Row]:
    """What `viewer` sees of it; one statement."""
    binds = Binds()
    conditions = [guard_condition(Guard.BELOW_ISSUE, viewer, binds), *(one(binds) for one in filters)]
    return await db.rows(counted(every(conditions)), *binds.values)
