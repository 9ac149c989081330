"""Open data of a round: what was picked, by people whom nobody can tell from k − 1 others.

A line is one answer sheet. Where it comes from is told as closely as k sheets share it: community, group and
mode; else no community; else no mode; else no group; else the sheet is left out. Nobody's own words, dates,
devices or questions about the respondent are in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from models.policy.survey.estimate import Points
from models.policy.survey.figures import INDICATOR, number
from models.policy.survey.plan import plan
from models.policy.survey.round import Answered, Facts, Round
from models.policy.survey.strata import Cell
from models.terms import RatedLevel

PLACE = ("street", "street_name", "community", "community_name", "group", "mode")
Where = tuple[str, str, str, str]
"""Street, community, group and mode; empty where it is not told."""


@dataclass(frozen=True, slots=True)
class OpenData:
    """A table of texts, a line for each sheet, and how many sheets were left out."""

    header: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    left_out: int


def generalised(sheet: Answered, step: int) -> Where:
    """Where a sheet comes from, told less and less closely."""
    return (
        sheet.street,
        sheet.community if step == 0 else "",
        sheet.cell.group if step <= 2 else "",
        sheet.cell.mode.value if step <= 1 else "",
    )


STEPS = 4


def released(sheets: Iterable[Answered], k: int) -> tuple[list[tuple[Where, Answered]], int]:
    """Each sheet with where it comes from, told so that at least k share it; and how many were left out.

    What is told closely is not counted again where others are told less closely.
    """
    waiting, out = list(sheets), list[tuple[Where, Answered]]()
    for step in range(STEPS):
        counted: dict[Where, int] = defaultdict(int)
        for sheet in waiting:
            counted[generalised(sheet, step)] += sheet.count
        out += [(w, sheet) for sheet in waiting if counted[w := generalised(sheet, step)] >= k]
        waiting = [sheet for sheet in waiting if counted[generalised(sheet, step)] < k]
    return out, sum(sheet.count for sheet in waiting)


def open_data(round_: Round, facts: Facts) -> OpenData:
    """The open data of a round, in an order that says nothing of when a sheet came."""
    columns, points = _points(round_, facts)
    told, left_out = released(facts.answers.sheets, round_.spec.anonymity)
    names = {street.id: (street.key, street.zh) for street in round_.streets}
    names |= {one.subject.id: (one.subject.key, one.subject.zh) for one in round_.communities}
    names[""] = "", ""
    lines = sorted(
        [*names[street], *names[community], group, mode, *points[sheet]]
        for (street, community, group, mode), sheet in told
        for _ in range(sheet.count)
    )
    return OpenData((*PLACE, *columns), tuple(map(tuple, lines)), left_out)


def _points(round_: Round, facts: Facts) -> tuple[list[str], Mapping[Answered, list[str]]]:
    """The columns, such as `street_parking`, and what each sheet gave in them."""
    shares = {Cell(share.group, share.mode): share.share for share in round_.spec.shares}
    columns: list[str] = []
    found: list[list[str]] = [[] for _ in facts.answers.sheets]
    written: dict[Points, list[str]] = {}
    for level in RatedLevel:
        asked = plan(round_.instrument, level, shares)
        columns += [f"{level.value.lower()}_{key.removeprefix(INDICATOR)}" for key in asked.indicators]
        for place, (_, alike) in enumerate(facts.answers.alike(round_.instrument, asked)):
            if alike.points not in written:
                written[alike.points] = [_text(points) for points in alike.points]
            found[place] += written[alike.points]
    return columns, dict(zip(facts.answers.sheets, found, strict=True))


def _text(points: Decimal | None) -> str:
    return "" if points is None else number(points)
