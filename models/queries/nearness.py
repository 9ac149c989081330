"""Which issues look like one problem told twice: same category and street, open, near, told at one time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from models.policy.access import Viewer
from models.queries import cases, db
from models.queries.db import Row
from models.queries.guards import Guard
from models.queries.scope import Binds, guard_condition

MOST = 20
EARTH = 6_371_000
"""Its mean radius in metres; on a few hundred metres the error is millimetres."""

DISTANCE = f"""
2 * {EARTH} * asin(sqrt(
    power(sin(radians(x.latitude - mine.latitude) / 2), 2) + cos(radians(mine.latitude))
    * cos(radians(x.latitude)) * power(sin(radians(x.longitude - mine.longitude) / 2), 2)))
"""
NEAR = """
CASE WHEN apart IS NOT NULL THEN CASE WHEN apart <= mine.metres THEN 'DISTANCE' END
     WHEN x.grid_id IS NOT NULL AND mine.grid_id IS NOT NULL
         THEN CASE WHEN x.grid_id = mine.grid_id THEN 'GRID' END
     WHEN x.community_id = mine.community_id THEN 'COMMUNITY' END
"""
"""Why two are near: by coordinates where both have them, else by the smallest unit that both name."""


async def suggestions(viewer: Viewer, issues: Sequence[UUID]) -> list[list[Row]]:
    """For each issue those that may be one problem with it, nearest first; closed ones have none."""
    found = await db.rows("SELECT id, rulebook_id FROM issues WHERE id = ANY($1)", list(issues))
    limits = {row["id"]: (await cases.rulebook(row["rulebook_id"])).merging for row in found}
    known = [issue for issue in issues if issue in limits]
    binds = Binds()
    ids, metres = binds.add(known), binds.add([limits[issue].metres for issue in known])
    spans = binds.add([timedelta(days=limits[issue].days) for issue in known])
    guard = guard_condition(Guard.ISSUE, viewer, binds)
    rows = await db.rows(
        f"""
        SELECT mine.id AS of, near.* FROM (
            SELECT i.*, t.key AS category, l.metres, l.span
            FROM unnest({ids}::uuid[], {metres}::int[], {spans}::interval[]) AS l(id, metres, span)
            JOIN issues i ON i.id = l.id JOIN items t ON t.id = i.item_id
            WHERE i.closed_at IS NULL
        ) mine CROSS JOIN LATERAL (
            SELECT x.id, round(apart)::int AS metres_apart, {NEAR} AS reason,
                abs(extract(epoch FROM x.opened_at - mine.opened_at))::int AS seconds_apart
            FROM issues x JOIN items u ON u.id = x.item_id CROSS JOIN LATERAL (SELECT {DISTANCE} AS apart) d
            WHERE x.street_id = mine.street_id AND x.closed_at IS NULL AND x.id <> mine.id
                AND u.key = mine.category
                AND x.opened_at BETWEEN mine.opened_at - mine.span AND mine.opened_at + mine.span
                AND {NEAR} IS NOT NULL AND {guard}
            ORDER BY metres_apart, seconds_apart, x.id LIMIT {MOST}
        ) near ORDER BY near.metres_apart, near.seconds_apart, near.id
        """,
        *binds.values,
    )
    below: dict[UUID, list[Row]] = {}
    for row in rows:
        below.setdefault(row["of"], []).append(row)
    return [below.get(issue, []) for issue in issues]
