"""Figures of boards: how many issues a unit has open, and how many of those are overdue.

Triggers on `issues` write what each statement changed as rows of `tallies`, each with the instant from which
it counts (migration 0002); `sweep` makes one row of all that has fallen due. A unit's figures are the sum of
its few rows, whatever the number of issues: exact in every snapshot, because a change and its rows commit
together, and without a lock, because writers only add rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.policy.access import Scope, covers_unit
from models.queries import db
from models.queries.scope import Binds
from models.terms import Stage

CLOSED = ", ".join(f"'{stage.value}'" for stage in Stage if stage.closed)
SWEPT_TO = "(SELECT swept_to FROM tally_sweeps)"

OWNERS: Mapping[str, Mapping[str, str]] = {
    "District": {"district": "id"},
    "Street": {"district": "district_id", "street": "id"},
    "Community": {"district": "district_id", "street": "street_id", "community": "id"},
    "Department": {"district": "district_id", "department": "id"},
}
"""For each type that has figures: the columns that name it and what it lies in. The last one is itself."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What one unit has to do: open is neither filed nor cancelled, overdue is open and due by now."""

    open: int = 0
    overdue: int = 0


NONE = Figures()


def both(kind: str, alias: str, now: str) -> str:
    """SQL of both figures of the unit of `alias` at `now`, a placeholder of timestamptz.

    A lateral subselect with the columns `open` and `overdue`, to be joined to few rows, behind their LIMIT:
    one index lookup a unit. Right at any instant: for one before the last sweep, what fell due since then is
    taken off again.
    """
    return (
        f"(SELECT coalesce(sum(k.open), 0) AS open, "
        f"coalesce(sum(k.overdue), 0){_fallen_due_since(kind, alias, now)} AS overdue "
        f"FROM tallies k WHERE {_counting(alias, now)})"
    )


def _counting(alias: str, now: str) -> str:
    return f"k.unit_id = {alias}.id AND k.due_at <= greatest({now}, {SWEPT_TO})"


def _fallen_due_since(kind: str, alias: str, now: str) -> str:
    return (
        f" - CASE WHEN {now} < {SWEPT_TO} THEN (SELECT count(*) FROM issues late "
        f"WHERE late.{column_of(kind)} = {alias}.id AND late.stage NOT IN ({CLOSED}) "
        f"AND late.due_at > {now} AND late.due_at <= {SWEPT_TO}) ELSE 0 END"
    )


def column_of(kind: str) -> str:
    """The column of `issues` that holds the unit."""
    return f"{list(OWNERS[kind])[-1]}_id"


def covered(kind: str, scope: Scope, binds: Binds, alias: str) -> str:
    """SQL of whether `scope` covers the whole unit of `alias`: the same answer as `covers_unit`."""
    ids = {
        "district": scope.districts,
        "street": scope.streets,
        "community": scope.communities,
        "department": scope.departments,
    }
    arms = [
        f"{alias}.{column} = {binds.ids(ids[owner])}" for owner, column in OWNERS[kind].items() if ids[owner]
    ]
    return f"({' OR '.join(arms)})" if arms else "FALSE"


def covers(kind: str, scope: Scope, row: Mapping[str, UUID]) -> bool:
    """Whether `scope` covers the whole unit that `row` is of."""
    return covers_unit(scope, **{owner: row[column] for owner, column in OWNERS[kind].items()})


async def figures(kind: str, ids: Sequence[UUID], now: datetime) -> list[Figures]:
    """The figures of these units of one kind at `now`, in the order asked; one statement."""
    sql = (
        "SELECT u.id, f.open, f.overdue FROM unnest($1::uuid[]) u (id) "
        f"CROSS JOIN LATERAL {both(kind, 'u', '$2')} f"
    )
    found = {row["id"]: Figures(row["open"], row["overdue"]) for row in await db.rows(sql, list(ids), now)}
    return [found.get(key, NONE) for key in ids]


async def sweep(now: datetime) -> bool:
    """Makes one row of each unit's rows that fell due by `now`; False where another sweep is at it.

    Changes no figure, at any instant: it keeps their cost down and is to be called every half minute or so.
    """
    async with db.transaction() as connection:
        if not await connection.fetchval("SELECT 1 FROM tally_sweeps FOR UPDATE SKIP LOCKED"):
            return False
        await connection.execute(
            """
            WITH many AS (
                SELECT unit_id FROM tallies WHERE due_at <= $1
                GROUP BY unit_id HAVING count(*) > 1 OR max(due_at) > '-infinity'),
            gone AS (
                DELETE FROM tallies k USING many WHERE k.unit_id = many.unit_id AND k.due_at <= $1
                RETURNING k.unit_id, k.open, k.overdue)
            INSERT INTO tallies (unit_id, due_at, open, overdue)
            SELECT unit_id, '-infinity', sum(open), sum(overdue) FROM gone
            GROUP BY unit_id HAVING sum(open) <> 0 OR sum(overdue) <> 0
            """,
            now,
        )
        await connection.execute("UPDATE tally_sweeps SET swept_to = greatest(swept_to, $1)", now)
        return True
