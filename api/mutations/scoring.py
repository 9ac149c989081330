"""Scoring and publishing rounds of the satisfaction measure, and streets' special indicators."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, TypeAlias

import strawberry
from strawberry import ID

from api.mutations.asking import Asking, refusable
from api.mutations.entitling import entitled
from api.mutations.inputs import COMMAND, DONE, KEY_WORDS, said
from api.mutations.results import read
from api.mutations.surveying import SurveyInput, checked, order_of, own_round, stands
from api.problems import AnyProblem
from api.rules import commanded, default_rule
from api.types.record import Asked
from api.types.survey_results import SurveyResult
from api.types.surveys import Survey
from models.policy.access import Rule
from models.policy.acts import Act, Ground
from models.policy.text import TextRule
from models.queries import cases, survey_results, survey_shapes
from models.queries.rounds import Order, Round, RoundFault, RoundRefusedError
from models.queries.survey_results import NewFeature
from models.terms import SurveyStatus

MOST_FEATURES = 100
FULL = 100
SOURCE = TextRule(200)
OFFICE = "The response office's to do."


@default_rule(Rule.PUBLIC)
@strawberry.type(description="The round's results as the command left them.")
class SurveyScored:
    survey: Survey = strawberry.field(description="The round.")
    result: SurveyResult = strawberry.field(description="Its results.")


@default_rule(Rule.STAFF)
@strawberry.type(description="The special indicators are on record.")
class SurveyFeaturesEntered:
    survey: Survey = strawberry.field(description="The round.")


ScoreSurveyResult: TypeAlias = Annotated[
    SurveyScored | AnyProblem, strawberry.union("ScoreSurveyResult", description=DONE)
]
EnterSurveyFeaturesResult: TypeAlias = Annotated[
    SurveyFeaturesEntered | AnyProblem, strawberry.union("EnterSurveyFeaturesResult", description=DONE)
]


@strawberry.input(description="What one street is given for one special indicator 特色指标.")
class SurveyFeatureInput:
    street: ID = said("The street.")
    indicator: str = said("The indicator: an input of the rulebook's scheme, e.g. party_led_feature.")
    score: float = said("From 0 to 100, with at most two decimals.")
    source: str = said("Where it comes from, up to 200 characters; published with the figure.")


@strawberry.input(description="Special indicators of a round.")
class EnterSurveyFeaturesInput:
    idempotency_key: str = said(KEY_WORDS)
    survey: ID = said("The round.")
    features: list[SurveyFeatureInput] = said(f"From 1 to {MOST_FEATURES}; all are entered, or none.")


@strawberry.type
class ScoringMutation:
    @commanded(
        Rule.SIGNED_IN,
        "Works out what a closed round came to: estimates, ranks, tests, the year. Again, with what was "
        f"recorded since, as long as it is not published. {OFFICE}",
    )
    @refusable
    async def score_survey(self, info: Asked, input: Annotated[SurveyInput, COMMAND]) -> ScoreSurveyResult:
        asking = Asking(info.context, "SCORE_SURVEY", input.idempotency_key)
        of, order = await _asked(asking, input.survey)
        try:
            checked(asking, await survey_results.score(of, order))
        except RoundRefusedError as no:
            if no.fault is RoundFault.NO_RULES:
                raise asking.invalid("input.survey", "ROUND_NO_SCHEME") from None
            raise stands(asking, no, SurveyStatus.CLOSED, SurveyStatus.SCORED) from None
        return await _scored(asking, of)

    @commanded(
        Rule.SIGNED_IN,
        f"Opens a scored round's results to everybody; from then on their bytes never change. {OFFICE}",
    )
    @refusable
    async def publish_survey(self, info: Asked, input: Annotated[SurveyInput, COMMAND]) -> ScoreSurveyResult:
        asking = Asking(info.context, "PUBLISH_SURVEY", input.idempotency_key)
        of, order = await _asked(asking, input.survey)
        try:
            checked(asking, await survey_results.publish(of, order))
        except RoundRefusedError as no:
            raise stands(asking, no, SurveyStatus.SCORED) from None
        return await _scored(asking, of)

    @commanded(
        Rule.SIGNED_IN,
        "特色指标: enters streets' special indicators; what was entered before for the same street and "
        f"indicator is replaced, until the round is published. {OFFICE}",
    )
    @refusable
    async def enter_survey_features(
        self, info: Asked, input: Annotated[EnterSurveyFeaturesInput, COMMAND]
    ) -> EnterSurveyFeaturesResult:
        asking = Asking(info.context, "ENTER_SURVEY_FEATURES", input.idempotency_key)
        command, of = asking.id, await own_round(asking, input.survey)
        if not 1 <= len(input.features) <= MOST_FEATURES:
            raise asking.invalid("input.features", "RANGE", least=1, most=MOST_FEATURES)
        post = await entitled(asking, Act.RUN_SURVEY, Ground(of.district), "input.survey")
        keys = survey_results.feature_keys(await cases.rulebook(of.rulebook))
        streets = await survey_results.streets_of(of.district)
        new: list[NewFeature] = []
        for n, given in enumerate(input.features):
            field = f"input.features[{n}]"
            street = asking.key(f"{field}.street", given.street, "Street")[1]
            if street not in streets:
                raise asking.refuse(asking.problems.not_found(f"{field}.street", "street"))
            if given.indicator not in keys:
                raise asking.invalid(f"{field}.indicator", "INPUT", expected=", ".join(keys))
            # The shortest text that is this float is what was typed.
            score = Decimal(str(given.score))
            if not 0 <= score <= FULL or score != round(score, 2):
                raise asking.invalid(f"{field}.score", "SHEET_SCORE", most=FULL)
            source = asking.text(f"{field}.source", given.source, SOURCE)
            new.append(NewFeature(of.id, street, given.indicator, round(score, 2), source, post.id))
        content = [str(of.id), *(f"{one.street} {one.key} {one.score} {one.source}" for one in new)]
        try:
            order = order_of(asking, command, content)
            checked(asking, await survey_results.enter_features(of, new, order))
        except RoundRefusedError as no:
            before = [status for status in SurveyStatus if status is not SurveyStatus.PUBLISHED]
            raise stands(asking, no, *before) from None
        return SurveyFeaturesEntered(survey=await read(asking.context, survey_shapes.SURVEY, of.id))


async def _asked(asking: Asking, survey: ID) -> tuple[Round, Order]:
    command, of = asking.id, await own_round(asking, survey)
    return of, order_of(asking, command, [str(of.id)])


async def _scored(asking: Asking, of: Round) -> SurveyScored:
    context = asking.context
    return SurveyScored(
        survey=await read(context, survey_shapes.SURVEY, of.id),
        result=await read(context, survey_shapes.SURVEY_RESULT, survey_results.result_id(of.id)),
    )
