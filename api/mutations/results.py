"""What mutations answer when they did what was asked: what changed, fresh from the projection."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, TypeAlias
from uuid import UUID

import strawberry

from api.context import Context
from api.mutations.inputs import DONE
from api.problems import AnyProblem
from api.rules import default_rule
from api.types.bulletins import Bulletin, ScoreSheet
from api.types.casework import Assignment, Call
from api.types.coordination import Plan
from api.types.issues import Issue, Report
from api.types.proofs import EvidenceHold
from api.types.record import Record, one
from api.types.reviews import Appeal, ReviewSheet, Scorecard
from api.types.traces import Evidence
from models.policy.access import Rule
from models.queries import shapes
from models.queries.shape import Shape


@default_rule(Rule.PUBLIC)
@strawberry.type(description="The report was taken in; it is never lost from here on.")
class IssueReported:
    tracking_code: str = strawberry.field(
        description="What the report is followed by, without signing in, e.g. JJ-2026-000123."
    )
    issue: Issue | None = strawberry.field(
        description="The issue it became; null for those who may report but not read."
    )
    report: Report | None = strawberry.field(description="The report, to those who may read it.")


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="The issue was assessed.")
class IssueAssessed:
    issue: Issue = strawberry.field(description="The issue as it stands now.")


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="The department was called.")
class DepartmentCalled:
    issue: Issue = strawberry.field(description="The issue as it stands now.")
    call: Call = strawberry.field(description="The call slip.")
    assignment: Assignment | None = strawberry.field(
        description="The department's part, offered; null in COMPLEX, where the office dispatches."
    )


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="The department accepted its part.")
class AssignmentAccepted:
    issue: Issue = strawberry.field(description="The issue as it stands now.")
    assignment: Assignment = strawberry.field(description="The part, accepted.")


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="The department turned up on site.")
class ReportedIn:
    issue: Issue = strawberry.field(description="The issue as it stands now.")
    assignment: Assignment = strawberry.field(description="The part, with its handler on site.")


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="The handler declared its part done.")
class AssignmentCompleted:
    issue: Issue = strawberry.field(description="The issue as it stands now.")
    assignment: Assignment = strawberry.field(description="The part, done.")


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="The note is in the timeline.")
class ProgressNoted:
    issue: Issue = strawberry.field(description="The issue as it stands now.")


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="The result was verified: it passed, or handling was reopened.")
class IssueVerified:
    issue: Issue = strawberry.field(description="The issue as it stands now.")


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="It was done, and the issue changed by it.")
class IssueChanged:
    issue: Issue = strawberry.field(description="The issue as it stands now.")


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="It was done, and a part of the issue changed by it.")
class AssignmentChanged:
    issue: Issue | None = strawberry.field(
        description="The issue as it stands now; null where the viewer has no part in it any more."
    )
    assignment: Assignment | None = strawberry.field(description="The part as it stands now; null likewise.")


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="A plan was proposed, agreed to or decided.")
class PlanChanged:
    issue: Issue = strawberry.field(description="The issue as it stands now.")
    plan: Plan = strawberry.field(description="The plan, with who agreed.")


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="What the reporter said of the result is on record.")
class ReportRated:
    issue: Issue = strawberry.field(description="The issue as it stands now.")
    report: Report = strawberry.field(description="The report with its ratings.")


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="The issue ended; its reports go on with another.")
class IssueMerged:
    issue: Issue = strawberry.field(description="The issue that ended.")
    into: Issue = strawberry.field(description="The issue that took its reports.")


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="The report is an issue of its own again.")
class ReportSplit:
    issue: Issue = strawberry.field(description="The issue that held it.")
    split: Issue | None = strawberry.field(description="The new issue.")


@default_rule(Rule.STAFF)
@strawberry.type(description="The sheet is drafted and signed once; a second person must sign it.")
class ReviewDrafted:
    issue: Issue = strawberry.field(description="The issue as it stands now.")
    sheet: ReviewSheet = strawberry.field(description="The sheet with its signatures.")


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="The sheet was signed by two people: the department is reviewed.")
class DepartmentReviewed:
    issue: Issue = strawberry.field(description="The issue as it stands now.")
    scorecard: Scorecard = strawberry.field(description="The scorecard.")


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="A department appealed against its scorecard, or the office decided.")
class AppealChanged:
    issue: Issue = strawberry.field(description="The issue as it stands now.")
    appeal: Appeal = strawberry.field(description="The appeal.")


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="A header or form field that the upload must send exactly so.")
class UploadHeader:
    name: str = strawberry.field(description="Its name.")
    value: str = strawberry.field(description="Its value.")


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="Where and how the bytes of one photo are sent, straight to the store.")
class Upload:
    url: str = strawberry.field(description="Where to.")
    method: str = strawberry.field(description="The HTTP method, e.g. PUT.")
    headers: list[UploadHeader] = strawberry.field(description="Headers that belong to the signature.")
    fields: list[UploadHeader] = strawberry.field(
        description="POST: fields of the form, in this order, before the file, which is named `file`."
    )
    expires_at: datetime = strawberry.field(description="Until when it is taken.")


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="The photo is announced; send its bytes, then confirm it.")
class EvidenceUploadReady:
    evidence: Evidence = strawberry.field(description="The photo, pending.")
    upload: Upload | None = strawberry.field(
        description="Where its bytes go; null where it was confirmed already."
    )


@default_rule(Rule.READ_ISSUES)
@strawberry.type(
    description="The photo's bytes are what was announced; it is examined now. Ask for its status again."
)
class EvidenceConfirmed:
    evidence: Evidence = strawberry.field(description="The photo; its status says how far it is.")


@default_rule(Rule.STAFF)
@strawberry.type(description="The sealed original was opened, which is on record.")
class OriginalOpened:
    evidence: Evidence = strawberry.field(description="The photo.")
    url: str | None = strawberry.field(
        description="Where the file is for five minutes from the opening; null once they are over."
    )
    expires_at: datetime = strawberry.field(description="Until when it is there.")


@default_rule(Rule.OVERSIGHT)
@strawberry.type(description="How the photos of the issue are held for the law now.")
class EvidenceHeld:
    hold: EvidenceHold = strawberry.field(description="The hold.")
    issue: Issue = strawberry.field(description="The issue.")


@default_rule(Rule.SIGNED_IN)
@strawberry.type(description="The notifications are marked as read.")
class NotificationsRead:
    marked: int = strawberry.field(description="How many were unread before.")
    unread_count: int = strawberry.field(description="How many are unread still.")


IssueCommandResult: TypeAlias = Annotated[
    IssueChanged | AnyProblem, strawberry.union("IssueCommandResult", description=DONE)
]
AssignmentCommandResult: TypeAlias = Annotated[
    AssignmentChanged | AnyProblem, strawberry.union("AssignmentCommandResult", description=DONE)
]
PlanCommandResult: TypeAlias = Annotated[
    PlanChanged | AnyProblem, strawberry.union("PlanCommandResult", description=DONE)
]
RatingResult: TypeAlias = Annotated[
    ReportRated | AnyProblem, strawberry.union("RatingResult", description=DONE)
]


@default_rule(Rule.PUBLIC)
@strawberry.type(description="The tables are out.")
class BulletinPublished:
    bulletins: list[Bulletin] = strawberry.field(description="The tables, as they were frozen.")


@default_rule(Rule.STAFF)
@strawberry.type(description="The score sheets are on record.")
class ScoreSheetsEntered:
    sheets: list[ScoreSheet] = strawberry.field(description="The sheets, in the order given.")


@default_rule(Rule.STAFF)
@strawberry.type(description="The score sheet was taken back.")
class ScoreSheetWithdrawn:
    sheet: ScoreSheet = strawberry.field(description="The sheet as it stands now.")


async def read(context: Context, shape: Shape, key: UUID) -> Any:
    """An entity after a mutation; what the viewer cannot see any more is None."""
    record: Record | None = await one(context, shape, key)
    return record


async def after(context: Context, issue: UUID, assignment: UUID | None) -> dict[str, Any]:
    """Issue and assignment, as many results show them."""
    part = None if assignment is None else await read(context, shapes.ASSIGNMENT, assignment)
    return {"issue": await read(context, shapes.ISSUE, issue), "assignment": part}
