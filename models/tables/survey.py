"""考评: rounds in which residents score streets, communities and community workers (domain guide 4).

What a respondent said is never altered: what is left out of the scores is flagged beside it.
"""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.tables.links import ShownJson, belongs_to, one_for
from models.tables.organisation import Community, District, Person, Post, Street
from models.tables.rules import RulebookVersion
from models.terms import (
    FlagReason,
    InvitationStatus,
    ResponseChannel,
    ResponseStatus,
    SurveyMode,
    SurveyPurpose,
    SurveyStatus,
)


class Survey(Model):
    """One round of the half-year's measure, or its fresh asking after rectification.

    The instrument is kept as it was when the round was made, so that a new draft never changes a round.
    """

    id = fields.UUIDField(primary_key=True)
    district: fields.ForeignKeyRelation[District] = belongs_to("District")
    code = fields.CharField(20)
    """Year and half, e.g. "2026H1"."""
    year = fields.IntField()
    half = fields.IntField()
    name_zh = fields.CharField(80)
    name_en = fields.CharField(120)
    status = fields.CharEnumField(SurveyStatus, max_length=12)
    rulebook: fields.ForeignKeyRelation[RulebookVersion] = belongs_to("RulebookVersion")
    instrument = ShownJson()
    """Dimensions, focuses, indicators and a questionnaire for each group, as models/rulebooks writes them."""
    opens_at = fields.DatetimeField()
    closes_at = fields.DatetimeField()
    opened_at = fields.DatetimeField(null=True)
    closed_at = fields.DatetimeField(null=True)
    scored_at = fields.DatetimeField(null=True)
    published_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "surveys"
        unique_together = (("district", "code"),)
        indexes = (Index(fields=("district_id", "created_at", "id")),)


class QuotaCell(Model):
    """配额: how many responses are wanted of one group by one mode in one street, and how many there are.

    The counts are kept by the transaction that writes the response or its flag.
    """

    id = fields.UUIDField(primary_key=True)
    survey: fields.ForeignKeyRelation[Survey] = belongs_to("Survey")
    street: fields.ForeignKeyRelation[Street] = belongs_to("Street")
    group_key = fields.CharField(40)
    mode = fields.CharEnumField(SurveyMode, max_length=12)
    wanted = fields.IntField()
    invited = fields.IntField(default=0)
    submitted = fields.IntField(default=0)
    excluded = fields.IntField(default=0)

    class Meta:
        table = "quota_cells"
        unique_together = (("survey", "street", "group_key", "mode"),)


class Invitation(Model):
    """邀请: one person's single-use link. The link itself is not kept, only its digest."""

    id = fields.UUIDField(primary_key=True)
    survey: fields.ForeignKeyRelation[Survey] = belongs_to("Survey")
    district: fields.ForeignKeyRelation[District] = belongs_to("District")
    street: fields.ForeignKeyRelation[Street] = belongs_to("Street")
    community: fields.ForeignKeyRelation[Community] = belongs_to("Community")
    group_key = fields.CharField(40)
    mode = fields.CharEnumField(SurveyMode, max_length=12)
    purpose = fields.CharEnumField(SurveyPurpose, max_length=12)
    item_id = fields.UUIDField(null=True)
    """PERCEIVE: the negative item whose rectification is asked about."""
    origin: fields.ForeignKeyNullableRelation[Invitation] = belongs_to("Invitation", null=True)
    """PERCEIVE: the invitation of the respondent who raised it; null in a fresh sample."""
    token_digest = fields.CharField(64, unique=True)
    status = fields.CharEnumField(InvitationStatus, max_length=12)
    created_at = fields.DatetimeField()
    opened_at = fields.DatetimeField(null=True)
    answered_at = fields.DatetimeField(null=True)

    class Meta:
        table = "invitations"
        indexes = (
            Index(fields=("survey_id", "created_at", "id")),
            Index(fields=("item_id", "created_at", "id")),
        )


class Response(Model):
    """答卷: what one invitation was answered with; the database holds it to one."""

    id = fields.UUIDField(primary_key=True)
    survey: fields.ForeignKeyRelation[Survey] = belongs_to("Survey")
    district: fields.ForeignKeyRelation[District] = belongs_to("District")
    invitation: fields.OneToOneRelation[Invitation] = one_for("Invitation")
    street: fields.ForeignKeyRelation[Street] = belongs_to("Street")
    community: fields.ForeignKeyRelation[Community] = belongs_to("Community")
    group_key = fields.CharField(40)
    mode = fields.CharEnumField(SurveyMode, max_length=12)
    purpose = fields.CharEnumField(SurveyPurpose, max_length=12)
    item_id = fields.UUIDField(null=True)
    channel = fields.CharEnumField(ResponseChannel, max_length=12)
    status = fields.CharEnumField(ResponseStatus, max_length=12)
    answers = ShownJson()
    """By question key: the key of a choice, a list of keys, a number, or a text."""
    digest = fields.CharField(64, null=True)
    """Of the answers, to find the same sheet handed in twice."""
    device_digest = fields.CharField(64, null=True)
    post: fields.ForeignKeyNullableRelation[Post] = belongs_to("Post", null=True)
    """PAPER and HOME_VISIT: who wrote it down."""
    started_at = fields.DatetimeField()
    saved_at = fields.DatetimeField()
    submitted_at = fields.DatetimeField(null=True)
    seconds = fields.IntField(null=True)
    """From the first question to handing in; null where nobody could measure."""
    excluded = fields.BooleanField(db_default=False)
    """Whether a flag in force leaves it out of the scores."""

    class Meta:
        table = "responses"
        indexes = (
            Index(fields=("survey_id", "submitted_at", "id")),
            Index(fields=("survey_id", "digest")),
            Index(fields=("survey_id", "device_digest")),
            Index(fields=("item_id", "submitted_at", "id")),
        )


class ResponseFlag(Model):
    """Why a response is in doubt; lifted with a reason, never deleted."""

    id = fields.UUIDField(primary_key=True)
    survey: fields.ForeignKeyRelation[Survey] = belongs_to("Survey")
    response: fields.ForeignKeyRelation[Response] = belongs_to("Response")
    reason = fields.CharEnumField(FlagReason, max_length=20)
    excludes = fields.BooleanField()
    """Whether the rulebook says that this reason leaves the response out."""
    rule = fields.CharField(80)
    """The rule that decided, with what was found, e.g. "speeder: 21 s < 60 s"."""
    flagged_at = fields.DatetimeField()
    lifted_at = fields.DatetimeField(null=True)
    lifted_by: fields.ForeignKeyNullableRelation[Person] = belongs_to("Person", null=True)
    lift_reason = fields.TextField(null=True)

    class Meta:
        table = "response_flags"
        unique_together = (("response", "reason"),)
        indexes = (Index(fields=("survey_id", "flagged_at", "id")),)
