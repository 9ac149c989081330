"""Shapes of the satisfaction measure: rounds, invitations, responses, doubts (domain guide 4)."""

from __future__ import annotations

from models.queries.guards import Guard
from models.queries.shape import (
    NUMBER,
    TEXT,
    TIME,
    TO_COMMUNITY,
    TO_DISTRICT,
    TO_POST,
    TO_STREET,
    Shape,
    Sort,
    ToMany,
    ToOne,
    columns,
)

CREATED_AT = Sort("created_at", TIME, "When it was made.")
TO_SURVEY = ToOne("Survey", "survey_id")
TO_RESPONSE = ToOne("Response", "response_id")

SURVEY = Shape(
    "Survey",
    "surveys",
    Guard.SURVEY,
    columns(
        "district_id code year half name_zh name_en status rulebook_id instrument opens_at closes_at "
        "opened_at closed_at scored_at published_at created_at"
    ),
    {"CREATED_AT": CREATED_AT, "CODE": Sort("code", TEXT, "Year and half.")},
    to_one={"district": TO_DISTRICT, "rulebook": ToOne("Rulebook", "rulebook_id")},
    to_many={"cells": ToMany("QuotaCell", "survey_id", "GROUP")},
)
QUOTA_CELL = Shape(
    "QuotaCell",
    "quota_cells",
    Guard.BELOW_SURVEY,
    columns("survey_id street_id group_key mode wanted invited submitted excluded"),
    {
        "GROUP": Sort("group_key", TEXT, "Cells of one group together."),
        "WANTED": Sort("wanted", NUMBER, "How many are wanted."),
        "SUBMITTED": Sort("submitted", NUMBER, "How many there are."),
    },
    to_one={"survey": TO_SURVEY, "street": TO_STREET},
)
INVITATION = Shape(
    "Invitation",
    "invitations",
    Guard.INVITATION,
    columns(
        "survey_id district_id street_id community_id group_key mode purpose status created_at opened_at "
        "answered_at"
    ),
    {"CREATED_AT": CREATED_AT},
    to_one={"survey": TO_SURVEY, "street": TO_STREET, "community": TO_COMMUNITY},
)
RESPONSE = Shape(
    "Response",
    "responses",
    Guard.RESPONSE,
    columns(
        "survey_id district_id invitation_id street_id community_id group_key mode purpose channel status "
        "answers post_id started_at saved_at submitted_at seconds excluded"
    ),
    {"SUBMITTED_AT": Sort("submitted_at", TIME, "When it was handed in.", nullable=True)},
    to_one={
        "survey": TO_SURVEY,
        "invitation": ToOne("Invitation", "invitation_id"),
        "street": TO_STREET,
        "community": TO_COMMUNITY,
        "post": TO_POST,
    },
    to_many={"flags": ToMany("ResponseFlag", "response_id", "FLAGGED_AT")},
)
RESPONSE_FLAG = Shape(
    "ResponseFlag",
    "response_flags",
    Guard.RESPONSE_FLAG,
    columns("survey_id response_id reason excludes rule flagged_at lifted_at lifted_by_id lift_reason"),
    {"FLAGGED_AT": Sort("flagged_at", TIME, "When it was flagged.")},
    to_one={
        "survey": TO_SURVEY,
        "response": TO_RESPONSE,
        "lifted_by": ToOne("Person", "lifted_by_id"),
    },
)
OPINION = Shape(
    "Opinion",
    "opinions",
    Guard.OPINION,
    columns(
        "district_id survey_id response_id street_id community_id question_key indicator_key points words "
        "category item_id set_aside created_at"
    ),
    {"CREATED_AT": CREATED_AT},
    to_one={
        "survey": TO_SURVEY,
        "response": TO_RESPONSE,
        "street": TO_STREET,
        "community": TO_COMMUNITY,
        "item": ToOne("NegativeItem", "item_id"),
    },
)

SURVEY_RESULT = Shape(
    "SurveyResult",
    "survey_results",
    Guard.RESULT,
    columns("survey_id district_id code rulebook_id cut_off body sha256 scored_at published_at"),
    {
        "SCORED_AT": Sort("scored_at", TIME, "When it was worked out."),
        "CODE": Sort("code", TEXT, "Year and half."),
    },
    to_one={"survey": TO_SURVEY, "district": TO_DISTRICT, "rulebook": ToOne("Rulebook", "rulebook_id")},
)

SURVEYS = (SURVEY, QUOTA_CELL, INVITATION, RESPONSE, RESPONSE_FLAG, OPINION, SURVEY_RESULT)
