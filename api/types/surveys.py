"""考评: rounds of the satisfaction measure and how far their quotas are filled (domain guide 4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import strawberry
from strawberry import ID
from strawberry.scalars import JSON

from api.labels import label
from api.rules import default_rule
from api.types.inputs import given, key, members, text
from api.types.leaves import computed, leaf
from api.types.record import Asked, Record, to_many, to_one
from models.policy.access import Rule
from models.queries import survey_shapes as shapes
from models.queries.filters import Filter, among, equal
from models.terms import Language, SurveyMode, SurveyStatus


@default_rule(Rule.PUBLIC)
@strawberry.type(description="考评: one half-year's round in which residents score streets.")
class Survey(Record):
    shape = shapes.SURVEY
    code: str = leaf(description="Year and half, e.g. 2026H1.")
    year: int = leaf(description="The year.")
    half: int = leaf(description="1 or 2.")
    name_zh: str = leaf(description="Its Chinese name.")
    name_en: str = leaf(description="Its English name.")
    status: SurveyStatus = leaf(description="Where it stands.")
    instrument: JSON = leaf(
        description="What it asks, frozen when it was made: dimensions, choices, a questionnaire for each "
        "group (docs/surveys.md). Exact numbers are texts."
    )
    opens_at: datetime = leaf(description="When it is planned to open.")
    closes_at: datetime = leaf(description="Until when it is answered.")
    opened_at: datetime | None = leaf(description="When it was opened.")
    closed_at: datetime | None = leaf(description="When it was closed.")
    scored_at: datetime | None = leaf(description="When its scores were worked out.")
    published_at: datetime | None = leaf(description="When it was published.")
    created_at: datetime = leaf(description="When it was made.")
    district = to_one(shape, "district", "Whose round it is.", required=True)
    rulebook = to_one(shape, "rulebook", "The rules it runs under.", rule=Rule.READ_RULEBOOKS)

    @computed("Its name in the language of the request.")
    def name(self, info: Asked) -> str:
        return self.name_zh if info.context.language is Language.ZH else self.name_en

    @computed("Where it stands, in the language of the request.")
    def status_label(self, info: Asked) -> str:
        return label(SurveyStatus(self.status), info.context.language)

    cells = to_many(shape, "cells", "Its quota by street, group and mode, for staff of its district.")


@default_rule(Rule.STAFF)
@strawberry.type(description="配额: wanted of one group by one mode in one street, and what is there.")
class QuotaCell(Record):
    shape = shapes.QUOTA_CELL
    group_key: str = leaf(description="The group, as the instrument's questionnaires name it.")
    mode: SurveyMode = leaf(description="How respondents are found.")
    wanted: int = leaf(description="How many responses are wanted.")
    invited: int = leaf(description="How many invitations there are.")
    submitted: int = leaf(description="How many were handed in, with those left out.")
    excluded: int = leaf(description="How many of these are left out of the scores.")
    survey = to_one(shape, "survey", "The round.", required=True)
    street = to_one(shape, "street", "The street.", required=True)

    @computed("How many count.")
    def counted(self) -> int:
        return self.submitted - self.excluded

    @computed("How respondents are found, in the language of the request.")
    def mode_label(self, info: Asked) -> str:
        return label(SurveyMode(self.mode), info.context.language)


@strawberry.input(description="Which rounds.")
class SurveyWhere:
    district: ID | None = given("Of this district.")
    statuses: list[SurveyStatus] | None = given("That stand at one of these.")
    code: str | None = given("Of this half-year, e.g. 2026H1.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        return [
            equal("district_id", key(self.district, "District", "district")),
            among("status", members(self.statuses)),
            equal("code", text(self.code, "code")),
        ]


@strawberry.input(description="Which quotas.")
class QuotaCellWhere:
    survey: ID | None = given("Of this round.")
    street: ID | None = given("Of this street.")
    modes: list[SurveyMode] | None = given("By one of these modes.")
    group: str | None = given("Of this group.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        return [
            equal("survey_id", key(self.survey, "Survey", "survey")),
            equal("street_id", key(self.street, "Street", "street")),
            among("mode", members(self.modes)),
            equal("group_key", text(self.group, "group")),
        ]
