"""Who may do what beyond the policy tables, from which tests/commands/test_triples.py derives."""

from __future__ import annotations

import pytest

from models.policy.access import FRONT_LINE, unit_of
from models.terms import Role
from tests.commands.desk import Desk
from tests.commands.ground import IN_PLACE
from tests.commands.ledger import nothing_written, settled
from tests.commands.refusals import asking
from tests.commands.rounds import Round
from tests.commands.shelf import FITTING, Shelf

BARE = "__typename"


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
    handler = role is Role.DEPARTMENT_HANDLER
    viewer = shelf.people["handler" if handler else IN_PLACE[role]]
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
