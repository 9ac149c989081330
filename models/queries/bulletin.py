"""The facts that a bulletin counts: of one period, as they were known at its cut-off (docs/bulletins.md).

Everything is told from what never changes once it is written: a closed duty, a decided return, an event. So
the same period and cut-off give the same facts, whatever happened since.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TypeAlias
from uuid import UUID

from models.policy.bulletin.facts import CallFacts, Facts, PartFacts, RatingFacts, ReviewFacts, SheetFacts
from models.policy.bulletin.period import Period, month
from models.queries.db import Row
from models.terms import BulletinKind

Read: TypeAlias = Callable[..., Awaitable[list[Row]]]
"""Reads the rows of a statement: `db.rows`, or `fetch` of a connection in a transaction."""


@dataclass(frozen=True, slots=True)
class Span:
    """Of whose facts a table is made: those of a district from `begins` to before `ends`."""

    district: UUID
    begins: datetime
    ends: datetime
    cut_off: datetime
    """Of what came of them, only what was recorded before this instant is known."""

    @property
    def binds(self) -> tuple[UUID, datetime, datetime, datetime]:
        return self.district, self.begins, self.ends, self.cut_off


MISDIRECTED = """EXISTS (SELECT 1 FROM returns r WHERE r.assignment_id = {part}
    AND r.outcome = 'UPHELD' AND r.decided_at < $4)"""
OF_PART = "duties d WHERE d.issue_id = a.issue_id AND d.assignment_id = a.id"
IN_TIME = "d.status = 'FULFILLED' AND d.closed_at < $4 AND (d.due_at IS NULL OR d.closed_at < d.due_at)"
"""A duty that was closed before the cut-off is as it was then: nothing touches it any more."""

PARTS = f"""
SELECT a.issue_id, a.department_id,
    EXISTS (SELECT 1 FROM {OF_PART} AND d.kind = 'ACCEPT' AND {IN_TIME}
        AND NOT EXISTS (SELECT 1 FROM returns r
            WHERE r.assignment_id = a.id AND r.returned_at = d.closed_at)) AS accepted_on_time,
    EXISTS (SELECT 1 FROM {OF_PART} AND d.kind = 'REPORT_IN' AND {IN_TIME})
        AS reported_in_on_time,
    handled.done, handled.late, handled.times > 1 AS reworked,
    {MISDIRECTED.format(part="a.id")} AS misdirected
FROM assignments a JOIN issues i ON i.id = a.issue_id
CROSS JOIN LATERAL (
    SELECT count(*) AS times,
        coalesce(bool_and(d.status = 'FULFILLED' AND coalesce(d.closed_at < $4, FALSE)), FALSE) AS done,
        coalesce(bool_or(d.closed_at >= d.due_at AND d.closed_at < $4), FALSE) AS late
    FROM {OF_PART} AND d.kind = 'HANDLE' AND d.opened_at < $4) handled
WHERE i.district_id = $1 AND a.offered_at >= $2 AND a.offered_at < $3 AND a.department_id IS NOT NULL
ORDER BY a.offered_at, a.id
"""

CALLS = f"""
SELECT c.issue_id, c.street_id,
    EXISTS (SELECT 1 FROM assignments a WHERE a.call_id = c.id AND {MISDIRECTED.format(part="a.id")})
        AS misdirected
FROM calls c JOIN streets s ON s.id = c.street_id
WHERE s.district_id = $1 AND c.called_at >= $2 AND c.called_at < $3 AND $4::timestamptz IS NOT NULL
ORDER BY c.called_at, c.id
"""

REVIEWS = """
SELECT s.issue_id, s.assignment_id, s.department_id, s.scores, s.reviewed_at AS at, NULL AS signed_at
FROM scorecards s JOIN departments d ON d.id = s.department_id
WHERE d.district_id = $1 AND s.reviewed_at >= $2 AND s.reviewed_at < $3 AND $4::timestamptz IS NOT NULL
UNION ALL
SELECT d.issue_id, d.assignment_id, a.department_id, NULL, breach.at, s.reviewed_at
FROM duties d JOIN assignments a ON a.id = d.assignment_id JOIN issues i ON i.id = d.issue_id
LEFT JOIN scorecards s ON s.assignment_id = a.id
CROSS JOIN LATERAL (
    SELECT min(e.at) AS at FROM events e WHERE e.issue_id = d.issue_id AND e.type = 'issue.breached'
        AND e.payload ->> 'duty' = d.id::text) breach
WHERE i.district_id = $1 AND d.kind = 'REVIEW' AND a.department_id IS NOT NULL
    AND breach.at >= $2 AND breach.at < $3
ORDER BY at, assignment_id
"""

RATINGS = f"""
SELECT e.issue_id, a.department_id, e.payload -> 'data' ->> 'rating' = 'SATISFIED' AS satisfied
FROM events e JOIN issues i ON i.id = e.issue_id JOIN assignments a ON a.issue_id = e.issue_id
WHERE i.district_id = $1 AND e.at >= $2 AND e.at < $3 AND $4::timestamptz IS NOT NULL
    AND e.type IN ('issue.rated', 'issue.followed_up')
    AND e.payload -> 'data' ->> 'rating' IN ('SATISFIED', 'DISSATISFIED') AND a.department_id IS NOT NULL
    AND EXISTS (SELECT 1 FROM {OF_PART}
        AND d.kind = 'HANDLE' AND d.status = 'FULFILLED' AND d.closed_at <= e.at)
ORDER BY e.at, e.issue_id, e.seq, a.id
"""

SHEETS = """
SELECT s.id, s.department_id, s.score FROM score_sheets s
WHERE s.district_id = $1 AND s.year = $2 AND s.entered_at < $3
    AND (s.withdrawn_at IS NULL OR s.withdrawn_at >= $3)
ORDER BY s.id
"""


async def facts(kind: BulletinKind, of: Period, span: Span, zone: tzinfo, read: Read) -> Facts:
    """What the table of this kind counts."""
    match kind:
        case BulletinKind.DEPARTMENTS:
            return Facts(
                parts=tuple(_part(row) for row in await read(PARTS, *span.binds)),
                ratings=tuple(_rating(row) for row in await read(RATINGS, *span.binds)),
            )
        case BulletinKind.STREETS:
            return Facts(calls=tuple(_call(row) for row in await read(CALLS, *span.binds)))
        case BulletinKind.REVIEWS:
            return Facts(reviews=_reviews(await read(REVIEWS, *span.binds), zone))
        case BulletinKind.ANNUAL:
            sheets = await read(SHEETS, span.district, of.first.year, span.cut_off)
            return Facts(
                reviews=_reviews(await read(REVIEWS, *span.binds), zone),
                sheets=tuple(SheetFacts(str(s["id"]), str(s["department_id"]), s["score"]) for s in sheets),
            )


def _part(row: Row) -> PartFacts:
    return PartFacts(
        issue=str(row["issue_id"]),
        department=str(row["department_id"]),
        accepted_on_time=row["accepted_on_time"],
        reported_in_on_time=row["reported_in_on_time"],
        done=row["done"],
        late=row["late"],
        reworked=row["reworked"],
        misdirected=row["misdirected"],
    )


def _call(row: Row) -> CallFacts:
    return CallFacts(str(row["issue_id"]), str(row["street_id"]), row["misdirected"])


def _rating(row: Row) -> RatingFacts:
    return RatingFacts(str(row["issue_id"]), str(row["department_id"]), row["satisfied"])


def _reviews(rows: Sequence[Row], zone: tzinfo) -> tuple[ReviewFacts, ...]:
    """Those signed, each in the month it was signed in, and those owed and still missing at a month's end."""
    found: dict[tuple[str, str], ReviewFacts] = {}
    for row in rows:
        day = row["at"].astimezone(zone).date()
        of = month(day.year, day.month)
        signed = row["signed_at"] and row["signed_at"].astimezone(zone).date()
        if row["scores"] is None and signed is not None and signed <= of.last:
            continue
        review = ReviewFacts(
            issue=str(row["issue_id"]),
            assignment=str(row["assignment_id"]),
            department=str(row["department_id"]),
            month=of.name,
            scores=row["scores"],
        )
        found.setdefault((review.month, review.assignment), review)
    return tuple(found.values())
