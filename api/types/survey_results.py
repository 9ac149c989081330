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
from api.types.record import Asked, Record, to_one
from models.policy.access import Rule
from models.policy.scheme.figures import Gap
from models.queries import survey_results
from models.queries import survey_shapes as shapes
from models.queries.filters import Filter, equal, present
from models.terms import Language, RatedLevel

VERIFYING = asyncio.Semaphore(1)
"""Working a round out again takes seconds: one at a time."""


@default_rule(Rule.PUBLIC)
@strawberry.type(description="A part of a figure: factor × value.")
class SurveyTerm:
    name: str = leaf(description="The figure it is, by its column's key.")
    value: str = leaf(description="The figure's value.")
    factor: str = leaf(description="What it counts with.")


@default_rule(Rule.PUBLIC)
@strawberry.type(description="A stratum of an indicator: one group by one mode, or several that were merged.")
class SurveyStratum:
    cells: list[str] = leaf(description="Group and mode of each cell in it, e.g. `elderly/ONLINE`.")
    share: str = leaf(description="The part of the district's population it stands for.")
    n: int = leaf(description="How many answered.")
    points: str = leaf(description="Their points together.")
    mean: str = leaf(description="Points ÷ n.")


@default_rule(Rule.PUBLIC)
@strawberry.type(description="A column of results.")
class SurveyColumn:
    key: str = leaf(description="Its name in the scheme.")
    zh: str = leaf(description="Its Chinese name.")
    en: str = leaf(description="Its English name.")
    rule: str = leaf(
        description="The rule that makes it and the version of the rulebook, e.g. "
        "`satisfaction/composite@gulou/2026.2`."
    )

    @computed("Its name in the language of the request.")
    def name(self, info: Asked) -> str:
        return self.zh if info.context.language is Language.ZH else self.en


@default_rule(Rule.PUBLIC)
@strawberry.type(
    description="One figure of results: `value` = `scale` × `numerator` ÷ `denominator`. An "
    "estimated one says how well it is known (docs/surveys-scores.md); others are constants."
)
class SurveyFigure:
    column: SurveyColumn = leaf(description="What it is.")
    value: str | None = leaf(description="The exact number; null where it is empty, never 0 for unknown.")
    shown: str = leaf(description="As published: rounded half up, and nothing where it is empty.")
    scale: str = leaf(description="What the quotient is multiplied with.")
    numerator: str = leaf(description="What was added up.")
    denominator: str = leaf(description="What it was divided by.")
    gap: Gap | None = leaf(description="Why it is empty; null where it is not.")
    missing: int = leaf(description="How many of its parts were missing.")
    terms: list[SurveyTerm] = leaf(description="What its numerator is the sum of.")
    strata: list[SurveyStratum] = leaf(description="Of an indicator, what it was put together from.")
    n: int | None = leaf(description="How many answered any of its questions.")
    error: str | None = leaf(description="The standard error.")
    low: str | None = leaf(description="The lower end of the 95 % interval.")
    high: str | None = leaf(description="The upper end of the 95 % interval.")
    df: int | None = leaf(description="Degrees of freedom: n less the number of strata.")
    deff: str | None = leaf(description="Design effect, against a simple random sample; null without spread.")
    effective: str | None = leaf(description="n ÷ deff.")
    own: str | None = leaf(
        description="The part of the population asked whose own group and mode had answers enough."
    )


@default_rule(Rule.PUBLIC)
@strawberry.type(description="A mean with its 95 % interval.")
class SurveyMean:
    value: str = leaf(description="The mean: each subject counts alike.")
    error: str = leaf(description="Its standard error.")
    df: int = leaf(description="Degrees of freedom.")
    low: str = leaf(description="The lower end of the interval.")
    high: str = leaf(description="The upper end of the interval.")


@default_rule(Rule.PUBLIC)
@strawberry.type(description="The change of a positive part since the round before, with its two-sided test.")
class SurveyChange:
    since: str = leaf(description="The round before.")
    difference: str = leaf(description="This round's positive part less that of the round before.")
    error: str = leaf(description="Its standard error.")
    p: str = leaf(description="The p-value of the test that there is none.")
    adjusted: str | None = leaf(description="Corrected by Holm for all subjects; null for the mean.")


@default_rule(Rule.PUBLIC)
@strawberry.type(description="One street, community or community's workers in results.")
class SurveyRow:
    place: ID = leaf(description="The street or community.")
    key: str = leaf(description="Its code.")
    zh: str = leaf(description="Its Chinese name, as published.")
    en: str = leaf(description="Its English name, as published.")
    street: ID = leaf(description="The street it is or lies in.")
    rank: int | None = leaf(description="Its rank by the score; null where it has none.")
    tier: int | None = leaf(
        description="A tier begins with the best subject left; who is not significantly under that one "
        "belongs to it."
    )
    over: list[ID] = leaf(description="Those it is significantly over (two-sided tests, Holm, 5 %).")
    under: list[ID] = leaf(description="Those it is significantly under.")
    coverage: str | None = leaf(description="The part of its street's quota that is filled, 0 to 1.")
    change: SurveyChange | None = leaf(description="Since the round before; null for a first round.")
    figures: list[SurveyFigure] = leaf(description="Its figures, in the order of the columns.")

    @computed("Its name in the language of the request.")
    def name(self, info: Asked) -> str:
        return self.zh if info.context.language is Language.ZH else self.en


@default_rule(Rule.PUBLIC)
@strawberry.type(description="The test of the order of two streets.")
class SurveyPair:
    higher: ID = leaf(description="The one with the higher score.")
    lower: ID = leaf(description="The other.")
    difference: str = leaf(description="Of their scores.")
    error: str = leaf(description="Its standard error.")
    df: str = leaf(description="Degrees of freedom, by Welch and Satterthwaite.")
    p: str = leaf(description="The two-sided p-value.")
    adjusted: str = leaf(description="Corrected by Holm for all pairs.")
    significant: bool = leaf(description="Whether the order is more than chance: adjusted under 0.05.")


@default_rule(Rule.PUBLIC)
@strawberry.type(description="Results of one level that is rated.")
class SurveyLevel:
    level: RatedLevel = leaf(description="Who is rated.")
    score: str = leaf(description="The key of the column that is the score.")
    columns: list[SurveyColumn] = leaf(description="Its columns.")
    mean: SurveyMean | None = leaf(description="The mean score.")
    positive: SurveyMean | None = leaf(description="The mean of positive parts.")
    change: SurveyChange | None = leaf(description="Of the mean positive part since the round before.")
    rows: list[SurveyRow] = leaf(description="By rank, then those without one.")
    tested: int = leaf(description="How many pairs were tested and corrected together.")
    pairs: list[SurveyPair] = leaf(description="Of streets: the test of every two.")


@default_rule(Rule.PUBLIC)
@strawberry.type(description="An award of the year's ranking.")
class SurveyAward:
    key: str = leaf(description="Which award.")
    rule: str = leaf(description="The rule that gives it, with the version of the rulebook.")
    place: int | None = leaf(description="The place it is given for.")
    amount: str | None = leaf(description="How much; null where a tie leaves it to people.")
    unit: str = leaf(description="Of what, e.g. 元.")
    held: bool = leaf(description="Whether a tie leaves it to people.")


@default_rule(Rule.PUBLIC)
@strawberry.type(description="A street in the year's ranking.")
class SurveyYearRow:
    place: ID = leaf(description="The street.")
    rank: int | None = leaf(description="Its rank in the year.")
    score: str | None = leaf(description="The mean of its rounds, as published.")
    awards: list[SurveyAward] = leaf(description="What it is given.")


@default_rule(Rule.PUBLIC)
@strawberry.type(description="The year's ranking as it stands with this round.")
class SurveyYear:
    year: int = leaf(description="The year.")
    rounds: list[str] = leaf(description="The rounds it is the mean of.")
    provisional: bool = leaf(description="True until the year's last round.")
    rows: list[SurveyYearRow] = leaf(description="By rank, then those without one.")


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
