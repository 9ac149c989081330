"""Duties as last projected, and who is told of them: written with every batch of any cycle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from models.policy.case import ClosedDuty, DutyView, Note
from models.policy.recipients import Recipient, recipient
from models.queries import db
from models.queries.db import as_uuid
from models.queries.subject import Subject
from models.queries.trip import Trip, columns
from models.terms import DutyStatus, EntryKind, RungTarget, derived_id

NOTICES = (EntryKind.REMINDED, EntryKind.BREACHED, EntryKind.ESCALATED)


def write(
    trip: Trip,
    subject: Subject,
    views: Iterable[DutyView],
    closed: Iterable[ClosedDuty],
    calendar: str,
    notes: Iterable[Note],
) -> None:
    """The open duties as they stand, how others ended, and when each breach that was noted was owed."""
    owed = {note.duty: note.owed_at for note in notes if note.kind is EntryKind.BREACHED}
    rows = [
        *(_duty_row(subject.id, view, owed) for view in views),
        *(_duty_row(subject.id, one.view, owed, one) for one in closed),
    ]
    if not rows:
        return
    trip.take(
        f"""
        INSERT INTO duties (id, {subject.column}, assignment_id, key, kind, status, holder_kind, holder_id,
            rule, clock, calendar_version, provisional, allowed_us, spent_us, told, opened_at, since,
            yellow_at, due_at, closed_at, breached_at)
        SELECT d.id, $1, d.part, d.key, d.kind, d.status, d.holder_kind, d.holder, d.rule, d.clock, $2,
            d.provisional, d.allowed, d.spent, d.told, d.opened_at, d.since, d.yellow_at, d.due_at,
            d.closed_at, d.breached_at
        FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::uuid[],
            $10::text[], $11::text[], $12::bool[], $13::bigint[], $14::bigint[], $15::int[],
            $16::timestamptz[], $17::timestamptz[], $18::timestamptz[], $19::timestamptz[],
            $20::timestamptz[], $21::timestamptz[])
            AS d(id, part, key, kind, status, holder_kind, holder, rule, clock, provisional, allowed, spent,
                told, opened_at, since, yellow_at, due_at, closed_at, breached_at)
        ON CONFLICT (id) DO UPDATE SET status = excluded.status, holder_kind = excluded.holder_kind,
            holder_id = excluded.holder_id, rule = excluded.rule, clock = excluded.clock,
            calendar_version = excluded.calendar_version, provisional = excluded.provisional,
            allowed_us = excluded.allowed_us, spent_us = excluded.spent_us, told = excluded.told,
            since = excluded.since, yellow_at = excluded.yellow_at, due_at = excluded.due_at,
            closed_at = excluded.closed_at, breached_at = coalesce(excluded.breached_at, duties.breached_at)
        """,
        subject.id,
        calendar,
        *columns(rows),
    )


def _duty_row(
    owner: UUID,
    view: DutyView,
    owed: Mapping[str | None, datetime | None],
    ended: ClosedDuty | None = None,
) -> tuple[Any, ...]:
    duty = view.duty
    running = DutyStatus.OPEN if duty.since else DutyStatus.SUSPENDED
    return (
        duty_id(owner, duty.key),
        as_uuid(duty.assignment),
        duty.key,
        duty.kind.value,
        (ended.status if ended else running).value,
        duty.holder.kind.value,
        UUID(duty.holder.id),
        duty.rule,
        duty.clock.value,
        view.provisional,
        duty.allowed,
        ended.spent if ended else duty.spent,
        duty.told,
        duty.opened_at,
        None if ended else duty.since,
        view.yellow_at,
        view.due_at,
        ended.at if ended else None,
        owed.get(duty.key),
    )


async def tell(
    connection: asyncpg.Connection, subject: Subject, street: UUID | None, district: UUID, notes: list[Note]
) -> None:
    """A notification to each post that hears of a reminder, breach or rung."""
    for note in notes:
        if note.kind not in NOTICES or note.target is None or note.holder is None or note.duty is None:
            continue
        # Where nobody holds the post the office hears instead: a breach must not fall silent.
        for target in (note.target, RungTarget.OFFICE):
            to = recipient(target, note.holder, str(street or ""), str(district))
            if await _tell(connection, subject, note, note.duty, note.target, to):
                break


async def _tell(
    connection: asyncpg.Connection, subject: Subject, note: Note, duty: str, target: RungTarget, to: Recipient
) -> int:
    status = await connection.execute(
        f"""
        INSERT INTO notifications (id, post_id, {subject.column}, seq, duty_id, target, percent, owed_at,
            told_at, not_before)
        SELECT gen_random_uuid(), p.id, $1, $2, $3, $4, $5, $6, $7, $7 FROM posts p
        WHERE p.role = $8 AND p.{to.place}_id = $9 AND (p.head OR NOT $10)
        ON CONFLICT ({subject.column}, seq, post_id) DO NOTHING
        """,
        subject.id,
        note.seq,
        duty_id(subject.id, duty),
        target.value,
        note.data["percent"],
        note.owed_at,
        note.at,
        to.role.value,
        UUID(to.id),
        to.heads_only,
    )
    return db.touched(status)


def duty_id(owner: UUID, key: str) -> UUID:
    """The row of a duty: derived from its issue, item or cycle and its key."""
    return derived_id(owner, "duty", key)
