"""Lines as a workflow noted them, and the events made of them: an issue's, an item's or a cycle's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import asyncpg

from models.policy.case import Note
from models.queries import duties
from models.queries.db import as_uuid
from models.queries.subject import Column, Subject
from models.terms import EntryKind, derived_id

CHANNEL = "huying_events"
"""NOTIFY only wakes; readers page the events table."""

PRIVATE = frozenset({EntryKind.ANSWERED, EntryKind.RATED, EntryKind.FOLLOWED_UP})
"""What is said here is between the street and one reporter: the words are with the report alone."""


@dataclass(frozen=True, slots=True)
class Book:
    """Where the lines of one kind of subject stand."""

    table: str
    column: str
    stands: str
    """The column that says where the subject stood, which is its payload's key too."""
    name: str
    """What events of it begin with."""
    departments: bool = False


BOOKS: Mapping[Column, Book] = {
    "issue_id": Book("timeline_entries", "issue_id", "stage", "issue", departments=True),
    "negative_item_id": Book("item_entries", "item_id", "status", "item"),
    "cycle_id": Book("cycle_entries", "cycle_id", "step", "cycle"),
}


def _statement(column: Column, book: Book) -> str:
    department, of_department = (", department_id", ", l.department") if book.departments else ("", "")
    of_issue = ", issue_id = $1" if column == "issue_id" else ""
    return f"""
        WITH lines AS (
            INSERT INTO {book.table} (id, {book.column}, seq, kind, {book.stands}, at, owed_at,
                post_id{department}, rule, note, data)
            SELECT l.id, $1, l.seq, l.kind, l.stage, l.at, l.owed_at, l.post{of_department}, l.rule,
                c.texts ->> 'note', l.data
            FROM unnest($2::uuid[], $3::int[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[],
                $8::uuid[], $9::uuid[], $10::text[], $11::uuid[], $12::jsonb[])
                AS l(id, seq, kind, stage, at, owed_at, post, department, rule, words, data)
            LEFT JOIN commands c ON c.id = l.words
        ), told AS (
            INSERT INTO events ({column}, seq, type, at, payload)
            SELECT $1, e.seq, e.type, e.at, e.payload
            FROM unnest($3::int[], $13::text[], $6::timestamptz[], $14::jsonb[]) AS e(seq, type, at, payload)
            ORDER BY e.seq
        )
        UPDATE commands SET applied_seq = d.seq{of_issue}
        FROM (
            SELECT id, max(seq) AS seq FROM unnest($15::uuid[], $3::int[]) AS t(id, seq)
            WHERE id IS NOT NULL GROUP BY id
        ) d
        WHERE commands.id = d.id
        """


STATEMENTS: Mapping[Column, str] = {column: _statement(column, book) for column, book in BOOKS.items()}


async def write(connection: asyncpg.Connection, subject: Subject, notes: Sequence[Note]) -> None:
    """Entries with the words the command brought, the events made of them, and the command's receipt.

    One statement: each trip to the database costs a worker more than the rows do.
    """
    book = BOOKS[subject.column]
    await connection.execute(
        STATEMENTS[subject.column],
        subject.id,
        [derived_id(subject.id, "entry", note.seq) for note in notes],
        [note.seq for note in notes],
        [note.kind.value for note in notes],
        [note.stage.value for note in notes],
        [note.at for note in notes],
        [note.owed_at for note in notes],
        [as_uuid(note.post) for note in notes],
        [as_uuid(note.department) for note in notes],
        [note.rule for note in notes],
        [as_uuid(note.command) if note.kind not in PRIVATE else None for note in notes],
        [{**note.data, **({"target": note.target.value} if note.target else {})} for note in notes],
        [event_type(note.kind, book.name) for note in notes],
        [_event_payload(book, subject.id, note) for note in notes],
        [as_uuid(note.command) for note in notes],
    )


def event_type(kind: EntryKind, of: str = "issue") -> str:
    """The stable name integrators see, e.g. "issue.reported_in"."""
    return f"{of}.{kind.value.lower()}"


def _event_payload(book: Book, owner: UUID, note: Note) -> dict[str, Any]:
    payload = {
        book.name: str(owner),
        book.stands: note.stage.value,
        "department": note.department,
        "assignment": note.assignment,
        "duty": str(duties.duty_id(owner, note.duty)) if note.duty else None,
        "owedAt": note.owed_at.isoformat() if note.owed_at else None,
        "rule": note.rule,
        "holder": asdict(note.holder) if note.holder else None,
        "data": note.data,
    }
    return {key: value for key, value in payload.items() if value is not None}
