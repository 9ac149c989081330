"""The open link of a round, for those who were not drawn: each browser makes itself one invitation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

from api.answering import door, look
from api.answering.exchange import (
    KNOWN_DEVICE,
    device_of,
    fields,
    html,
    new_device,
    path_of,
    to,
    unknown,
    with_device,
)
from api.literals import storable
from models.queries import invitations, rounds
from models.queries.invitations import Named, New
from models.queries.rounds import Round
from models.terms import Language, SurveyMode, SurveyStatus


class Doors:
    """Handlers of the open link; `secure` where the platform is reached by https."""

    def __init__(self, secure: bool, clock: Callable[[], datetime]) -> None:
        self._secure = secure
        self._clock = clock

    async def shown(self, request: Request, language: Language) -> Response:
        found = await _round(request)
        if found is None:
            return unknown(request, language)
        if (closed := _not_open(found, request, self._clock(), language)) is not None:
            return closed
        token = _online_token(found, device_of(request) or "")
        if token is not None and await invitations.by_token(token) is not None:
            return to(f"/s/{token}?lang={language.value}")
        chosen = {"community": request.query_params.get("community", "")}
        return html(await _entry(request, found, chosen, False, language), language)

    async def entered(self, request: Request, language: Language) -> Response:
        """Makes this browser's one invitation to the round, and goes on to it."""
        found = await _round(request)
        if found is None:
            return unknown(request, language)
        now = self._clock()
        if (closed := _not_open(found, request, now, language, 409)) is not None:
            return closed
        chosen = dict(await fields(request))
        groups = {group.key for group in (await rounds.spec(found.rulebook)).groups}
        places = {place.code: place for place in await invitations.places(found.district)}
        if chosen.get("group") not in groups or chosen.get("community") not in places:
            return html(await _entry(request, found, chosen, True, language), language, 422)
        device = device_of(request) or new_device()
        token = _online_token(found, device) or ""
        digest = invitations.token_digest(token)
        new = New(invitations.invitation_id(digest), places[chosen["community"]].id, chosen["group"], digest)
        await invitations.mint(found, SurveyMode.ONLINE, new, now)
        return with_device(to(f"/s/{token}?lang={language.value}"), device, self._secure)


async def _round(request: Request) -> Round | None:
    district, code = (storable(request.path_params[name]) for name in ("district", "code"))
    found = await rounds.by_code(district, code) if district and code else None
    return None if found is None or found.status is SurveyStatus.DRAFT else found


def _online_token(found: Round, device: str) -> str | None:
    """This browser's one token for the round: whoever has the browser's secret can make it again."""
    if not KNOWN_DEVICE.fullmatch(device):
        return None
    digest = sha256(f"online {found.id} {device}".encode()).hexdigest()
    return digest[:32]


def _not_open(
    found: Round, request: Request, now: datetime, language: Language, status: int = 200
) -> Response | None:
    if found.status is SurveyStatus.OPEN and now < found.closes_at:
        return None
    return html(look.told_page("over", None, path_of(request), language), language, status)


async def _entry(
    request: Request, found: Round, chosen: dict[str, str], wrong: bool, language: Language
) -> str:
    spec = await rounds.spec(found.rulebook)
    groups = [(group.key, Named(group.zh, group.en)) for group in spec.groups]
    places = await invitations.places(found.district)
    return door.entry_page(
        path_of(request), Named(found.name_zh, found.name_en), groups, places, chosen, wrong, language
    )
