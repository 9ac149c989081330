"""What every page of respondents does with requests and answers: languages, forms, headers, browsers."""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl, quote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response

from api.answering import look
from api.errors import language_of
from models.queries import db
from models.terms import Language

DEVICE = "huying_device"
DEVICE_SECONDS = 180 * 24 * 3600
KNOWN_DEVICE = re.compile(r"[A-Za-z0-9_-]{22}")
LARGEST_FORM = 256 * 1024
MOST_FIELDS = 1000
NO_STORE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

Handler = Callable[[Request, Language], Awaitable[Response]]


class TooLargeError(ValueError):
    """A form with more in it than any questionnaire asks for."""


def kept(answer: Handler) -> Callable[[Request], Awaitable[Response]]:
    """A database that is away is told as a page, with nothing lost: the same can be sent again."""

    async def respond(request: Request) -> Response:
        language = language_asked(request)
        try:
            return await answer(request, language)
        except ClientDisconnect:
            return Response(status_code=400)
        except TooLargeError:
            return html(look.told_page("too_large", None, path_of(request), language), language, 413)
        except Exception as fault:
            if not db.away(fault):
                raise
            told = look.told_page("away", None, path_of(request), language)
            return html(told, language, 503, {"Retry-After": "2"})

    return respond


def device_of(request: Request) -> str | None:
    """The name of chance that this browser was given, where it brings one."""
    cookie = request.cookies.get(DEVICE, "")
    return cookie if KNOWN_DEVICE.fullmatch(cookie) else None


def new_device() -> str:
    return secrets.token_urlsafe(16)


def with_device(response: Response, device: str, secure: bool) -> Response:
    """Gives the browser its name: two sheets of one are told by it."""
    response.set_cookie(
        DEVICE, device, max_age=DEVICE_SECONDS, path="/", secure=secure, httponly=True, samesite="lax"
    )
    return response


def language_asked(request: Request) -> Language:
    asked = request.query_params.get("lang")
    if asked in (Language.ZH.value, Language.EN.value):
        return Language(asked)
    return language_of(request.headers.get("accept-language"))


def path_of(request: Request) -> str:
    """Where the page lies, for links to itself."""
    return quote(request.url.path.removesuffix("/partial"))


async def fields(request: Request) -> list[tuple[str, str]]:
    """What a form says; raises TooLargeError."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            raise TooLargeError
    try:
        text = body.decode("ascii")
        return parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="replace")
    except ValueError as error:
        raise TooLargeError from error


def unknown(request: Request, language: Language) -> Response:
    return html(look.told_page("unknown", "unknown_more", path_of(request), language), language, 404)


def to(path: str) -> Response:
    return RedirectResponse(path, 303, NO_STORE)


def html(body: str, language: Language, status: int = 200, more: dict[str, str] | None = None) -> Response:
    headers = {
        **NO_STORE,
        "Content-Security-Policy": look.POLICY,
        "Content-Language": language.value,
        "Vary": "Accept-Language, Cookie",
        **(more or {}),
    }
    return Response(body, status, headers, "text/html; charset=utf-8")
