"""The registry's part for what is known of photos: findings, openings, holds, deletions, sweeps."""

from __future__ import annotations

from models.queries.guards import Guard
from models.queries.shape import TIME, TO_ISSUE, TO_POST, Shape, Sort, ToOne, columns

TO_EVIDENCE = ToOne("Evidence", "evidence_id")
EVIDENCE_FINDING = Shape(
    "EvidenceFinding",
    "evidence_findings",
    Guard.BELOW_ISSUE,
    columns("evidence_id issue_id kind weight rule data other_id found_at"),
    {"FOUND_AT": Sort("found_at", TIME, "When it was found.")},
    to_one={"evidence": TO_EVIDENCE, "issue": TO_ISSUE, "other": ToOne("Evidence", "other_id")},
)
EVIDENCE_OPENING = Shape(
    "EvidenceOpening",
    "evidence_openings",
    Guard.BELOW_ISSUE,
    columns("evidence_id issue_id person_id post_id reason opened_at"),
    {"OPENED_AT": Sort("opened_at", TIME, "When it was opened.")},
    to_one={
        "evidence": TO_EVIDENCE,
        "issue": TO_ISSUE,
        "post": TO_POST,
        "person": ToOne("Person", "person_id"),
    },
)
EVIDENCE_HOLD = Shape(
    "EvidenceHold",
    "evidence_holds",
    Guard.BELOW_ISSUE,
    columns("issue_id reason post_id placed_at lifted_at lifted_reason lifted_by_id"),
    {"PLACED_AT": Sort("placed_at", TIME, "When it was placed.")},
    to_one={"issue": TO_ISSUE, "post": TO_POST, "lifted_by": ToOne("Post", "lifted_by_id")},
)
EVIDENCE_DELETION = Shape(
    "EvidenceDeletion",
    "evidence_deletions",
    Guard.BELOW_ISSUE,
    columns("evidence_id issue_id part sha256 rule keys shared due_at decided_at done_at"),
    {"DECIDED_AT": Sort("decided_at", TIME, "When it was decided.")},
    to_one={"evidence": TO_EVIDENCE, "issue": TO_ISSUE},
)
EVIDENCE_SWEEP = Shape(
    "EvidenceSweep",
    "evidence_sweeps",
    Guard.OPEN,  # nothing in it is of one district; the field says who may ask
    columns("whole started_at ended_at figures faults"),
    {"STARTED_AT": Sort("started_at", TIME, "When it began.")},
)
PROOFS = (EVIDENCE_FINDING, EVIDENCE_OPENING, EVIDENCE_HOLD, EVIDENCE_DELETION, EVIDENCE_SWEEP)
