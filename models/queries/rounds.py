"""考评: rounds as they are made, opened and closed; each step is one transaction and happens once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import asyncpg

from models.policy.survey.instrument import Instrument
from models.policy.survey.quota import cells
from models.policy.survey.spec import SurveySpec
from models.queries import cases, commands, db
from models.queries.commands import Receipt, Received
from models.rulebooks.geography import street_id
from models.rulebooks.instruments import instrument_from_json, instrument_to_json
from models.terms import SurveyStatus, derived_id

_instruments: dict[UUID, Instrument] = {}
"""Of rounds asked about lately: frozen with the round, so never stale."""


class RoundFault(StrEnum):
    """Why a round cannot be made or moved on."""

    NO_RULES = "NO_RULES"
    """The district's rulebook says nothing of rounds, or not how many live where."""
    TAKEN = "TAKEN"
    """There is a round of this half-year."""
    WRONG_STATUS = "WRONG_STATUS"


class RoundRefusedError(Exception):
    """Nothing was changed; `found` is where the round stands, where that was the reason."""

    def __init__(self, fault: RoundFault, found: SurveyStatus | None = None) -> None:
        super().__init__(fault.value)
        self.fault, self.found = fault, found


@dataclass(frozen=True, slots=True)
class Round:
    """One round as it stands."""

    id: UUID
    district: UUID
    code: str
    name_zh: str
    name_en: str
    status: SurveyStatus
    rulebook: UUID
    opens_at: datetime
    closes_at: datetime
    opened_at: datetime | None

    @property
    def opens(self) -> datetime:
        """When answering began, or is to begin."""
        return self.opened_at or self.opens_at


@dataclass(frozen=True, slots=True)
class NewRound:
    """A half-year's round as the office plans it."""

    district: UUID
    year: int
    half: int
    name_zh: str
    name_en: str
    opens_at: datetime
    closes_at: datetime

    @property
    def code(self) -> str:
        return f"{self.year}H{self.half}"


@dataclass(frozen=True, slots=True)
class Order:
    """The command that does it, as it goes on record."""

    command: UUID
    actor: str
    name: str
    fingerprint: str
    now: datetime


COLUMNS = "id, district_id, code, name_zh, name_en, status, rulebook_id, opens_at, closes_at, opened_at"


async def found(survey: UUID) -> Round | None:
    """The round of this id."""
    row = await db.row(f"SELECT {COLUMNS} FROM surveys WHERE id = $1", survey)
    return None if row is None else round_of(row)


async def by_code(district: str, code: str) -> Round | None:
    """The round of a district, by the district's key and e.g. "2026H1"."""
    columns = ", ".join(f"s.{column}" for column in COLUMNS.split(", "))
    joined = "surveys s JOIN districts d ON d.id = s.district_id"
    row = await db.row(f"SELECT {columns} FROM {joined} WHERE d.key = $1 AND s.code = $2", district, code)
    return None if row is None else round_of(row)


async def instrument(survey: UUID) -> Instrument:
    """What the round asks, as it was frozen into it; raises LookupError where there is no such round."""
    if survey not in _instruments:
        body = await db.value("SELECT instrument FROM surveys WHERE id = $1", survey)
        if body is None:
            raise LookupError(f"no round {survey}")
        _instruments[survey] = instrument_from_json(body)
    return _instruments[survey]


async def spec(rulebook: UUID) -> SurveySpec:
    """What the round's rulebook says of rounds; raises LookupError where it says nothing."""
    found = (await cases.rulebook(rulebook)).survey
    if found is None:
        raise LookupError(f"rulebook {rulebook} has no survey")
    return found


async def create(new: NewRound, order: Order) -> Received:
    """Makes the round with its quota, under the active rulebook. Raises RoundRefusedError."""
    survey = derived_id("survey", new.district, new.code)
    async with db.transaction() as connection:
        received = await claim(connection, order, survey)
        if received.receipt is not Receipt.FRESH:
            return received
        active = await connection.fetchval(
            "SELECT id FROM rulebooks WHERE district_id = $1 AND active", new.district
        )
        book = None if active is None else await cases.rulebook(active)
        if book is None or book.survey is None or not book.survey.residents:
            raise RoundRefusedError(RoundFault.NO_RULES)
        await _put(connection, survey, new, active, book.survey, order.now)
        await _put_cells(connection, survey, book.district, book.survey)
        return received


async def open_(survey: UUID, order: Order) -> Received:
    """From here on it is answered. Raises RoundRefusedError unless it is a DRAFT."""
    return await _moved(survey, order, SurveyStatus.DRAFT, SurveyStatus.OPEN, "opened_at")


async def close(survey: UUID, order: Order) -> Received:
    """Waits for what is being handed in; then nothing is taken. Raises RoundRefusedError unless OPEN."""
    return await _moved(survey, order, SurveyStatus.OPEN, SurveyStatus.CLOSED, "closed_at")


async def _moved(
    survey: UUID, order: Order, before: SurveyStatus, after: SurveyStatus, instant: str
) -> Received:
    async with db.transaction() as connection:
        received = await claim(connection, order, survey)
        if received.receipt is not Receipt.FRESH:
            return received
        # Answers being handed in hold the row for sharing: this waits until they are in.
        status = await connection.fetchval("SELECT status FROM surveys WHERE id = $1 FOR UPDATE", survey)
        if status != before.value:
            raise RoundRefusedError(RoundFault.WRONG_STATUS, SurveyStatus(status))
        await connection.execute(
            f"UPDATE surveys SET status = $2, {instant} = $3 WHERE id = $1", survey, after.value, order.now
        )
        return received


async def claim(connection: asyncpg.Connection, order: Order, result: UUID) -> Received:
    """Puts the command on record with what it makes, or finds it there."""
    return await commands.claim(
        connection,
        order.command,
        actor=order.actor,
        name=order.name,
        fingerprint=order.fingerprint,
        now=order.now,
        result=result,
    )


async def _put(
    connection: asyncpg.Connection,
    survey: UUID,
    new: NewRound,
    rulebook: UUID,
    spec: SurveySpec,
    now: datetime,
) -> None:
    made = await connection.fetchval(
        """
        INSERT INTO surveys (id, district_id, code, year, half, name_zh, name_en, status, rulebook_id,
            instrument, opens_at, closes_at, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'DRAFT', $8, $9, $10, $11, $12)
        ON CONFLICT DO NOTHING RETURNING id
        """,
        survey,
        new.district,
        new.code,
        new.year,
        new.half,
        new.name_zh,
        new.name_en,
        rulebook,
        instrument_to_json(spec.instrument),
        new.opens_at,
        new.closes_at,
        now,
    )
    if made is None:
        raise RoundRefusedError(RoundFault.TAKEN)


async def _put_cells(connection: asyncpg.Connection, survey: UUID, district: str, spec: SurveySpec) -> None:
    await connection.executemany(
        """
        INSERT INTO quota_cells (id, survey_id, street_id, group_key, mode, wanted, invited, submitted,
            excluded)
        VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0)
        """,
        [
            (
                derived_id(survey, "cell", cell.street, cell.group, cell.mode.value),
                survey,
                street_id(district, cell.street),
                cell.group,
                cell.mode.value,
                cell.wanted,
            )
            for cell in cells(spec)
        ],
    )


def round_of(row: db.Row, under: str = "") -> Round:
    """The round of a row whose columns are called so, with `under` before those that others have too."""
    return Round(
        id=row[f"{under}id"],
        district=row["district_id"],
        code=row["code"],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        status=SurveyStatus(row[f"{under}status"]),
        rulebook=row["rulebook_id"],
        opens_at=row["opens_at"],
        closes_at=row["closes_at"],
        opened_at=row[f"{under}opened_at"],
    )
