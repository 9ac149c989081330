"""Answering through the API: by whoever holds a link, by staff for paper and visits, by integrators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated, TypeAlias
from uuid import UUID

import strawberry
from strawberry import ID

from api.labels import label
from api.mutations.asking import Asking, RefusedError, refusable
from api.mutations.entitling import entitled, on_record
from api.mutations.inputs import COMMAND, DONE, KEY_WORDS, flat, said
from api.mutations.surveying import community_of, group_of
from api.problems import AnyProblem, Problem, ProblemCode
from api.rules import commanded, default_rule, resolved
from api.types.record import Asked, one
from api.types.responses import Response
from models.policy import access
from models.policy.access import STAFF, Grant, Post, Rule
from models.policy.acts import Act, Ground
from models.policy.survey import answering
from models.policy.survey.answering import AnswerFault, Answers, Fault
from models.policy.survey.instrument import QuestionKind
from models.policy.text import TextRule
from models.queries import invitations, responses, rounds, score_sheets, survey_shapes
from models.queries.invitations import Invited, New
from models.queries.responses import Given, Handed, Outcome
from models.queries.rounds import Round
from models.terms import ResponseChannel, SurveyMode, SurveyStatus

TOKEN = TextRule(64)
DEVICE = TextRule(200)
MOST_ANSWERS = 200
FARTHEST = timedelta(days=366)
"""What lies farther off is a slip of the pen; nearer, but impossible, it is a doubt about the sheet."""
FIELD = frozenset({ResponseChannel.PAPER, ResponseChannel.HOME_VISIT})
BY_FIELD = "ENTER_RESPONSE: staff of the district"
BY_API = "ENTER_RESPONSE: responses:write"


@flat
@strawberry.input(description="One answer; the question's kind says which member it stands in.")
class AnswerInput:
    question: str = said("The question's key.")
    choices: list[str] | None = said("SCALE, SINGLE: one key; MULTIPLE: several.", default=None)
    number: int | None = said("NUMBER.", default=None)
    text: str | None = said("TEXT.", default=None)


@strawberry.input(description="Answers to one questionnaire.")
class ResponseInput:
    idempotency_key: str = said(
        KEY_WORDS + " With a token it is the token that counts: one response for each invitation."
    )
    token: str | None = said(
        "The end of the respondent's link; left out for someone who was not invited, whose place and group "
        "then stand below.",
        default=None,
    )
    survey: ID | None = said("Without a token: the round.", default=None)
    community: ID | None = said("Without a token: where the respondent lives or is.", default=None)
    group: str | None = said("Without a token: the respondent's group.", default=None)
    mode: SurveyMode = said("Without a token: how the respondent was found.", default=SurveyMode.TARGETED)
    channel: ResponseChannel = said(
        "APP for front ends of one's own, PAPER and HOME_VISIT for staff, API for integrators."
    )
    answers: list[AnswerInput] = said("One for each question answered; what is left out is not answered.")
    started_at: datetime | None = said("When answering began, where it was measured.", default=None)
    finished_at: datetime | None = said(
        "When it ended; left out, now. On paper, when it was filled in.", default=None
    )
    device: str | None = said(
        "What tells the device apart, up to 200 characters; only its digest is kept.", default=None
    )


@default_rule(Rule.PUBLIC)
@strawberry.type(description="One answer at fault.")
class AnswerAtFault:
    question: str = strawberry.field(description="The question's key.")
    fault: AnswerFault = strawberry.field(description="What is wrong.")
    message: str = strawberry.field(description="The same in the language of the request.")


@default_rule(Rule.PUBLIC)
@strawberry.type(description="Some answers are not what the questionnaire asks for; nothing was kept.")
class AnswersProblem(Problem):
    faults: list[AnswerAtFault] = strawberry.field(description="Each of them.")


@default_rule(Rule.PUBLIC)
@strawberry.type(description="The answers were taken.")
class ResponseTaken:
    submitted: bool = strawberry.field(description="Whether they were handed in, or are kept to go on with.")
    taken: strawberry.Private[UUID | None]

    @resolved(Rule.PUBLIC, "The response, to those who may read it.")
    async def response(self, info: Asked) -> Response | None:
        shown = await one(info.context, survey_shapes.RESPONSE, self.taken)
        return shown if isinstance(shown, Response) else None


SaveResponseResult: TypeAlias = Annotated[
    ResponseTaken | AnswersProblem | AnyProblem, strawberry.union("SaveResponseResult", description=DONE)
]
SubmitResponseResult: TypeAlias = Annotated[
    ResponseTaken | AnswersProblem | AnyProblem, strawberry.union("SubmitResponseResult", description=DONE)
]
MAY = (
    "By the holder of a link; without one by the office, a street or a community for its own place, or by an "
    "integrator with `responses:write`."
)


@strawberry.type
class RespondingMutation:
    @commanded(Rule.PUBLIC, f"Keeps what was answered so far; it can be gone on with. {MAY}")
    @refusable
    async def save_response(
        self, info: Asked, input: Annotated[ResponseInput, COMMAND]
    ) -> SaveResponseResult:
        asking = Asking(info.context, "SAVE_RESPONSE", input.idempotency_key)
        invited, given = await _given(asking, input, whole=False)
        return _result(asking, await responses.save(invited, given), submitted=False)

    @commanded(
        Rule.PUBLIC,
        "Hands answers in, once. The same again is the same success; others are refused, and what was handed "
        f"in stays. {MAY}",
    )
    @refusable
    async def submit_response(
        self, info: Asked, input: Annotated[ResponseInput, COMMAND]
    ) -> SubmitResponseResult:
        asking = Asking(info.context, "SUBMIT_RESPONSE", input.idempotency_key)
        invited, given = await _given(asking, input, whole=True)
        return _result(asking, await responses.submit(invited, given), submitted=True)


def _result(asking: Asking, handed: Handed, submitted: bool) -> ResponseTaken:
    match handed.outcome:
        case Outcome.OTHER:
            raise asking.refuse(asking.problems.already_answered("input.answers"))
        case Outcome.NOT_OPEN:
            raise asking.refuse(asking.problems.not_open("input.token"))
    return ResponseTaken(submitted=submitted, taken=handed.response)


async def _given(asking: Asking, input: ResponseInput, whole: bool) -> tuple[Invited, Given]:
    """The invitation and the answers to it; refuses what is not entitled or not well answered."""
    post = await _entry(asking, input.channel) if input.channel in FIELD | {ResponseChannel.API} else None
    invited = await _by_token(asking, input, post) if input.token is not None else None
    placed = await _placed(asking, input) if invited is None else None
    answers = await _judged(asking, input, invited, placed, whole)
    device = asking.text("input.device", input.device, DEVICE) if input.device is not None else None
    for name, at in (("startedAt", input.started_at), ("finishedAt", input.finished_at)):
        if at is not None and abs(at - asking.context.now()) > FARTHEST:
            raise asking.invalid(f"input.{name}", "FAR_OFF", days=FARTHEST.days)
    if placed is not None:  # only now: a refusal changes nothing
        invited = await _minted(asking, placed)
    assert invited is not None
    return invited, Given(
        channel=input.channel,
        answers=answers,
        now=asking.context.now(),
        started_at=input.started_at,
        finished_at=input.finished_at,
        device=sha256(device.encode()).hexdigest() if device is not None else None,
        post=post.id if post is not None and input.channel in FIELD else None,
    )


async def _judged(
    asking: Asking, input: ResponseInput, invited: Invited | None, placed: Placed | None, whole: bool
) -> Answers:
    if placed is not None:
        instrument = await rounds.instrument(placed.round.id)
        sheet = instrument.questionnaire(placed.group)
        assert sheet is not None  # the rulebook was read with one for each group
    else:
        assert invited is not None
        instrument, sheet = await responses.asked(invited)
    if len(input.answers) > MOST_ANSWERS:
        raise asking.invalid("input.answers", "COUNT_OF_ANSWERS", most=MOST_ANSWERS)
    kinds = {question.key: question.kind for question in sheet.questions}
    read = {one.question: _answer(one, kinds.get(one.question)) for one in input.answers}
    judged = answering.judged(instrument, sheet, read, whole)
    if judged.faults:
        raise _at_fault(asking, judged.faults)
    return judged.answers


def _answer(given: AnswerInput, kind: QuestionKind | None) -> object:
    """What was given in the member that the question's kind reads; the judge says what is wrong with it."""
    several: object = given.choices
    if given.choices is not None and kind is not QuestionKind.MULTIPLE:
        several = given.choices[0] if len(given.choices) == 1 else (given.choices or None)
    found = [one for one in (several, given.number, given.text) if one is not None]
    return found[0] if len(found) == 1 else (found or None)


async def _entry(asking: Asking, channel: ResponseChannel) -> Post:
    """The post in whose name it is entered: of staff, or of an integrator that was granted it."""
    viewer = asking.context.viewer
    if channel is ResponseChannel.API:
        granted = Grant.RESPONSES_WRITE in viewer.grants
        post = next((post for post in viewer.posts if granted), None)
        rule = BY_API
    else:
        post = next((post for post in viewer.posts if post.role in STAFF), None)
        rule = BY_FIELD
    if post is None:
        reason = access.Refusal.WRONG_ROLE if viewer.subject else access.Refusal.NOT_SIGNED_IN
        raise asking.refuse(asking.problems.forbidden(reason, rule, "input.channel"))
    if channel is not ResponseChannel.API:
        await on_record(asking, post, "input.channel")
    return post


async def _by_token(asking: Asking, input: ResponseInput, post: Post | None) -> Invited:
    invited = await invitations.by_token(asking.text("input.token", input.token, TOKEN))
    if invited is None or (post is not None and post.district != invited.district):
        raise asking.refuse(asking.problems.not_found("input.token", "invitation"))
    if input.channel is ResponseChannel.PAGE:
        raise asking.invalid("input.channel", "CHANNEL")
    return invited


@dataclass(frozen=True, slots=True)
class Placed:
    """Someone who was not invited, as an input describes them."""

    round: Round
    community: UUID
    group: str
    mode: SurveyMode


async def _placed(asking: Asking, input: ResponseInput) -> Placed:
    if input.channel not in FIELD | {ResponseChannel.API}:
        raise asking.invalid("input.token", "TOKEN_NEEDED")
    if input.survey is None or input.community is None or input.group is None:
        missing = "survey" if input.survey is None else "community" if input.community is None else "group"
        raise asking.invalid(f"input.{missing}", "TOKEN_OR_PLACE")
    of = await rounds.found(asking.key("input.survey", input.survey, "Survey")[1])
    districts = {post.district for post in asking.context.viewer.posts}
    if of is None or (input.channel is ResponseChannel.API and of.district not in districts):
        raise asking.refuse(asking.problems.not_found("input.survey", "survey"))
    community = await community_of(asking, "input.community", input.community, of)
    if input.channel in FIELD:
        (ground,) = await score_sheets.grounds([community])
        await entitled(asking, Act.ENTER_RESPONSE, ground or Ground(of.district), "input.community")
    return Placed(of, community, await group_of(asking, "input.group", input.group, of), input.mode)


async def _minted(asking: Asking, placed: Placed) -> Invited:
    """An invitation of its own for someone who was not invited: one for each key."""
    of, now = placed.round, asking.context.now()
    digest = invitations.token_digest(f"{of.id} {asking.id}")
    if of.status is SurveyStatus.OPEN and now < of.closes_at:
        new = New(invitations.invitation_id(digest), placed.community, placed.group, digest)
        await invitations.mint(of, placed.mode, new, now)
    invited = await invitations.by_digest(digest)
    if invited is None:
        raise asking.refuse(asking.problems.not_open("input.survey"))
    found = (invited.community, invited.group, invited.mode)
    if found != (placed.community, placed.group, placed.mode):
        raise asking.refuse(asking.problems.key_reused())
    return invited


def _at_fault(asking: Asking, faults: tuple[Fault, ...]) -> RefusedError:
    language = asking.context.language
    first = faults[0]
    told = label(first.fault, language)
    problem = AnswersProblem(
        code=ProblemCode.INVALID_INPUT,
        message=f"`input.answers` {first.question}: {told}",
        field="input.answers",
        faults=[
            AnswerAtFault(question=one.question[:60], fault=one.fault, message=label(one.fault, language))
            for one in faults[:MOST_ANSWERS]
        ],
    )
    return RefusedError(problem)
