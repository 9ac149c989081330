"""Closed cases as a rehearsal of other rules needs them, a few hundred to the statement."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from models.policy.duty import Holder
from models.policy.rehearsal import PastCase, PastDuty, PastStep
from models.queries import db
from models.terms import Clock, DutyKind, EntryKind, Level, UnitKind

MOST = 2_000
"""Closed cases of one rehearsal, the latest first: it runs while somebody waits."""
BATCH = 250


@dataclass(frozen=True)
class Past:
    """One closed case, and the rulebook it ran under."""

    issue: UUID
    rulebook: UUID
    case: PastCase


CLOSED = "i.district_id = $1 AND i.stage = 'FILED' AND i.closed_at >= $2 AND i.closed_at < $3"
IDS = f"SELECT i.id FROM issues i WHERE {CLOSED} ORDER BY i.closed_at DESC, i.id LIMIT $4"
MOVING = ("ASSESSED", "REGRADED", "DISPATCHED", "EXTENDED", "HANDED_OVER", "SUSPENDED", "RESUMED")
CASES = f"""
SELECT i.id, i.rulebook_id, t.level, t.key AS category,
    coalesce((SELECT json_agg(json_build_object('kind', e.kind, 'at', e.at, 'data', e.data, 'more', v.payload)
                              ORDER BY e.seq)
       FROM timeline_entries e LEFT JOIN events v ON v.issue_id = e.issue_id AND v.seq = e.seq
      WHERE e.issue_id = i.id AND e.kind IN {MOVING}), '[]') AS steps,
    coalesce((SELECT json_agg(json_build_object('id', d.id, 'key', d.key, 'kind', d.kind,
            'holder_kind', d.holder_kind, 'holder_id', d.holder_id, 'opened_at', d.opened_at,
            'closed_at', d.closed_at, 'allowed', d.allowed_us, 'rule', d.rule, 'clock', d.clock,
            'reached', (SELECT max((e.payload -> 'data' ->> 'percent')::int) FROM events e
                         WHERE e.issue_id = i.id AND e.payload ->> 'duty' = d.id::text
                           AND e.type IN ('issue.reminded', 'issue.breached', 'issue.escalated')))
            ORDER BY d.opened_at, d.key)
       FROM duties d WHERE d.issue_id = i.id AND d.closed_at IS NOT NULL), '[]') AS duties,
    (SELECT array_agg(p.key ORDER BY a.offered_at, a.id) FROM assignments a
       JOIN departments p ON p.id = a.department_id WHERE a.issue_id = i.id) AS departments
FROM issues i JOIN items t ON t.id = i.item_id WHERE i.id = ANY($1)
"""


async def closed_between(district: UUID, since: datetime, until: datetime) -> int:
    """How many cases were filed from `since` and before `until`."""
    return int(await db.value(f"SELECT count(*) FROM issues i WHERE {CLOSED}", district, since, until))


async def closed_cases(district: UUID, since: datetime, until: datetime) -> AsyncIterator[list[Past]]:
    """The cases filed in a period, the latest first and `MOST` of them, in batches."""
    ids = [row["id"] for row in await db.rows(IDS, district, since, until, MOST)]
    for first in range(0, len(ids), BATCH):
        yield [_past(row) for row in await db.by_id(CASES, ids[first : first + BATCH]) if row is not None]


def _past(row: db.Row) -> Past:
    keys = {duty["id"]: duty["key"] for duty in row["duties"]}
    settled: dict[str, Any] = next((step["data"] for step in row["steps"] if "level" in step["data"]), {})
    suggested = settled.get("suggested") or settled.get("before") or row["level"]
    return Past(
        row["id"],
        row["rulebook_id"],
        PastCase(
            id=str(row["id"]),
            category=row["category"],
            suggested=Level(suggested),
            steps=tuple(_step(step, keys) for step in row["steps"]),
            duties=tuple(_duty(duty) for duty in row["duties"]),
            departments=tuple(dict.fromkeys(row["departments"] or ())),
        ),
    )


def _step(row: dict[str, Any], keys: dict[str, str]) -> PastStep:
    more, level = row["more"] or {}, row["data"].get("level")
    holder = more.get("holder")
    return PastStep(
        EntryKind(row["kind"]),
        datetime.fromisoformat(row["at"]),
        Level(level) if level else None,
        keys.get(more.get("duty", "")),
        Holder(UnitKind(holder["kind"]), holder["id"]) if holder else None,
    )


def _duty(row: dict[str, Any]) -> PastDuty:
    return PastDuty(
        key=row["key"],
        kind=DutyKind(row["kind"]),
        holder=Holder(UnitKind(row["holder_kind"]), row["holder_id"]),
        opened_at=datetime.fromisoformat(row["opened_at"]),
        closed_at=datetime.fromisoformat(row["closed_at"]),
        allowed=row["allowed"],
        rule=row["rule"],
        clock=Clock(row["clock"]),
        reached=row["reached"] or 0,
    )
