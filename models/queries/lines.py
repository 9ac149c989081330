"""Lines as a workflow noted them, and the events made of them: an issue's, an item's or a cycle's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from models.policy.case import Note
from models.queries import duties
from models.queries.db import as_uuid
from models.queries.subject import Column, Subject
from models.queries.trip import Trip
from models.terms import EntryKind, derived_id

CHANNEL = "huying_events"
"""NOTIFY wakes those who page the events table."""

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


def told(owner: str = "id") -> str:
    """What a statement that writes a workflow's number returns: at commit those who wait for it hear its
    owner and the number (models.queries.written)."""
    return f"pg_notify('{CHANNEL}', {owner} || ' ' || seq)"


def _entries(column: Column, book: Book) -> str:
    department, of_department = (", department_id", ", l.department") if book.departments else ("", "")
    return f"""
        INSERT INTO {book.table} (id, {book.column}, seq, kind, {book.stands}, at, owed_at, post_id
            {department}, rule, note, data)
        SELECT l.id, $1, l.seq, l.kind, l.stage, l.at, l.owed_at, l.post{of_department}, l.rule,
            c.texts ->> 'note', l.data
        FROM unnest($2::uuid[], $3::int[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[],
            $8::uuid[], $9::uuid[], $10::text[], $11::uuid[], $12::jsonb[])
            AS l(id, seq, kind, stage, at, owed_at, post, department, rule, words, data)
        LEFT JOIN commands c ON c.id = l.words
        """


def _events(column: Column) -> str:
    return f"""
        INSERT INTO events ({column}, seq, type, at, payload)
        SELECT $1, e.seq, e.type, e.at, e.payload
        FROM unnest($2::int[], $3::text[], $4::timestamptz[], $5::jsonb[]) AS e(seq, type, at, payload)
        ORDER BY e.seq
        """


def _receipts(column: Column) -> str:
    return f"""
        UPDATE commands SET applied_seq = d.seq{", issue_id = $3" if column == "issue_id" else ""}
        FROM (
            SELECT id, max(seq) AS seq FROM unnest($1::uuid[], $2::int[]) AS t(id, seq) GROUP BY id
        ) d
        WHERE commands.id = d.id
        """


ENTRIES: Mapping[Column, str] = {column: _entries(column, book) for column, book in BOOKS.items()}
EVENTS: Mapping[Column, str] = {column: _events(column) for column in BOOKS}
RECEIPTS: Mapping[Column, str] = {column: _receipts(column) for column in BOOKS}


def write(trip: Trip, subject: Subject, notes: Sequence[Note]) -> None:
    """Entries with the words the command brought, the events made of them, and the command's receipt."""
    book = BOOKS[subject.column]
    numbers, instants = [note.seq for note in notes], [note.at for note in notes]
    trip.take(
        ENTRIES[subject.column],
        subject.id,
        [derived_id(subject.id, "entry", note.seq) for note in notes],
        numbers,
        [note.kind.value for note in notes],
        [note.stage.value for note in notes],
        instants,
        [note.owed_at for note in notes],
        [as_uuid(note.post) for note in notes],
        [as_uuid(note.department) for note in notes],
        [note.rule for note in notes],
        [as_uuid(note.command) if note.kind not in PRIVATE else None for note in notes],
        [{**note.data, **({"target": note.target.value} if note.target else {})} for note in notes],
    )
    trip.take(
        EVENTS[subject.column],
        subject.id,
        numbers,
        [event_type(note.kind, book.name) for note in notes],
        instants,
        [_event_payload(book, subject.id, note) for note in notes],
    )
    commanded = [note for note in notes if note.command]
    if commanded:
        trip.take(
            RECEIPTS[subject.column],
            [as_uuid(note.command) for note in commanded],
            [note.seq for note in commanded],
            *((subject.id,) if subject.column == "issue_id" else ()),
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
