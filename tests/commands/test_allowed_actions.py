"""`issue.allowedActions` and the mutations say the same, for everybody at every point of a case."""

from __future__ import annotations

from typing import Any

import pytest

from models.policy.access import Viewer
from tests.commands.desk import Desk
from tests.commands.ledger import nothing_written, settled
from tests.commands.rounds import Round
from tests.commands.shelf import Shelf
from tests.commands.test_access import ELSEWHERE, IN_PLACE, MUTATIONS

FIELDS = "allowedActions { action actionLabel allowed reason { code message } assignment { id } }"
EVERYBODY = [*dict.fromkeys(IN_PLACE.values()), *ELSEWHERE[:-2], "second clerk"]
ON_A_PART = {"ACCEPT", "REPORT_IN", "COMPLETE", "REVIEW"}
BY_NAME = {command.value: name for command, name in MUTATIONS.items()}


async def offered(desk: Desk, case: Round, viewer: Viewer) -> list[dict[str, Any]]:
    """What the viewer is offered; nothing where the issue is out of sight."""
    data = await desk.ask(f"query($id: ID!) {{ issue(id: $id) {{ {FIELDS} }} }}", viewer, id=case.issue)
    return data["issue"]["allowedActions"] if data["issue"] else []


async def input_of(shelf: Shelf, case: Round, action: dict[str, Any]) -> dict[str, Any]:
    """What the mutation would be given for it."""
    given = {**shelf.given(BY_NAME[action["action"]])}
    if "issue" in given:
        given["issue"] = case.issue
    if action["assignment"]:
        given["assignment"] = action["assignment"]["id"]
    else:
        given.pop("assignment", None)
    return given


async def agree(desk: Desk, shelf: Shelf, case: Round) -> dict[str, set[str]]:
    """Tries all that is said to be refused: it is, for that reason. Returns who is allowed what."""
    allowed: dict[str, set[str]] = {}
    await settled()
    async with nothing_written():
        for who in EVERYBODY:
            actions = await offered(desk, case, shelf.people[who])
            for action in actions:
                assert action["allowed"] == (action["reason"] is None)
                if action["allowed"]:
                    allowed.setdefault(action["action"], set()).add(who)
                elif action["assignment"] or action["action"] not in ON_A_PART:
                    given = await input_of(shelf, case, action)
                    answer = await desk.do(BY_NAME[action["action"]], shelf.people[who], given)
                    assert answer.get("code") == action["reason"]["code"], (who, action, answer)
                    assert answer["message"] == action["reason"]["message"]
            if not actions:
                given = {"issue": case.issue, "level": "GENERAL"}
                assert (await desk.do("assessIssue", shelf.people[who], given))["code"] == "NOT_FOUND"
    return allowed


CLERKS, OFFICE = {"clerk", "second clerk"}, {"office"}
CHECKERS = CLERKS | {"community clerk", "worker"}


async def test_along_a_general_issue(desk: Desk, shelf: Shelf) -> None:
    case = await Round(desk).begin()
    await settled()
    assert await agree(desk, shelf, case) == {"ASSESS": CLERKS, "NOTE": OFFICE}
    await case.assessed()
    assert await agree(desk, shelf, case) == {"ASSESS": CLERKS, "CALL": CLERKS, "NOTE": OFFICE}
    await case.called()
    noting = OFFICE | {"handler"}
    assert await agree(desk, shelf, case) == {"ACCEPT": {"handler"}, "NOTE": noting}
    await case.step("acceptAssignment")
    assert await agree(desk, shelf, case) == {"REPORT_IN": {"handler"}, "NOTE": noting}
    await case.step("reportIn")
    assert await agree(desk, shelf, case) == {"COMPLETE": {"handler"}, "NOTE": noting}
    await case.step("completeAssignment")
    assert await agree(desk, shelf, case) == {"VERIFY": CHECKERS, "NOTE": noting}
    await case.verified()
    assert await agree(desk, shelf, case) == {"REVIEW": CLERKS, "NOTE": noting}
    await case.reviewed()
    assert await agree(desk, shelf, case) == {}


@pytest.mark.parametrize(
    ("team", "who"), [("GRID", "worker"), ("COMMUNITY", "community clerk"), ("STREET", "clerk")]
)
async def test_along_a_simple_issue(desk: Desk, shelf: Shelf, team: str, who: str) -> None:
    """Whoever did the work is told that another must verify it."""
    case = await (await Round(desk).begin()).assessed("SIMPLE", team=team)
    units = CLERKS if team == "STREET" else {who}
    assert await agree(desk, shelf, case) == {"COMPLETE": units, "NOTE": OFFICE | units}
    await case.step("completeAssignment", shelf.people[who])
    allowed = await agree(desk, shelf, case)
    assert allowed == {"VERIFY": CHECKERS - {who}, "NOTE": OFFICE | units}
    own = await offered(desk, case, shelf.people[who])
    assert next(a["reason"]["code"] for a in own if a["action"] == "VERIFY") == "OWN_WORK"


async def test_reasons_are_said_in_the_language_asked_for(desk: Desk, shelf: Shelf) -> None:
    query = f"query($id: ID!) {{ issue(id: $id) {{ {FIELDS} }} }}"
    case, clerk = shelf.cases["CALLED"], shelf.people["clerk"]
    chinese, english = [
        (await desk.ask(query, clerk, language, id=case.issue))["issue"]["allowedActions"]
        for language in ("zh", "en")
    ]
    for zh, en in zip(chinese, english, strict=True):
        assert zh["actionLabel"] != en["actionLabel"]
        assert zh["reason"]["message"] != en["reason"]["message"]
        assert zh["reason"]["code"] == en["reason"]["code"]
