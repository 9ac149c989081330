"""Every mutation at every point where it is not allowed: refused, with where it would be, nothing written."""

from __future__ import annotations

import pytest

from tests.commands.refusals import refused
from tests.commands.rounds import Round
from tests.commands.shelf import GENERAL, SIMPLE, Shelf

OPEN = frozenset(GENERAL) - {"FILED"}
ALLOWED = {
    "assessIssue": {"COLLECTED", "ASSESSED"},
    "callDepartment": {"ASSESSED"},
    "acceptAssignment": {"CALLED"},
    "reportIn": {"HANDLING"},
    "completeAssignment": {"ON_SITE"},
    "addProgressNote": OPEN,
    "verifyIssue": {"VERIFYING", "SIMPLE_VERIFYING"},
    "reviewDepartment": {"REVIEWING"},
    "requestEvidenceUpload": OPEN | set(SIMPLE),
}
"""The calling cycle (domain guide 3), by mutation: the points at which it is taken."""
ON_A_PART = frozenset({"acceptAssignment", "reportIn", "completeAssignment", "reviewDepartment"})
NO_PART_YET = frozenset({"COLLECTED", "ASSESSED"})
BY_CLERK = frozenset({"assessIssue", "callDepartment", "verifyIssue", "reviewDepartment"})
STAGES = {"ON_SITE": "HANDLING", "SIMPLE_HANDLING": "HANDLING", "SIMPLE_VERIFYING": "VERIFYING"}

WRONG = [
    (name, at)
    for name, right in ALLOWED.items()
    for at in (*GENERAL, *SIMPLE)
    if at not in right
    and not (name in ON_A_PART and at in NO_PART_YET)
    # A SIMPLE issue's part is its own team's: the department's steps on it are the access matrix's to refuse.
    and (at in GENERAL or name in BY_CLERK)
]


@pytest.mark.parametrize(("name", "at"), WRONG)
async def test_at_a_wrong_point_it_is_refused(shelf: Shelf, name: str, at: str) -> None:
    by = "clerk" if name == "addProgressNote" and at in NO_PART_YET else None
    actor = shelf.people[by] if by else shelf.actor(name)
    problem = await refused(
        shelf.desk,
        name,
        actor,
        shelf.given(name, at),
        "WrongStageProblem",
        f"input.{'assignment' if name in ON_A_PART else 'issue'}",
    )
    if problem["code"] == "WRONG_STAGE":
        assert problem["found"] == STAGES.get(at, at)
        # PLANNING is open as well, and on neither of these routes.
        expected = set(problem["expected"]) - {"PLANNING"}
        assert expected == {STAGES.get(right, right) for right in ALLOWED[name]}
    else:
        assert problem["found"] not in problem["expected"]
        assert problem["expected"] != []


async def test_a_part_of_the_wrong_status_says_so(shelf: Shelf) -> None:
    """HANDLING is one stage with two statuses of its part."""
    for name, at, found, expected in (
        ("completeAssignment", "HANDLING", "ACCEPTED", "ON_SITE"),
        ("reportIn", "ON_SITE", "ON_SITE", "ACCEPTED"),
    ):
        given = shelf.given(name, at)
        problem = await refused(
            shelf.desk,
            name,
            shelf.people["handler"],
            given,
            "WrongStageProblem",
            "input.assignment",
            "WRONG_STATUS",
        )
        assert (problem["found"], problem["expected"]) == (found, [expected])


async def test_a_failed_verification_reopens_handling_and_the_way_is_gone_again(desk) -> None:
    case = await Round(desk).to_stage("VERIFYING")
    await case.verified(passed=False)
    shown = await case.shown("stage assignments { status reworks } duties { kind status }")
    assert shown["stage"] == "HANDLING"
    assert shown["assignments"] == [{"status": "ON_SITE", "reworks": 1}]
    assert [d["kind"] for d in shown["duties"] if d["status"] == "OPEN"] == ["HANDLE"]
    await case.step("completeAssignment")
    await case.verified()
    await case.reviewed()
    kinds = (await case.shown("timeline(last: 30) { nodes { kind } }"))["timeline"]["nodes"]
    assert [e["kind"] for e in kinds][5:] == [
        "COMPLETED", "REWORK", "COMPLETED", "VERIFIED", "REVIEWED", "FILED",
    ]  # fmt: skip


async def test_an_assessment_may_be_corrected_until_the_call(desk) -> None:
    case = await Round(desk).to_stage("ASSESSED")
    await case.assessed(category="hydrant", note="其实是消火栓")
    shown = await case.shown("stage item { key } timeline(last: 5) { nodes { kind note } }")
    assert (shown["stage"], shown["item"]["key"]) == ("ASSESSED", "hydrant")
    assert shown["timeline"]["nodes"][-1] == {"kind": "ASSESSED", "note": "其实是消火栓"}
