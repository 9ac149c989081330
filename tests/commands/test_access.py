"""Who may do what, by the policy table and through GraphQL: those it names succeed, all others do nothing."""

from __future__ import annotations

from typing import Any

import pytest

from models.policy.access import COMMANDS, FRONT_LINE, Reach, Viewer, unit_of
from models.terms import Command, Role, UnitKind
from tests.commands.desk import PICTURE, Desk
from tests.commands.ledger import nothing_written, settled
from tests.commands.refusals import asking, rejected
from tests.commands.rounds import Round
from tests.commands.shelf import FITTING, Shelf

MUTATIONS = {
    Command.ASSESS: "assessIssue",
    Command.CALL: "callDepartment",
    Command.ACCEPT: "acceptAssignment",
    Command.REPORT_IN: "reportIn",
    Command.COMPLETE: "completeAssignment",
    Command.VERIFY: "verifyIssue",
    Command.REVIEW: "reviewDepartment",
    Command.NOTE: "addProgressNote",
}
IN_PLACE = {
    Role.RESIDENT: "resident",
    Role.GRID_WORKER: "worker",
    Role.COMMUNITY_CLERK: "community clerk",
    Role.STREET_CLERK: "clerk",
    Role.DEPARTMENT_HANDLER: "handler",
    Role.RESPONSE_OFFICE: "office",
    Role.DISTRICT_LEADER: "leader",
    Role.AUDITOR: "auditor",
    Role.INTEGRATOR: "machine that reads",
    Role.OPERATOR: "operator",
}
"""Of each role, somebody who stands as near to the issue as that role can."""
ELSEWHERE = (
    "worker elsewhere",
    "community clerk elsewhere",
    "clerk elsewhere",
    "clerk abroad",
    "handler elsewhere",
    "machine that reports",
    "machine for rulebooks",
)
TEAMS = {
    Role.GRID_WORKER: UnitKind.GRID,
    Role.COMMUNITY_CLERK: UnitKind.COMMUNITY,
    Role.STREET_CLERK: UnitKind.STREET,
}
ALLOWED = [(command, role) for command, by in COMMANDS.items() for role in by]
PROBLEM_CODES = {"WRONG_ROLE", "WRONG_PLACE", "WRONG_UNIT", "OWN_WORK", "NOT_FOUND"}
BARE = "__typename"


async def fitting(desk: Desk, command: Command, role: Role, shelf: Shelf) -> tuple[Round, dict[str, Any]]:
    """A new issue at which this role may give the command, and the input."""
    case = Round(desk)
    if command in (Command.COMPLETE, Command.NOTE) and role in TEAMS:
        await (await case.begin()).assessed("SIMPLE", team=TEAMS[role].value)
    else:
        await case.to_stage(FITTING[MUTATIONS[command]])
    given = {**shelf.given(MUTATIONS[command])}
    given |= {key: getattr(case, key) for key in ("issue", "assignment") if key in given}
    if command is Command.NOTE and role is Role.RESPONSE_OFFICE:
        del given["assignment"]
    if command is Command.VERIFY:
        given["evidence"] = [await desk.photo(case.clerk, case.issue, "AFTER", PICTURE)]
    return case, given


def entitled(command: Command, role: Role, given: dict[str, Any], part: UnitKind | None) -> bool:
    """The table's word for somebody of this role in place, where `part` handles the issue."""
    reach = COMMANDS[command].get(role)
    if reach is Reach.HANDLER:
        kind = UnitKind.DEPARTMENT if role is Role.DEPARTMENT_HANDLER else TEAMS[role]
        return "assignment" in given and kind is part
    return reach is not None


@pytest.mark.parametrize(("command", "role"), ALLOWED, ids=lambda value: value.value)
async def test_the_table_decides(desk: Desk, shelf: Shelf, command: Command, role: Role) -> None:
    case, given = await fitting(desk, command, role, shelf)
    name = MUTATIONS[command]
    own_team = role in TEAMS and command in (Command.COMPLETE, Command.NOTE)
    part = (TEAMS[role] if own_team else UnitKind.DEPARTMENT) if case.assignment else None
    await settled()
    async with nothing_written():
        for other, who in IN_PLACE.items():
            if not entitled(command, other, given, part):
                await denied(desk, name, shelf.people[who], given)
        for who in ELSEWHERE:
            await denied(desk, name, shelf.people[who], given)
        await rejected(desk, None, asking(name, given), None, "FORBIDDEN", status=403)
    assert entitled(command, role, given, part)
    done = await desk.do(name, shelf.people[IN_PLACE[role]], given)
    assert "code" not in done, done
    assert done["issue"]["id"] == case.issue


async def denied(desk: Desk, name: str, viewer: Viewer, given: dict[str, Any]) -> None:
    """Forbidden, or not found where it is out of the viewer's sight."""
    answer = await desk.do(name, viewer, given, BARE)
    assert answer["__typename"] in ("ForbiddenProblem", "NotFoundProblem"), (viewer.subject, answer)
    assert answer["code"] in PROBLEM_CODES
    if answer["__typename"] == "ForbiddenProblem":
        assert answer["rule"].startswith(next(c.value for c, n in MUTATIONS.items() if n == name))


async def test_who_sees_an_issue_without_its_place_or_part_is_told_which_of_the_two(shelf: Shelf) -> None:
    """Reporting shows one's own issue, and gives no say in it."""
    desk, people = shelf.desk, shelf.people
    for who, own in (("worker elsewhere", "worker"), ("resident", "resident")):
        answer = await desk.do("reportIssue", people[who], shelf.given("reportIssue"), "issue { id }")
        given = {"issue": answer["issue"]["id"], "passed": False, "evidence": []}
        code = "WRONG_PLACE" if own == "worker" else "WRONG_ROLE"
        answer = await desk.do("verifyIssue", people[who], given)
        assert (answer["__typename"], answer["code"]) == ("ForbiddenProblem", code)
    answer = await desk.do("addProgressNote", people["clerk"], shelf.given("addProgressNote"))
    assert (answer["__typename"], answer["code"]) == ("ForbiddenProblem", "WRONG_UNIT")


async def test_the_second_handler_of_a_department_goes_on_where_the_first_left_off(desk: Desk) -> None:
    case = await Round(desk).to_stage("HANDLING")
    second = await desk.who(role=Role.DEPARTMENT_HANDLER, department="lighting", subject=None)
    assert unit_of(second.posts[0]) == unit_of(case.handler.posts[0])
    await case.step("reportIn", second)


async def test_an_auditor_changes_nothing_at_all(shelf: Shelf) -> None:
    await settled()
    async with nothing_written():
        for name in (*FITTING, "reportIssue", "markNotificationsRead"):
            answer = await shelf.desk.do(name, shelf.people["auditor"], shelf.given(name))
            assert answer["__typename"] in ("ForbiddenProblem", "NotFoundProblem"), (name, answer)


async def test_a_machine_reports_if_it_was_granted_to_and_does_nothing_else(shelf: Shelf) -> None:
    desk = shelf.desk
    for who in ("machine that reads", "machine for rulebooks", "machine that reports"):
        async with nothing_written():
            for name in FITTING:
                if name != "requestEvidenceUpload" or who != "machine that reports":
                    answer = await desk.do(name, shelf.people[who], shelf.given(name), BARE)
                    assert answer["__typename"] in ("ForbiddenProblem", "NotFoundProblem"), (name, answer)
    given = {**shelf.given("reportIssue"), "externalTicket": "12345-2026-1"}
    done = await desk.do("reportIssue", shelf.people["machine that reports"], given)
    assert done["__typename"] == "IssueReported"
    tracked = await desk.ask("query($c: String!) { trackReport(code: $c) { code } }", c=done["trackingCode"])
    assert tracked["trackReport"]["code"] == done["trackingCode"]


REPORTERS = FRONT_LINE | {Role.RESIDENT, Role.RESPONSE_OFFICE, Role.DISTRICT_LEADER, Role.OPERATOR}


@pytest.mark.parametrize("role", Role, ids=lambda role: role.value)
async def test_everybody_but_auditors_and_ungranted_machines_may_report(shelf: Shelf, role: Role) -> None:
    """An operator may as well: whoever is a person of the district is a resident too."""
    viewer = shelf.people[IN_PLACE[role]]
    answer = await shelf.desk.do("reportIssue", viewer, shelf.given("reportIssue"))
    assert answer["__typename"] == ("IssueReported" if role in REPORTERS else "ForbiddenProblem")


@pytest.mark.parametrize("how", ["expired", "unknown key", "other audience", "cut short"])
async def test_a_token_that_proves_nobody_is_refused(shelf: Shelf, how: str) -> None:
    desk, clerk = shelf.desk, shelf.people["clerk"]
    body = asking("assessIssue", shelf.given("assessIssue"))
    tokens = desk.bad_tokens(clerk)
    await settled()
    async with nothing_written():
        answer = await desk.http.post(
            "/graphql", json=body, headers={"Authorization": f"Bearer {tokens[how]}"}
        )
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
