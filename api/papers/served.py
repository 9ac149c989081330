"""What is served beside /graphql for people's own programs: tables as files, forms to be printed.

    /bulletins/{district}/{period}/{kind}.csv|xlsx    open to everybody, as the tables are
    /surveys/{district}/{round}/instrument.xlsx       what a round asks, as an XLSForm; open to everybody
    /surveys/{code}                                   the published report of a round, open to everybody
    /surveys/{district}/{code}[.csv]                  the same of one district; its open data
    /print/call-slips/{call}                          whoever may see the issue
    /print/score-sheets/{assignment}                  whoever may see the issue

Tokens go by the Authorization header, as everywhere: what needs one is fetched by a front end and shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from api import ids
from api.errors import ErrorCode, Fault, language_of
from api.identity import Identity
from api.literals import storable
from api.papers import forms, survey_report, tables
from models.policy.access import Rule, Viewer, allows
from models.queries import bulletins, db, papers, rounds, survey_results
from models.rulebooks.xlsforms.writing import xlsform
from models.terms import BulletinKind, Language, SurveyStatus

KINDS = {kind.value.lower(): kind for kind in BulletinKind}
PUBLISHED_SECONDS = 300
"""A table never changes; one that is not out yet may be any moment."""
NOT_FOUND = {
    Language.EN: "There is no such thing, or it is outside your scope.",
    Language.ZH: "不存在，或不在您的权限范围内。",
}

Answering = Callable[[Request, Viewer, Language], Awaitable[Response | None]]


class Papers:
    """The routes; composed by infra/serve.py."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    @property
    def routes(self) -> list[BaseRoute]:
        return [
            Route("/bulletins/{district}/{period}/{file}", self._guarded(Rule.PUBLIC, _bulletin)),
            Route("/surveys/{district}/{code}/instrument.xlsx", self._guarded(Rule.PUBLIC, _instrument)),
            Route("/surveys/{code}", self._guarded(Rule.PUBLIC, _survey)),
            Route("/surveys/{district}/{code}", self._guarded(Rule.PUBLIC, _survey)),
            Route("/print/call-slips/{id}", self._guarded(Rule.READ_ISSUES, _call_slip)),
            Route("/print/score-sheets/{id}", self._guarded(Rule.READ_ISSUES, _score_sheet)),
        ]

    def _guarded(self, rule: Rule, answer: Answering) -> Callable[[Request], Awaitable[Response]]:
        """Who asks, whether they may, and what there is; the same faults as at /graphql."""

        async def respond(request: Request) -> Response:
            language = language_of(request.headers.get("accept-language"))
            viewer = await self._identity.viewer(request.headers.get("authorization"))
            if isinstance(viewer, Fault):
                return _refused(request, viewer, language)
            if not allows(rule, viewer):
                params = {"name": request.url.path[:200], "rule": rule.value}
                signed_in = ("forbidden", ErrorCode.FORBIDDEN) if viewer.subject else None
                message, code = signed_in or ("sign_in", ErrorCode.UNAUTHENTICATED)
                return _refused(request, Fault(code, message, params), language)
            try:
                found = await answer(request, viewer, language)
            except Exception as fault:
                if not db.away(fault):
                    raise
                return _refused(request, Fault(ErrorCode.UNAVAILABLE, "unavailable"), language)
            return found or _missing(request, language)

        return respond


def _refused(request: Request, fault: Fault, language: Language) -> Response:
    headers = {"Cache-Control": "no-store", "Content-Language": language.value}
    if fault.code is ErrorCode.UNAUTHENTICATED:
        headers["WWW-Authenticate"] = "Bearer"
    told = fault.told(language, _request_id(request))
    return JSONResponse({"errors": [told]}, fault.status, headers)


def _missing(request: Request, language: Language) -> Response:
    extensions = {"code": "NOT_FOUND", "requestId": _request_id(request)}
    error = {"message": NOT_FOUND[language], "extensions": extensions}
    return JSONResponse({"errors": [error]}, 404, {"Cache-Control": "no-store"})


def _request_id(request: Request) -> str:
    return str(request.scope.get("state", {}).get("request_id", ""))


# Tables -------------------------------------------------------------------------------------------


async def _bulletin(request: Request, viewer: Viewer, language: Language) -> Response | None:
    given = request.path_params
    name, _, ending = given["file"].partition(".")
    if name not in KINDS or ending not in tables.WRITERS:
        return None
    district, of = storable(given["district"]), storable(given["period"])
    row = await bulletins.found(district, of, KINDS[name]) if district and of else None
    if row is None:
        return None
    headers = {
        "ETag": f'"{row["sha256"]}-{ending}-{language.value}"',
        "Cache-Control": f"public, max-age={PUBLISHED_SECONDS}",
        "Vary": "Accept-Language",
        "Content-Language": language.value,
        "X-Content-Type-Options": "nosniff",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(None, 304, headers)
    asked = (row["body"], row["sha256"], row["published_at"], ending, language)
    file = await asyncio.to_thread(tables.written, *asked)
    plain = f"{district}-{of}-{name}.{ending}"
    spoken = quote(f"{file.title}.{ending}", safe="")
    headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{spoken}"
    return Response(file.body, 200, headers, file.media_type)


async def _instrument(request: Request, viewer: Viewer, language: Language) -> Response | None:
    district, code = (storable(request.path_params[name]) for name in ("district", "code"))
    found = await rounds.by_code(district, code) if district and code else None
    if found is None or found.status is SurveyStatus.DRAFT:
        return None
    body = await asyncio.to_thread(xlsform, await rounds.instrument(found.id))
    headers = {
        "Content-Disposition": f'attachment; filename="{district}-{code}.xlsx"',
        "Cache-Control": f"public, max-age={PUBLISHED_SECONDS}",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(body, 200, headers, tables.WRITERS["xlsx"][0])


async def _survey(request: Request, viewer: Viewer, language: Language) -> Response | None:
    """The report of a round; without a district, where only one has published a round of this half-year."""
    district, given = request.path_params.get("district"), request.path_params["code"]
    code, _, ending = given.partition(".")
    if ending not in ("", "csv") or not storable(code) or not storable(district or "-"):
        return None
    row = await survey_results.published(district, code)
    if row is None:
        return None
    asked = request.query_params.get("lang", "")
    language = Language(asked) if asked in (*Language,) else language
    headers = {
        "ETag": f'"{row["sha256"]}-{ending}-{language.value}"',
        "Cache-Control": f"public, max-age={PUBLISHED_SECONDS}",
        "Vary": "Accept-Language",
        "X-Content-Type-Options": "nosniff",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(None, 304, headers)
    if ending:
        headers["Content-Disposition"] = f'attachment; filename="{row["key"]}-{code}.csv"'
        return Response(row["open_data"], 200, headers, "text/csv; charset=utf-8")
    headers |= {"Content-Language": language.value, "Content-Security-Policy": survey_report.POLICY}
    html = await asyncio.to_thread(survey_report.report, row["body"], row["sha256"], language)
    return Response(html, 200, headers, "text/html; charset=utf-8")


# Forms --------------------------------------------------------------------------------------------


async def _call_slip(request: Request, viewer: Viewer, language: Language) -> Response | None:
    found = ids.parsed(request.path_params["id"])
    if found is None or found[0] != "Call":
        return None
    slip = await papers.call_slip(found[1], viewer)
    return None if slip is None else _paper(forms.call_slip(slip))


async def _score_sheet(request: Request, viewer: Viewer, language: Language) -> Response | None:
    found = ids.parsed(request.path_params["id"])
    if found is None or found[0] != "Assignment":
        return None
    sheet = await papers.score_sheet(found[1], viewer)
    return None if sheet is None else _paper(forms.score_sheet(sheet))


def _paper(html: str) -> Response:
    headers = {
        "Content-Security-Policy": forms.POLICY,
        "Cache-Control": "no-store",
        "Content-Language": "zh",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Vary": "Authorization",
    }
    return Response(html, 200, headers, "text/html; charset=utf-8")
