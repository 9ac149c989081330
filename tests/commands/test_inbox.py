"""What waits for each role: duties after every step, notices when time runs out, and reading them."""

from __future__ import annotations

from typing import Any

from models.policy.access import Viewer
from tests.commands.desk import Desk
from tests.commands.rounds import Round
from tests.commands.shelf import Shelf, notices, overdue

DUTIES = """query($where: DutyWhere) { viewer { duties(first: 50, where: $where) { nodes {
  kind light dueAt issue { id } } } } }"""
NOTICES = """query($where: NotificationWhere) { viewer { unreadCount notifications(first: 50, where: $where) {
  nodes { id target percent readAt duty { kind } } } } }"""


async def owed(desk: Desk, viewer: Viewer, case: Round) -> list[str]:
    """What this viewer's posts must do about the case."""
    data = await desk.ask(DUTIES, viewer, where={"issue": case.issue})
    nodes = data["viewer"]["duties"]["nodes"]
    assert all(node["issue"]["id"] == case.issue and node["dueAt"] for node in nodes)
    return [node["kind"] for node in nodes]


async def told(desk: Desk, viewer: Viewer, case: Round) -> list[tuple[str, int]]:
    """What this viewer was told about the case, oldest first."""
    nodes = (await desk.ask(NOTICES, viewer, where={"issue": case.issue}))["viewer"]["notifications"]["nodes"]
    return sorted(((node["target"], node["percent"]) for node in nodes), key=lambda notice: notice[1])


async def test_each_step_moves_the_duty_to_whoever_must_act_next(desk: Desk, shelf: Shelf) -> None:
    case, people = await Round(desk).begin(), shelf.people
    second = await desk.who(subject="department-handler-2@jinjiang.lighting")
    steps: list[tuple[Any, list[str], list[str]]] = [
        (None, ["ASSESS"], []),
        (case.assessed, ["ASSESS"], []),
        (case.called, [], ["ACCEPT"]),
        (lambda: case.step("acceptAssignment"), [], ["REPORT_IN", "HANDLE"]),
        (lambda: case.step("reportIn"), [], ["HANDLE"]),
        (lambda: case.step("completeAssignment"), ["VERIFY"], []),
        (case.verified, ["REVIEW"], []),
        (case.reviewed, [], []),
    ]
    await case.until("seq", lambda shown: shown["seq"] > 0)
    for step, clerks, handlers in steps:
        if step is not None:
            await step()
        for who in (case.clerk, people["second clerk"]):
            assert await owed(desk, who, case) == clerks
        for who in (case.handler, second):
            assert await owed(desk, who, case) == handlers
        for other in ("clerk elsewhere", "handler elsewhere", "worker", "office", "leader", "auditor"):
            assert await owed(desk, people[other], case) == []


async def test_a_simple_issue_waits_for_the_streets_own_people(desk: Desk, shelf: Shelf) -> None:
    case = await (await Round(desk).begin()).assessed("SIMPLE", team="COMMUNITY")
    assert await owed(desk, shelf.people["community clerk"], case) == ["HANDLE"]
    assert await owed(desk, shelf.people["community clerk elsewhere"], case) == []
    assert await owed(desk, shelf.people["worker"], case) == []


async def test_a_breach_is_told_to_holder_head_office_and_leader(desk: Desk, shelf: Shelf) -> None:
    """The first clerk is the head of the street: reminded as a holder, told of the breach as its head."""
    case, people = await overdue(Round(desk)), shelf.people
    reminders, breach = [("HOLDER", 50), ("HOLDER", 80)], [("HEAD", 100)]
    assert people["clerk"].posts[0].head
    assert not people["second clerk"].posts[0].head
    assert await told(desk, people["clerk"], case) == reminders + breach
    assert await told(desk, people["second clerk"], case) == reminders
    assert await told(desk, people["office"], case) == [("OFFICE", 120)]
    assert await told(desk, people["leader"], case) == [("LEADER", 140)]
    for other in ("clerk elsewhere", "handler", "worker", "resident", "community clerk", "clerk abroad"):
        assert await told(desk, people[other], case) == []
    shown = await case.shown("duties { kind light } timeline(last: 20) { nodes { kind } }")
    assert shown["duties"] == [{"kind": "ASSESS", "light": "RED"}]
    assert [entry["kind"] for entry in shown["timeline"]["nodes"]] == [
        "COLLECTED", "REMINDED", "REMINDED", "BREACHED", "ESCALATED", "ESCALATED",
    ]  # fmt: skip


async def test_reading_is_each_ones_own(desk: Desk, shelf: Shelf) -> None:
    case = await overdue(Round(desk))
    clerk, second = shelf.people["clerk"], shelf.people["second clerk"]
    mine, theirs = await notices(case, clerk), await notices(case, second)
    assert (len(mine), len(theirs)) == (3, 2)
    before = (await desk.ask(NOTICES, clerk, where={}))["viewer"]["unreadCount"]
    done = await desk.do("markNotificationsRead", clerk, {"notifications": [*mine[:2], mine[0]]})
    assert done == {"__typename": "NotificationsRead", "marked": 2, "unreadCount": before - 2}
    data = (await desk.ask(NOTICES, clerk, where={"issue": case.issue, "unread": True}))["viewer"]
    assert [node["id"] for node in data["notifications"]["nodes"]] == mine[2:]
    assert data["unreadCount"] == before - 2
    untouched = (await desk.ask(NOTICES, second, where={"issue": case.issue}))["viewer"]["notifications"]
    assert [node["readAt"] for node in untouched["nodes"]] == [None, None]
