"""Every (stage, command, role): what the two policy tables allow succeeds, all else is refused by type and
writes nothing. Derived from `steps.STEPS` and `access.COMMANDS`, through GraphQL on the real stack."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
import pytest_asyncio

from api.ids import parsed
from models.policy import access, steps
from models.policy.access import COMMANDS, Reach, Viewer
from models.policy.steps import STEPS
from models.queries import cases
from models.queries.cases import CaseOnRecord
from models.terms import Command, Role, Stage, UnitKind
from tests.commands.copies import copied
from tests.commands.desk import Desk
from tests.commands.giving import MUTATIONS, given
from tests.commands.ledger import nothing_written, settled
from tests.commands.points import all_points
from tests.commands.rounds import Round
from tests.commands.shelf import people_of

AT_ONCE = 8
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
CODES = {"INVALID_INPUT", "NOT_FOUND", "WRONG_STAGE", "WRONG_LEVEL", "WRONG_STATUS", "ROUTED", "NOT_OWED"} | {
    refusal.value for refusal in access.Refusal
}


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


def _part(command: Command, point: Point) -> str | None:
    if not point.case.assignment or (STEPS[command].parts is None and command is not Command.NOTE):
        return None
    return point.case.assignment.partition(":")[2]


def by_tables() -> Iterator[tuple[Stage, Command, Role]]:
    """What the two tables allow, whatever else must be so of the case."""
    for command, reaches in COMMANDS.items():
        for role in reaches:
            for stage in steps.step_for(command, role).stages:
                yield stage, command, role


TEAMS = {Role.GRID_WORKER, Role.COMMUNITY_CLERK, Role.STREET_CLERK}
WITH_DEPARTMENTS = steps.AT_WORK | steps.AFTER_WORK
WITH_TEAMS = frozenset({Stage.HANDLING, Stage.VERIFYING})


def out_of_reach(stage: Stage, command: Command, role: Role) -> bool:
    """Whether nobody of this role can have, or be offered, a part at this stage."""
    if COMMANDS[command][role] not in (Reach.HANDLER, Reach.RECEIVER):
        return False
    return stage not in (WITH_TEAMS if role in TEAMS else WITH_DEPARTMENTS)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ground(desk: Desk) -> Ground:
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


async def test_every_triple_that_the_tables_allow_can_be_reached(ground: Ground) -> None:
    missing = {triple for triple in by_tables() if ground.witness(*triple) is None}
    assert missing == {triple for triple in by_tables() if out_of_reach(*triple)}
    assert {point.record.stage for point in ground.points.values()} == set(Stage)


async def prepared(ground: Ground, command: Command, point: Point, viewer: Viewer) -> Round:
    """A copy of the point's case at which the command is taken."""
    reporter = viewer if command is Command.RATE else None
    case = await copied(point.case, reporter=reporter, joined=command is Command.SPLIT)
    if command is Command.RESUME:
        await case.give("suspendIssue", case.office, {"issue": case.issue, "reason": "等待拨款"})
    if command is Command.MERGE:
        case.into = (await copied(ground.points["COLLECTED"].case)).issue
    return case


@pytest.mark.parametrize("stage", [stage for stage in Stage if not stage.closed], ids=lambda s: s.value)
async def test_what_the_tables_allow_succeeds(ground: Ground, stage: Stage) -> None:
    turns, wrong = asyncio.Semaphore(AT_ONCE), []

    async def take(command: Command, role: Role, point: Point) -> None:
        async with turns:
            viewer = ground.viewer(role, command, point.case)
            case = await prepared(ground, command, point, viewer)
            wanted = given(command, case, point.record.level)
            if command is Command.NOTE and COMMANDS[command][role] is Reach.DISTRICT:
                wanted.pop("assignment", None)
            answer = await ground.desk.do(MUTATIONS[command], viewer, wanted, "__typename")
            if "code" in answer:
                wrong.append((command.value, role.value, point.name, answer))

    triples = [triple for triple in by_tables() if triple[0] is stage]
    found = [(command, role, ground.witness(stage, command, role)) for _, command, role in triples]
    await asyncio.gather(*(take(command, role, point) for command, role, point in found if point))
    assert wrong == []


@pytest.mark.parametrize("stage", Stage, ids=lambda stage: stage.value)
async def test_everything_else_is_refused_and_writes_nothing(ground: Ground, stage: Stage) -> None:
    turns, wrong, tried = asyncio.Semaphore(AT_ONCE), [], 0

    async def attempt(command: Command, role: Role, point: Point, code: str) -> None:
        async with turns:
            viewer = ground.viewer(role, command, point.case)
            wanted = given(command, point.case, point.record.level)
            answer = await ground.desk.do(MUTATIONS[command], viewer, wanted, "__typename")
        # Where two things are wrong the edge may name an input before it asks the tables.
        if not answer["__typename"].endswith("Problem") or answer["code"] not in {code} | CODES:
            wrong.append((command.value, role.value, point.name, code, answer))

    await settled()
    async with nothing_written():
        attempts = []
        for number, point in enumerate(ground.at(stage)):
            for command in Command:
                for role in Role:
                    # Once for each stage everybody; at its other points those whose role may give it.
                    if number and role not in COMMANDS[command]:
                        continue
                    viewer = ground.viewer(role, command, point.case)
                    code = ground.expected(command, viewer, point)
                    if code is not None:
                        attempts.append(attempt(command, role, point, code))
        tried = len(attempts)
        await asyncio.gather(*attempts)
    assert wrong == []
    assert tried > len(Command) * (len(Role) - 5)


def test_every_command_has_its_mutation() -> None:
    assert set(MUTATIONS) == set(Command) == set(COMMANDS) == set(STEPS)
    assert set(IN_PLACE) | {Role.DEPARTMENT_HANDLER} == set(Role)
    assert {UnitKind.GRID, UnitKind.COMMUNITY, UnitKind.STREET} == steps.OWN_TEAMS
