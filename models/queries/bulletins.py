"""Publishing bulletins: worked out once, frozen as bytes, and found as they are ever after."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import asyncpg

from models.policy.bulletin.facts import MONTHLY, SCHEMES
from models.policy.bulletin.period import Period, period
from models.policy.bulletin.table import Frame, Subject, Table, table
from models.policy.rulebook import Rulebook
from models.queries import bulletin as counted
from models.queries import cases, commands, db
from models.queries.bulletin import Read, Span
from models.queries.shapes import BULLETIN
from models.rulebooks import codec
from models.rulebooks.scheme_codec import scheme_to_json
from models.terms import BulletinKind, derived_id

ACTIVE = """SELECT r.id AS rulebook_id, d.id, d.key, d.name_zh, d.name_en
    FROM rulebooks r JOIN districts d ON d.id = r.district_id WHERE r.active"""
SUBJECTS = {
    BulletinKind.STREETS: "SELECT id, code AS key, name_zh, name_en FROM streets WHERE district_id = $1",
}
DEPARTMENTS = "SELECT id, key, name_zh, name_en FROM departments WHERE district_id = $1"


class NotOverError(ValueError):
    """The period is not over yet; what belongs to it is not known."""


class NoRulesError(LookupError):
    """The district has no rulebook, or one that makes no such table."""


@dataclass(frozen=True, slots=True)
class Active:
    """The rulebook that a district's tables are made under now."""

    district: Subject
    id: UUID
    rulebook: Rulebook


async def active(district: UUID) -> Active | None:
    """The rulebook that new cases take, and whose it is."""
    found = await db.row(f"{ACTIVE} AND r.district_id = $1", district)
    return None if found is None else await _active(found)


async def publishing() -> list[Active]:
    """Every district whose rulebook publishes bulletins by itself."""
    return [await _active(row) for row in await db.rows(f"{ACTIVE} AND r.body -> 'bulletin' IS NOT NULL")]


async def _active(found: db.Row) -> Active:
    return Active(_subject(found), found["rulebook_id"], await cases.rulebook(found["rulebook_id"]))


@dataclass(frozen=True, slots=True)
class By:
    """The command that has tables published; none where the schedule does."""

    command: UUID
    actor: str
    name: str
    fingerprint: str


async def publish(district: UUID, of: Period, now: datetime, by: By | None = None) -> list[UUID]:
    """The tables of a month, or that of a year; those not there yet are worked out and frozen.

    Raises NotOverError and NoRulesError. Two that publish at once wait for each other and end the same.
    """
    under = await active(district)
    kinds = kinds_of(under.rulebook, of) if under else ()
    if under is None or not kinds:
        raise NoRulesError(str(district))
    if of.ends(under.rulebook.calendar) > now:
        raise NotOverError(of.name)
    async with db.transaction() as connection:
        await connection.execute(
            "SELECT pg_advisory_xact_lock(hashtext($1))", f"bulletin {district} {of.name}"
        )
        if by is not None:
            await commands.claim(
                connection,
                by.command,
                actor=by.actor,
                name=by.name,
                fingerprint=by.fingerprint,
                now=now,
            )
        return [await _published(connection, under, kind, of, now) for kind in kinds]


async def draft(district: UUID, of: Period, kind: BulletinKind, now: datetime) -> Table | None:
    """A table as it stands at `now`, frozen nowhere; None where the rulebook makes no such table."""
    under = await active(district)
    if under is None or kind not in kinds_of(under.rulebook, of):
        return None
    cut_off = min(now, of.ends(under.rulebook.calendar)) if of.monthly else now
    return await _made(under, kind, of, cut_off, await _subjects(under, kind, db.rows), db.rows)


def kinds_of(rulebook: Rulebook, of: Period) -> tuple[BulletinKind, ...]:
    """The tables that a rulebook makes of a period."""
    wanted = MONTHLY if of.monthly else (BulletinKind.ANNUAL,)
    return tuple(kind for kind in wanted if rulebook.scheme(SCHEMES[kind]))


async def found(district: str, of: str, kind: BulletinKind) -> db.Row | None:
    """The published table of a district, by its key."""
    return await db.row(
        f"SELECT {BULLETIN.listed('b')} FROM bulletins b JOIN districts d ON d.id = b.district_id "
        "WHERE d.key = $1 AND b.period = $2 AND b.kind = $3",
        district,
        of,
        kind.value,
    )


async def recomputed(bulletin: UUID) -> bytes | None:
    """The bytes of a published table, worked out again from its facts; None where there is none."""
    row = await db.row(
        "SELECT district_id, period, kind, rulebook_id, cut_off, body FROM bulletins WHERE id = $1", bulletin
    )
    of = period(row["period"]) if row else None
    if row is None or of is None:
        return None
    document = json.loads(row["body"])
    # Names may have changed since, and subjects come: those of then are an input like the rules.
    subjects = tuple(Subject(**subject) for subject in document["subjects"])
    under = Active(
        Subject(**document["district"]), row["rulebook_id"], await cases.rulebook(row["rulebook_id"])
    )
    made = await _made(under, BulletinKind(row["kind"]), of, row["cut_off"], subjects, db.rows)
    return codec.canonical(made.document)


async def _published(
    connection: asyncpg.Connection, under: Active, kind: BulletinKind, of: Period, now: datetime
) -> UUID:
    key = derived_id("bulletin", under.district.id, kind.value, of.name)
    if await connection.fetchval("SELECT true FROM bulletins WHERE id = $1", key):
        return key
    listed = await _subjects(under, kind, connection.fetch)
    # A month ends by itself; a year ends when its score sheets are in, which is when it is published.
    cut_off = of.ends(under.rulebook.calendar) if of.monthly else now
    made = await _made(under, kind, of, cut_off, listed, connection.fetch)
    body = codec.canonical(made.document)
    await connection.execute(
        """
        INSERT INTO bulletins (id, district_id, period, kind, rulebook_id, scheme_digest, cut_off, body,
            sha256, published_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """,
        key,
        UUID(under.district.id),
        of.name,
        kind.value,
        under.id,
        made.document["scheme"]["digest"],
        cut_off,
        body,
        sha256(body).hexdigest(),
        now,
    )
    await connection.executemany(
        'INSERT INTO bulletin_figures (bulletin_id, subject_id, "column", part, issue_ids) '
        "VALUES ($1, $2, $3, $4, $5)",
        [
            (key, UUID(one.subject), one.column, one.part.value, [UUID(issue) for issue in one.issues])
            for one in made.behind
        ],
    )
    return key


async def _subjects(under: Active, kind: BulletinKind, read: Read) -> tuple[Subject, ...]:
    sql = f"{SUBJECTS.get(kind, DEPARTMENTS)} ORDER BY key"
    return tuple(map(_subject, await read(sql, UUID(under.district.id))))


async def _made(
    under: Active,
    kind: BulletinKind,
    of: Period,
    cut_off: datetime,
    subjects: Sequence[Subject],
    read: Read,
) -> Table:
    book = under.rulebook
    scheme, calendar = book.scheme(SCHEMES[kind]), book.calendar
    if scheme is None:
        raise NoRulesError(f"{book.name} has no scheme {SCHEMES[kind]}")
    frame = Frame(
        kind=kind,
        period=of,
        begins=of.begins(calendar).isoformat(),
        cut_off=cut_off.astimezone(calendar.zone).isoformat(),
        rulebook=book.name,
        district=under.district,
        subjects=tuple(subjects),
        scheme=scheme,
        scheme_digest=codec.digest(scheme_to_json(scheme)),
        process=book.scheme(SCHEMES[BulletinKind.REVIEWS]),
    )
    span = Span(UUID(under.district.id), of.begins(calendar), of.ends(calendar), cut_off)
    return table(frame, await counted.facts(kind, of, span, calendar.zone, read))


def _subject(row: Any) -> Subject:
    return Subject(str(row["id"]), row["key"], row["name_zh"], row["name_en"])
