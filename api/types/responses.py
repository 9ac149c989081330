"""答卷: invitations, what they were answered with, doubts about it, and opinions (domain guide 4).

A response names nobody. Even so the street that is scored never reads single sheets: it sees opinions alone.
"""

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
from models.queries.filters import Filter, among, equal, present
from models.terms import (
    FlagReason,
    InvitationStatus,
    ResponseChannel,
    ResponseStatus,
    SurveyMode,
    SurveyPurpose,
)


@default_rule(Rule.STAFF)
@strawberry.type(description="邀请: one person's single-use link. The link itself is nowhere kept.")
class Invitation(Record):
    shape = shapes.INVITATION
    group_key: str = leaf(description="The group whose questionnaire it asks.")
    mode: SurveyMode = leaf(description="How the respondent was found.")
    purpose: SurveyPurpose = leaf(description="What it asks for.")
    status: InvitationStatus = leaf(description="Where it stands; ANSWERED as soon as it was handed in.")
    created_at: datetime = leaf(description="When it was made.")
    opened_at: datetime | None = leaf(description="When the link was first opened.")
    answered_at: datetime | None = leaf(description="When it was handed in.")
    survey = to_one(shape, "survey", "The round.", required=True)
    street = to_one(shape, "street", "The respondent's street.", required=True)
    community = to_one(shape, "community", "The respondent's community.", required=True)

    @computed("Where it stands, in the language of the request.")
    def status_label(self, info: Asked) -> str:
        return label(InvitationStatus(self.status), info.context.language)


@default_rule(Rule.STAFF)
@strawberry.type(
    description="答卷: what one invitation was answered with. Seen by those who see the whole district, and "
    "by who wrote it down; never altered once it was handed in."
)
class Response(Record):
    shape = shapes.RESPONSE
    group_key: str = leaf(description="The respondent's group.")
    mode: SurveyMode = leaf(description="How the respondent was found.")
    purpose: SurveyPurpose = leaf(description="What was asked.")
    channel: ResponseChannel = leaf(description="On what way it came.")
    status: ResponseStatus = leaf(description="Whether it was handed in.")
    answers: JSON = leaf(
        description="By question key: the key of a choice, a list of keys, a number, or a text."
    )
    started_at: datetime = leaf(description="When answering began.")
    saved_at: datetime = leaf(description="When it was last kept.")
    submitted_at: datetime | None = leaf(description="When it was handed in.")
    seconds: int | None = leaf(description="How long it took; null where nobody measured.")
    excluded: bool = leaf(description="Whether a doubt leaves it out of the scores.")
    survey = to_one(shape, "survey", "The round.", required=True)
    invitation = to_one(shape, "invitation", "What it answers; null for those who do not see it.")
    street = to_one(shape, "street", "The respondent's street.", required=True)
    community = to_one(shape, "community", "The respondent's community.", required=True)
    post = to_one(shape, "post", "PAPER, HOME_VISIT: who wrote it down.")
    flags = to_many(shape, "flags", "Doubts about it.")

    @computed("On what way it came, in the language of the request.")
    def channel_label(self, info: Asked) -> str:
        return label(ResponseChannel(self.channel), info.context.language)


@default_rule(Rule.STAFF)
@strawberry.type(description="Why a response is in doubt; lifted with a reason, never deleted.")
class ResponseFlag(Record):
    shape = shapes.RESPONSE_FLAG
    reason: FlagReason = leaf(description="The kind of doubt.")
    excludes: bool = leaf(description="Whether the rulebook leaves a response out for it.")
    rule: str = leaf(description="The rule that decided, with what was found, e.g. `speeder: 21 s < 25.2 s`.")
    flagged_at: datetime = leaf(description="When it was flagged.")
    lifted_at: datetime | None = leaf(description="When the doubt was taken back; null while it is in force.")
    lift_reason: str | None = leaf(description="Why it was taken back.")
    survey = to_one(shape, "survey", "The round.", required=True)
    response = to_one(shape, "response", "The response.")
    lifted_by = to_one(shape, "lifted_by", "Who took it back.")

    @computed("The kind of doubt, in the language of the request.")
    def reason_label(self, info: Asked) -> str:
        return label(FlagReason(self.reason), info.context.language)


@default_rule(Rule.STAFF)
@strawberry.type(
    description="意见: what a respondent wrote, or one low score. Seen by those who see the whole district, "
    "and by the street that is to put it right."
)
class Opinion(Record):
    shape = shapes.OPINION
    question_key: str = leaf(description="The question it answers.")
    indicator_key: str | None = leaf(description="The indicator, where it is a score.")
    points: int | None = leaf(description="What was given, where it is a score.")
    words: str | None = leaf(description="What was written, where it is a text.")
    category: str | None = leaf(description="The line of the item list it was sorted under.")
    set_aside: bool = leaf(description="Whether a person found nothing in it to put right.")
    created_at: datetime = leaf(description="When it was said.")
    survey = to_one(shape, "survey", "The round.", required=True)
    response = to_one(shape, "response", "The sheet it stands on; null for those who do not see it.")
    street = to_one(shape, "street", "The respondent's street.", required=True)
    community = to_one(shape, "community", "The respondent's community.", required=True)


@strawberry.input(description="Which invitations.")
class InvitationWhere:
    survey: ID | None = given("Of this round.")
    street: ID | None = given("Of this street.")
    community: ID | None = given("Of this community.")
    statuses: list[InvitationStatus] | None = given("That stand at one of these.")
    modes: list[SurveyMode] | None = given("By one of these modes.")
    group: str | None = given("Of this group.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        return [
            equal("survey_id", key(self.survey, "Survey", "survey")),
            equal("street_id", key(self.street, "Street", "street")),
            equal("community_id", key(self.community, "Community", "community")),
            among("status", members(self.statuses)),
            among("mode", members(self.modes)),
            equal("group_key", text(self.group, "group")),
        ]


@strawberry.input(description="Which responses.")
class ResponseWhere:
    survey: ID | None = given("Of this round.")
    street: ID | None = given("From this street.")
    community: ID | None = given("From this community.")
    statuses: list[ResponseStatus] | None = given("That stand at one of these.")
    channels: list[ResponseChannel] | None = given("That came on one of these ways.")
    group: str | None = given("Of this group.")
    excluded: bool | None = given("Whether they are left out of the scores.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        return [
            equal("survey_id", key(self.survey, "Survey", "survey")),
            equal("street_id", key(self.street, "Street", "street")),
            equal("community_id", key(self.community, "Community", "community")),
            among("status", members(self.statuses)),
            among("channel", members(self.channels)),
            equal("group_key", text(self.group, "group")),
            equal("excluded", self.excluded),
        ]


@strawberry.input(description="Which doubts.")
class ResponseFlagWhere:
    survey: ID | None = given("Of this round.")
    reasons: list[FlagReason] | None = given("Of one of these kinds.")
    lifted: bool | None = given("Whether they were taken back.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        return [
            equal("survey_id", key(self.survey, "Survey", "survey")),
            among("reason", members(self.reasons)),
            present("lifted_at", self.lifted),
        ]


@strawberry.input(description="Which opinions.")
class OpinionWhere:
    survey: ID | None = given("Of this round.")
    street: ID | None = given("From this street.")
    community: ID | None = given("From this community.")
    indicator: str | None = given("About this indicator.")
    written: bool | None = given("Whether something was written; else low scores alone.")
    set_aside: bool | None = given("Whether a person set them aside.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        return [
            equal("survey_id", key(self.survey, "Survey", "survey")),
            equal("street_id", key(self.street, "Street", "street")),
            equal("community_id", key(self.community, "Community", "community")),
            equal("indicator_key", text(self.indicator, "indicator")),
            present("words", self.written),
            equal("set_aside", self.set_aside),
        ]
