"""Each command as somebody gives it: its mutation, and an input that fits a case at its point."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from models.terms import Command, Level
from tests.commands.rounds import Round

MUTATIONS = {
    Command.ASSESS: "assessIssue",
    Command.CALL: "callDepartment",
    Command.DISPATCH: "dispatchIssue",
    Command.ACCEPT: "acceptAssignment",
    Command.RETURN: "returnAssignment",
    Command.ADJUDICATE: "adjudicateReturn",
    Command.REPORT_IN: "reportIn",
    Command.PROPOSE_PLAN: "proposePlan",
    Command.AGREE_PLAN: "agreePlan",
    Command.DECIDE_PLAN: "decidePlan",
    Command.ASK_EXTENSION: "askExtension",
    Command.DECIDE_EXTENSION: "decideExtension",
    Command.OFFER_HANDOVER: "offerHandover",
    Command.ACCEPT_HANDOVER: "acceptHandover",
    Command.DECLINE_HANDOVER: "declineHandover",
    Command.COMPLETE: "completeAssignment",
    Command.VERIFY: "verifyIssue",
    Command.ANSWER: "answerReporters",
    Command.RATE: "rateReport",
    Command.FOLLOW_UP: "recordFollowUp",
    Command.REVIEW: "signReview",
    Command.NOTE: "addProgressNote",
    Command.REGRADE: "regradeIssue",
    Command.SUSPEND: "suspendIssue",
    Command.RESUME: "resumeIssue",
    Command.CANCEL: "cancelIssue",
    Command.MERGE: "mergeIssue",
    Command.SPLIT: "splitReport",
}
NO_PART = "Assignment:00000000-0000-4000-8000-000000000000"
NO_PLAN = "Plan:00000000-0000-4000-8000-000000000000"
NO_SHEET = "ReviewSheet:00000000-0000-4000-8000-000000000000"


def given(command: Command, case: Round, level: Level = Level.GENERAL) -> dict[str, Any]:
    """What the mutation is given; `level` is what the issue has, to be regraded from."""
    part = {"assignment": case.assignment or NO_PART}
    issue, reason = {"issue": case.issue}, {"reason": "因故"}
    parts = [one for one in (case.assignment, case.other) if one] or [NO_PART]
    until = (datetime.now(UTC) + timedelta(days=90)).isoformat()
    own = case.own_teams.get(case.team, case.parks)
    inputs: dict[Command, dict[str, Any]] = {
        Command.ASSESS: {**issue, "level": "GENERAL"},
        Command.CALL: {**issue, "department": case.lighting, "demand": "请尽快修复"},
        Command.DISPATCH: {**issue, "departments": [case.lighting, case.water]},
        Command.RETURN: {**part, "grounds": "不归我们管"},
        Command.ADJUDICATE: {**part, "outcome": "REJECTED", **reason},
        Command.PROPOSE_PLAN: {**part, **case.plan(*parts)},
        Command.AGREE_PLAN: {**part, "plan": case.proposal or NO_PLAN},
        Command.DECIDE_PLAN: {**issue, **case.plan(*parts)},
        Command.ASK_EXTENSION: {**part, "until": until, **reason},
        Command.DECIDE_EXTENSION: {**part, "granted": True},
        Command.OFFER_HANDOVER: {**part, "to": own, **reason},
        Command.VERIFY: {**issue, "passed": True, "evidence": [case.photo] if case.photo else []},
        Command.ANSWER: {**issue, "answer": "已修好"},
        Command.RATE: {"report": case.report_id, "rating": "SATISFIED"},
        Command.FOLLOW_UP: {"report": case.report_id, "rating": "UNREACHED"},
        Command.REVIEW: {"sheet": case.sheet or NO_SHEET, "version": 1},
        Command.NOTE: {**issue, **(part if case.assignment else {}), "note": "正在更换灯具"},
        Command.REGRADE: {**issue, "level": "CRITICAL" if level is Level.GENERAL else "GENERAL", **reason},
        Command.SUSPEND: {**issue, **reason},
        Command.RESUME: {**issue, **reason},
        Command.CANCEL: {**issue, **reason},
        Command.MERGE: {**issue, "into": case.into},
        Command.SPLIT: {**issue, "report": case.joined_id or case.report_id},
    }
    return inputs.get(command, part)
