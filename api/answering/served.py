"""Where respondents answer, without an account: the link they were given is all they need.

/s/{token}                    the questionnaire; POST hands it in
/s/{token}/partial            what was answered so far, as the page's script sends it
/s/{token}/qr.svg|png         the link as a QR code
/o/{district}/{round}         the open link of a round; ?community=CODE where it hangs
/o/{district}/{round}/qr.svg|png
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from api.answering import look, page
from api.answering.codes import TOKEN, Codes
from api.answering.exchange import (
    NO_STORE,
    device_of,
    fields,
    html,
    kept,
    new_device,
    path_of,
    to,
    unknown,
    with_device,
)
from api.answering.opened import Doors
from api.answering.page import Sheet
from models.policy.survey import answering
from models.queries import invitations, responses
from models.queries.invitations import Invited, Named
from models.queries.responses import Given, Outcome
from models.terms import InvitationStatus, Language, ResponseChannel, SurveyPurpose, SurveyStatus


class Answering:
    """The routes; composed by infra/serve.py. `address` is where people reach the platform."""

    def __init__(self, address: str, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._secure = address.startswith("https:")
        self._clock = clock
        self._codes = Codes(address.rstrip("/"))
        self._doors = Doors(self._secure, clock)

    @property
    def routes(self) -> list[BaseRoute]:
        return [
            Route("/s/{token}", kept(self._shown)),
            Route("/s/{token}", kept(self._sent), methods=["POST"]),
            Route("/s/{token}/partial", kept(self._partial), methods=["POST"]),
            Route("/s/{token}/qr.{ending}", self._codes.of_token),
            Route("/o/{district}/{code}", kept(self._doors.shown)),
            Route("/o/{district}/{code}", kept(self._doors.entered), methods=["POST"]),
            Route("/o/{district}/{code}/qr.{ending}", self._codes.of_door),
        ]

    # One invitation ------------------------------------------------------------------------------

    async def _shown(self, request: Request, language: Language) -> Response:
        invited = await _invited(request)
        if invited is None:
            return unknown(request, language)
        now = self._clock()
        if (told := _stands(invited, request, now, language)) is not None:
            return told
        if invited.opened_at is None:
            await invitations.opened(invited.id, now)
        text = page.sheet_page(await _sheet(request, invited, dict(invited.answers)), language)
        answer = html(text, language)
        return answer if device_of(request) else with_device(answer, new_device(), self._secure)

    async def _sent(self, request: Request, language: Language) -> Response:
        invited = await _invited(request)
        if invited is None:
            return unknown(request, language)
        sent = await fields(request)
        whole = ("action", "save") not in sent
        instrument, questionnaire = await responses.asked(invited)
        raw = page.answers_of(questionnaire, sent)
        judged = answering.judged(instrument, questionnaire, raw, whole)
        if judged.faults and not invited.answered:
            sheet = replace(await _sheet(request, invited, raw), faults=judged.faults)
            return html(page.sheet_page(sheet, language), language, 422)
        given = self._given(request, judged.answers)
        if not whole:
            return await self._saved(request, invited, given, language)
        handed = await responses.submit(invited, given)
        if handed.outcome in (Outcome.TAKEN, Outcome.SAME):
            return to(f"{path_of(request)}?lang={language.value}")
        if handed.outcome is Outcome.OTHER:
            return html(look.told_page("other", None, path_of(request), language), language, 409)
        told = _stands(invited, request, given.now, language, 409)
        return told or html(look.told_page("over", None, path_of(request), language), language, 409)

    async def _saved(self, request: Request, invited: Invited, given: Given, language: Language) -> Response:
        handed = await responses.save(invited, given)
        if handed.outcome is Outcome.TAKEN:
            sheet = await _sheet(request, invited, dict(given.answers))
            return html(page.sheet_page(replace(sheet, notice="kept"), language), language)
        title = "other" if handed.outcome is Outcome.OTHER else "over"
        return html(look.told_page(title, None, path_of(request), language), language, 409)

    async def _partial(self, request: Request, language: Language) -> Response:
        """What the script sends on the way: what is wrong is left out rather than refused."""
        invited = await _invited(request)
        if invited is None:
            return JSONResponse({"kept": False}, 404, NO_STORE)
        instrument, questionnaire = await responses.asked(invited)
        raw = page.answers_of(questionnaire, await fields(request))
        judged = answering.judged(instrument, questionnaire, raw, False)
        handed = await responses.save(invited, self._given(request, judged.answers))
        taken = handed.outcome is Outcome.TAKEN
        return JSONResponse({"kept": taken}, 200 if taken else 409, NO_STORE)

    def _given(self, request: Request, answers: answering.Answers) -> Given:
        known = device_of(request)
        device = sha256(known.encode()).hexdigest() if known else None
        return Given(ResponseChannel.PAGE, answers, self._clock(), device=device)


async def _invited(request: Request) -> Invited | None:
    token = request.path_params["token"]
    return await invitations.by_token(token) if TOKEN.fullmatch(token) else None


async def _sheet(request: Request, invited: Invited, answers: dict[str, object]) -> Sheet:
    instrument, questionnaire = await responses.asked(invited)
    scores = invited.purpose is SurveyPurpose.SCORE
    street, community = invited.street_named, invited.community_named
    return Sheet(
        path=path_of(request),
        title=Named(invited.round.name_zh, invited.round.name_en),
        place=Named(f"{street.zh} {community.zh}", f"{community.en}, {street.en}"),
        intro="intro" if scores else "perceive" if invited.raised else "perceive_sample",
        matter=invited.matter,
        instrument=instrument,
        questionnaire=questionnaire,
        answers=answers,
    )


def _stands(
    invited: Invited, request: Request, now: datetime, language: Language, status: int = 200
) -> Response | None:
    """What is told where nothing can be answered (any more); None where it can."""
    path = path_of(request)
    if invited.answered:
        return html(look.told_page("thanks", "thanks_more", path, language), language, status)
    if invited.takes_answers(now):
        return None
    draft = invited.round.status is SurveyStatus.DRAFT
    title = "withdrawn" if invited.status is InvitationStatus.WITHDRAWN else "not_yet" if draft else "over"
    return html(look.told_page(title, None, path, language), language, status)
