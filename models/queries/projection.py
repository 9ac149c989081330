"""The one writer of a running case: what its workflow decided, in one transaction.

Written at most once: the issue's row carries the number of the last entry written and is held while others
are, and every row's id is derived, so a retry, or a worker that died after the commit, changes nothing.
"""

from __future__ import annotations

from uuid import UUID

from models.policy.case import Batch, Note
from models.policy.closing import REVIEW_POINTS
from models.queries import belongings, db, duties, item_projection, lines, reporters
from models.queries.db import as_uuid, as_uuids
from models.queries.subject import issue_subject
from models.queries.trip import Trip, columns
from models.terms import EntryKind, UnitKind, derived_id

APART = (*duties.NOTICES, *reporters.MOVING)
"""Lines whose rows go by what others have written."""


class UnknownCaseError(LookupError):
    """A batch for an issue that is not in this database."""


async def record(batch: Batch) -> bool:
    """Writes the batch; False where all of it was there already. Raises UnknownCaseError."""
    return await _next(batch) or await _rest(batch)


async def _next(batch: Batch) -> bool:
    """Most batches come next after the one that was written last, and bring nothing that must wait for the
    rows of others: these are one statement. False where this one is not so; nothing is written then."""
    apart = belongings.changed(batch) or any(note.kind in APART for note in batch.notes)
    if apart or batch.stage.closed or not batch.notes:
        return False
    async with db.connection() as connection:
        trip = Trip(connection)
        await _take(trip, batch, batch.notes, batch.notes[0].seq - 1)
        return await trip.go_alone()


async def _rest(batch: Batch) -> bool:
    """Whatever is left to write of any other batch, under the lock of its issue."""
    issue = UUID(batch.case)
    async with db.transaction() as connection:
        current = await connection.fetchrow(
            "SELECT seq, street_id, district_id FROM issues WHERE id = $1 FOR UPDATE", issue
        )
        if current is None:
            raise UnknownCaseError(batch.case)
        notes = [note for note in batch.notes if note.seq > current["seq"]]
        if not notes:
            return False
        trip = Trip(connection)
        await _take(trip, batch, notes, current["seq"])
        await trip.go()
        await duties.tell(
            connection, issue_subject(issue), current["street_id"], current["district_id"], notes
        )
        await belongings.write(connection, issue, batch, notes)
        if batch.stage.closed:
            await item_projection.issue_ended(connection, issue, batch.stage, batch.merged_into, notes[-1].at)
    return True


async def _take(trip: Trip, batch: Batch, notes: list[Note], written: int) -> None:
    """What every batch writes: these of its lines, where `written` is the number of the last one there."""
    issue = UUID(batch.case)
    subject = issue_subject(issue)
    _issue(trip, issue, batch, notes, written)
    _calls(trip, issue, notes)
    _assignments(trip, issue, batch)
    duties.write(trip, subject, batch.duties, batch.closed, batch.calendar, notes)
    lines.write(trip, subject, notes)
    _scorecards(trip, issue, batch, notes)
    await reporters.write(trip, issue, notes)


def _issue(trip: Trip, issue: UUID, batch: Batch, notes: list[Note], written: int) -> None:
    closed_at = notes[-1].at if batch.stage.closed else None
    trip.take(
        f"""
        UPDATE issues SET seq = $2, stage = $3, level = $4, department_id = $5, yellow_at = $6, due_at = $7,
            closed_at = coalesce(closed_at, $8), calendar_version = $9, updated_at = $10,
            item_id = (SELECT t.id FROM items t WHERE t.rulebook_id = $15 AND t.key = $11), rulebook_id = $15,
            suspended = $12, round = $13, merged_into_id = $14
        WHERE id = $1 AND seq = $16
        RETURNING {lines.told()}
        """,
        issue,
        batch.seq,
        batch.stage.value,
        batch.level.value,
        as_uuid(batch.department),
        batch.yellow_at,
        batch.due_at,
        closed_at,
        batch.calendar,
        notes[-1].at,
        batch.category,
        batch.suspended,
        batch.round,
        as_uuid(batch.merged_into),
        derived_id("rulebook", batch.rulebook),
        written,
    )


def _calls(trip: Trip, issue: UUID, notes: list[Note]) -> None:
    for note in notes:
        if note.kind is not EntryKind.CALLED:
            continue
        trip.take(
            """
            INSERT INTO calls (id, issue_id, street_id, department_id, concerned, post_id, demand, called_at)
            SELECT $1, i.id, i.street_id, $3, $4, $5,
                coalesce((SELECT texts ->> 'demand' FROM commands WHERE id = $6), ''), $7
            FROM issues i WHERE i.id = $2
            ON CONFLICT (id) DO NOTHING
            """,
            UUID(str(note.data["call"])),
            issue,
            as_uuid(note.department),
            [] if note.assignment else as_uuids(note.data["departments"]),
            as_uuid(note.post),
            as_uuid(note.command),
            note.at,
        )


def _assignments(trip: Trip, issue: UUID, batch: Batch) -> None:
    if not batch.parts:
        return
    due = {
        view.duty.assignment: view.due_at
        for view in batch.duties
        if view.duty.assignment and view.duty.kind.value in ("ACCEPT", "HANDLE")
    }
    rows = [
        (
            UUID(part.id),
            as_uuid(part.call),
            part.unit.kind.value,
            UUID(part.unit.id),
            UUID(part.unit.id) if part.unit.kind is UnitKind.DEPARTMENT else None,
            part.status.value,
            part.offered_at,
            part.accepted_at,
            part.on_site_at,
            part.done_at,
            due.get(part.id),
            part.reworks,
            as_uuid(part.handler),
            part.lead,
            part.bound,
            part.returned_at,
            part.dispatched_at,
            position,
        )
        for position, part in enumerate(batch.parts)
    ]
    trip.take(
        """
        INSERT INTO assignments (id, issue_id, call_id, unit_kind, unit_id, department_id, status, offered_at,
            accepted_at, on_site_at, done_at, due_at, reworks, handler_id, lead, bound, returned_at,
            dispatched_at, position)
        SELECT p.id, $1, p.call, p.unit_kind, p.unit, p.department, p.status, p.offered_at, p.accepted_at,
            p.on_site_at, p.done_at, p.due_at, p.reworks, p.handler, p.lead, p.bound, p.returned_at,
            p.dispatched_at, p.position
        FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::uuid[], $7::text[],
            $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[],
            $13::int[], $14::uuid[], $15::bool[], $16::bool[], $17::timestamptz[], $18::timestamptz[],
            $19::int[])
            AS p(id, call, unit_kind, unit, department, status, offered_at, accepted_at, on_site_at, done_at,
                due_at, reworks, handler, lead, bound, returned_at, dispatched_at, position)
        ON CONFLICT (id) DO UPDATE SET unit_kind = excluded.unit_kind, unit_id = excluded.unit_id,
            department_id = excluded.department_id, status = excluded.status,
            offered_at = excluded.offered_at, accepted_at = excluded.accepted_at,
            on_site_at = excluded.on_site_at, done_at = excluded.done_at,
            due_at = excluded.due_at, reworks = excluded.reworks, handler_id = excluded.handler_id,
            lead = excluded.lead, bound = excluded.bound, returned_at = excluded.returned_at,
            dispatched_at = excluded.dispatched_at
        """,
        issue,
        *columns(rows),
    )


def _scorecards(trip: Trip, issue: UUID, batch: Batch, notes: list[Note]) -> None:
    for note in notes:
        if note.kind is not EntryKind.REVIEWED or note.assignment is None:
            continue
        scores = {key: value for key, value in note.data.items() if key in REVIEW_POINTS}
        trip.take(
            """
            INSERT INTO scorecards (id, issue_id, assignment_id, street_id, department_id, post_id, scores,
                total, comment, rulebook_version, reviewed_at, signers)
            SELECT $1, i.id, $2, i.street_id, $3, $4, $5, $6,
                (SELECT texts ->> 'note' FROM commands WHERE id = $7), $8, $9, $11
            FROM issues i WHERE i.id = $10
            ON CONFLICT (assignment_id) DO NOTHING
            """,
            derived_id(issue, "scorecard", note.assignment),
            UUID(note.assignment),
            as_uuid(note.department),
            as_uuid(note.post),
            scores,
            note.data["total"],
            as_uuid(note.command),
            batch.rulebook,
            note.at,
            issue,
            as_uuids(note.data["signers"]),
        )
