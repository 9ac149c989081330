"""Taking in reports (domain guide 3, collect)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, TypeAlias

import strawberry
from strawberry import ID

from api.mutations.asking import Asking, refusable
from api.mutations.commanding import OFF_RECORD
from api.mutations.inputs import COMMAND, DONE, KEY_WORDS, said
from api.mutations.results import IssueReported, read
from api.problems import AnyProblem
from api.rules import commanded
from api.types.record import Asked
from models.policy import access, search
from models.policy.access import Rule, Viewer
from models.policy.text import NAME, OPTIONAL_WORDS, PHONE, PLACE, TICKET, TITLE
from models.queries import commands, reporting, shapes
from models.queries.commands import Receipt
from models.queries.reporting import Active, NewReport, Place
from models.terms import ReportSource, Role, derived_id

OLDEST = timedelta(days=366)
CLOCK_SKEW = timedelta(minutes=2)
"""How far a phone's clock may run ahead before its time is called the future."""

ReportIssueResult: TypeAlias = Annotated[
    IssueReported | AnyProblem, strawberry.union("ReportIssueResult", description=DONE)
]


@strawberry.input(description="One person's telling of a problem 反映.")
class ReportIssueInput:
    idempotency_key: str = said(KEY_WORDS)
    category: str = said("The line of the district's item list, by key; query `items`.")
    unit: ID = said("Where: a grid, a community or a street, the smallest that is known.")
    title: str = said("What it is about, up to 100 characters.")
    place: str = said("Where it is in words, up to 120 characters.")
    description: str | None = said("What there is to say, up to 2,000 characters.", default=None)
    longitude: float | None = said("WGS-84 longitude in degrees.", default=None)
    latitude: float | None = said("WGS-84 latitude in degrees.", default=None)
    source: ReportSource | None = said("The way it came in; by the viewer's post if left out.", default=None)
    happened_at: datetime | None = said("When it was seen, at most a year ago.", default=None)
    external_ticket: str | None = said("Its number in the system it came from.", default=None)
    reporter_name: str | None = said("Who told it, where the viewer reports for someone.", default=None)
    reporter_phone: str | None = said("Their phone number.", default=None)


@strawberry.type
class ReportingMutation:
    @commanded(
        Rule.PUBLIC,
        "反映: takes a report in; once acknowledged it is never lost. Needs a post, or a machine token "
        "granted `reports:write`.",
    )
    @refusable
    async def report_issue(
        self, info: Asked, input: Annotated[ReportIssueInput, COMMAND]
    ) -> ReportIssueResult:
        context = info.context
        asking = Asking(context, "REPORT", input.idempotency_key)
        await _check_may_report(asking, context.viewer)
        command = asking.id
        unit = asking.key("input.unit", input.unit, "Street", "Community", "Grid")
        place = await reporting.place_of(*unit)
        if place is None or not _within_reach(context.viewer, place):
            raise asking.refuse(asking.problems.not_found("input.unit", unit[0].lower()))
        new = _checked(asking, input, place, context.now())
        under = await reporting.active(place.district, new.category)
        if under is None:
            raise asking.invalid("input.category", "CATEGORY")
        return await _taken_in(info, asking, command, new, under)


async def _taken_in(
    info: Asked, asking: Asking, command: Any, new: NewReport, under: Active
) -> IssueReported:
    context = info.context
    received = await reporting.report(
        new,
        under,
        command=command,
        actor=asking.actor,
        fingerprint=commands.digest("REPORT", vars(new)),
        request=context.request_id,
        now=context.now(),
    )
    if received.receipt is Receipt.CONFLICT or received.result is None:
        raise asking.refuse(asking.problems.key_reused())
    issue = received.result
    code = await reporting.code_of(issue)
    return IssueReported(
        tracking_code=code,
        issue=await read(context, shapes.ISSUE, issue),
        report=await read(context, shapes.REPORT, derived_id(issue, "report")),
    )


async def _check_may_report(asking: Asking, viewer: Viewer) -> None:
    if not access.allows(Rule.REPORT, viewer):
        reason = access.Refusal.WRONG_ROLE if viewer.subject else access.Refusal.NOT_SIGNED_IN
        raise asking.refuse(asking.problems.forbidden(reason, "REPORT: a post, or reports:write"))
    if not await commands.is_known(viewer.person):
        raise asking.refuse(asking.problems.forbidden(access.Refusal.WRONG_ROLE, OFF_RECORD))


def _within_reach(viewer: Viewer, place: Place) -> bool:
    """Everybody reports in their own district."""
    return any(post.district == place.district for post in viewer.posts)


def _source(asking: Asking, viewer: Viewer, given: ReportSource | None) -> ReportSource:
    """A machine reports as integration, a resident as resident, staff patrol unless they say otherwise."""
    roles = {post.role for post in viewer.posts}
    if Role.INTEGRATOR in roles:
        allowed = [ReportSource.INTEGRATION, ReportSource.HOTLINE_12345]
    elif roles <= {Role.RESIDENT}:
        allowed = [ReportSource.RESIDENT]
    else:
        allowed = [
            ReportSource.PATROL,
            ReportSource.RESIDENT,
            ReportSource.HOTLINE_12345,
            ReportSource.INSPECTION,
        ]
    if given is not None and given not in allowed:
        raise asking.invalid("input.source", "SOURCE")
    return given or allowed[0]


def _checked(asking: Asking, input: ReportIssueInput, place: Place, now: datetime) -> NewReport:
    viewer = asking.context.viewer
    title = asking.text("input.title", input.title, TITLE)
    where = asking.text("input.place", input.place, PLACE)
    source = _source(asking, viewer, input.source)
    if (input.longitude is None) != (input.latitude is None):
        raise asking.invalid("input.longitude", "PAIR")
    _check_range(asking, "input.longitude", input.longitude, 180)
    _check_range(asking, "input.latitude", input.latitude, 90)
    if input.happened_at is not None and input.happened_at > now + CLOCK_SKEW:
        raise asking.invalid("input.happenedAt", "FUTURE")
    if input.happened_at is not None and input.happened_at < now - OLDEST:
        raise asking.invalid("input.happenedAt", "TOO_OLD", days=OLDEST.days)
    own = source is ReportSource.RESIDENT and all(p.role is Role.RESIDENT for p in viewer.posts)
    return NewReport(
        place=place,
        category=input.category,
        title=title,
        where=where,
        description=asking.text("input.description", input.description, OPTIONAL_WORDS),
        grams=search.grams(f"{title} {where}"),
        source=source,
        longitude=input.longitude,
        latitude=input.latitude,
        happened_at=input.happened_at,
        external_ticket=asking.text("input.externalTicket", input.external_ticket, TICKET) or None,
        reporter=viewer.person if own or source is ReportSource.PATROL else None,
        reporter_name=asking.text("input.reporterName", input.reporter_name, NAME) or None,
        reporter_phone=asking.text("input.reporterPhone", input.reporter_phone, PHONE) or None,
    )


def _check_range(asking: Asking, field: str, value: float | None, most: int) -> None:
    if value is not None and not -most <= value <= most:
        raise asking.invalid(field, "RANGE", least=-most, most=most)
