"""The registry of what can be read: for each type its table, columns, orders, edges and who sees a row.

One place a type: batch queries, pages and the edge's types are all made from it. Columns are read as they
stand here; the edge shows some as they are, makes others (labels, time left) from them, and keeps keys.
"""

from __future__ import annotations

from collections.abc import Mapping

from models.queries import paper_shapes as paper
from models.queries import proof_shapes as proofs
from models.queries import rectification_shapes as rectify
from models.queries import survey_shapes as survey
from models.queries.guards import Guard
from models.queries.shape import (
    CODE,
    DUE_AT,
    KEY,
    LOADED_AT,
    NAME,
    NUMBER,
    PLACE_SORTS,
    TEXT,
    TIME,
    TO_ASSIGNMENT,
    TO_COMMUNITY,
    TO_CYCLE,
    TO_DEPARTMENT,
    TO_DISTRICT,
    TO_GRID,
    TO_ISSUE,
    TO_NEGATIVE_ITEM,
    TO_POST,
    TO_STREET,
    VERSION,
    Shape,
    Sort,
    ToEach,
    ToMany,
    ToOne,
    columns,
)

DISTRICT = Shape(
    "District",
    "districts",
    Guard.OPEN,
    columns("key name_zh name_en division_code code_prefix"),
    {"KEY": KEY, "NAME": NAME},
    to_many={
        "streets": ToMany("Street", "district_id", "CODE"),
        "departments": ToMany("Department", "district_id", "KEY"),
    },
)
STREET = Shape(
    "Street",
    "streets",
    Guard.OPEN,
    columns("district_id code name_zh name_en"),
    PLACE_SORTS,
    to_one={"district": TO_DISTRICT},
    to_many={"communities": ToMany("Community", "street_id", "CODE")},
)
COMMUNITY = Shape(
    "Community",
    "communities",
    Guard.OPEN,
    columns("district_id street_id code name_zh name_en synthetic"),
    PLACE_SORTS,
    to_one={"district": TO_DISTRICT, "street": TO_STREET},
    to_many={"grids": ToMany("Grid", "community_id", "CODE")},
)
GRID = Shape(
    "Grid",
    "grids",
    Guard.OPEN,
    columns("district_id street_id community_id code polygon synthetic"),
    {"CODE": CODE},
    to_one={"district": TO_DISTRICT, "street": TO_STREET, "community": TO_COMMUNITY},
)
DEPARTMENT = Shape(
    "Department",
    "departments",
    Guard.OPEN,
    columns("district_id key name_zh name_en"),
    {"KEY": KEY, "NAME": NAME},
    to_one={"district": TO_DISTRICT},
)
PERSON = Shape(
    "Person",
    "people",
    Guard.PERSON,
    columns("district_id subject name phone synthetic"),
    {
        "SUBJECT": Sort("subject", TEXT, "Their name in tokens."),
        "NAME": Sort("name", TEXT, "Their name, by code point."),
    },
    to_one={"district": TO_DISTRICT},
    to_many={
        "posts": ToMany("Post", "person_id", "ROLE"),
    },
)
POST = Shape(
    "Post",
    "posts",
    Guard.POST,
    columns("person_id role head district_id street_id community_id grid_id department_id"),
    {"ROLE": Sort("role", TEXT, "Its role.")},
    to_one={
        "person": ToOne("Person", "person_id"),
        "district": TO_DISTRICT,
        "street": TO_STREET,
        "community": TO_COMMUNITY,
        "grid": TO_GRID,
        "department": TO_DEPARTMENT,
    },
)
RULEBOOK = Shape(
    "Rulebook",
    "rulebooks",
    Guard.DISTRICT,
    columns("district_id version digest body loaded_at active"),
    {"LOADED_AT": LOADED_AT, "VERSION": VERSION},
    to_one={"district": TO_DISTRICT},
    to_many={"items": ToMany("Item", "rulebook_id", "POSITION")},
)
CALENDAR = Shape(
    "Calendar",
    "calendars",
    Guard.DISTRICT,
    columns("district_id version official_until body loaded_at"),
    {"LOADED_AT": LOADED_AT, "VERSION": VERSION},
    to_one={"district": TO_DISTRICT},
)
ITEM = Shape(
    "Item",
    "items",
    Guard.OPEN,
    columns(
        "rulebook_id key group_key group_zh group_en name_zh name_en level own_team departments position"
    ),
    {"POSITION": Sort("position", NUMBER, "Its place in the list."), "KEY": KEY},
    to_one={"rulebook": ToOne("Rulebook", "rulebook_id")},
)
ISSUE = Shape(
    "Issue",
    "issues",
    Guard.ISSUE,
    columns(
        "code district_id street_id community_id grid_id item_id rulebook_id calendar_version source title "
        "place longitude latitude level stage seq department_id suspended round merged_into_id split_from_id "
        "yellow_at due_at opened_at closed_at updated_at"
    ),
    {
        "OPENED_AT": Sort("opened_at", TIME, "When it was opened."),
        "DUE_AT": DUE_AT,
    },
    to_one={
        "district": TO_DISTRICT,
        "street": TO_STREET,
        "community": TO_COMMUNITY,
        "grid": TO_GRID,
        "department": TO_DEPARTMENT,
        "item": ToOne("Item", "item_id"),
        "rulebook": ToOne("Rulebook", "rulebook_id"),
        "merged_into": ToOne("Issue", "merged_into_id"),
        "split_from": ToOne("Issue", "split_from_id"),
    },
    to_many={
        "reports": ToMany("Report", "issue_id", "REPORTED_AT"),
        "timeline": ToMany("TimelineEntry", "issue_id", "SEQ"),
        "evidence": ToMany("Evidence", "issue_id", "ANNOUNCED_AT"),
        "evidence_holds": ToMany("EvidenceHold", "issue_id", "PLACED_AT"),
        "calls": ToMany("Call", "issue_id", "CALLED_AT"),
        "assignments": ToMany("Assignment", "issue_id", "OFFERED_AT", order_by="x.position, x.id"),
        "duties": ToMany(
            "Duty",
            "issue_id",
            "DUE_AT",
            order_by="(x.status IN ('OPEN', 'SUSPENDED')) DESC, x.due_at, x.opened_at, x.id",
        ),
        "scorecards": ToMany("Scorecard", "issue_id", "REVIEWED_AT"),
        "plans": ToMany("Plan", "issue_id", "PROPOSED_AT"),
        "returns": ToMany("Return", "issue_id", "RETURNED_AT"),
        "extensions": ToMany("Extension", "issue_id", "ASKED_AT"),
        "suspensions": ToMany("Suspension", "issue_id", "SUSPENDED_AT"),
        "handovers": ToMany("Handover", "issue_id", "OFFERED_AT"),
        "review_sheets": ToMany("ReviewSheet", "issue_id", "DRAFTED_AT"),
        "appeals": ToMany("Appeal", "issue_id", "APPEALED_AT"),
    },
)
REPORT = Shape(
    "Report",
    "reports",
    Guard.REPORT,
    columns(
        "code issue_id source external_ticket description happened_at reported_at reporter_id reporter_name "
        "reporter_phone origin_issue_id"
    ),
    {"REPORTED_AT": Sort("reported_at", TIME, "When it was reported.")},
    to_one={"issue": TO_ISSUE, "origin_issue": ToOne("Issue", "origin_issue_id")},
    to_many={
        "answers": ToMany("Answer", "report_id", "ANSWERED_AT"),
        "ratings": ToMany("ReportRating", "report_id", "RATED_AT"),
        "messages": ToMany("ReportMessage", "report_id", "AT", order_by="x.at, x.seq, x.id"),
    },
)
CALL = Shape(
    "Call",
    "calls",
    Guard.BELOW_ISSUE,
    columns("issue_id street_id department_id concerned post_id demand called_at"),
    {"CALLED_AT": Sort("called_at", TIME, "When it was called.")},
    to_one={"issue": TO_ISSUE, "street": TO_STREET, "department": TO_DEPARTMENT, "post": TO_POST},
    to_each={"concerned": ToEach("Department", "concerned")},
)
ASSIGNMENT = Shape(
    "Assignment",
    "assignments",
    Guard.BELOW_ISSUE,
    columns(
        "issue_id call_id position unit_kind unit_id department_id status offered_at accepted_at on_site_at "
        "done_at due_at reworks handler_id lead bound returned_at dispatched_at task"
    ),
    {
        "OFFERED_AT": Sort("offered_at", TIME, "When it was offered."),
        "DUE_AT": DUE_AT,
    },
    to_one={
        "issue": TO_ISSUE,
        "call": ToOne("Call", "call_id"),
        "department": TO_DEPARTMENT,
        "handler": ToOne("Person", "handler_id"),
    },
)
DUTY = Shape(
    "Duty",
    "duties",
    Guard.OWED,
    columns(
        "issue_id negative_item_id cycle_id assignment_id key kind status holder_kind holder_id rule clock "
        "calendar_version provisional allowed_us spent_us told opened_at since yellow_at due_at breached_at "
        "closed_at"
    ),
    {
        "DUE_AT": DUE_AT,
        "OPENED_AT": Sort("opened_at", TIME, "When it was opened."),
    },
    to_one={
        "issue": TO_ISSUE,
        "assignment": TO_ASSIGNMENT,
        "negative_item": TO_NEGATIVE_ITEM,
        "cycle": TO_CYCLE,
    },
)
TIMELINE_ENTRY = Shape(
    "TimelineEntry",
    "timeline_entries",
    Guard.BELOW_ISSUE,
    columns("issue_id seq kind stage at owed_at post_id department_id rule note data"),
    {"SEQ": Sort("seq", NUMBER, "Its number within the issue.", ties=False)},
    to_one={"issue": TO_ISSUE, "post": TO_POST, "department": TO_DEPARTMENT},
)
EVIDENCE = Shape(
    "Evidence",
    "evidence",
    Guard.BELOW_ISSUE,
    columns(
        "issue_id kind status content_type size sha256 person_id post_id announced_at confirmed_at "
        "settled_at refusal refusal_found found_type wide high view_key medium_key small_key original_key "
        "taken_at camera datum wgs_longitude wgs_latitude gcj_longitude gcj_latitude"
    ),
    {"ANNOUNCED_AT": Sort("announced_at", TIME, "When it was announced.")},
    to_one={"issue": TO_ISSUE, "post": TO_POST},
    to_many={
        "findings": ToMany("EvidenceFinding", "evidence_id", "FOUND_AT"),
        "openings": ToMany("EvidenceOpening", "evidence_id", "OPENED_AT"),
        "deletions": ToMany("EvidenceDeletion", "evidence_id", "DECIDED_AT"),
    },
)
SCORECARD = Shape(
    "Scorecard",
    "scorecards",
    Guard.BELOW_ISSUE,
    columns(
        "issue_id assignment_id street_id department_id post_id scores total comment rulebook_version "
        "reviewed_at signers"
    ),
    {"REVIEWED_AT": Sort("reviewed_at", TIME, "When it was scored.")},
    to_one={
        "issue": TO_ISSUE,
        "assignment": TO_ASSIGNMENT,
        "street": TO_STREET,
        "department": TO_DEPARTMENT,
        "post": TO_POST,
    },
    to_many={"appeals": ToMany("Appeal", "scorecard_id", "APPEALED_AT")},
    to_each={"signers": ToEach("Person", "signers")},
)
NOTIFICATION = Shape(
    "Notification",
    "notifications",
    Guard.NOTIFICATION,
    columns(
        "post_id issue_id negative_item_id cycle_id seq duty_id target percent owed_at told_at read_at "
        "delivered_at"
    ),
    {"TOLD_AT": Sort("told_at", TIME, "When it was told.")},
    to_one={
        "post": TO_POST,
        "issue": TO_ISSUE,
        "negative_item": TO_NEGATIVE_ITEM,
        "cycle": TO_CYCLE,
        "duty": ToOne("Duty", "duty_id"),
    },
)

BULLETIN = Shape(
    "Bulletin",
    "bulletins",
    Guard.OPEN,
    columns("district_id period kind rulebook_id scheme_digest cut_off body sha256 published_at"),
    {
        "PUBLISHED_AT": Sort("published_at", TIME, "When it was published."),
        "PERIOD": Sort("period", TEXT, "The month or year it is about."),
    },
    to_one={"district": TO_DISTRICT, "rulebook": ToOne("Rulebook", "rulebook_id")},
)
SCORE_SHEET = Shape(
    "ScoreSheet",
    "score_sheets",
    Guard.DISTRICT,
    columns("district_id year number department_id community_id rater score post_id entered_at withdrawn_at"),
    {"ENTERED_AT": Sort("entered_at", TIME, "When it was entered.")},
    to_one={"department": TO_DEPARTMENT, "community": TO_COMMUNITY, "post": TO_POST},
)
BATCH = Shape(
    "Batch",
    "batches",
    Guard.DISTRICT,
    columns(
        "district_id action status reason chosen extra_us source_id target_id rulebook_id calendar_version "
        "post_id total created_at started_at ended_at"
    ),
    {"CREATED_AT": Sort("created_at", TIME, "When it was ordered.")},
    to_one={
        "district": TO_DISTRICT,
        "source": ToOne("Department", "source_id"),
        "target": ToOne("Department", "target_id"),
        "rulebook": ToOne("Rulebook", "rulebook_id"),
        "post": TO_POST,
    },
    to_many={"items": ToMany("BatchItem", "batch_id", "POSITION")},
)
BATCH_ITEM = Shape(
    "BatchItem",
    "batch_items",
    Guard.BELOW_ISSUE,
    columns("batch_id issue_id position status attempts seq code field found expected detail done_at"),
    {"POSITION": Sort("position", NUMBER, "Its place in the batch.")},
    to_one={"batch": ToOne("Batch", "batch_id"), "issue": TO_ISSUE},
)

EVIDENCE_FINDING, EVIDENCE_OPENING, EVIDENCE_HOLD, EVIDENCE_DELETION, EVIDENCE_SWEEP = proofs.PROOFS
SHAPES: Mapping[str, Shape] = {
    shape.name: shape
    for shape in (
        DISTRICT,
        STREET,
        COMMUNITY,
        GRID,
        DEPARTMENT,
        PERSON,
        POST,
        RULEBOOK,
        CALENDAR,
        ITEM,
        ISSUE,
        REPORT,
        CALL,
        ASSIGNMENT,
        DUTY,
        TIMELINE_ENTRY,
        EVIDENCE,
        *proofs.PROOFS,
        SCORECARD,
        NOTIFICATION,
        *paper.PAPER,
        *rectify.RECTIFICATION,
        BULLETIN,
        SCORE_SHEET,
        BATCH,
        BATCH_ITEM,
        *survey.SURVEYS,
    )
}
"""By the name the schema gives the type."""
