"""The one writer of a running negative item: what its workflow decided, in one transaction, at most once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg

from models.policy import search
from models.policy.case import Note
from models.policy.rectification import ItemBatch
from models.queries import db, duties, lines, loops, outbox, reporting
from models.queries.db import Row, as_uuid
from models.queries.outbox import Fact
from models.queries.subject import item_subject
from models.queries.trip import Trip
from models.terms import DutyKind, EntryKind, ItemStatus, ReportSource, Stage, derived_id


class UnknownItemError(LookupError):
    """A batch for an item that is not in this database."""


async def record(batch: ItemBatch) -> bool:
    """Writes the batch; False where all of it was there already. Raises UnknownItemError."""
    key = UUID(batch.item)
    async with db.transaction() as connection:
        current = await connection.fetchrow("SELECT * FROM negative_items WHERE id = $1 FOR UPDATE", key)
        if current is None:
            raise UnknownItemError(batch.item)
        notes = [note for note in batch.notes if note.seq > current["seq"]]
        if not notes:
            return False
        kinds = {note.kind: note for note in notes}
        if (raised := kinds.get(EntryKind.CALL_RAISED)) is not None:
            await _issue(connection, current, raised)
        after = await _item(connection, key, batch, kinds)
        subject = item_subject(key)
        trip = Trip(connection)
        duties.write(trip, subject, batch.duties, batch.closed, batch.calendar, notes)
        lines.write(trip, subject, notes)
        await trip.go()
        await duties.tell(connection, subject, current["street_id"], current["district_id"], notes)
        await _consequences(connection, current, after, notes)
    return True


async def _item(
    connection: asyncpg.Connection, key: UUID, batch: ItemBatch, kinds: dict[EntryKind, Note]
) -> Row:
    """The row as the workflow has it. Counts of answers are those of its present round."""

    def at(kind: EntryKind) -> datetime | None:
        return kinds[kind].at if kind in kinds else None

    return await connection.fetchrow(
        f"""
        UPDATE negative_items SET seq = $2, status = $3::text, issue_id = $4::uuid, yellow_at = $5,
            due_at = $6, suspended = $7, rectified_at = coalesce($8, rectified_at),
            closed_at = coalesce($9, closed_at),
            departmental = departmental OR $4::uuid IS NOT NULL,
            asked = CASE WHEN round = $10 THEN asked ELSE 0 END,
            answered = CASE WHEN round = $10 THEN answered ELSE 0 END,
            satisfied = CASE WHEN round = $10 OR $3::text = 'CLOSED' THEN satisfied ELSE 0 END, round = $10
        WHERE id = $1
        RETURNING *, {lines.told()}
        """,
        key,
        batch.seq,
        batch.status.value,
        as_uuid(batch.issue),
        batch.yellow_at,
        batch.due_at,
        batch.suspended,
        at(EntryKind.RECTIFIED),
        at(EntryKind.CLOSED),
        batch.round,
    )


async def _consequences(connection: asyncpg.Connection, before: Row, after: Row, notes: list[Note]) -> None:
    """What others are told of it: itself of answers that decide by now, its cycle that it was the last."""
    key, at = after["id"], notes[-1].at
    for note in notes:
        if note.kind is EntryKind.CALL_MOVED:
            await _if_ended(connection, key, as_uuid(note.data["into"]), at)
        elif note.kind is EntryKind.REOPENED:
            await connection.execute(
                """
                UPDATE invitations SET status = 'WITHDRAWN'
                WHERE item_id = $1 AND status IN ('SENT', 'OPENED')
                """,
                key,
            )
        elif note.kind is EntryKind.BREACHED and note.data["duty"] == DutyKind.PERCEIVE:
            await outbox.put_item(connection, key, answers(after), at)
    first = before["rectified_at"] is None and after["rectified_at"] is not None
    if first or after["status"] == ItemStatus.CLOSED:
        await loops.item_moved(connection, after["survey_id"], at)


async def _if_ended(connection: asyncpg.Connection, item: UUID, issue: UUID | None, now: datetime) -> None:
    """The issue it waits on from now may have ended before: filing it found nobody waiting."""
    found = await connection.fetchrow(
        "SELECT id, stage, merged_into_id FROM issues WHERE id = $1 FOR SHARE", issue
    )
    if found is not None and Stage(found["stage"]).closed:
        await outbox.put_item(connection, item, ended(found), now)


async def issue_ended(
    connection: asyncpg.Connection, issue: UUID, stage: Stage, merged_into: str | None, now: datetime
) -> None:
    """Tells whoever waits on this issue that it came to its end; in the transaction that writes so."""
    fact = ended({"id": issue, "stage": stage.value, "merged_into_id": merged_into})
    waiting = "SELECT id FROM negative_items WHERE issue_id = $1 AND status = 'WAITING'"
    for row in await connection.fetch(waiting, issue):
        await outbox.put_item(connection, row["id"], fact, now)


def ended(issue: Row) -> dict[str, object]:
    """The fact that an issue came to its end, as the outbox holds it."""
    into = issue["merged_into_id"]
    return {
        "fact": Fact.CALL_ENDED,
        "issue": str(issue["id"]),
        "stage": issue["stage"],
        "merged_into": str(into) if into else None,
    }


def answers(item: Row) -> dict[str, object]:
    """What those asked have said so far, as the outbox holds it."""
    return {
        "fact": Fact.ANSWERS,
        **{name: item[name] for name in ("round", "asked", "answered", "satisfied")},
    }


async def _issue(connection: asyncpg.Connection, item: Row, note: Note) -> None:
    """The issue that the item's call is about: told by the survey, collected like any other."""
    issue = UUID(str(note.data["issue"]))
    words = await connection.fetchval("SELECT texts FROM commands WHERE id = $1", as_uuid(note.command)) or {}
    place = words.get("place") or await connection.fetchval(
        """
        SELECT coalesce((SELECT name_zh FROM communities WHERE id = $1),
                        (SELECT name_zh FROM streets WHERE id = $2))
        """,
        item["community_id"],
        item["street_id"],
    )
    code = await reporting.next_code(connection, item["district_id"], note.at)
    await connection.execute(
        """
        INSERT INTO issues (id, code, district_id, street_id, community_id, item_id, rulebook_id,
            calendar_version, source, title, place, search, level, stage, seq, opened_at, updated_at)
        SELECT $1, $2, $3, $4, $5, t.id, r.id,
            coalesce(c.version, r.body -> 'calendar' ->> 'version'), $6, $7, $8, $9, t.level, $10, 0, $11, $11
        FROM items t JOIN rulebooks r ON r.id = t.rulebook_id
            LEFT JOIN calendars c ON c.district_id = r.district_id AND c.active
        WHERE t.id = $12
        """,
        issue,
        code,
        item["district_id"],
        item["street_id"],
        item["community_id"],
        ReportSource.SURVEY.value,
        item["title"],
        place,
        search.grams(f"{item['title']} {place}"),
        Stage.COLLECTED.value,
        note.at,
        as_uuid(note.data["line"]),
    )
    await connection.execute(
        """
        INSERT INTO reports (id, code, issue_id, source, description, reported_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        derived_id(issue, "report"),
        code,
        issue,
        ReportSource.SURVEY.value,
        words.get("note") or item["title"],
        note.at,
    )
    await outbox.put(connection, derived_id(issue, "outbox"), issue, note.request, note.at)
