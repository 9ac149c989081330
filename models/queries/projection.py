"""The one writer of a running case: what its workflow decided, in one transaction.

Written at most once: the issue's row is locked and carries the number of the last entry written, and
every row's id is derived, so a retry, or a worker that died after the commit, changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from models.policy.case import Batch, ClosedDuty, DutyView, Note, Part
from models.policy.recipients import Recipient, recipient
from models.queries import db
from models.terms import DutyStatus, EntryKind, RungTarget, UnitKind, derived_id

CHANNEL = "huying_events"
"""NOTIFY only wakes; readers page the events table."""

NOTICES = (EntryKind.REMINDED, EntryKind.BREACHED, EntryKind.ESCALATED)


class UnknownCaseError(LookupError):
    """A batch for an issue that is not in this database."""


async def record(batch: Batch) -> bool:
    """Writes the batch; False where all of it was there already. Raises UnknownCaseError."""
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
        await _issue(connection, issue, batch, notes)
        await _calls(connection, issue, current["street_id"], batch.parts, notes)
        await _assignments(connection, issue, batch)
        await _duties(connection, issue, batch)
        await _breaches(connection, issue, notes)
        await _timeline(connection, issue, notes)
        await _scorecards(connection, issue, batch, notes)
        await _notifications(connection, issue, current, notes)
        await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, batch.case)
    return True


async def _issue(connection: asyncpg.Connection, issue: UUID, batch: Batch, notes: list[Note]) -> None:
    closed_at = notes[-1].at if batch.stage.closed else None
    await connection.execute(
        """
        UPDATE issues SET seq = $2, stage = $3, level = $4, department_id = $5, yellow_at = $6, due_at = $7,
            closed_at = coalesce(closed_at, $8), calendar_version = $9, updated_at = $10,
            rulebook_id = $12, item_id = (SELECT t.id FROM items t WHERE t.rulebook_id = $12 AND t.key = $11)
        WHERE id = $1
        """,
        issue,
        batch.seq,
        batch.stage.value,
        batch.level.value,
        _uuid(batch.department),
        batch.yellow_at,
        batch.due_at,
        closed_at,
        batch.calendar,
        notes[-1].at,
        batch.category,
        derived_id("rulebook", batch.rulebook),
    )


async def _calls(
    connection: asyncpg.Connection, issue: UUID, street: UUID, parts: Iterable[Part], notes: list[Note]
) -> None:
    called = {note.assignment: note for note in notes if note.kind is EntryKind.CALLED}
    for part in parts:
        note = called.get(part.id)
        if note is None or part.call is None:
            continue
        await connection.execute(
            """
            INSERT INTO calls (id, issue_id, street_id, department_id, post_id, demand, called_at)
            VALUES ($1, $2, $3, $4, $5,
                    coalesce((SELECT texts ->> 'demand' FROM commands WHERE id = $6), ''), $7)
            ON CONFLICT (id) DO NOTHING
            """,
            UUID(part.call),
            issue,
            street,
            UUID(part.unit.id),
            _uuid(note.post),
            _uuid(note.command),
            note.at,
        )


async def _assignments(connection: asyncpg.Connection, issue: UUID, batch: Batch) -> None:
    due = {
        view.duty.assignment: view.due_at
        for view in batch.duties
        if view.duty.assignment and view.duty.kind.value in ("ACCEPT", "HANDLE")
    }
    await connection.executemany(
        """
        INSERT INTO assignments (id, issue_id, call_id, unit_kind, unit_id, department_id, status, offered_at,
            accepted_at, on_site_at, done_at, due_at, reworks, handler_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        ON CONFLICT (id) DO UPDATE SET unit_kind = excluded.unit_kind, unit_id = excluded.unit_id,
            department_id = excluded.department_id, status = excluded.status,
            accepted_at = excluded.accepted_at, on_site_at = excluded.on_site_at, done_at = excluded.done_at,
            due_at = excluded.due_at, reworks = excluded.reworks, handler_id = excluded.handler_id
        """,
        [
            (
                UUID(part.id),
                issue,
                _uuid(part.call),
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
                _uuid(part.handler),
            )
            for part in batch.parts
        ],
    )


async def _duties(connection: asyncpg.Connection, issue: UUID, batch: Batch) -> None:
    await connection.executemany(
        """
        INSERT INTO duties (id, issue_id, assignment_id, key, kind, status, holder_kind, holder_id, rule,
            clock, calendar_version, provisional, allowed_us, spent_us, told, opened_at, since, yellow_at,
            due_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
        ON CONFLICT (id) DO UPDATE SET status = excluded.status, holder_kind = excluded.holder_kind,
            holder_id = excluded.holder_id, rule = excluded.rule, clock = excluded.clock,
            calendar_version = excluded.calendar_version, provisional = excluded.provisional,
            allowed_us = excluded.allowed_us, spent_us = excluded.spent_us, told = excluded.told,
            since = excluded.since, yellow_at = excluded.yellow_at, due_at = excluded.due_at
        """,
        [
            _duty_row(issue, view, batch.calendar)
            for view in (*batch.duties, *(closed.view for closed in batch.closed))
        ],
    )
    await connection.executemany(
        """
        UPDATE duties SET status = $2, closed_at = $3, spent_us = $4, since = NULL WHERE id = $1
        """,
        [_closed_row(issue, closed) for closed in batch.closed],
    )


def _duty_row(issue: UUID, view: DutyView, calendar: str) -> tuple[Any, ...]:
    duty = view.duty
    return (
        duty_id(issue, duty.key),
        issue,
        _uuid(duty.assignment),
        duty.key,
        duty.kind.value,
        (DutyStatus.OPEN if duty.since else DutyStatus.SUSPENDED).value,
        duty.holder.kind.value,
        UUID(duty.holder.id),
        duty.rule,
        duty.clock.value,
        calendar,
        view.provisional,
        duty.allowed,
        duty.spent,
        duty.told,
        duty.opened_at,
        duty.since,
        view.yellow_at,
        view.due_at,
    )


def _closed_row(issue: UUID, closed: ClosedDuty) -> tuple[UUID, str, datetime, int]:
    return duty_id(issue, closed.view.duty.key), closed.status.value, closed.at, closed.spent


async def _breaches(connection: asyncpg.Connection, issue: UUID, notes: list[Note]) -> None:
    await connection.executemany(
        "UPDATE duties SET breached_at = $2 WHERE id = $1",
        [
            (duty_id(issue, note.duty), note.owed_at)
            for note in notes
            if note.kind is EntryKind.BREACHED and note.duty
        ],
    )


async def _timeline(connection: asyncpg.Connection, issue: UUID, notes: list[Note]) -> None:
    """Entries with the words the command brought, the events made of them, and the command's receipt."""
    await connection.executemany(
        """
        INSERT INTO timeline_entries (id, issue_id, seq, kind, stage, at, owed_at, post_id, department_id,
            rule, note, data)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,
                (SELECT texts ->> 'note' FROM commands WHERE id = $11), $12)
        """,
        [
            (
                derived_id(issue, "entry", note.seq),
                issue,
                note.seq,
                note.kind.value,
                note.stage.value,
                note.at,
                note.owed_at,
                _uuid(note.post),
                _uuid(note.department),
                note.rule,
                _uuid(note.command),
                {**note.data, **({"target": note.target.value} if note.target else {})},
            )
            for note in notes
        ],
    )
    await connection.executemany(
        "INSERT INTO events (issue_id, seq, type, at, payload) VALUES ($1, $2, $3, $4, $5)",
        [(issue, note.seq, event_type(note.kind), note.at, _event_payload(issue, note)) for note in notes],
    )
    await connection.executemany(
        "UPDATE commands SET applied_seq = $2, issue_id = $3 WHERE id = $1",
        [(UUID(note.command), note.seq, issue) for note in notes if note.command],
    )


async def _scorecards(connection: asyncpg.Connection, issue: UUID, batch: Batch, notes: list[Note]) -> None:
    for note in notes:
        if note.kind is not EntryKind.REVIEWED or note.assignment is None:
            continue
        scores = {key: value for key, value in note.data.items() if key != "total"}
        await connection.execute(
            """
            INSERT INTO scorecards (id, issue_id, assignment_id, street_id, department_id, post_id, scores,
                total, comment, rulebook_version, reviewed_at)
            SELECT $1, i.id, $2, i.street_id, $3, $4, $5, $6,
                (SELECT texts ->> 'note' FROM commands WHERE id = $7), $8, $9
            FROM issues i WHERE i.id = $10
            ON CONFLICT (assignment_id) DO NOTHING
            """,
            derived_id(issue, "scorecard", note.assignment),
            UUID(note.assignment),
            _uuid(note.department),
            _uuid(note.post),
            scores,
            note.data["total"],
            _uuid(note.command),
            batch.rulebook,
            note.at,
            issue,
        )


async def _notifications(
    connection: asyncpg.Connection, issue: UUID, current: db.Row, notes: list[Note]
) -> None:
    street, district = str(current["street_id"]), str(current["district_id"])
    for note in notes:
        if note.kind not in NOTICES or note.target is None or note.holder is None or note.duty is None:
            continue
        # Where nobody holds the post the office hears instead: a breach must not fall silent.
        for target in (note.target, RungTarget.OFFICE):
            to = recipient(target, note.holder, street, district)
            if await _tell(connection, issue, note, note.duty, note.target, to):
                break


async def _tell(
    connection: asyncpg.Connection, issue: UUID, note: Note, duty: str, target: RungTarget, to: Recipient
) -> int:
    status = await connection.execute(
        f"""
        INSERT INTO notifications (id, post_id, issue_id, seq, duty_id, target, percent, owed_at, told_at,
            not_before)
        SELECT gen_random_uuid(), p.id, $1, $2, $3, $4, $5, $6, $7, $7 FROM posts p
        WHERE p.role = $8 AND p.{to.place}_id = $9 AND (p.head OR NOT $10)
        ON CONFLICT (issue_id, seq, post_id) DO NOTHING
        """,
        issue,
        note.seq,
        duty_id(issue, duty),
        target.value,
        note.data["percent"],
        note.owed_at,
        note.at,
        to.role.value,
        UUID(to.id),
        to.heads_only,
    )
    return db.touched(status)


def duty_id(issue: UUID, key: str) -> UUID:
    """The row of a duty: derived from its case and key."""
    return derived_id(issue, "duty", key)


def event_type(kind: EntryKind) -> str:
    """The stable name integrators see, e.g. "issue.reported_in"."""
    return f"issue.{kind.value.lower()}"


def _event_payload(issue: UUID, note: Note) -> dict[str, Any]:
    payload = {
        "issue": str(issue),
        "stage": note.stage.value,
        "department": note.department,
        "assignment": note.assignment,
        "duty": str(duty_id(issue, note.duty)) if note.duty else None,
        "owedAt": note.owed_at.isoformat() if note.owed_at else None,
        "rule": note.rule,
        "holder": asdict(note.holder) if note.holder else None,
        "data": note.data,
    }
    return {key: value for key, value in payload.items() if value is not None}


def _uuid(text: str | None) -> UUID | None:
    return UUID(text) if text else None
