"""`issue.allowedActions` and the mutations say the same, for everybody at every point of a case."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from models.policy.access import COMMANDS, Viewer
from models.policy.steps import STEPS
from models.terms import Command, Role
from tests.commands.giving import MUTATIONS, given
from tests.commands.ground import Ground, Point
from tests.commands.ledger import nothing_written, settled
from tests.commands.rounds import Round

FIELDS = "allowedActions { action actionLabel allowed reason { code message } assignment { id } }"
QUERY = f"query($id: ID!) {{ issue(id: $id) {{ {FIELDS} }} }}"
POINTS = ("COLLECTED", "CALLED", "ON_SITE", "GRID_DONE", "PLAN_PROPOSED", "REVIEWING", "CALLED_OFFERED")


async def offered(ground: Ground, case: Round, viewer: Viewer, language: str = "en") -> list[dict[str, Any]]:
    """What the viewer is offered; nothing where the issue is out of sight."""
    data = await ground.desk.ask(QUERY, viewer, language, id=case.issue)
    return data["issue"]["allowedActions"] if data["issue"] else []


@pytest.mark.parametrize("name", POINTS)
async def test_what_is_said_to_be_refused_is_for_that_reason(ground: Ground, name: str) -> None:
    point, wrong = ground.points[name], []

    async def agree(action: dict[str, Any], viewer: Viewer) -> None:
        command = Command(action["action"])
        wanted = given(command, point.case, point.record.level)
        if action["assignment"] and "assignment" in wanted:
            wanted["assignment"] = action["assignment"]["id"]
        elif command is Command.NOTE:
            wanted.pop("assignment", None)
        answer = await ground.desk.do(MUTATIONS[command], viewer, wanted, "__typename")
        if (answer.get("code"), answer.get("message")) != (
            action["reason"]["code"], action["reason"]["message"]
        ) and answer.get("code") != "NOT_FOUND":  # fmt: skip
            wrong.append((action, viewer.subject, answer))

    await settled()
    async with nothing_written():
        for who in people(ground, point):
            actions = await offered(ground, point.case, who)
            assert all(action["allowed"] == (action["reason"] is None) for action in actions)
            await asyncio.gather(*(agree(action, who) for action in actions if not action["allowed"]))
    assert wrong == []


def people(ground: Ground, point: Point) -> list[Viewer]:
    """Somebody of every role who may give some command, and those of its units."""
    able = {role for by in COMMANDS.values() for role in by} - {Role.DEPARTMENT_HANDLER}
    found = [ground.viewer(role, Command.NOTE, point.case) for role in Role if role in able]
    return [*found, point.case.handler, point.case.third]


async def test_what_is_offered_follows_stage_and_role(ground: Ground) -> None:
    async def allowed(name: str, who: str) -> set[str]:
        case = ground.points[name].case
        viewer = getattr(case, who)
        return {action["action"] for action in await offered(ground, case, viewer) if action["allowed"]}

    general = {"NOTE", "REGRADE", "SUSPEND", "CANCEL"}
    assert await allowed("COLLECTED", "clerk") == {"ASSESS", "CANCEL", "MERGE", "SPLIT"}
    assert await allowed("COLLECTED", "leader") == {"DISPATCH"}
    assert await allowed("CALLED", "handler") == {"ACCEPT", "RETURN", "OFFER_HANDOVER", "NOTE"}
    assert await allowed("CALLED", "clerk") == {"SPLIT"}
    assert await allowed("CALLED", "office") == {*general, "SPLIT"}
    assert await allowed("ON_SITE", "handler") == {"COMPLETE", "ASK_EXTENSION", "OFFER_HANDOVER", "NOTE"}
    assert await allowed("PLAN_PROPOSED", "handler") == {
        "AGREE_PLAN", "PROPOSE_PLAN", "OFFER_HANDOVER", "NOTE",
    }  # fmt: skip
    assert await allowed("CALLED_OFFERED", "third") == {"ACCEPT_HANDOVER", "DECLINE_HANDOVER"}
    assert await allowed("REVIEWING", "clerk") == {"REVIEW", "SPLIT"}
    assert await allowed("RETURNED", "office") == {*general, "ADJUDICATE", "SPLIT"}
    assert await allowed("FILED", "office") == set()


async def test_every_command_is_named_to_everybody_in_both_languages(ground: Ground) -> None:
    case, clerk = ground.points["CALLED"].case, ground.people["clerk"]
    chinese, english = [await offered(ground, case, clerk, language) for language in ("zh", "en")]
    assert {action["action"] for action in english} == {command.value for command in STEPS}
    for zh, en in zip(chinese, english, strict=True):
        assert zh["actionLabel"] != en["actionLabel"]
        if not en["allowed"]:
            assert zh["reason"]["message"] != en["reason"]["message"]
            assert zh["reason"]["code"] == en["reason"]["code"]
