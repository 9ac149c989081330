"""One issue at each point of its way, with everybody concerned: set up once, and never written to."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from api.ids import global_id, parsed
from models.policy.access import Post, Viewer
from models.queries import posts, reporting
from models.queries.posts import PostAsked
from models.queries.reporting import NewReport
from models.terms import ReportSource, Role, derived_id
from tests.commands.desk import Desk, photo_input
from tests.commands.ledger import settled
from tests.commands.rounds import CHENGLONG, FULL_MARKS, Round

GENERAL = ("COLLECTED", "ASSESSED", "CALLED", "HANDLING", "ON_SITE", "VERIFYING", "REVIEWING", "FILED")
"""Points on a GENERAL issue's way; HANDLING is before its department reported in, ON_SITE after."""
SIMPLE = ("SIMPLE_HANDLING", "SIMPLE_VERIFYING")

FITTING = {
    "assessIssue": "COLLECTED",
    "callDepartment": "ASSESSED",
    "acceptAssignment": "CALLED",
    "reportIn": "HANDLING",
    "completeAssignment": "ON_SITE",
    "addProgressNote": "ON_SITE",
    "verifyIssue": "VERIFYING",
    "reviewDepartment": "REVIEWING",
    "requestEvidenceUpload": "ON_SITE",
    "confirmEvidence": "VERIFYING",
}
"""Where each mutation on an issue would be taken."""
BY_HANDLER = frozenset({"acceptAssignment", "reportIn", "completeAssignment", "addProgressNote"})


@dataclass
class Shelf:
    """Cases by point, people by name, and ids that are right or wrong."""

    desk: Desk
    cases: dict[str, Round]
    people: dict[str, Viewer]
    after: str
    """A confirmed AFTER photo of the issue at VERIFYING."""
    before: str
    """A confirmed BEFORE photo of it."""
    pending: str
    """An AFTER photo of it, announced by the clerk and not sent."""
    elsewhere: str
    """A confirmed AFTER photo of another issue."""
    handlers: str
    """One that the handler announced for the issue at VERIFYING."""
    notice: str
    """A notification of the clerk."""
    foreign: dict[str, str]
    """By type, something that exists in the other district."""

    def given(self, name: str, at: str | None = None) -> dict[str, Any]:
        """An input that `name` would take, about the case at this point."""
        case = self.cases[at or FITTING.get(name, "COLLECTED")]
        issue, part = {"issue": case.issue}, {"assignment": case.assignment}
        return {
            "reportIssue": {**case.report},
            "assessIssue": {**issue, "level": "GENERAL"},
            "callDepartment": {**issue, "department": case.lighting, "demand": "请尽快修复"},
            "acceptAssignment": part,
            "reportIn": part,
            "completeAssignment": part,
            "addProgressNote": {**issue, **(part if case.assignment else {}), "note": "正在更换灯具"},
            "verifyIssue": {**issue, "passed": True, "evidence": [self.after]},
            "reviewDepartment": {**part, "scores": dict(FULL_MARKS)},
            "requestEvidenceUpload": photo_input(case.issue, "NEAR"),
            "confirmEvidence": {"evidence": self.pending},
            "markNotificationsRead": {"notifications": [self.notice]},
        }[name]

    def actor(self, name: str) -> Viewer:
        """Who may do it, as to role and place."""
        if name == "reportIssue":
            return self.people["worker"]
        return self.people["handler" if name in BY_HANDLER else "clerk"]

    def stranger(self, type_name: str) -> str:
        """The id of something of this type that does not exist."""
        return global_id(type_name, uuid4())


async def shelf_of(desk: Desk) -> Shelf:
    """Everything, set up at once."""
    async with asyncio.TaskGroup() as group:
        general = {at: group.create_task(Round(desk).to_stage(at)) for at in GENERAL}
        simple = {at: group.create_task(simple_at(Round(desk), at)) for at in SIMPLE}
        abroad = group.create_task(Round(desk, "gulou", "宁海路街道").to_stage("CALLED"))
        crowd = group.create_task(people_of(desk))
        notice = group.create_task(overdue(Round(desk)))
        notice_abroad = group.create_task(overdue(Round(desk, "gulou", "宁海路街道")))
    cases = {at: task.result() for at, task in (general | simple).items()}
    verifying, foreign, people = cases["VERIFYING"], abroad.result(), crowd.result()
    clerk, handler = verifying.clerk, verifying.handler
    found = Shelf(
        desk,
        cases,
        people,
        after=await desk.photo(clerk, verifying.issue, "AFTER"),
        before=await desk.photo(clerk, verifying.issue, "BEFORE"),
        pending=(await desk.announced(clerk, verifying.issue, "AFTER"))["evidence"]["id"],
        elsewhere=await desk.photo(clerk, cases["ON_SITE"].issue, "AFTER"),
        handlers=(await desk.announced(handler, verifying.issue, "AFTER"))["evidence"]["id"],
        notice=(await notices(notice.result(), notice.result().clerk))[0],
        foreign={
            "Issue": foreign.issue,
            "Assignment": foreign.assignment,
            "Department": foreign.lighting,
            "Grid": foreign.unit,
            "Evidence": await desk.photo(foreign.clerk, foreign.issue, "NEAR"),
            "Notification": (await notices(notice_abroad.result(), foreign.clerk))[0],
        },
    )
    await settled()
    return found


async def simple_at(case: Round, at: str) -> Round:
    """A SIMPLE issue of the grid's own worker."""
    await (await case.begin()).assessed("SIMPLE", team="GRID")
    return case if at == "SIMPLE_HANDLING" else await case.step("completeAssignment", case.worker)


async def overdue(case: Round, days: int = 14) -> Round:
    """An issue as though it had been reported two weeks ago: its assessment is long overdue.

    The report alone is written with an earlier clock; everything after it is the real thing.
    """
    await case.people()
    unit = parsed(case.unit)
    assert unit is not None
    place = await reporting.place_of(*unit)
    assert place is not None
    under = await reporting.active(place.district, "street_light")
    assert under is not None
    command = uuid4()
    new = NewReport(
        place, "street_light", "路灯不亮", "成龙大道", "", [], ReportSource.PATROL, None, None, None, None,
        case.worker.person, None, None,
    )  # fmt: skip
    await reporting.report(
        new,
        under,
        command=command,
        actor=case.worker.subject,
        fingerprint=str(command),
        request=None,
        now=datetime.now(UTC) - timedelta(days=days),
    )
    case.issue = global_id("Issue", derived_id("issue", command))
    await case.until("timeline(last: 20) { nodes { kind } }", told_to_the_top)
    return case


def told_to_the_top(shown: dict[str, Any]) -> bool:
    """Whether the last rung was told."""
    return [entry["kind"] for entry in shown["timeline"]["nodes"]].count("ESCALATED") == 2


async def notices(case: Round, viewer: Viewer) -> list[str]:
    """What this viewer was told about the case."""
    data = await case.desk.ask(
        "query($where: NotificationWhere) { viewer { notifications(first: 20, where: $where) "
        "{ nodes { id } } } }",
        viewer,
        where={"issue": case.issue},
    )
    return [node["id"] for node in data["viewer"]["notifications"]["nodes"]]


async def people_of(desk: Desk) -> dict[str, Viewer]:
    """Everybody who may or may not do something about an issue in the first grid of the street."""
    grid = (await posts.posts(PostAsked(role=Role.GRID_WORKER, district="jinjiang", street=CHENGLONG)))[0]
    community = await posts.posts(PostAsked(role=Role.COMMUNITY_CLERK, street=CHENGLONG))
    clerks = await posts.posts(PostAsked(role=Role.STREET_CLERK, street=CHENGLONG))
    here = next(held for held in community if held.post.community == grid.post.community)
    away = next(held for held in community if held.post.community != grid.post.community)
    grids = await posts.posts(PostAsked(role=Role.GRID_WORKER, street=CHENGLONG))
    district = grid.post.district
    return {
        "worker": grid.viewer,
        "worker elsewhere": grids[1].viewer,
        "community clerk": here.viewer,
        "community clerk elsewhere": away.viewer,
        "clerk": clerks[0].viewer,
        "second clerk": clerks[1].viewer,
        "clerk elsewhere": await desk.who(role=Role.STREET_CLERK, street="东湖街道"),
        "clerk abroad": await desk.who(role=Role.STREET_CLERK, district="gulou"),
        "handler": await desk.who(role=Role.DEPARTMENT_HANDLER, department="lighting"),
        "handler elsewhere": await desk.who(role=Role.DEPARTMENT_HANDLER, department="water"),
        "office": await desk.who(role=Role.RESPONSE_OFFICE),
        "leader": await desk.who(role=Role.DISTRICT_LEADER),
        "auditor": await desk.who(role=Role.AUDITOR),
        "operator": await desk.who(role=Role.OPERATOR),
        "resident": await desk.who(role=Role.RESIDENT),
        "machine that reports": machine(district, "reports:write"),
        "machine that reads": machine(district, "issues:read"),
        "machine for rulebooks": machine(district, "rulebooks:read"),
    }


def machine(district: Any, *grants: str) -> Viewer:
    """A token of a system with these grants."""
    post = Post(None, Role.INTEGRATOR, False, district)
    return Viewer(f"system-{'-'.join(grants)}", None, (post,), frozenset(grants))


def in_name_only(viewer: Viewer) -> Viewer:
    """The same viewer with a person whom nobody knows here."""
    return replace(viewer, person=uuid4())
