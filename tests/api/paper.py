"""Rows of what a case goes through beside its steps, one of each kind, put into the ground of the tests."""

from __future__ import annotations

from models.policy.access import Viewer
from models.terms import Criterion
from tests.api.ground import HOUR, NOW, Ground

MARKS = {criterion.value: 15 for criterion in Criterion}


async def paper(ground: Ground, issue: str, street: str, department: str, clerk: Viewer) -> None:
    """A plan, a return, a request for more time, a stop, a hand-over, a sheet and an appeal of one issue."""
    part, of_issue = ground[f"{issue} by {department}"], {"issue_id": ground[issue]}
    duty, post = ground[f"{issue} verify"], clerk.posts[0].id
    plan = await ground.put(
        "plans", f"plan of {issue}", **of_issue, assignment_id=part, lead_id=part, status="AGREED",
        note="一起办", proposed_at=NOW, settled_at=NOW + HOUR, post_id=post,
    )  # fmt: skip
    await ground.put(
        "plan_tasks", f"task of {issue}", **of_issue, plan_id=plan, assignment_id=part, task="换灯杆",
        due_at=NOW + HOUR, agreed_at=NOW, position=0,
    )  # fmt: skip
    await ground.put(
        "returns", f"return of {issue}", **of_issue, item_id=ground["lamp"], assignment_id=part,
        department_id=ground[department], grounds="不是我们的职责", suggested_id=ground["water"],
        returned_at=NOW, outcome=None if issue == "i2" else "SOLVE_FIRST", named_id=ground["lighting"],
        reason="先解决问题再说", adjudicated_at=None if issue == "i2" else NOW + HOUR, decider_id=post,
    )  # fmt: skip
    await ground.put(
        "extensions", f"extension of {issue}", **of_issue, assignment_id=part, duty_id=duty, status="GRANTED",
        reason="缺材料", until=NOW + HOUR, asked_at=NOW, granted_until=NOW + HOUR, decision="同意",
        decided_at=NOW, post_id=post,
    )  # fmt: skip
    await ground.put(
        "suspensions", f"suspension of {issue}", **of_issue, reason="等待拨款", suspended_at=NOW,
        resumed_at=None, post_id=post,
    )  # fmt: skip
    await ground.put(
        "handovers", f"handover of {issue}", **of_issue, assignment_id=part, status="DECLINED",
        giver_kind="DEPARTMENT", giver_id=ground[department], receiver_kind="STREET",
        receiver_id=ground[street], reason="更合适", offered_at=NOW, answer="不合适", answered_at=NOW,
    )  # fmt: skip
    sheet = await ground.put(
        "review_sheets", f"sheet of {issue}", **of_issue, assignment_id=part, version=2, scores=MARKS,
        comment="不错", drafted_at=NOW, post_id=post,
    )  # fmt: skip
    await ground.put(
        "review_signatures", f"signature of {issue}", **of_issue, sheet_id=sheet, version=2,
        person_id=clerk.person, post_id=post, signed_at=NOW,
    )  # fmt: skip
    changed = issue == "i1"
    await ground.put(
        "appeals", f"appeal of {issue}", **of_issue, assignment_id=part,
        scorecard_id=ground[f"scorecard of {issue}"], department_id=ground[department], seq=1,
        grounds="评分过低", appealed_at=NOW, outcome="CHANGED" if changed else None,
        scores=MARKS if changed else None, total=75 if changed else None,
        decided_at=NOW if changed else None,
    )  # fmt: skip


async def told(ground: Ground, report: str, issue: str, comment: str | None = "很满意") -> None:
    """What the reporter was told, answered and said."""
    of_report = {"issue_id": ground[issue], "report_id": ground[report]}
    await ground.put("answers", f"answer of {report}", **of_report, round=0, words="已修好", answered_at=NOW)
    await ground.put(
        "ratings", f"rating of {report}", **of_report, round=0, rating="SATISFIED", followed_up=True,
        comment=comment, rated_at=NOW,
    )  # fmt: skip
    for seq, kind in enumerate(("COLLECTED", "CALLED", "ANSWERED"), 1):
        await ground.put(
            "report_messages", f"message {seq} of {report}", **of_report, seq=seq, kind=kind, at=NOW
        )
