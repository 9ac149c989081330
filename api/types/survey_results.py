"""考评结果: published rounds, from ranks and awards down to the answers behind each figure."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import ID
from strawberry.scalars import JSON

from api import ids
from api.rules import default_rule, resolved
from api.types.inputs import given, key, text
from api.types.leaves import computed, leaf
from api.types.record import Record, to_one
from api.types.survey_figures import (
    SurveyAward,
    SurveyChange,
    SurveyColumn,
    SurveyFigure,
    SurveyLevel,
    SurveyMean,
    SurveyPair,
    SurveyRow,
    SurveyStratum,
    SurveyTerm,
    SurveyYear,
    SurveyYearRow,
)
from models.policy.access import Rule
from models.policy.scheme.figures import Gap
from models.queries import survey_results
from models.queries import survey_shapes as shapes
from models.queries.filters import Filter, equal, present
from models.terms import RatedLevel

VERIFYING = asyncio.Semaphore(1)
"""Working a round out again takes seconds: one at a time."""


@default_rule(Rule.PUBLIC)
@strawberry.type(description="考评结果: what a round came to, frozen when it was published.")
class SurveyResult(Record):
    shape = shapes.SURVEY_RESULT
    code: str = leaf(description="Year and half, e.g. 2026H1.")
    cut_off: datetime = leaf(description="Only what was recorded before this instant counts.")
    sha256: str = leaf(description="SHA-256 of `document`.")
    scored_at: datetime = leaf(description="When it was worked out.")
    published_at: datetime | None = leaf(description="When it was published.")
    survey = to_one(shape, "survey", "The round.", required=True)
    district = to_one(shape, "district", "Whose round it is.", required=True)
    rulebook = to_one(shape, "rulebook", "The rules it was scored under.", rule=Rule.READ_RULEBOOKS)

    @computed("District and version of the rulebook it was scored under, e.g. gulou/2026.2.")
    def rulebook_version(self) -> str:
        version: str = self._read["rulebook"]
        return version

    @computed("What was frozen, as the bytes that `sha256` is of: canonical JSON.")
    def document(self) -> str:
        return self._body.decode()

    @computed("How the round went: invitations, responses, those left out by reason, ways of answering.")
    def process(self) -> JSON:
        return JSON(self._read["process"])

    @computed("Fewer people than this are never told apart.")
    def anonymity(self) -> int:
        k: int = self._read["anonymity"]
        return k

    @computed("Streets, communities and community workers.")
    def levels(self) -> list[SurveyLevel]:
        found: Mapping[str, Any] = self._read["levels"]
        return [_level(level, found[level.value]) for level in RatedLevel if level.value in found]

    @computed("The year's ranking with this round, and its awards; null where the rulebook makes none.")
    def year(self) -> SurveyYear | None:
        found = self._read["year"]
        return None if found is None else _year(found)

    @resolved(Rule.PUBLIC, "One figure, to be followed down; null where there is none.")
    def figure(
        self,
        level: Annotated[RatedLevel, strawberry.argument(description="Who is rated.")],
        place: Annotated[ID, strawberry.argument(description="The street or community.")],
        column: Annotated[str, strawberry.argument(description="The column's key, e.g. composite.")],
    ) -> SurveyFigure | None:
        told, found = self._read["levels"].get(level.value), ids.parsed(str(place))
        if told is None or found is None:
            return None
        columns = [SurveyColumn(**one) for one in told["columns"] if one["key"] == column]
        rows = [row for row in told["rows"] if row["subject"] == str(found[1])]
        if not columns or not rows or column not in rows[0]["figures"]:
            return None
        return _figure(columns[0], rows[0]["figures"][column])

    @resolved(
        Rule.OVERSIGHT,
        "Whether the results, worked out again from what is recorded, come to the same bytes. Takes long.",
    )
    async def verified(self) -> bool:
        async with VERIFYING:
            again = await survey_results.recomputed(self.id)
        same = again is not None and again.body == self._body
        return same and sha256(self._body).hexdigest() == self.sha256

    @property
    def _body(self) -> bytes:
        body: bytes = self.__dict__["body"]
        return body

    @cached_property
    def _read(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self._body)
        return document


def _level(level: RatedLevel, told: Mapping[str, Any]) -> SurveyLevel:
    columns = [SurveyColumn(**column) for column in told["columns"]]
    kind = "Street" if level is RatedLevel.STREET else "Community"
    mean = told["mean"]
    return SurveyLevel(
        level=level,
        score=told["score"],
        columns=columns,
        mean=_mean(mean["score"]),
        positive=_mean(mean["positive"]),
        change=_change(mean.get("change")),
        rows=[_row(kind, columns, row) for row in told["rows"]],
        tested=told["tested"],
        pairs=[
            SurveyPair(**{**pair, **dict(zip(SIDES, _ids(kind, (pair[s] for s in SIDES)), strict=True))})
            for pair in told["pairs"]
        ],
    )


SIDES = ("higher", "lower")


def _mean(told: Mapping[str, Any] | None) -> SurveyMean | None:
    return None if told is None else SurveyMean(**told)


def _change(told: Mapping[str, Any] | None) -> SurveyChange | None:
    return None if told is None else SurveyChange(**{"adjusted": None, **told})


def _row(kind: str, columns: Sequence[SurveyColumn], told: Mapping[str, Any]) -> SurveyRow:
    return SurveyRow(
        place=_ids(kind, [told["subject"]])[0],
        key=told["key"],
        zh=told["zh"],
        en=told["en"],
        street=_ids("Street", [told["street"]])[0],
        rank=told["rank"],
        tier=told["tier"],
        over=_ids(kind, told["over"]),
        under=_ids(kind, told["under"]),
        coverage=told["coverage"],
        change=_change(told["change"]),
        figures=[
            _figure(column, told["figures"][column.key])
            for column in columns
            if column.key in told["figures"]
        ],
    )


ESTIMATED = ("n", "error", "low", "high", "df", "deff", "effective", "own")


def _figure(column: SurveyColumn, told: Mapping[str, Any]) -> SurveyFigure:
    plain: dict[str, Any] = {
        key: told[key] for key in ("value", "shown", "scale", "numerator", "denominator", "missing")
    }
    plain |= {key: told.get(key) for key in ESTIMATED}
    return SurveyFigure(
        column=column,
        gap=Gap(told["gap"]) if told["gap"] else None,
        terms=[SurveyTerm(**term) for term in told["terms"]],
        strata=[SurveyStratum(**stratum) for stratum in told.get("strata", ())],
        **plain,
    )


def _year(told: Mapping[str, Any]) -> SurveyYear:
    return SurveyYear(
        year=told["year"],
        rounds=told["rounds"],
        provisional=told["provisional"],
        rows=[
            SurveyYearRow(
                place=_ids("Street", [row["subject"]])[0],
                rank=row["rank"],
                score=row["score"]["shown"] or None if row["score"] else None,
                awards=[
                    SurveyAward(**{name: value for name, value in award.items() if name != "tied"})
                    for award in row["awards"]
                ],
            )
            for row in told["rows"]
        ],
    )


def _ids(kind: str, keys: Iterable[str]) -> list[ID]:
    return [ID(ids.global_id(kind, UUID(each))) for each in keys]


@strawberry.input(description="Which results.")
class SurveyResultWhere:
    district: ID | None = given("Of this district.")
    survey: ID | None = given("Of this round.")
    code: str | None = given("Of this half-year, e.g. 2026H1.")
    published: bool | None = given("Whether they are published.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        return [
            equal("district_id", key(self.district, "District", "district")),
            equal("survey_id", key(self.survey, "Survey", "survey")),
            equal("code", text(self.code, "code")),
            present("published_at", self.published),
        ]
