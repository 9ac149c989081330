"""A time that a rulebook allows."""

from __future__ import annotations

from dataclasses import dataclass

from models.terms import Clock

DEFAULT_LADDER = "DEFAULT"


@dataclass(frozen=True)
class Limit:
    """A time allowed: whole microseconds of its clock, and the text of the rulebook that says so."""

    allowed: int
    text: str
    clock: Clock = Clock.WORKING
