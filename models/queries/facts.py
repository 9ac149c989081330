"""What access decisions need to know of issues, read in one statement for many."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from models.policy.access import IssueFacts, Unit
from models.queries import db
from models.queries.db import Row
from models.terms import Stage, UnitKind

COLUMNS = """
    i.id, i.district_id, i.street_id, i.community_id, i.grid_id, i.stage,
    (SELECT coalesce(array_agg(DISTINCT r.reporter_id), '{}') FROM reports r
      WHERE r.issue_id = i.id AND r.reporter_id IS NOT NULL) AS reporters,
    (SELECT coalesce(jsonb_agg(jsonb_build_array(a.unit_kind, a.unit_id, a.status)), '[]')
       FROM assignments a WHERE a.issue_id = i.id) AS units,
    (SELECT coalesce(jsonb_agg(CASE h.status WHEN 'OFFERED' THEN
            jsonb_build_array(h.receiver_kind, h.receiver_id)
            ELSE jsonb_build_array(h.giver_kind, h.giver_id) END), '[]')
       FROM handovers h WHERE h.issue_id = i.id AND h.status IN ('OFFERED', 'ACCEPTED')) AS moved,
    (SELECT coalesce(jsonb_agg(jsonb_build_array(d.holder_kind, d.holder_id)), '[]')
       FROM duties d WHERE d.issue_id = i.id AND d.status IN ('OPEN', 'SUSPENDED')) AS holders,
    (SELECT a.handler_id FROM assignments a WHERE a.issue_id = i.id AND a.handler_id IS NOT NULL
      ORDER BY a.done_at DESC NULLS LAST, a.id LIMIT 1) AS completed_by
"""
"""What `of_row` asks of an issue `i`; other statements about issues read it along with their own."""

FACTS = f"SELECT {COLUMNS} FROM issues i WHERE i.id = ANY($1)"


async def issue_facts(ids: Sequence[UUID]) -> list[IssueFacts | None]:
    """The facts of each issue, None where there is no such issue. Not limited to any viewer's scope."""
    return [of_row(row) if row is not None else None for row in await db.by_id(FACTS, ids)]


def of_row(row: Row) -> IssueFacts:
    """The facts in a row that has `COLUMNS`."""
    parts = [(unit(kind, key), status) for kind, key, status in row["units"]]
    moved = [unit(kind, key) for kind, key in row["moved"]]
    at_work = [one for one, status in parts if status not in ("DONE", "RETURNED")]
    at_work += [unit(kind, key) for kind, key in row["holders"]]
    return IssueFacts(
        district=row["district_id"],
        street=row["street_id"],
        community=row["community_id"],
        grid=row["grid_id"],
        units=tuple(dict.fromkeys([*(one for one, _ in parts), *moved])),
        handling=tuple(dict.fromkeys(at_work)),
        closed=Stage(row["stage"]).closed,
        reporters=frozenset(row["reporters"]),
        completed_by=row["completed_by"],
    )


def unit(kind: str, key: str) -> Unit:
    return Unit(UnitKind(kind), UUID(key))
