"""Schemes and scorecards in few words, for tests."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from models.policy.scheme.definition import Scheme
from models.policy.scheme.figures import Reading, Scorecard
from models.policy.scheme.standings import Standing, standings
from models.rulebooks.reader import Problems
from models.rulebooks.schemes import read_schemes
from models.rulebooks.source import RulebookError, parse

HERE = Path(__file__).parent
SHIPPED = HERE.parents[1] / "models" / "rulebooks" / "schemes.yaml"
ON = date(2026, 11, 30)


def read(text: str, file: str = "test.yaml") -> list[Scheme]:
    """The schemes of a file's text; raises RulebookError."""
    problems = Problems()
    found = read_schemes(parse(text, file).values["schemes"], "schemes", problems, "test/1")
    if problems.found:
        raise RulebookError(problems.found)
    return found


SCHEMES = {
    scheme.key: scheme
    for path in (HERE / "schemes.yaml", SHIPPED)
    for scheme in read(path.read_text("utf-8"), path.name)
}


def number(value: object) -> Decimal:
    return Decimal(str(value))


def reading(value: object) -> Reading:
    """None is missing, a word a grade, a tuple is a number and the ids behind it."""
    if isinstance(value, Reading):
        return value
    if isinstance(value, tuple):
        return Reading(number(value[0]), tuple(value[1]))
    if isinstance(value, str) and not value[:1].isdigit():
        return Reading(grade=value)
    return Reading(None if value is None else number(value))


def card(subject: str, sheet: object = 1, /, **values: object) -> Scorecard:
    """A scorecard of a subject; a number stands for itself, None for missing."""
    return Scorecard(subject, str(sheet), {key: reading(value) for key, value in values.items()})


def ranked(key: str, *cards: Scorecard, on: date = ON) -> dict[str, Standing]:
    """The standings under a scheme, by subject, in their order."""
    return {standing.subject: standing for standing in standings(SCHEMES[key], cards, on)}


def figure(key: str, rule: str, on: date = ON, **values: object) -> str:
    """What is shown of one figure for one card."""
    return ranked(key, card("it", **values), on=on)["it"].figures[rule].shown
