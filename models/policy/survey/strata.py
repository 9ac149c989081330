"""层: the cells that answers are weighted by, and what becomes of those with too few answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from models.terms import SurveyMode

LEAST = 5
"""A cell with fewer answers says too little of its own share and is merged; a rulebook may say another k."""


class Cell(NamedTuple):
    """Respondents of one group who were found by one mode."""

    group: str
    mode: SurveyMode

    def __str__(self) -> str:
        return f"{self.group}/{self.mode.value}"


@dataclass(frozen=True, slots=True)
class Stratum:
    """One cell, or several that were merged: the share of the population it stands for, and its answers."""

    cells: tuple[Cell, ...]
    share: Decimal
    n: int


def merged(counts: Mapping[Cell, int], shares: Mapping[Cell, Decimal], least: int = LEAST) -> list[Stratum]:
    """The strata of cells in the order of `shares`: each with `least` answers, or one alone with fewer.

    A cell that is too small joins the next of its group, the last the one before it. What is too small as a
    whole group joins the next cell of all, likewise. Shares go along, so that nobody's part is lost.
    """
    cells = list(shares)
    groups = list(dict.fromkeys(cell.group for cell in cells))
    parts = [
        part
        for group in groups
        for part in _joined([[cell] for cell in cells if cell.group == group], counts, least)
    ]
    return [
        Stratum(tuple(part), sum((shares[cell] for cell in part), Decimal(0)), _count(part, counts))
        for part in _joined(parts, counts, least)
    ]


def _count(part: Sequence[Cell], counts: Mapping[Cell, int]) -> int:
    return sum(counts.get(cell, 0) for cell in part)


def _joined(parts: list[list[Cell]], counts: Mapping[Cell, int], least: int) -> list[list[Cell]]:
    """The parts, each that is too small joined to the next, the last to the one before."""
    while len(parts) > 1:
        small = next((place for place, part in enumerate(parts) if _count(part, counts) < least), None)
        if small is None:
            break
        place = min(small, len(parts) - 2)
        parts = [*parts[:place], parts[place] + parts[place + 1], *parts[place + 2 :]]
    return parts
