"""Rounds of the satisfaction measure: made, opened and closed, invitations issued."""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, TypeAlias
from uuid import UUID

import strawberry
from strawberry import ID

from api.mutations.asking import Asking, RefusedError, refusable
from api.mutations.entitling import entitled
from api.mutations.inputs import COMMAND, DONE, KEY_WORDS, said
from api.mutations.results import read
from api.problems import AnyProblem
from api.rules import commanded, default_rule
from api.types.record import Asked
from api.types.responses import Invitation
from api.types.surveys import Survey
from models.policy.access import Rule
from models.policy.acts import Act, Ground
from models.policy.text import TextRule
from models.queries import commands, invitations, rounds, score_sheets, survey_shapes
from models.queries.commands import Receipt, Received
from models.queries.invitations import New
from models.queries.rounds import NewRound, Order, Round, RoundFault, RoundRefusedError
from models.terms import SurveyMode, SurveyStatus

MOST_INVITATIONS = 500
TOKEN_BYTES = 16
"""128 bits, as `secrets.token_urlsafe` writes them: 22 characters."""
NAME = TextRule(80)
HALF = re.compile(r"(20\d\d)H([12])")
OFFICE = "The response office's to do."

Step = Callable[[UUID, Order], Awaitable[Received]]


@strawberry.input(description="A half-year's round.")
class CreateSurveyInput:
    idempotency_key: str = said(KEY_WORDS)
    district: ID = said("Whose.")
    code: str = said("Year and half, e.g. 2026H1; a district has one round of each.")
    opens_at: datetime = said("When it is planned to open.")
    closes_at: datetime = said("Until when it is answered; afterwards nothing is taken.")
    name_zh: str | None = said("Its Chinese name; left out, one is made from the code.", default=None)
    name_en: str | None = said("Its English name; left out, one is made from the code.", default=None)


@strawberry.input(description="A step of a round.")
class SurveyInput:
    idempotency_key: str = said(KEY_WORDS)
    survey: ID = said("The round.")


@strawberry.input(description="Single-use links for respondents who were drawn.")
class IssueInvitationsInput:
    idempotency_key: str = said(KEY_WORDS)
    survey: ID = said("The round.")
    community: ID = said("Where the respondents live or are.")
    group: str = said("The group whose questionnaire they answer.")
    count: int = said(f"How many, from 1 to {MOST_INVITATIONS}.")


@default_rule(Rule.STAFF)
@strawberry.type(description="The round as the command left it.")
class SurveyChanged:
    survey: Survey = strawberry.field(description="The round.")


@default_rule(Rule.STAFF)
@strawberry.type(description="One invitation and its link.")
class InvitationLink:
    invitation: Invitation = strawberry.field(description="The invitation.")
    token: str | None = strawberry.field(
        description="What the link ends with. Shown this once and kept nowhere: null where the same command "
        "is sent again."
    )
    path: str | None = strawberry.field(
        description="The page that is answered, below this platform's address; with `/qr.svg` or `/qr.png` "
        "behind it, the same as a QR code."
    )


@default_rule(Rule.STAFF)
@strawberry.type(description="The invitations were made.")
class InvitationsIssued:
    links: list[InvitationLink] = strawberry.field(description="One for each.")


CreateSurveyResult: TypeAlias = Annotated[
    SurveyChanged | AnyProblem, strawberry.union("CreateSurveyResult", description=DONE)
]
SurveyCommandResult: TypeAlias = Annotated[
    SurveyChanged | AnyProblem, strawberry.union("SurveyCommandResult", description=DONE)
]
IssueInvitationsResult: TypeAlias = Annotated[
    InvitationsIssued | AnyProblem, strawberry.union("IssueInvitationsResult", description=DONE)
]


@strawberry.type
class SurveyingMutation:
    @commanded(
        Rule.SIGNED_IN,
        "Makes a half-year's round from the active rulebook: its instrument is frozen, its quota shared out. "
        f"{OFFICE}",
    )
    @refusable
    async def create_survey(
        self, info: Asked, input: Annotated[CreateSurveyInput, COMMAND]
    ) -> CreateSurveyResult:
        asking = Asking(info.context, "CREATE_SURVEY", input.idempotency_key)
        command, district = asking.id, asking.key("input.district", input.district, "District")[1]
        await entitled(asking, Act.RUN_SURVEY, Ground(district), "input.district")
        new = _new_round(asking, district, input)
        content = (new.district, new.code, new.name_zh, new.name_en, new.opens_at, new.closes_at)
        order = order_of(asking, command, [str(part) for part in content])
        try:
            received = await rounds.create(new, order)
        except RoundRefusedError as no:
            field = "input.code" if no.fault is RoundFault.TAKEN else "input.district"
            raise asking.invalid(field, f"ROUND_{no.fault.value}") from None
        return await _changed(asking, received)

    @commanded(Rule.SIGNED_IN, f"From now on the round is answered. {OFFICE}")
    @refusable
    async def open_survey(self, info: Asked, input: Annotated[SurveyInput, COMMAND]) -> SurveyCommandResult:
        asking = Asking(info.context, "OPEN_SURVEY", input.idempotency_key)
        return await _moved(asking, input.survey, rounds.open_, SurveyStatus.DRAFT)

    @commanded(
        Rule.SIGNED_IN, f"Nothing is taken any more; what is just being handed in is waited for. {OFFICE}"
    )
    @refusable
    async def close_survey(self, info: Asked, input: Annotated[SurveyInput, COMMAND]) -> SurveyCommandResult:
        asking = Asking(info.context, "CLOSE_SURVEY", input.idempotency_key)
        return await _moved(asking, input.survey, rounds.close, SurveyStatus.OPEN)

    @commanded(
        Rule.SIGNED_IN,
        f"邀请: makes single-use links for a targeted sample. Their tokens are shown once. {OFFICE}",
    )
    @refusable
    async def issue_invitations(
        self, info: Asked, input: Annotated[IssueInvitationsInput, COMMAND]
    ) -> IssueInvitationsResult:
        asking = Asking(info.context, "ISSUE_INVITATIONS", input.idempotency_key)
        command, of = asking.id, await own_round(asking, input.survey)
        if of.status not in (SurveyStatus.DRAFT, SurveyStatus.OPEN):
            refused = RoundRefusedError(RoundFault.WRONG_STATUS, of.status)
            raise stands(asking, refused, SurveyStatus.DRAFT, SurveyStatus.OPEN)
        community = await community_of(asking, "input.community", input.community, of)
        group = await group_of(asking, "input.group", input.group, of)
        if not 1 <= input.count <= MOST_INVITATIONS:
            raise asking.invalid("input.count", "RANGE", least=1, most=MOST_INVITATIONS)
        tokens = [secrets.token_urlsafe(TOKEN_BYTES) for _ in range(input.count)]
        ids = [commands.command_id(str(command), str(n)) for n in range(input.count)]
        new = [
            New(key, community, group, invitations.token_digest(token))
            for key, token in zip(ids, tokens, strict=True)
        ]
        order = order_of(asking, command, [str(of.id), str(community), group, str(input.count)])
        received = await invitations.issue(of, SurveyMode.TARGETED, new, order)
        checked(asking, received)
        fresh = received.receipt is Receipt.FRESH
        return InvitationsIssued(
            links=[
                InvitationLink(
                    invitation=found, token=token if fresh else None, path=f"/s/{token}" if fresh else None
                )
                for found, token in zip(await _invitations(info, ids), tokens, strict=True)
            ]
        )


async def community_of(asking: Asking, field: str, given: ID, of: Round) -> UUID:
    """A community of the round's district."""
    key = asking.key(field, given, "Community")[1]
    (ground,) = await score_sheets.grounds([key])
    if ground is None or ground.district != of.district:
        raise asking.refuse(asking.problems.not_found(field, "community"))
    return key


async def group_of(asking: Asking, field: str, given: str, of: Round) -> str:
    """A group of the round's rulebook."""
    groups = [group.key for group in (await rounds.spec(of.rulebook)).groups]
    if given not in groups:
        raise asking.invalid(field, "INPUT", expected=", ".join(groups))
    return given


async def _moved(asking: Asking, survey: ID, step: Step, expected: SurveyStatus) -> SurveyChanged:
    command, of = asking.id, await own_round(asking, survey)
    try:
        return await _changed(asking, await step(of.id, order_of(asking, command, [str(of.id)])))
    except RoundRefusedError as no:
        raise stands(asking, no, expected) from None


async def own_round(asking: Asking, given: ID) -> Round:
    key = asking.key("input.survey", given, "Survey")[1]
    found = await rounds.found(key)
    if found is None:
        raise asking.refuse(asking.problems.not_found("input.survey", "survey"))
    await entitled(asking, Act.RUN_SURVEY, Ground(found.district), "input.survey")
    return found


def _new_round(asking: Asking, district: UUID, input: CreateSurveyInput) -> NewRound:
    hit = HALF.fullmatch(input.code)
    if hit is None:
        raise asking.invalid("input.code", "ROUND_CODE")
    if input.closes_at <= input.opens_at:
        raise asking.invalid("input.closesAt", "LATER_THAN", other="opensAt")
    if input.closes_at <= asking.context.now():
        raise asking.invalid("input.closesAt", "PAST")
    year, half = int(hit[1]), int(hit[2])
    zh = f"{year}年{'上' if half == 1 else '下'}半年居民满意度考评"
    en = f"Satisfaction of residents, {'first' if half == 1 else 'second'} half of {year}"
    if input.name_zh is not None:
        zh = asking.text("input.nameZh", input.name_zh, NAME)
    if input.name_en is not None:
        en = asking.text("input.nameEn", input.name_en, NAME)
    return NewRound(district, year, half, zh, en, input.opens_at, input.closes_at)


def order_of(asking: Asking, command: UUID, content: list[str]) -> Order:
    """The command as it goes on record."""
    fingerprint = commands.digest(asking.command, content)
    return Order(command, asking.actor, asking.command, fingerprint, asking.context.now())


def checked(asking: Asking, received: Received) -> None:
    """Refuses a key that was used for something else."""
    if received.receipt is Receipt.CONFLICT:
        raise asking.refuse(asking.problems.key_reused())


async def _changed(asking: Asking, received: Received) -> SurveyChanged:
    checked(asking, received)
    assert received.result is not None
    return SurveyChanged(survey=await read(asking.context, survey_shapes.SURVEY, received.result))


def stands(asking: Asking, no: RoundRefusedError, *expected: SurveyStatus) -> RefusedError:
    found = no.found or SurveyStatus.DRAFT
    return asking.refuse(asking.problems.round_stands("input.survey", found, expected))


async def _invitations(info: Asked, ids: list[UUID]) -> list[Invitation]:
    rows = await info.context.loaders.row(survey_shapes.INVITATION).load_many(ids)
    return [Invitation.of(row) for row in rows if row is not None]
