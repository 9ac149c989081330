"""Shapes of what a case goes through beside its steps: plans, returns, answers, sheets (domain guide 3)."""

from __future__ import annotations

from models.queries.guards import Guard
from models.queries.shape import (
    NUMBER,
    TIME,
    TO_ASSIGNMENT,
    TO_DEPARTMENT,
    TO_ISSUE,
    TO_POST,
    Shape,
    Sort,
    ToMany,
    ToOne,
    columns,
)

TO_REPORT = ToOne("Report", "report_id")
TO_DECIDER = ToOne("Post", "decider_id")

PLAN = Shape(
    "Plan",
    "plans",
    Guard.BELOW_ISSUE,
    columns("issue_id assignment_id post_id lead_id status note proposed_at settled_at"),
    {"PROPOSED_AT": Sort("proposed_at", TIME, "When it was proposed.")},
    to_one={
        "issue": TO_ISSUE,
        "assignment": TO_ASSIGNMENT,
        "post": TO_POST,
        "lead": ToOne("Assignment", "lead_id"),
    },
    to_many={"tasks": ToMany("PlanTask", "plan_id", "POSITION")},
)
PLAN_TASK = Shape(
    "PlanTask",
    "plan_tasks",
    Guard.BELOW_ISSUE,
    columns("issue_id plan_id assignment_id task due_at agreed_at position"),
    {"POSITION": Sort("position", NUMBER, "Its place in the plan.")},
    to_one={"issue": TO_ISSUE, "assignment": TO_ASSIGNMENT},
)
RETURN = Shape(
    "Return",
    "returns",
    Guard.BELOW_ISSUE,
    columns(
        "issue_id item_id assignment_id department_id post_id grounds suggested_id returned_at outcome "
        "named_id decider_id reason adjudicated_at"
    ),
    {"RETURNED_AT": Sort("returned_at", TIME, "When it was returned.")},
    to_one={
        "issue": TO_ISSUE,
        "item": ToOne("Item", "item_id"),
        "assignment": TO_ASSIGNMENT,
        "department": TO_DEPARTMENT,
        "post": TO_POST,
        "suggested": ToOne("Department", "suggested_id"),
        "named": ToOne("Department", "named_id"),
        "decider": TO_DECIDER,
    },
)
EXTENSION = Shape(
    "Extension",
    "extensions",
    Guard.BELOW_ISSUE,
    columns(
        "issue_id assignment_id duty_id status post_id reason until asked_at granted_until decider_id "
        "decision decided_at"
    ),
    {"ASKED_AT": Sort("asked_at", TIME, "When it was asked for.")},
    to_one={
        "issue": TO_ISSUE,
        "assignment": TO_ASSIGNMENT,
        "duty": ToOne("Duty", "duty_id"),
        "post": TO_POST,
        "decider": TO_DECIDER,
    },
)
SUSPENSION = Shape(
    "Suspension",
    "suspensions",
    Guard.BELOW_ISSUE,
    columns("issue_id post_id reason suspended_at resumer_id resumed_reason resumed_at"),
    {"SUSPENDED_AT": Sort("suspended_at", TIME, "When the clocks stopped.")},
    to_one={"issue": TO_ISSUE, "post": TO_POST, "resumer": ToOne("Post", "resumer_id")},
)
HANDOVER = Shape(
    "Handover",
    "handovers",
    Guard.BELOW_ISSUE,
    columns(
        "issue_id assignment_id status giver_kind giver_id receiver_kind receiver_id post_id reason "
        "offered_at answerer_id answer answered_at"
    ),
    {"OFFERED_AT": Sort("offered_at", TIME, "When it was offered.")},
    to_one={
        "issue": TO_ISSUE,
        "assignment": TO_ASSIGNMENT,
        "post": TO_POST,
        "answerer": ToOne("Post", "answerer_id"),
    },
)
ANSWER = Shape(
    "Answer",
    "answers",
    Guard.BELOW_REPORT,
    columns("issue_id report_id round post_id words answered_at"),
    {"ANSWERED_AT": Sort("answered_at", TIME, "When it was answered.")},
    to_one={"issue": TO_ISSUE, "report": TO_REPORT, "post": TO_POST},
)
REPORT_RATING = Shape(
    "ReportRating",
    "ratings",
    Guard.BELOW_REPORT,
    columns("issue_id report_id round rating followed_up post_id comment rated_at"),
    {"RATED_AT": Sort("rated_at", TIME, "When it was rated.")},
    to_one={"issue": TO_ISSUE, "report": TO_REPORT, "post": TO_POST},
)
REPORT_MESSAGE = Shape(
    "ReportMessage",
    "report_messages",
    Guard.BELOW_REPORT,
    columns("report_id issue_id seq kind at delivered_at"),
    {"AT": Sort("at", TIME, "When it happened.")},
    to_one={"issue": TO_ISSUE, "report": TO_REPORT},
)
REVIEW_SHEET = Shape(
    "ReviewSheet",
    "review_sheets",
    Guard.BELOW_ISSUE,
    columns("issue_id assignment_id version scores comment post_id drafted_at"),
    {"DRAFTED_AT": Sort("drafted_at", TIME, "When it was last changed.")},
    to_one={"issue": TO_ISSUE, "assignment": TO_ASSIGNMENT, "post": TO_POST},
    to_many={"signatures": ToMany("ReviewSignature", "sheet_id", "SIGNED_AT")},
)
REVIEW_SIGNATURE = Shape(
    "ReviewSignature",
    "review_signatures",
    Guard.BELOW_ISSUE,
    columns("issue_id sheet_id version person_id post_id signed_at"),
    {"SIGNED_AT": Sort("signed_at", TIME, "When it was signed.")},
    to_one={"issue": TO_ISSUE, "person": ToOne("Person", "person_id"), "post": TO_POST},
)
APPEAL = Shape(
    "Appeal",
    "appeals",
    Guard.BELOW_ISSUE,
    columns(
        "issue_id assignment_id scorecard_id department_id post_id grounds appealed_at outcome scores total "
        "decider_id reason decided_at"
    ),
    {"APPEALED_AT": Sort("appealed_at", TIME, "When it was appealed.")},
    to_one={
        "issue": TO_ISSUE,
        "assignment": TO_ASSIGNMENT,
        "scorecard": ToOne("Scorecard", "scorecard_id"),
        "department": TO_DEPARTMENT,
        "post": TO_POST,
        "decider": TO_DECIDER,
    },
)

PAPER = (
    PLAN,
    PLAN_TASK,
    RETURN,
    EXTENSION,
    SUSPENSION,
    HANDOVER,
    ANSWER,
    REPORT_RATING,
    REPORT_MESSAGE,
    REVIEW_SHEET,
    REVIEW_SIGNATURE,
    APPEAL,
)
