"""Every point of the cycle with everybody concerned, and what the two policy tables say of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from api.ids import parsed
from models.policy import access, steps
from models.policy.access import COMMANDS, Reach, Viewer
from models.policy.steps import STEPS
from models.queries import cases
from models.queries.cases import CaseOnRecord
from models.terms import Command, Role, Stage
from tests.commands.copies import copied
from tests.commands.desk import Desk
from tests.commands.ledger import settled
from tests.commands.points import all_points
from tests.commands.rounds import Round
from tests.commands.shelf import people_of

IN_PLACE = {
    Role.RESIDENT: "resident",
    Role.GRID_WORKER: "worker",
    Role.COMMUNITY_CLERK: "community clerk",
    Role.STREET_CLERK: "clerk",
    Role.RESPONSE_OFFICE: "office",
    Role.DISTRICT_LEADER: "leader",
    Role.AUDITOR: "auditor",
    Role.INTEGRATOR: "machine that reads",
    Role.OPERATOR: "operator",
}
"""Of each role, somebody who stands as near to the issue as that role can; departments are the case's own."""
POSED: dict[Command, set[str]] = {
    Command.AGREE_PLAN: {"PLAN_PROPOSED"},
    Command.PROPOSE_PLAN: {"PLANNING"},
    Command.ACCEPT_HANDOVER: {
        "CALLED_OFFERED", "PLANNING_OFFERED_OVER", "ON_SITE_OFFERED", "GRID_OFFERED", "COMMUNITY_OFFERED",
        "STREET_OFFERED",
    },
    Command.RATE: {"SIMPLE_UNRATED", "UNRATED"},
    Command.FOLLOW_UP: {"SIMPLE_UNRATED", "UNRATED"},
    Command.REVIEW: {"REVIEWING"},
    Command.VERIFY: {"VERIFYING", "GRID_DONE", "COMMUNITY_DONE", "STREET_DONE"},
    Command.CALL: {"ASSESSED"},
    Command.ASK_EXTENSION: {"ON_SITE", "GRID", "COMMUNITY", "STREET"},
    Command.OFFER_HANDOVER: {"CALLED", "PLANNING", "ON_SITE", "GRID", "COMMUNITY", "STREET"},
}  # fmt: skip
"""Where the case itself has nothing against a command, for those of which a row cannot say all."""
POSED[Command.DECLINE_HANDOVER] = POSED[Command.ACCEPT_HANDOVER]


@dataclass(frozen=True)
class Point:
    """A case at a point, and what is on record of it."""

    name: str
    case: Round
    record: CaseOnRecord


@dataclass
class Ground:
    desk: Desk
    points: dict[str, Point]
    people: dict[str, Viewer]

    def at(self, stage: Stage) -> list[Point]:
        return [point for point in self.points.values() if point.record.stage is stage]

    def viewer(self, role: Role, command: Command, case: Round) -> Viewer:
        if role is not Role.DEPARTMENT_HANDLER:
            return self.people[IN_PLACE[role]]
        receives = COMMANDS[command].get(role) is Reach.RECEIVER
        return case.third if receives else case.handler

    def expected(self, command: Command, viewer: Viewer, point: Point, own: bool = False) -> str | None:
        """The code the tables refuse with, or None; `own` where the viewer is the reporter."""
        part = _part(command, point)
        facts = point.record.access(part)
        if own and viewer.person:
            facts = replace(facts, reporters=frozenset({viewer.person}))
        if not access.scope_of(viewer).covers(facts):
            return "NOT_FOUND"
        decision = access.may_command(command, viewer, facts)
        if decision.reason is not None or decision.post is None:
            return decision.reason.value if decision.reason else "WRONG_ROLE"
        refusal = steps.refusal(command, point.record.facts, part, decision.post.role)
        return refusal.code.value if refusal else None

    def witness(self, stage: Stage, command: Command, role: Role) -> Point | None:
        """A point at which this role may give the command."""
        for point in self.at(stage):
            if point.name not in POSED.get(command, {point.name}):
                continue
            suspended = command is Command.RESUME
            seen = replace(point, record=replace(point.record, suspended=True)) if suspended else point
            viewer = self.viewer(role, command, point.case)
            if self.expected(command, viewer, seen, own=command is Command.RATE) is None:
                return point
        return None

    def first(self, command: Command) -> tuple[Point, Viewer]:
        """Any point at which somebody may give the command, and who."""
        for role in COMMANDS[command]:
            for stage in steps.step_for(command, role).stages:
                point = self.witness(stage, command, role)
                if point is not None:
                    return point, self.viewer(role, command, point.case)
        raise AssertionError(f"nobody may {command.value} anywhere")


def _part(command: Command, point: Point) -> str | None:
    if not point.case.assignment or (STEPS[command].parts is None and command is not Command.NOTE):
        return None
    return point.case.assignment.partition(":")[2]


async def prepared(ground: Ground, command: Command, point: Point, viewer: Viewer) -> Round:
    """A copy of the point's case at which the command is taken."""
    reporter = viewer if command is Command.RATE else None
    case = await copied(point.case, reporter=reporter, joined=command is Command.SPLIT)
    if command is Command.COMPLETE:
        await case.shows_result(viewer)
    if command is Command.RESUME:
        await case.give("suspendIssue", case.office, {"issue": case.issue, "reason": "等待拨款"})
    if command is Command.MERGE:
        case.into = (await copied(ground.points["COLLECTED"].case)).issue
    return case


async def ground_of(desk: Desk) -> Ground:
    """All of it, set up at once."""
    people = await people_of(desk)
    reached = await all_points(desk)
    one, other = await Round(desk).begin(), await Round(desk).begin()
    await one.give("mergeIssue", one.clerk, {"issue": one.issue, "into": other.issue}, "into { id }")
    await settled()
    points = {}
    for name, case in reached.items():
        case.into = other.issue
        key = parsed(case.issue)
        record = await cases.case(key[1]) if key else None
        assert record is not None
        points[name] = Point(name, case, record)
    return Ground(desk, points, people)
