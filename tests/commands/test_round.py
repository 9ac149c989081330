"""The calling cycle through GraphQL, as the people concerned, on the real stack."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from models.terms import Role
from tests.commands.rounds import FULL_MARKS, Round


async def kinds(case: Round) -> list[str]:
    shown = await case.shown("timeline(last: 50) { nodes { kind } }")
    return [entry["kind"] for entry in shown["timeline"]["nodes"]]


async def open_duties(case: Round) -> list[tuple[str, str]]:
    shown = await case.shown("duties { kind status holderKind }")
    found = [d for d in shown["duties"] if d["status"] in ("OPEN", "SUSPENDED")]
    return sorted((d["kind"], d["holderKind"]) for d in found)


async def test_a_general_issue_goes_from_report_to_filing(desk):
    case = await Round(desk).to_stage("FILED")
    shown = await case.shown(
        "stage assignments { status } duties { kind status } evidence { nodes { kind status } } "
        "scorecards { total countedTotal signers { name } } calls { demand concerned { id } } "
        "reports { nodes { answers { words } messages { kind } } } "
        "reviewSheets { version signatures { version person { subject } } }"
    )
    assert shown["stage"] == "FILED"
    assert await kinds(case) == [
        "COLLECTED", "ASSESSED", "CALLED", "ACCEPTED", "REPORTED_IN", "COMPLETED", "VERIFIED", "ANSWERED",
        "REVIEWED", "FILED",
    ]  # fmt: skip
    assert shown["calls"] == [{"demand": "请尽快修复路灯", "concerned": []}]
    assert {duty["status"] for duty in shown["duties"]} == {"FULFILLED"}
    (card,) = shown["scorecards"]
    assert (card["total"], card["countedTotal"], len(card["signers"])) == (100, 100, 2)
    (sheet,) = shown["reviewSheets"]
    signed = [signature["person"]["subject"] for signature in sheet["signatures"]]
    assert signed == [case.clerk.subject, case.second.subject]
    (report,) = shown["reports"]["nodes"]
    assert report["answers"] == [{"words": "已修好，感谢您的反映"}]
    told = [message["kind"] for message in report["messages"]]
    assert told[0] == "COLLECTED"
    assert told[-1] == "FILED"
    assert "ANSWERED" in told
    tracked = await desk.ask(
        "query($c: String!) { trackReport(code: $c) { stage steps { kind } messages { kind label at } } }",
        c=case.code,
    )
    assert [m["kind"] for m in tracked["trackReport"]["messages"]] == told


async def test_a_simple_issue_is_handled_by_the_streets_own_team(desk):
    case = await (await Round(desk).begin()).assessed("SIMPLE", team="GRID")
    await case.step("completeAssignment", case.worker)
    await case.verified()
    shown = await case.shown("stage department { id }")
    assert shown["stage"] == "FILED"
    assert shown["department"] is None


async def test_a_complex_issue_is_dispatched_twice(desk):
    """All concerned report in and agree who does what; each task has its own clock."""
    case = await (await (await Round(desk).begin()).assessed("COMPLEX")).dispatched()
    assert ("PLAN", "DEPARTMENT") in await open_duties(case)
    await (await (await case.on_site()).proposed()).agreed()
    shown = await case.shown(
        "stage calls { department { key } concerned { key } } assignments { lead task dueAt dispatchedAt } "
        "plans { status lead { id } tasks { task agreedAt } }"
    )
    assert shown["stage"] == "HANDLING"
    assert [one["key"] for one in shown["calls"][0]["concerned"]] == ["lighting", "water"]
    assert [part["lead"] for part in shown["assignments"]] == [True, False]
    assert all(part["task"] == "更换线路" and part["dispatchedAt"] for part in shown["assignments"])
    assert [plan["status"] for plan in shown["plans"]] == ["AGREED"]
    assert all(task["agreedAt"] for task in shown["plans"][0]["tasks"])
    assert [kind for kind, _ in await open_duties(case)] == ["HANDLE", "HANDLE"]
    await case.step("completeAssignment")
    assert (await case.shown("stage"))["stage"] == "HANDLING"
    await case.give("completeAssignment", case.helper, {"assignment": case.other})
    await case.verified()
    assert (await case.shown("stage"))["stage"] == "REVIEWING"
    await case.reviewed()
    case.assignment = case.other
    await case.reviewed()
    assert (await case.shown("stage"))["stage"] == "FILED"


async def test_another_plan_voids_the_one_before_and_every_agreement(desk):
    case = await (await (await Round(desk).begin()).assessed("COMPLEX")).dispatched()
    await (await case.on_site()).proposed()
    first = case.proposal
    given = {"assignment": case.other, **case.plan(case.other, case.assignment, days=4), "note": "换个办法"}
    answer = await case.give("proposePlan", case.helper, given, "plan { id lead { id } note }")
    assert answer["plan"]["lead"]["id"] == case.other
    agree = {"assignment": case.assignment, "plan": first}
    late = await desk.do("agreePlan", case.handler, agree)
    assert (late["__typename"], late["field"]) == ("NotFoundProblem", "input.plan")
    await case.give("agreePlan", case.handler, {**agree, "plan": answer["plan"]["id"]})
    shown = await case.shown("stage plans { status }")
    assert (shown["stage"], [p["status"] for p in shown["plans"]]) == ("HANDLING", ["VOIDED", "AGREED"])


async def test_a_leader_dispatches_top_down_and_nobody_may_return(desk):
    case = await (await Round(desk).begin()).dispatch((await Round(desk).people()).leader)
    shown = await case.shown("stage level assignments { lead } duties { kind clock }")
    assert (shown["stage"], shown["level"]) == ("PLANNING", "CRITICAL")
    assert [part["lead"] for part in shown["assignments"]] == [True, False]
    assert {d["clock"] for d in shown["duties"] if d["kind"] == "ACCEPT"} == {"CLOCK"}
    refused = await desk.do(
        "returnAssignment", case.handler, {"assignment": case.assignment, "grounds": "不归我们管"}
    )
    assert refused["code"] == "WRONG_LEVEL"


RETURNS = "returns { grounds outcome reason suggested { key } named { key } department { key } }"


async def returned(desk: Any) -> Round:
    case = await Round(desk).to_stage("CALLED")
    given = {"assignment": case.assignment, "grounds": "属于供水设施", "suggested": case.water}
    await case.give("returnAssignment", case.handler, given)
    return case


async def test_a_return_goes_to_whom_the_office_names(desk):
    case = await returned(desk)
    assert await open_duties(case) == [("ADJUDICATE_RETURN", "OFFICE")]
    given = {
        "assignment": case.assignment, "outcome": "UPHELD", "department": case.water, "reason": "确属供水"
    }  # fmt: skip
    await case.give("adjudicateReturn", case.office, given)
    shown = await case.shown(f"stage {RETURNS} assignments {{ status department {{ key }} }}")
    assert shown["assignments"] == [
        {"status": "RETURNED", "department": {"key": "lighting"}},
        {"status": "OFFERED", "department": {"key": "water"}},
    ]
    assert shown["returns"] == [
        {
            "grounds": "属于供水设施",
            "outcome": "UPHELD",
            "reason": "确属供水",
            "suggested": {"key": "water"},
            "named": {"key": "water"},
            "department": {"key": "lighting"},
        }
    ]


async def test_solve_first_binds_the_unit_named_and_keeps_the_dispute(desk):
    case = await returned(desk)
    query = "query($w: DisputeWhere) { disputes(where: $w) { item { key } returns solveFirst } }"
    where = {"district": (await case.shown("district { id }"))["district"]["id"], "category": "street_light"}
    before = await desk.ask(query, case.office, w=where)
    given = {
        "assignment": case.assignment, "outcome": "SOLVE_FIRST", "department": case.lighting,
        "reason": "先解决问题再说",
    }  # fmt: skip
    await case.give("adjudicateReturn", case.office, given)
    shown = await case.shown("assignments { status bound }")
    assert shown["assignments"] == [{"status": "OFFERED", "bound": True}]
    again = await desk.do(
        "returnAssignment", case.handler, {"assignment": case.assignment, "grounds": "还是不归我们管"}
    )
    assert (again["code"], again["found"]) == ("WRONG_STATUS", "BOUND")
    after = await desk.ask(query, case.office, w=where)
    assert after["disputes"][0]["solveFirst"] == before["disputes"][0]["solveFirst"] + 1
    assert after["disputes"][0]["returns"] == before["disputes"][0]["returns"]


async def test_more_time_is_asked_for_twice_at_most_and_moves_the_due_time(desk):
    case = await Round(desk).to_stage("ON_SITE")
    due = (await case.shown("assignments { dueAt }"))["assignments"][0]["dueAt"]
    until = datetime.fromisoformat(due)
    part = {"assignment": case.assignment}
    for granted in (False, True):
        until += timedelta(days=10)
        asked = {**part, "until": until.isoformat(), "reason": "材料未到"}
        await case.give("askExtension", case.handler, asked)
        assert ("DECIDE_EXTENSION", "OFFICE") in await open_duties(case)
        await case.give("decideExtension", case.office, {**part, "granted": granted, "reason": "知悉"})
    shown = await case.shown("assignments { dueAt } extensions { status reason decision grantedUntil }")
    assert [one["status"] for one in shown["extensions"]] == ["REFUSED", "GRANTED"]
    assert shown["assignments"][0]["dueAt"] > due
    third = {**part, "until": (until + timedelta(days=30)).isoformat(), "reason": "还需时间"}
    assert (await desk.do("askExtension", case.handler, third))["code"] == "TOO_MANY"


async def test_while_an_issue_is_suspended_its_clocks_stand_still_and_little_is_taken(desk):
    case = await Round(desk).to_stage("ON_SITE")
    why = {"issue": case.issue, "reason": "等待拨款"}
    await case.give("suspendIssue", case.office, why)
    shown = await case.shown("suspended dueAt suspensions { reason resumedAt } duties { status }")
    assert (shown["suspended"], shown["dueAt"]) == (True, None)
    assert shown["suspensions"] == [{"reason": "等待拨款", "resumedAt": None}]
    refused = await desk.do("completeAssignment", case.handler, {"assignment": case.assignment})
    assert (refused["code"], refused["found"]) == ("WRONG_STATUS", "SUSPENDED")
    await case.give("resumeIssue", case.office, {**why, "reason": "拨款已到"})
    shown = await case.shown("suspended dueAt suspensions { resumedReason resumedAt }")
    assert shown["dueAt"]
    assert shown["suspensions"][0]["resumedReason"] == "拨款已到"
    await case.step("completeAssignment")


async def test_a_part_stays_with_the_first_asked_until_the_other_accepts(desk):
    case = await Round(desk).to_stage("ON_SITE")
    part = {"assignment": case.assignment}
    offer = {**part, "to": case.water, "reason": "与供水改造一并处理"}
    await case.give("offerHandover", case.handler, offer)
    fields = "handovers { status receiver { ... on Department { key } } } assignments { department { key } }"
    shown = await case.shown(fields, case.helper)  # whoever is offered a part sees the issue
    assert shown["handovers"] == [{"status": "OFFERED", "receiver": {"key": "water"}}]
    assert shown["assignments"] == [{"department": {"key": "lighting"}}]
    await case.give("declineHandover", case.helper, {**part, "note": "暂无力量"}, "__typename")
    assert (await case.shown(fields))["handovers"][0]["status"] == "DECLINED"
    await case.give("offerHandover", case.handler, offer)
    await case.give("acceptHandover", case.helper, part)
    shown = await case.shown(fields + " duties { kind status holder { ... on Department { key } } }")
    assert shown["assignments"] == [{"department": {"key": "water"}}]
    held = [d["holder"]["key"] for d in shown["duties"] if d["status"] == "OPEN"]
    assert held == ["water"]
    await case.step("completeAssignment", case.helper)


async def test_the_reporter_is_answered_and_asked_and_reopens_handling_once(desk):
    resident = await desk.who(role=Role.RESIDENT)
    case = await Round(desk).begin(by=resident)
    await (await case.assessed()).called()
    for name in ("acceptAssignment", "reportIn", "completeAssignment"):
        await case.step(name)
    await case.verified(answer=None)
    assert ("ANSWER", "STREET") in await open_duties(case)
    report = {"report": (await case.shown("reports { nodes { id } }"))["reports"]["nodes"][0]["id"]}
    early = await desk.do("rateReport", resident, {**report, "rating": "SATISFIED"}, "__typename")
    assert early["code"] == "NOT_OWED"
    await case.give("answerReporters", case.clerk, {"issue": case.issue, "answer": "已修好"})
    said = {**report, "rating": "DISSATISFIED", "comment": "又坏了"}
    answer = await case.give("rateReport", resident, said, "issue { stage round }")
    assert answer["issue"] == {"stage": "HANDLING", "round": 1}
    await case.step("completeAssignment")
    await case.verified(answer="再次修好")
    answer = await case.give("recordFollowUp", case.clerk, {**report, "rating": "DISSATISFIED"})
    assert answer["issue"]["stage"] == "REVIEWING"
    await case.reviewed()
    fields = "stage reports { nodes { answers { words } ratings { rating followedUp comment } } }"
    shown = await case.shown(fields, resident)
    assert shown["stage"] == "FILED"
    assert shown["reports"]["nodes"] == [
        {
            "answers": [{"words": "已修好"}, {"words": "再次修好"}],
            "ratings": [
                {"rating": "DISSATISFIED", "followedUp": False, "comment": "又坏了"},
                {"rating": "DISSATISFIED", "followedUp": True, "comment": None},
            ],
        }
    ]


async def test_reports_of_one_problem_become_one_issue_and_apart_again(desk):
    first, second = await Round(desk).begin(), await Round(desk).begin()
    suggested = await second.shown("mergeSuggestions { issue { id } reason metresApart secondsApart }")
    assert first.issue in [one["issue"]["id"] for one in suggested["mergeSuggestions"]]
    given = {"issue": second.issue, "into": first.issue, "note": "同一处路灯"}
    answer = await first.give("mergeIssue", first.clerk, given, "issue { stage } into { id }")
    assert answer["issue"]["stage"] == "CANCELLED"
    fields = "stage mergedInto { id } reports { nodes { id code originIssue { id } answers { words } } }"
    gone, kept = await second.shown(fields), await first.shown(fields)
    assert gone["mergedInto"] == {"id": first.issue}
    assert [one["code"] for one in kept["reports"]["nodes"]] == [first.code, second.code]
    joined = kept["reports"]["nodes"][1]
    assert joined["originIssue"] == {"id": second.issue}
    tracked = await desk.ask("query($c: String!) { trackReport(code: $c) { stage } }", c=second.code)
    assert tracked["trackReport"]["stage"] == "COLLECTED"
    split = {"issue": first.issue, "report": joined["id"]}
    answer = await first.give("splitReport", first.clerk, split, "split { id stage splitFrom { id } }")
    assert answer["split"]["splitFrom"] == {"id": first.issue}
    assert len((await first.shown(fields))["reports"]["nodes"]) == 1
    second.issue = answer["split"]["id"]
    await (await second.assessed()).called()


async def test_a_review_is_scored_by_two_people_and_changing_it_voids_signatures(desk):
    case = await Round(desk).to_stage("REVIEWING")
    first = await case.drafted()
    own = await desk.do("signReview", case.clerk, first, "__typename")
    assert (own["__typename"], own["code"], own["field"]) == ("ForbiddenProblem", "SIGNED", "input.sheet")
    given = {"assignment": case.assignment, "scores": {**FULL_MARKS, "outcome": 10}}
    changed = await case.give("reviewDepartment", case.second, given, "sheet { version }")
    assert changed["sheet"]["version"] == first["version"] + 1
    stale = await desk.do("signReview", case.clerk, first, "__typename")
    assert (stale["code"], stale["field"]) == ("INVALID_INPUT", "input.version")
    signed = {**first, "version": changed["sheet"]["version"]}
    answer = await case.give("signReview", case.clerk, signed, "scorecard { total comment }")
    assert answer["scorecard"]["total"] == 90


async def test_the_office_regrades_and_cancels(desk):
    case = await Round(desk).to_stage("CALLED")
    given = {"issue": case.issue, "level": "COMPLEX", "reason": "涉及多个部门"}
    await case.give("regradeIssue", case.office, given)
    assert (await case.shown("level stage")) == {"level": "COMPLEX", "stage": "CALLED"}
    same = await desk.do("regradeIssue", case.office, given)
    assert (same["code"], same["field"]) == ("INVALID_INPUT", "input.level")
    await case.give("cancelIssue", case.office, {"issue": case.issue, "reason": "重复反映"})
    shown = await case.shown("stage reports { nodes { answers { words } } }")
    assert shown["stage"] == "CANCELLED"
    assert shown["reports"]["nodes"][0]["answers"] == [{"words": "重复反映"}]


async def test_what_a_past_instant_or_a_wrong_plan_is_refused_by_name(desk):
    case = await (await (await Round(desk).begin()).assessed("COMPLEX")).dispatched()
    await case.on_site()
    good = {"assignment": case.assignment, **case.plan(case.assignment, case.other)}
    past = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    far = (datetime.now(UTC) + timedelta(days=300)).isoformat()
    one, two = good["tasks"]
    wrong = {
        "input.tasks": [[], [one], [one, one], [one, two, {**two, "assignment": case.assignment}]],
        "input.tasks.1.dueAt": [[one, {**two, "dueAt": past}], [one, {**two, "dueAt": far}]],
        "input.tasks.1.task": [[one, {**two, "task": " "}], [one, {**two, "task": "灯" * 2001}]],
        "input.tasks.0.assignment": [[{**one, "assignment": case.issue}, two]],
    }
    for field, attempts in wrong.items():
        for tasks in attempts:
            answer = await desk.do("proposePlan", case.handler, {**good, "tasks": tasks})
            assert (answer["__typename"], answer["field"]) == ("InvalidInputProblem", field), answer
    answer = await desk.do("proposePlan", case.handler, {**good, "lead": case.issue})
    assert answer["field"] == "input.lead"


async def test_a_department_appeals_once_and_the_office_decides(desk):
    case = await Round(desk).to_stage("FILED")
    part = {"assignment": case.assignment}
    appeal = {**part, "grounds": "报到及时，评分过低"}
    nothing = await desk.do(
        "decideAppeal", case.office, {**part, "outcome": "UPHELD", "reason": "无"}, "__typename"
    )
    assert (nothing["__typename"], nothing["field"]) == ("NotFoundProblem", "input.assignment")
    denied = await desk.do("appealReview", case.clerk, appeal, "__typename")
    assert (denied["code"], denied["rule"]) == ("WRONG_ROLE", "APPEAL: DEPARTMENT_HANDLER")
    answer = await case.give("appealReview", case.handler, appeal, "appeal { grounds outcome }")
    assert answer["appeal"] == {"grounds": "报到及时，评分过低", "outcome": None}
    assert await open_duties(case) == [("APPEAL", "OFFICE")]
    assert (await desk.do("appealReview", case.handler, appeal, "__typename"))["code"] == "TOO_MANY"
    decision = {**part, "outcome": "CHANGED", "reason": "部分采纳"}
    bare = await desk.do("decideAppeal", case.office, decision, "__typename")
    assert (bare["code"], bare["field"]) == ("INVALID_INPUT", "input.scores")
    decision["scores"] = {**FULL_MARKS, "outcome": 5}
    answer = await case.give("decideAppeal", case.office, decision, "appeal { outcome total decidedAt }")
    assert (answer["appeal"]["outcome"], answer["appeal"]["total"]) == ("CHANGED", 85)
    shown = await case.shown("scorecards { total countedTotal appeals { reason } }")
    assert shown["scorecards"] == [{"total": 100, "countedTotal": 85, "appeals": [{"reason": "部分采纳"}]}]
