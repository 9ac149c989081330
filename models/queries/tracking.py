"""What anybody may know of a report by its code: where it stands and what was done, nobody's words or names.

Codes are handed to the reporter but are easy to guess; so nothing is read here that could not be put up on
the street: no title, no place, no description, no note, no person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.policy.public import PUBLIC_STEPS
from models.queries import db
from models.queries.db import Row

LONGEST_CODE = 24
MOST_STEPS = 100

REPORT = """
SELECT r.code, r.reported_at, r.issue_id, i.stage, i.closed_at, s.name_zh AS street_zh,
       s.name_en AS street_en, t.key AS category, t.name_zh AS category_zh, t.name_en AS category_en
  FROM reports r JOIN issues i ON i.id = r.issue_id JOIN streets s ON s.id = i.street_id
  JOIN items t ON t.id = i.item_id
 WHERE r.code = $1
"""
STEPS = """
SELECT e.kind, e.stage, e.at, d.name_zh AS department_zh, d.name_en AS department_en
  FROM timeline_entries e LEFT JOIN departments d ON d.id = e.department_id
 WHERE e.issue_id = $1 AND e.kind = ANY($2) ORDER BY e.seq DESC LIMIT $3
"""


@dataclass(frozen=True, slots=True)
class Tracked:
    """A report and its public steps, oldest first; the newest `MOST_STEPS` of them."""

    report: Row
    steps: Sequence[Row]


async def tracked(code: str) -> Tracked | None:
    """The report of this code, None where there is none; two statements."""
    if len(code) > LONGEST_CODE or not code.isprintable():
        return None
    report = await db.row(REPORT, code)
    if report is None:
        return None
    steps = await db.rows(STEPS, report["issue_id"], sorted(PUBLIC_STEPS), MOST_STEPS)
    return Tracked(report, steps[::-1])
