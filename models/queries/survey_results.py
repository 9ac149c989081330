"""Scoring and publishing a round: worked out from its facts, frozen as bytes, found as it is ever after."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

import asyncpg

from models.policy.rulebook import Rulebook
from models.queries import cases, commands, db
from models.queries.commands import Receipt, Received
from models.queries.rounds import Order, Round, RoundFault, RoundRefusedError
from models.queries.survey_making import STREETS, Made, inputs_of, made
from models.terms import SurveyStatus, derived_id

PUT = """
INSERT INTO survey_results (id, survey_id, district_id, code, rulebook_id, cut_off, body, sha256, open_data,
    inputs, scored_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $6)
ON CONFLICT (survey_id) DO UPDATE SET cut_off = excluded.cut_off, body = excluded.body,
    sha256 = excluded.sha256, open_data = excluded.open_data, inputs = excluded.inputs,
    scored_at = excluded.scored_at
WHERE survey_results.published_at IS NULL
"""


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
        inputs = await inputs_of(row, book, order.now, connection.fetch)
        found = await made(row, book, inputs, order.now, connection.fetch)
        await connection.execute(
            PUT,
            key,
            of.id,
            of.district,
            of.code,
            of.rulebook,
            order.now,
            found.body,
            sha256(found.body).hexdigest(),
            found.open_data,
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
    return await made(row, book, row["inputs"], row["cut_off"], db.rows)


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
