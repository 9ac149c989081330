"""A round from its opening to its closing: sheets handed in as front ends and field staff do it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from api.ids import global_id
from infra.demo.half_year.office import WEEK, Office, until
from infra.demo.rounds.sheets import FIELD, Sheet
from models.terms import FlagReason, ResponseChannel

CHANGED = "survey { id code status }"
EXISTING = "{ surveys(first: 1, orderBy: {field: CREATED_AT, direction: DESC}) { nodes { year half } } }"
STEP = "query Step($cycle: ID!) { node(id: $cycle) { ... on RectificationCycle { step } } }"
BY_TIME = (FlagReason.SPEEDER, FlagReason.STRAIGHT_LINER)
A_MOMENT = 2.0
"""Seconds between the opening of a round and the earliest that a sheet may have been begun."""


@dataclass(frozen=True)
class Round:
    """A round of the demo: its GraphQL id and code, and when it was opened, by the loop's clock."""

    id: str
    code: str
    opened: float


async def codes(office: Office) -> tuple[str, str]:
    """The first and second half of the first year of which the district has no round yet."""
    found = (await office.api.ask(office.head.token, EXISTING))["surveys"]["nodes"]
    year = found[0]["year"] + 1 if found else datetime.now(UTC).year
    return f"{year}H1", f"{year}H2"


async def opened(office: Office, code: str) -> Round:
    """A round that takes answers, and its cycle, which begins with it."""
    now = datetime.now(UTC)
    made = await office.act(
        office.head,
        "createSurvey",
        CHANGED,
        district=global_id("District", office.ground.district.id),
        code=code,
        opensAt=(now - timedelta(minutes=1)).isoformat(),
        closesAt=(now + WEEK).isoformat(),
    )
    survey = made["survey"]["id"]
    await office.act(office.head, "openSurvey", CHANGED, survey=survey)
    return Round(survey, code, time.monotonic())


async def handed_in(office: Office, of: Round, sheets: list[Sheet]) -> None:
    """Every sheet; those last whose doubtful time would reach back before the round was opened."""
    ordered = sorted(sheets, key=lambda sheet: (sheet.flaw is not None, sheet.seconds or 0, sheet.number))
    honest = [sheet for sheet in ordered if sheet.flaw is None]
    await office.all_of(lambda sheet: _hand_in(office, of, sheet), honest)
    doubtful = [sheet for sheet in ordered if sheet.flaw is not None]
    timed = [sheet.seconds or 0 for sheet in doubtful if sheet.flaw in BY_TIME]
    longest = max(timed, default=0)
    await asyncio.sleep(max(0.0, of.opened + A_MOMENT + longest - time.monotonic()))
    await office.all_of(lambda sheet: _hand_in(office, of, sheet), doubtful)


async def closed(office: Office, of: Round) -> None:
    await office.act(office.head, "closeSurvey", CHANGED, survey=of.id)


async def _hand_in(office: Office, of: Round, sheet: Sheet) -> None:
    """As staff enter paper and visits, and as a front end sends what was answered in it."""
    by_hand = sheet.channel in FIELD
    token = office.head.token if by_hand else office.machine
    channel = sheet.channel if by_hand else ResponseChannel.API
    given: dict[str, Any] = {
        "survey": of.id,
        "community": office.community(sheet.community),
        "group": sheet.group,
        "mode": sheet.mode.value,
        "channel": channel.value,
        "answers": list(_answers(sheet, office.texts)),
        **_times(of, sheet),
    }
    if sheet.device is not None:
        given["device"] = f"{of.code}/{sheet.device}"
    key = f"{office.key}/{of.code}/{sheet.number}"
    await office.api.act(token, "submitResponse", key, "submitted", **given)


def _answers(sheet: Sheet, texts: frozenset[str]) -> Iterator[dict[str, Any]]:
    for question, given in sheet.answers.items():
        match given:
            case int():
                yield {"question": question, "number": given}
            case list():
                yield {"question": question, "choices": given}
            case _ if question in texts:
                yield {"question": question, "text": given}
            case _:
                yield {"question": question, "choices": [given]}


def _times(of: Round, sheet: Sheet) -> dict[str, str]:
    """When it was answered. A round of the demo lasts minutes: what would have begun before it opened is
    not measured, and what was filled in at an impossible time was so the day before."""
    now = datetime.now(UTC)
    if sheet.flaw is FlagReason.IMPOSSIBLE_TIME:
        return {"finishedAt": (now - timedelta(days=1)).isoformat()}
    if sheet.seconds is None or time.monotonic() - of.opened < sheet.seconds + A_MOMENT:
        return {}
    return {"startedAt": (now - timedelta(seconds=sheet.seconds)).isoformat(), "finishedAt": now.isoformat()}


async def stands(office: Office, cycle: str, step: str) -> None:
    """Waits until the cycle has come to this step."""

    async def there() -> bool:
        found = await office.api.ask(office.head.token, STEP, cycle=cycle)
        return bool(found["node"]["step"] == step)

    await until(there)
