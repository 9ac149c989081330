"""Rounds and cycles that begin by themselves, twice a year, in districts whose rulebook says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.policy.half_year import closes_at, round_due
from models.policy.rectification_rules import HalfYear
from models.queries import bulletins, calendars, commands, db, loops, rounds
from models.queries.bulletins import Active
from models.queries.rounds import NewRound, Order, RoundFault, RoundRefusedError
from models.terms import CycleStep, derived_id

SCHEDULE = "schedule/half-year"


@dataclass(frozen=True)
class Beginning:
    """When a district's round begins; no instant where its rulebook begins none by itself."""

    code: str
    at: datetime | None


async def scheduled() -> list[tuple[Active, HalfYear]]:
    """Every district whose rulebook begins cycles by itself and says how satisfaction is measured."""
    found = []
    for row in await db.rows(
        "SELECT district_id AS id FROM rulebooks WHERE active AND body -> 'rectification' IS NOT NULL"
    ):
        under = await bulletins.active(row["id"])
        when = _when(under)
        if under is not None and when is not None:
            found.append((under, when))
    return found


async def beginning(district: UUID, meant: datetime) -> Beginning:
    """When the round that is meant begins, by the rulebook and calendar of today."""
    under = await bulletins.active(district)
    when = _when(under)
    if under is None or when is None:
        return Beginning("", None)
    due = round_due(meant, when, await calendars.current(district) or under.rulebook.calendar)
    return Beginning(due.code, due.at)


async def begin(district: UUID, meant: datetime, now: datetime) -> UUID | None:
    """Makes the round, where the office has not made it before, and begins its cycle; again changes nothing.

    None where the rulebook begins none any more.
    """
    under = await bulletins.active(district)
    when = _when(under)
    if under is None or when is None or under.rulebook.rectification is None:
        return None
    calendar = await calendars.current(district) or under.rulebook.calendar
    due = round_due(meant, when, calendar)
    survey = derived_id("survey", district, due.code)
    solicit = under.rulebook.rectification.steps[CycleStep.SOLICIT.value]
    half = "上" if due.half == 1 else "下"
    new = NewRound(
        district,
        due.year,
        due.half,
        f"{due.year}年{half}半年居民满意度考评",
        f"Satisfaction of residents, {'first' if due.half == 1 else 'second'} half of {due.year}",
        due.at,
        closes_at(due.at, solicit, calendar),
    )
    command = derived_id("command", SCHEDULE, district, due.code)
    order = Order(command, SCHEDULE, "CREATE_SURVEY", commands.digest(SCHEDULE, due.code), now)
    try:
        await rounds.create(new, order)
    except RoundRefusedError as no:
        if no.fault is not RoundFault.TAKEN:
            return None
        survey = await db.value(
            "SELECT id FROM surveys WHERE district_id = $1 AND code = $2", district, due.code
        )
    async with db.transaction() as connection:
        return await loops.begin(connection, survey, now)


def _when(under: Active | None) -> HalfYear | None:
    """Where the rulebook says both how a cycle goes and how satisfaction is measured."""
    if under is None:
        return None
    book = under.rulebook
    measured = book.survey is not None and bool(book.survey.residents)
    return book.rectification.half_year if book.rectification is not None and measured else None
