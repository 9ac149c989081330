"""Every point of the calling cycle at which some command is taken, each reached as people would reach it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from tests.commands.copies import copied, owes, wake
from tests.commands.desk import Desk
from tests.commands.rounds import Round

Reach = Callable[[Desk], Awaitable[Round]]
PLAN_OVERDUE_AFTER = 14
ASKED = {"source": "RESIDENT"}
"""Of a report whose reporter is asked at the end."""


def general(stage: str) -> Reach:
    async def reach(desk: Desk) -> Round:
        return await Round(desk).to_stage(stage)

    return reach


def own_team(team: str, *, done: bool = False, answer: str | None = "", offered: bool = False) -> Reach:
    """SIMPLE: at work; with `done` declared done; with an `answer`, or None for none, verified as well."""

    async def reach(desk: Desk) -> Round:
        case = await Round(desk).begin(**({} if answer == "" else ASKED))
        await case.assessed("SIMPLE", team=team)
        workers = {"GRID": case.worker, "COMMUNITY": await case.community_clerk(), "STREET": case.clerk}
        if offered:
            given = {"assignment": case.assignment, "to": case.own_teams[team], "reason": "更近"}
            await case.give("offerHandover", workers[team], given)
        if done:
            await case.step("completeAssignment", workers[team])
        if done and answer != "":
            await case.verified(answer=answer)
        elif done:
            await case.photographed()
        return case

    return reach


async def _complex(desk: Desk) -> Round:
    return await (await Round(desk).begin()).assessed("COMPLEX")


async def complex_called(desk: Desk) -> Round:
    case = await _complex(desk)
    given = {"issue": case.issue, "department": case.lighting, "concerned": [case.water], "demand": "请会商"}
    await case.give("callDepartment", case.clerk, given)
    return case


async def critical(desk: Desk) -> Round:
    case = await Round(desk).begin()
    return await case.dispatch(case.leader)


async def planning_offered(desk: Desk) -> Round:
    return await (await complex_called(desk)).dispatch_by_office()


async def planning(desk: Desk) -> Round:
    return await (await planning_offered(desk)).on_site()


async def planning_accepted(desk: Desk) -> Round:
    case = await planning_offered(desk)
    return await case.step("acceptAssignment")


async def plan_proposed(desk: Desk) -> Round:
    """By the other department: the first has to agree."""
    case = await planning(desk)
    given = {"assignment": case.other, **case.plan(case.other, case.assignment)}
    answer = await case.give("proposePlan", case.helper, given, "plan { id }")
    case.proposal = answer["plan"]["id"]
    return case


async def plan_overdue(desk: Desk) -> Round:
    case = await copied(await planning(desk), days=PLAN_OVERDUE_AFTER)
    await wake(case)
    await owes(case, "DECIDE_PLAN")
    return case


async def complex_on_site(desk: Desk) -> Round:
    case = await (await planning(desk)).proposed()
    return await case.agreed()


def returned(before: Reach) -> Reach:
    async def reach(desk: Desk) -> Round:
        case = await before(desk)
        given = {"assignment": case.assignment, "grounds": "不归我们管"}
        await case.give("returnAssignment", case.handler, given)
        return case

    return reach


async def returned_at_work(desk: Desk) -> Round:
    """One department has returned its part, the other planned alone and is at work."""
    case = await returned(planning_offered)(desk)
    for name in ("acceptAssignment", "reportIn"):
        await case.give(name, case.helper, {"assignment": case.other})
    await case.give("proposePlan", case.helper, {"assignment": case.other, **case.plan(case.other)})
    return case


async def called_at_work(desk: Desk) -> Round:
    """The office names a third department in the place of the one that returned."""
    case = await returned_at_work(desk)
    case.handler = case.third
    given = {
        "assignment": case.assignment,
        "outcome": "UPHELD",
        "department": case.parks,
        "reason": "属公园设施",
    }
    await case.give("adjudicateReturn", case.office, given)
    shown = await case.shown("assignments { id status }")
    case.assignment = next(part["id"] for part in shown["assignments"] if part["status"] == "OFFERED")
    return case


def offered(before: Reach) -> Reach:
    """The part is offered to a department that has none."""

    async def reach(desk: Desk) -> Round:
        case = await before(desk)
        given = {"assignment": case.assignment, "to": case.parks, "reason": "一并处理"}
        await case.give("offerHandover", case.handler, given)
        return case

    return reach


async def extension_asked(desk: Desk) -> Round:
    case = await Round(desk).to_stage("ON_SITE")
    until = (datetime.now(UTC) + timedelta(days=60)).isoformat()
    given = {"assignment": case.assignment, "until": until, "reason": "材料未到"}
    await case.give("askExtension", case.handler, given)
    return case


def reviewing(answer: str | None) -> Reach:
    async def reach(desk: Desk) -> Round:
        case = await Round(desk).to_stage("VERIFYING", **ASKED)
        return await case.verified(answer=answer)

    return reach


async def drafted(desk: Desk) -> Round:
    """The sheet is signed by the second clerk: anybody else of the street may sign."""
    case = await Round(desk).to_stage("REVIEWING")
    case.sheet = (await case.drafted(case.second))["sheet"]
    return case


async def verifying(desk: Desk) -> Round:
    case = await Round(desk).to_stage("VERIFYING")
    await case.photographed()
    return case


async def cancelled(desk: Desk) -> Round:
    case = await Round(desk).begin()
    await case.give("cancelIssue", case.clerk, {"issue": case.issue, "reason": "重复"})
    return case


POINTS: dict[str, Reach] = {
    "COLLECTED": general("COLLECTED"),
    "ASSESSED": general("ASSESSED"),
    "CALLED": general("CALLED"),
    "HANDLING": general("HANDLING"),
    "ON_SITE": general("ON_SITE"),
    "VERIFYING": verifying,
    "REVIEWING": drafted,
    "FILED": general("FILED"),
    "CANCELLED": cancelled,
    "GRID": own_team("GRID"),
    "COMMUNITY": own_team("COMMUNITY"),
    "STREET": own_team("STREET"),
    "GRID_OFFERED": own_team("GRID", offered=True),
    "COMMUNITY_OFFERED": own_team("COMMUNITY", offered=True),
    "STREET_OFFERED": own_team("STREET", offered=True),
    "GRID_DONE": own_team("GRID", done=True),
    "COMMUNITY_DONE": own_team("COMMUNITY", done=True),
    "STREET_DONE": own_team("STREET", done=True),
    "SIMPLE_UNANSWERED": own_team("GRID", done=True, answer=None),
    "SIMPLE_UNRATED": own_team("GRID", done=True, answer="已修好"),
    "UNANSWERED": reviewing(None),
    "UNRATED": reviewing("已修好"),
    "COMPLEX_ASSESSED": _complex,
    "COMPLEX_CALLED": complex_called,
    "CRITICAL": critical,
    "PLANNING_OFFERED": planning_offered,
    "PLANNING_ACCEPTED": planning_accepted,
    "PLANNING": planning,
    "PLAN_PROPOSED": plan_proposed,
    "PLAN_OVERDUE": plan_overdue,
    "COMPLEX_ON_SITE": complex_on_site,
    "RETURNED": returned(general("CALLED")),
    "PLANNING_RETURNED": returned(planning_offered),
    "RETURNED_AT_WORK": returned_at_work,
    "CALLED_AT_WORK": called_at_work,
    "CALLED_OFFERED": offered(general("CALLED")),
    "PLANNING_OFFERED_OVER": offered(planning),
    "ON_SITE_OFFERED": offered(general("ON_SITE")),
    "EXTENSION": extension_asked,
}


async def all_points(desk: Desk, at_once: int = 6) -> dict[str, Round]:
    """Every point, a few at a time."""
    turns, reached = asyncio.Semaphore(at_once), {}

    async def reach(name: str) -> None:
        async with turns:
            reached[name] = await POINTS[name](desk)

    async with asyncio.TaskGroup() as group:
        for name in POINTS:
            group.create_task(reach(name))
    return {name: reached[name] for name in POINTS}
