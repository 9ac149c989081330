"""The calling cycle through GraphQL, as the people concerned, on the real stack."""

from __future__ import annotations

from tests.commands.rounds import Round


async def test_a_general_issue_goes_from_report_to_filing(desk):
    case = await Round(desk).to_stage("FILED")
    shown = await case.shown(
        "stage level closedAt timeline(last: 20) { nodes { kind note } } assignments { status } "
        "duties { kind status } evidence { nodes { kind status } } scorecards { total } calls { demand }"
    )
    assert shown["stage"] == "FILED"
    assert [entry["kind"] for entry in shown["timeline"]["nodes"]] == [
        "COLLECTED", "ASSESSED", "CALLED", "ACCEPTED", "REPORTED_IN", "COMPLETED", "VERIFIED", "REVIEWED",
        "FILED",
    ]  # fmt: skip
    assert shown["calls"] == [{"demand": "请尽快修复路灯"}]
    assert {duty["status"] for duty in shown["duties"]} == {"FULFILLED"}
    assert shown["scorecards"] == [{"total": 100}]


async def test_a_simple_issue_is_handled_by_the_streets_own_team(desk):
    case = await (await Round(desk).begin()).assessed("SIMPLE", team="GRID")
    await case.step("completeAssignment", case.worker)
    await case.verified()
    shown = await case.shown("stage department { id } timeline(last: 20) { nodes { kind } }")
    assert shown["stage"] == "FILED"
    assert shown["department"] is None


async def test_allowed_actions_follow_stage_and_role(desk):
    case = await Round(desk).to_stage("CALLED")
    fields = "allowedActions { action allowed reason { code message } assignment { id } }"

    async def allowed(viewer):
        return {a["action"] for a in (await case.shown(fields, viewer))["allowedActions"] if a["allowed"]}

    assert await allowed(case.clerk) == set()
    assert await allowed(case.handler) == {"ACCEPT", "NOTE"}
    shown = (await case.shown(fields, case.handler))["allowedActions"]
    reasons = {a["action"]: a["reason"]["code"] for a in shown if not a["allowed"] and a["action"] != "NOTE"}
    assert reasons == {
        "ASSESS": "WRONG_ROLE",
        "CALL": "WRONG_ROLE",
        "REPORT_IN": "WRONG_STAGE",
        "COMPLETE": "WRONG_STAGE",
        "VERIFY": "WRONG_ROLE",
        "REVIEW": "WRONG_ROLE",
    }
