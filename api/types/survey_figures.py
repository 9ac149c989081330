"""What published rounds are told in: figures, rows, tests, the year (api/types/survey_results.py)."""

from __future__ import annotations

import strawberry
from strawberry import ID

from api.rules import default_rule
from api.types.leaves import computed, leaf
from api.types.record import Asked
from models.policy.access import Rule
from models.policy.scheme.figures import Gap
from models.terms import Language, RatedLevel


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
    zh: str = leaf(description="What it is called, in Chinese.")
    en: str = leaf(description="The same in English.")
    rule: str = leaf(description="The rule that gives it, with the version of the rulebook.")
    place: int | None = leaf(description="The place it is given for.")
    amount: str | None = leaf(
        description="How much; null where a tie leaves it to people, and for a commendation."
    )
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
