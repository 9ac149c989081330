"""The year's ranking and its awards, from the scores of its rounds (domain guide 4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from models.policy.bulletin.table import award_to_json, figure_to_json
from models.policy.scheme.consequences import Award
from models.policy.scheme.definition import Scheme
from models.policy.scheme.figures import Reading, Scorecard
from models.policy.scheme.ranking import Granted
from models.policy.scheme.standings import Standing, standings
from models.policy.survey.figures import number
from models.policy.survey.round import Facts, Json, Round
from models.terms import RatedLevel

ROUND = "round"
LAST_HALF = 2
"""With the round of the second half the year is whole; until then its ranking is provisional."""


def year(round_: Round, streets: Mapping[str, Any] | None, facts: Facts) -> Json | None:
    """The standing of the year with this round; None where the rulebook makes none."""
    scheme = round_.year_scheme
    if scheme is None or streets is None:
        return None
    known = {street.id for street in round_.streets}
    cards = [
        Scorecard(subject, code, {ROUND: Reading(score, (code,))})
        for code, subject, score in _scores(round_, streets, facts)
        if subject in known
    ]
    codes = list(dict.fromkeys(card.id for card in cards))
    found = standings(scheme, cards, round_.on, known)
    return {
        "year": round_.year,
        "rounds": codes,
        "provisional": round_.half < LAST_HALF,
        "scheme": {"key": scheme.key, "zh": scheme.zh, "en": scheme.en, "version": scheme.version},
        "rows": [_row(standing, scheme) for standing in found],
    }


def _scores(
    round_: Round, streets: Mapping[str, Any], facts: Facts
) -> Iterator[tuple[str, str, Decimal | None]]:
    """Each street's score of each round of the year, unrounded; None where it has none."""
    for document in facts.year:
        level = document["levels"].get(RatedLevel.STREET.value)
        if level is not None:
            yield from _of_level(document["round"]["code"], level)
    yield from _of_level(round_.code, streets)


def _of_level(code: str, level: Mapping[str, Any]) -> Iterator[tuple[str, str, Decimal | None]]:
    for row in level["rows"]:
        value = row["figures"][level["score"]]["value"]
        yield code, row["subject"], None if value is None else Decimal(value)


def _row(standing: Standing, scheme: Scheme) -> Json:
    return {
        "subject": standing.subject,
        "rank": standing.rank,
        "score": figure_to_json(standing.score) if standing.score else None,
        "awards": [_award(granted, scheme.award(granted.award)) for granted in standing.awards],
    }


def _award(granted: Granted, award: Award) -> Json:
    amount = granted.amount
    return {
        **award_to_json(award),
        "rule": str(granted.rule),
        "place": granted.place,
        "tied": list(granted.tied),
        "amount": None if amount is None or amount.value is None else number(amount.value),
        "unit": granted.unit,
        "held": granted.held,
    }
