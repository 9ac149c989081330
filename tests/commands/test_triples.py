"""Every (stage, command, role): what the two policy tables allow succeeds, all else is refused by type and
writes nothing. Derived from `steps.STEPS` and `access.COMMANDS`, through GraphQL on the real stack."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from models.policy import steps
from models.policy.access import COMMANDS, Reach, Viewer
from models.policy.steps import STEPS
from models.terms import Command, Role, Stage, UnitKind
from tests.commands.giving import MUTATIONS, given
from tests.commands.ground import IN_PLACE, Ground, Point, prepared
from tests.commands.ledger import nothing_written, settled

AT_ONCE = 8
ELSEWHERE = (
    "worker elsewhere",
    "community clerk elsewhere",
    "clerk elsewhere",
    "clerk abroad",
    "handler elsewhere",
    "machine that reports",
    "machine for rulebooks",
)
"""People and machines who stand elsewhere, in roles that may do much in their own place."""


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


async def test_every_triple_that_the_tables_allow_can_be_reached(ground: Ground) -> None:
    missing = {triple for triple in by_tables() if ground.witness(*triple) is None}
    assert missing == {triple for triple in by_tables() if out_of_reach(*triple)}
    assert {point.record.stage for point in ground.points.values()} == set(Stage)


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
    turns, wrong = asyncio.Semaphore(AT_ONCE), []

    async def attempt(command: Command, viewer: Viewer, point: Point, code: str) -> None:
        async with turns:
            wanted = given(command, point.case, point.record.level)
            answer = await ground.desk.do(MUTATIONS[command], viewer, wanted, "__typename")
        if not told_rightly(command, point, code, answer):
            wrong.append((command.value, viewer.subject, point.name, code, answer))

    await settled()
    async with nothing_written():
        attempts = []
        for number, point in enumerate(ground.at(stage)):
            for command in Command:
                # Once for each stage everybody; at its other points those whose role may give it.
                roles = COMMANDS[command] if number else Role
                viewers = [ground.viewer(role, command, point.case) for role in roles]
                viewers += [ground.people[who] for who in ELSEWHERE] if not number else []
                for viewer in viewers:
                    code = ground.expected(command, viewer, point)
                    if code is not None:
                        attempts.append(attempt(command, viewer, point, code))
        tried = len(attempts)
        await asyncio.gather(*attempts)
    assert wrong == []
    assert tried > len(Command) * (len(Role) - 5)


def told_rightly(command: Command, point: Point, code: str, answer: dict[str, Any]) -> bool:
    """A typed refusal for the tables' reason, which says where it stands and where it would have to."""
    if answer.get("code") == "WRONG_STAGE":
        rows = [STEPS[command], *STEPS[command].by.values()]
        right = [sorted(stage.value for stage in row.stages) for row in rows]
        return answer["found"] == point.record.stage.value and answer["expected"] in right
    # A part, sheet or report that this case has not is not found, whatever else is wrong.
    return answer["__typename"].endswith("Problem") and answer["code"] in (code, "NOT_FOUND")


def test_every_command_has_its_mutation() -> None:
    assert set(MUTATIONS) == set(Command) == set(COMMANDS) == set(STEPS)
    assert set(IN_PLACE) | {Role.DEPARTMENT_HANDLER} == set(Role)
    assert {UnitKind.GRID, UnitKind.COMMUNITY, UnitKind.STREET} == steps.OWN_TEAMS
