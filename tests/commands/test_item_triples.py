"""Every (status, command, role) of a negative item: what the two tables allow succeeds, all else is refused
by type and writes nothing. Derived from `ITEM_STEPS` and `ITEM_COMMANDS`, through GraphQL on the real stack.
"""

from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio

from models.policy.access import Viewer
from models.policy.item_steps import ITEM_COMMANDS, ITEM_STEPS
from models.terms import ItemCommand, ItemStatus, Role
from tests.commands.desk import Desk
from tests.commands.ledger import nothing_written, settled
from tests.commands.negative import Negative

MUTATIONS = {
    ItemCommand.ISSUE: "issueItems",
    ItemCommand.DISCARD: "discardItem",
    ItemCommand.START: "startItem",
    ItemCommand.RAISE_CALL: "raiseItemCall",
    ItemCommand.COMPLETE: "completeItem",
    ItemCommand.ASK: "askResidents",
    ItemCommand.EXTEND: "extendItem",
    ItemCommand.SUSPEND: "suspendItem",
    ItemCommand.RESUME: "resumeItem",
}


class Points:
    """An item at each status, and somebody of each role in its place."""

    def __init__(self, listed: Negative, people: dict[Role, Viewer]) -> None:
        self.listed, self.people = listed, people
        self.at: dict[ItemStatus, str] = {}

    async def reached(self, status: ItemStatus) -> str:
        """A fresh item at this status."""
        listed = self.listed
        if status is ItemStatus.DRAFT:
            return await listed.draft(*await listed.voices("路灯不亮"))
        item = await listed.issued()
        if status is ItemStatus.WAITING:
            await listed.step("raiseItemCall", item)
        if status in (ItemStatus.RECTIFYING, ItemStatus.PERCEIVING, ItemStatus.CLOSED):
            await listed.step("startItem", item)
        if status in (ItemStatus.PERCEIVING, ItemStatus.CLOSED):
            await listed.step("completeItem", item)
        if status is ItemStatus.CLOSED:
            (token,) = await listed.ask(item)
            await listed.answer(token, True)
            await listed.until(item, lambda shown: shown["status"] == "CLOSED")
        return item

    def given(self, command: ItemCommand, item: str) -> dict[str, Any]:
        match command:
            case ItemCommand.ISSUE:
                return {"survey": self.listed.poll.survey, "items": [item]}
            case ItemCommand.ASK:
                return {"items": [item]}
            case ItemCommand.EXTEND:
                return {"item": item, "more": "2 h", "reason": "备料"}
            case ItemCommand.SUSPEND | ItemCommand.RESUME:
                return {"item": item, "reason": "台风"}
        return {"item": item}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def points(desk: Desk) -> Points:
    listed = await Negative.made(desk, "2033H1")
    people = {Role.STREET_CLERK: listed.clerk, Role.RESPONSE_OFFICE: listed.office}
    for role in Role:
        if role not in people and role not in (Role.INTEGRATOR, Role.RESIDENT, Role.OPERATOR):
            people[role] = await desk.who(role=role, district="gulou")
    found = Points(listed, people)
    for status in ItemStatus:
        found.at[status] = await found.reached(status)
    return found


@pytest.mark.parametrize("command", ItemCommand, ids=lambda command: command.value)
async def test_what_the_tables_allow_succeeds(points: Points, command: ItemCommand) -> None:
    (role,) = ITEM_COMMANDS[command]
    for status in ITEM_STEPS[command]:
        item = await points.reached(status)
        if command is ItemCommand.RESUME:
            await points.listed.step("suspendItem", item, points.listed.office, reason="台风")
        answer = await points.listed.desk.do(
            MUTATIONS[command], points.people[role], points.given(command, item), "__typename"
        )
        assert "code" not in answer, (command, status, answer)


async def test_everything_else_is_refused_by_type_and_writes_nothing(points: Points) -> None:
    wrong, tried = [], 0
    await settled()
    async with nothing_written():
        for status, item in points.at.items():
            for command in ItemCommand:
                for role, viewer in points.people.items():
                    entitled = role in ITEM_COMMANDS[command]
                    if entitled and status in ITEM_STEPS[command] and command is not ItemCommand.RESUME:
                        continue
                    tried += 1
                    answer = await points.listed.desk.do(
                        MUTATIONS[command], viewer, points.given(command, item), "__typename"
                    )
                    if answer.get("code") not in refusals(entitled, status):
                        wrong.append((status, command, role, answer))
    assert wrong == []
    assert tried > len(ItemStatus) * len(ItemCommand) * 4


def refusals(entitled: bool, status: ItemStatus) -> tuple[str, ...]:
    """What it may be refused with; a draft is not the street's to see, so that it is not found."""
    if not entitled:
        return "WRONG_ROLE", "WRONG_PLACE", "NOT_FOUND"
    return ("WRONG_STATUS", "NOT_FOUND") if status is ItemStatus.DRAFT else ("WRONG_STATUS",)


async def test_what_may_be_done_is_told_beforehand_as_it_is_refused(points: Points) -> None:
    for status, item in points.at.items():
        fields = "allowedActions { action allowed reason { code } }"
        shown = await points.listed.shown(item, fields)
        office = {one["action"]: one["allowed"] for one in shown["allowedActions"]}
        for command in ItemCommand:
            wanted = Role.RESPONSE_OFFICE in ITEM_COMMANDS[command] and status in ITEM_STEPS[command]
            assert office[command.value] == (wanted and command is not ItemCommand.RESUME), (status, command)


def test_every_command_has_its_mutation_and_its_rows() -> None:
    assert set(MUTATIONS) == set(ItemCommand) == set(ITEM_STEPS) == set(ITEM_COMMANDS)
