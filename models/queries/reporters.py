"""Reports as their issue moves them: told, answered, rated, joined to another issue and split off again."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from models.policy.case import Note
from models.policy.public import TOLD_TO_REPORTERS
from models.queries import outbox, reporting
from models.queries.db import as_uuid, as_uuids
from models.queries.trip import Trip
from models.terms import EntryKind, Stage, derived_id

ANSWERS = {EntryKind.ANSWERED: "answer", EntryKind.CANCELLED: "note"}
"""What answers reporters, and which of the command's words do."""
RATINGS = (EntryKind.RATED, EntryKind.FOLLOWED_UP)
MOVING = (EntryKind.JOINED, EntryKind.SPLIT)
ADDRESSED = (EntryKind.ANSWERED, EntryKind.JOINED)
"""Told only to the reports named; everything else to all."""


async def write(trip: Trip, issue: UUID, notes: list[Note]) -> None:
    """In the order of the lines: who joined before an answer is answered."""
    told: set[EntryKind] = set()
    for note in notes:
        if note.kind in MOVING:
            await trip.go()  # what was said before is said to those who were here
        if note.kind is EntryKind.JOINED:
            await _join(trip.connection, issue, note)
        elif note.kind is EntryKind.SPLIT:
            await _split(trip.connection, issue, note)
        elif note.kind in RATINGS:
            _rate(trip, issue, note)
        if note.kind in ANSWERS:
            _answer(trip, issue, note)
        # Several lines of one kind, a part each, are one step to whoever waits.
        if note.kind in TOLD_TO_REPORTERS and note.kind not in told:
            told.add(note.kind)
            _tell(trip, issue, note)


def _tell(trip: Trip, issue: UUID, note: Note) -> None:
    trip.take(
        """
        INSERT INTO report_messages (id, report_id, issue_id, seq, kind, at, not_before)
        SELECT gen_random_uuid(), r.id, $1, $2, $3, $4, $4 FROM reports r
        WHERE r.issue_id = $1 AND ($5::uuid[] IS NULL OR r.id = ANY($5))
        ON CONFLICT (report_id, issue_id, seq) DO NOTHING
        """,
        issue,
        note.seq,
        note.kind.value,
        note.at,
        as_uuids(note.data["reports"]) if note.kind in ADDRESSED else None,
    )


def _answer(trip: Trip, issue: UUID, note: Note) -> None:
    reports = as_uuids(note.data["reports"])
    trip.take(
        """
        INSERT INTO answers (id, issue_id, report_id, round, post_id, words, answered_at)
        SELECT r.id, $1, r.report, $4, $5, coalesce((SELECT texts ->> $7 FROM commands WHERE id = $6), ''), $8
        FROM unnest($2::uuid[], $3::uuid[]) AS r(id, report)
        ON CONFLICT (id) DO NOTHING
        """,
        issue,
        [derived_id(issue, report, "answer", note.data["round"]) for report in reports],
        reports,
        note.data["round"],
        as_uuid(note.post),
        as_uuid(note.command),
        ANSWERS[note.kind],
        note.at,
    )


def _rate(trip: Trip, issue: UUID, note: Note) -> None:
    report = as_uuid(note.data["report"])
    trip.take(
        """
        INSERT INTO ratings (id, issue_id, report_id, round, rating, followed_up, post_id, comment, rated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, (SELECT texts ->> 'comment' FROM commands WHERE id = $8), $9)
        ON CONFLICT (id) DO NOTHING
        """,
        derived_id(issue, report, "rating", note.data["round"]),
        issue,
        report,
        note.data["round"],
        note.data["rating"],
        note.kind is EntryKind.FOLLOWED_UP,
        as_uuid(note.post),
        as_uuid(note.command),
        note.at,
    )


async def _join(connection: asyncpg.Connection, issue: UUID, note: Note) -> None:
    """A report that joined before keeps the issue it was first told with: there it goes when split off."""
    await connection.execute(
        """
        UPDATE reports SET issue_id = $1, origin_issue_id = coalesce(origin_issue_id, $2) WHERE id = ANY($3)
        """,
        issue,
        as_uuid(note.data["origin"]),
        as_uuids(note.data["reports"]),
    )


async def _split(connection: asyncpg.Connection, issue: UUID, note: Note) -> None:
    """A fresh issue where the report was first told, to be started like any other."""
    report, fresh = as_uuid(note.data["report"]), as_uuid(note.data["issue"])
    origin = await connection.fetchrow(
        """
        SELECT o.id, o.district_id FROM reports r JOIN issues o ON o.id = r.origin_issue_id WHERE r.id = $1
        """,
        report,
    )
    if origin is None or fresh is None:
        return
    code = await reporting.next_code(connection, origin["district_id"], note.at)
    await connection.execute(
        """
        INSERT INTO issues (id, code, district_id, street_id, community_id, grid_id, item_id, rulebook_id,
            calendar_version, source, title, place, longitude, latitude, search, level, stage, seq, opened_at,
            updated_at, split_from_id)
        SELECT $1, $2, o.district_id, o.street_id, o.community_id, o.grid_id, o.item_id, o.rulebook_id,
            o.calendar_version, o.source, o.title, o.place, o.longitude, o.latitude, o.search, t.level, $3, 0,
            $4, $4, $5
        FROM issues o JOIN items t ON t.id = o.item_id WHERE o.id = $6
        """,
        fresh,
        code,
        Stage.COLLECTED.value,
        note.at,
        issue,
        origin["id"],
    )
    await connection.execute(
        "UPDATE reports SET issue_id = $2, origin_issue_id = NULL WHERE id = $1", report, fresh
    )
    await outbox.put(connection, derived_id(fresh, "outbox"), fresh, note.request, note.at)
