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


OF_PART = "duties d WHERE d.issue_id = a.issue_id AND d.assignment_id = a.id"
IN_TIME = "d.status = 'FULFILLED' AND d.closed_at < $4 AND (d.due_at IS NULL OR d.closed_at < d.due_at)"
"""A duty that was closed before the cut-off is as it was then: nothing touches it any more."""
RETURNED = "SELECT 1 FROM returns r WHERE r.issue_id = a.issue_id AND r.assignment_id = a.id"
MISDIRECTED = f"EXISTS ({RETURNED} AND r.outcome = 'UPHELD' AND r.adjudicated_at < $4)"
TAKEN_OVER = "handovers h WHERE h.issue_id = a.issue_id AND h.assignment_id = a.id AND h.status = 'ACCEPTED'"
DEPARTMENT = f"""coalesce(
        (SELECT h.receiver_id FROM {TAKEN_OVER} AND h.answered_at < $4 ORDER BY h.answered_at DESC LIMIT 1),
        (SELECT h.giver_id FROM {TAKEN_OVER} ORDER BY h.answered_at LIMIT 1),
        a.department_id)"""
"""Whose part it was at the cut-off; a hand-over later than that changes nothing."""

PARTS = f"""
SELECT a.issue_id, {DEPARTMENT} AS department_id,
    EXISTS (SELECT 1 FROM {OF_PART} AND d.kind = 'ACCEPT' AND {IN_TIME}
        AND NOT EXISTS ({RETURNED} AND r.returned_at = d.closed_at)) AS accepted_on_time,
    EXISTS (SELECT 1 FROM {OF_PART} AND d.kind = 'REPORT_IN' AND {IN_TIME}) AS reported_in_on_time,
    handled.done, handled.late, handled.times > 1 AS reworked,
    {MISDIRECTED} AS misdirected,
    EXISTS ({RETURNED} AND r.outcome = 'SOLVE_FIRST' AND r.adjudicated_at < $4
        AND r.named_id <> r.department_id) AS passed_on
FROM assignments a JOIN issues i ON i.id = a.issue_id
CROSS JOIN LATERAL (
    SELECT coalesce(min(d.opened_at), a.offered_at) AS at FROM {OF_PART} AND d.kind = 'ACCEPT') first
CROSS JOIN LATERAL (
    SELECT count(*) AS times,
        count(*) > 0 AND coalesce(bool_and(d.closed_at < $4), FALSE)
            AND count(d.closed_at) = count(*) AS done,
        coalesce(bool_or(d.closed_at >= d.due_at AND d.closed_at < $4), FALSE) AS late
    FROM {OF_PART} AND d.kind = 'HANDLE' AND d.opened_at < $4
        AND NOT coalesce(d.status = 'CANCELLED' AND d.closed_at < $4, FALSE)) handled
WHERE i.district_id = $1 AND i.opened_at < $3 AND a.offered_at >= $2 AND first.at >= $2 AND first.at < $3
    AND a.department_id IS NOT NULL AND NOT coalesce(i.stage = 'CANCELLED' AND i.closed_at < $4, FALSE)
ORDER BY first.at, a.id
"""
"""A part that is offered again keeps the month it was first offered in."""

CALLS = f"""
SELECT c.issue_id, c.street_id,
    EXISTS (SELECT 1 FROM assignments a WHERE a.issue_id = c.issue_id AND a.call_id = c.id AND {MISDIRECTED})
        AS misdirected
FROM calls c JOIN issues i ON i.id = c.issue_id
WHERE i.district_id = $1 AND c.called_at >= $2 AND c.called_at < $3
    AND NOT coalesce(i.stage = 'CANCELLED' AND i.closed_at < $4, FALSE)
ORDER BY c.called_at, c.id
"""

REVIEWS = """
SELECT s.issue_id, s.assignment_id, s.department_id,
    coalesce((SELECT p.scores FROM appeals p WHERE p.scorecard_id = s.id AND p.outcome = 'CHANGED'
        AND p.decided_at < $4), s.scores) AS scores,
    s.reviewed_at AS at, NULL AS ended_at
FROM scorecards s JOIN departments d ON d.id = s.department_id
WHERE d.district_id = $1 AND s.reviewed_at >= $2 AND s.reviewed_at < $3
UNION ALL
SELECT d.issue_id, d.assignment_id, a.department_id, NULL, breach.at, least(s.reviewed_at, d.closed_at)
FROM duties d JOIN assignments a ON a.id = d.assignment_id JOIN issues i ON i.id = d.issue_id
LEFT JOIN scorecards s ON s.assignment_id = a.id
CROSS JOIN LATERAL (
    SELECT min(e.at) AS at FROM events e WHERE e.issue_id = d.issue_id AND e.type = 'issue.breached'
        AND e.payload ->> 'duty' = d.id::text) breach
WHERE i.district_id = $1 AND d.kind = 'REVIEW' AND a.department_id IS NOT NULL
    AND d.opened_at < $3 AND (d.closed_at IS NULL OR d.closed_at >= $2) AND breach.at >= $2 AND breach.at < $3
ORDER BY at, assignment_id
"""

RATINGS = f"""
SELECT t.issue_id, a.department_id, t.rating = 'SATISFIED' AS satisfied
FROM ratings t JOIN issues i ON i.id = t.issue_id JOIN assignments a ON a.issue_id = t.issue_id
WHERE i.district_id = $1 AND t.rated_at >= $2 AND t.rated_at < $3 AND $4::timestamptz IS NOT NULL
    AND t.rating <> 'UNREACHED' AND a.department_id IS NOT NULL
    AND EXISTS (SELECT 1 FROM {OF_PART} AND d.kind = 'HANDLE' AND d.status = 'FULFILLED'
        AND d.closed_at <= t.rated_at)
ORDER BY t.rated_at, t.id, a.id
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
        passed_on=row["passed_on"],
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
        ended = row["ended_at"] and row["ended_at"].astimezone(zone).date()
        if row["scores"] is None and ended is not None and ended <= of.last:
            continue  # signed after all, or owed no more
        review = ReviewFacts(
            issue=str(row["issue_id"]),
            assignment=str(row["assignment_id"]),
            department=str(row["department_id"]),
            month=of.name,
            scores=row["scores"],
        )
        found.setdefault((review.month, review.assignment), review)
    return tuple(found.values())
