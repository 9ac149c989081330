"""Scoring and publishing a round: worked out from its facts, frozen as bytes, found as it is ever after."""

from __future__ import annotations

import asyncio
import csv
import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from io import StringIO
from typing import Any
from uuid import UUID

import asyncpg

from models.policy.bulletin.table import Subject
from models.policy.rulebook import Rulebook
from models.policy.survey.open_data import OpenData, open_data
from models.policy.survey.results import results
from models.policy.survey.round import Community, Facts, Feature
from models.policy.survey.round import Round as Told
from models.queries import cases, commands, db, survey_scores
from models.queries.commands import Receipt, Received
from models.queries.rounds import Order, Round, RoundFault, RoundRefusedError
from models.queries.survey_scores import Read
from models.rulebooks import codec
from models.rulebooks.geography import street_id
from models.rulebooks.instruments import instrument_from_json
from models.terms import RatedLevel, Severity, SurveyStatus, derived_id

STREETS, UNITS, YEAR = "satisfaction", "satisfaction_units", "satisfaction_year"
"""The schemes of a rulebook that score a round."""
BOM = "\ufeff"
"""Without it spreadsheet programs read UTF-8 as something else."""
Json = dict[str, Any]

NAMED = "id, code AS key, name_zh, name_en"
BEFORE = """
SELECT r.id, r.body, s.year, s.half FROM survey_results r JOIN surveys s ON s.id = r.survey_id
WHERE r.district_id = $1 AND r.published_at IS NOT NULL AND (s.year, s.half) < ($2, $3)
ORDER BY s.year, s.half
"""
PUT = """
INSERT INTO survey_results (id, survey_id, district_id, code, rulebook_id, cut_off, body, sha256, open_data,
    inputs, scored_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $6)
ON CONFLICT (survey_id) DO UPDATE SET cut_off = excluded.cut_off, body = excluded.body,
    sha256 = excluded.sha256, open_data = excluded.open_data, inputs = excluded.inputs,
    scored_at = excluded.scored_at
WHERE survey_results.published_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Made:
    """Results as bytes."""

    body: bytes
    open_data: bytes


async def score(of: Round, order: Order) -> Received:
    """Works the results out as of now; again, as long as they are not published. Raises RoundRefusedError.

    The order's result is the id of the results.
    """
    key = result_id(of.id)
    async with db.transaction() as connection:
        received = await _claim(connection, order, key)
        if received.receipt is not Receipt.FRESH:
            return received
        # Two that score at once, or one that lifts a doubt, wait for each other.
        row = await connection.fetchrow("SELECT * FROM surveys WHERE id = $1 FOR UPDATE", of.id)
        _stands(row, SurveyStatus.CLOSED, SurveyStatus.SCORED)
        book = await cases.rulebook(of.rulebook)
        if book.survey is None or book.scheme(STREETS) is None:
            raise RoundRefusedError(RoundFault.NO_RULES)
        inputs = await _inputs(row, book, order.now, connection.fetch)
        made = await _made(row, book, inputs, order.now, connection.fetch)
        await connection.execute(
            PUT,
            key,
            of.id,
            of.district,
            of.code,
            of.rulebook,
            order.now,
            made.body,
            sha256(made.body).hexdigest(),
            made.open_data,
            inputs,
        )
        await connection.execute(
            "UPDATE surveys SET status = 'SCORED', scored_at = $2 WHERE id = $1", of.id, order.now
        )
        return received


async def publish(of: Round, order: Order) -> Received:
    """Opens the results to everybody, as they were scored. Raises RoundRefusedError unless SCORED."""
    key = result_id(of.id)
    async with db.transaction() as connection:
        received = await _claim(connection, order, key)
        if received.receipt is not Receipt.FRESH:
            return received
        _stands(
            await connection.fetchrow("SELECT status FROM surveys WHERE id = $1 FOR UPDATE", of.id),
            SurveyStatus.SCORED,
        )
        await connection.execute(
            "UPDATE survey_results SET published_at = $2 WHERE survey_id = $1", of.id, order.now
        )
        await connection.execute(
            "UPDATE surveys SET status = 'PUBLISHED', published_at = $2 WHERE id = $1", of.id, order.now
        )
        return received


@dataclass(frozen=True, slots=True)
class NewFeature:
    """A special indicator of a street as the office enters it."""

    survey: UUID
    street: UUID
    key: str
    score: Decimal
    source: str
    post: UUID | None


async def enter_features(of: Round, new: list[NewFeature], order: Order) -> Received:
    """Enters them; what was entered for the same street and indicator before is replaced.

    Raises RoundRefusedError where the round is published.
    """
    async with db.transaction() as connection:
        received = await _claim(connection, order, of.id)
        if received.receipt is not Receipt.FRESH:
            return received
        before = [status for status in SurveyStatus if status is not SurveyStatus.PUBLISHED]
        _stands(
            await connection.fetchrow("SELECT status FROM surveys WHERE id = $1 FOR UPDATE", of.id), *before
        )
        await connection.executemany(
            """
            INSERT INTO survey_features (id, survey_id, street_id, key, score, source, post_id, entered_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (survey_id, street_id, key) DO UPDATE SET score = excluded.score,
                source = excluded.source, post_id = excluded.post_id, entered_at = excluded.entered_at
            """,
            [
                (
                    derived_id(one.survey, one.street, one.key),
                    *(one.survey, one.street, one.key, one.score, one.source, one.post),
                    order.now,
                )
                for one in new
            ],
        )
        return received


async def recomputed(result: UUID) -> Made | None:
    """The bytes of results, worked out again from their facts; None where there are none."""
    row = await db.row(
        "SELECT s.*, r.cut_off, r.inputs FROM survey_results r JOIN surveys s ON s.id = r.survey_id "
        "WHERE r.id = $1",
        result,
    )
    if row is None:
        return None
    book = await cases.rulebook(row["rulebook_id"])
    return await _made(row, book, row["inputs"], row["cut_off"], db.rows)


async def published(district: str | None, code: str) -> db.Row | None:
    """The published results of a district's round, by its key and e.g. "2026H1".

    Without a district those of the only one that has published a round of this half-year.
    """
    found = await db.rows(
        "SELECT r.id, r.body, r.sha256, r.open_data, r.published_at, d.key FROM survey_results r "
        "JOIN districts d ON d.id = r.district_id "
        "WHERE ($1::text IS NULL OR d.key = $1) AND r.code = $2 AND r.published_at IS NOT NULL LIMIT 2",
        district,
        code,
    )
    return found[0] if len(found) == 1 else None


async def published_id(district: str, code: str) -> UUID | None:
    """Which results these are; None where there are none, or none published."""
    found = await published(district, code)
    return found["id"] if found else None


def result_id(survey: UUID) -> UUID:
    """The id that the results of a round have, or will have."""
    return derived_id(survey, "result")


async def streets_of(district: UUID) -> frozenset[UUID]:
    """The streets of a district."""
    return frozenset(
        row["id"] for row in await db.rows("SELECT id FROM streets WHERE district_id = $1", district)
    )


def feature_keys(book: Rulebook) -> tuple[str, ...]:
    """The special indicators that streets of a rulebook have: what its part `feature` is made of."""
    scheme = book.scheme(STREETS)
    of = next((rule.how for rule in scheme.rules if rule.key == "feature"), None) if scheme else None
    return tuple(getattr(of, "of", ()))


async def _claim(connection: asyncpg.Connection, order: Order, result: UUID) -> Received:
    return await commands.claim(
        connection,
        order.command,
        actor=order.actor,
        name=order.name,
        fingerprint=order.fingerprint,
        now=order.now,
        result=result,
    )


def _stands(row: Any, *expected: SurveyStatus) -> None:
    if SurveyStatus(row["status"]) not in expected:
        raise RoundRefusedError(RoundFault.WRONG_STATUS, SurveyStatus(row["status"]))


# What goes in ---------------------------------------------------------------------------------------


async def _inputs(row: Any, book: Rulebook, cut_off: datetime, read: Read) -> Json:
    """What may change after scoring and is no dated fact: kept beside the results."""
    (district,) = await read(
        "SELECT id, key, name_zh, name_en FROM districts WHERE id = $1", row["district_id"]
    )
    streets = await read(f"SELECT {NAMED} FROM streets WHERE district_id = $1 ORDER BY code", district["id"])
    communities = await read(
        f"SELECT {NAMED}, street_id FROM communities WHERE district_id = $1 ORDER BY code", district["id"]
    )
    before = await read(BEFORE, district["id"], row["year"], row["half"])
    found = await survey_scores.items(row["id"], cut_off, read)
    if not found and await read("SELECT 1 FROM opinions WHERE survey_id = $1 LIMIT 1", row["id"]):
        items: Json | None = None  # nobody has sorted what was said yet: not known, rather than none
    else:
        none = {severity.value: 0 for severity in Severity}
        items = {str(street["id"]): found.get(str(street["id"]), none) for street in streets}
    return {
        "district": _subject(district).to_json(),
        "streets": [_subject(street).to_json() for street in streets],
        "communities": [
            {"subject": _subject(one).to_json(), "street": str(one["street_id"])} for one in communities
        ],
        "items": items,
        "features": await survey_scores.features(row["id"], read),
        "before": [str(one["id"]) for one in before],
        "year": [str(one["id"]) for one in before if one["year"] == row["year"]],
        "process": await survey_scores.process(row["id"], cut_off, read),
    }


def _subject(row: Any) -> Subject:
    return Subject(str(row["id"]), row["key"], row["name_zh"], row["name_en"])


async def _made(row: Any, book: Rulebook, inputs: Json, cut_off: datetime, read: Read) -> Made:
    told = _told(row, book, inputs, cut_off)
    bodies = {
        str(one["id"]): json.loads(one["body"])
        for one in await read(
            "SELECT id, body FROM survey_results WHERE id = ANY($1)", [UUID(key) for key in inputs["before"]]
        )
    }
    facts = Facts(
        answers=await survey_scores.answers(row["id"], cut_off, told.instrument, read),
        quota=await survey_scores.quota(row["id"], read),
        items={
            street: {Severity(key): count for key, count in its.items()}
            for street, its in (inputs["items"] or {}).items()
        },
        features={
            street: {key: Feature(Decimal(score), source) for key, (score, source) in its.items()}
            for street, its in inputs["features"].items()
        },
        process=inputs["process"],
        earlier=bodies[inputs["before"][-1]] if inputs["before"] else None,
        year=tuple(bodies[key] for key in inputs["year"]),
    )
    # Some seconds of arithmetic: not where everybody else is answered.
    return await asyncio.to_thread(_written, told, facts)


def _written(told: Told, facts: Facts) -> Made:
    document, opened = results(told, facts), open_data(told, facts)
    body = _csv(opened)
    document["openData"] = {
        "sheets": len(opened.lines),
        "leftOut": opened.left_out,
        "sha256": sha256(body).hexdigest(),
    }
    return Made(codec.canonical(document), body)


def _csv(opened: OpenData) -> bytes:
    file = StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(opened.header)
    writer.writerows(opened.lines)
    return (BOM + file.getvalue()).encode()


def _told(row: Any, book: Rulebook, inputs: Json, cut_off: datetime) -> Told:
    spec, zone = book.survey, book.calendar.zone
    if spec is None:
        raise LookupError(f"{book.name} has no survey")
    schemes = {RatedLevel.STREET: book.scheme(STREETS)}
    schemes |= dict.fromkeys((RatedLevel.COMMUNITY, RatedLevel.WORKER), book.scheme(UNITS))
    closed = row["closed_at"] or row["closes_at"]
    return Told(
        district=Subject(**inputs["district"]),
        code=row["code"],
        year=row["year"],
        half=row["half"],
        zh=row["name_zh"],
        en=row["name_en"],
        opened=(row["opened_at"] or row["opens_at"]).astimezone(zone).isoformat(),
        closed=closed.astimezone(zone).isoformat(),
        cut_off=cut_off.astimezone(zone).isoformat(),
        on=closed.astimezone(zone).date(),
        rulebook=book.name,
        spec=spec,
        instrument=instrument_from_json(row["instrument"]),
        schemes={level: scheme for level, scheme in schemes.items() if scheme is not None},
        year_scheme=book.scheme(YEAR),
        streets=tuple(Subject(**one) for one in inputs["streets"]),
        communities=tuple(
            Community(Subject(**one["subject"]), one["street"]) for one in inputs["communities"]
        ),
        residents={str(street_id(book.district, one.street)): one.residents for one in spec.residents},
    )
