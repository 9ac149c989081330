"""Every question that can be asked. Each field says who may ask; which rows they then see is their scope."""

from __future__ import annotations

from asyncio import gather
from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import ID

from api import ids
from api.context import Context
from api.errors import ErrorCode, Fault, FaultError
from api.literals import storable
from api.operations.levers import LeverQuery
from api.operations.rectifying import RectificationQuery
from api.operations.rehearsing import RehearsalQuery
from api.operations.stuck import StuckQuery
from api.rules import resolved
from api.types import disputes, enums, tracking
from api.types.bulletins import Bulletin, BulletinDraft, BulletinWhere, ScoreSheetWhere, drafted
from api.types.casework import AssignmentWhere, CallWhere, DutyWhere
from api.types.coordination import ExtensionWhere, ReturnWhere
from api.types.disputes import Dispute, DisputeWhere
from api.types.enums import EnumLabels
from api.types.issues import Issue, IssueWhere, ReportWhere
from api.types.people import PersonWhere
from api.types.places import (
    CommunityWhere,
    DepartmentWhere,
    District,
    DistrictWhere,
    GridWhere,
    StreetWhere,
)
from api.types.proofs import (
    EvidenceDeletionWhere,
    EvidenceFindingWhere,
    EvidenceHoldWhere,
    EvidenceOpeningWhere,
    EvidenceSweepWhere,
)
from api.types.record import Asked, Node, Record, listing, one
from api.types.responses import InvitationWhere, OpinionWhere, ResponseFlagWhere, ResponseWhere
from api.types.reviews import AppealWhere, ScorecardWhere
from api.types.rulebooks import CalendarWhere, ItemWhere, RulebookWhere
from api.types.survey_results import SurveyResult, SurveyResultWhere
from api.types.surveys import QuotaCellWhere, SurveyWhere
from api.types.traces import EvidenceWhere, NotificationWhere
from api.types.tracking import TrackedReport
from api.types.viewer import Asker
from models.policy.access import Rule
from models.queries import bulletins, pages, shapes, survey_results
from models.queries.db import Row
from models.queries.pages import MOST_IDS
from models.queries.shape import Shape
from models.queries.shapes import SHAPES
from models.queries.survey_shapes import SURVEY_RESULT
from models.terms import BulletinKind

Id = Annotated[ID, strawberry.argument(description="The entity's id.")]
Ids = Annotated[list[ID], strawberry.argument(description=f"At most {MOST_IDS} ids.")]
Key = Annotated[str, strawberry.argument(description="The district's short name, e.g. jinjiang.")]
ReportCode = Annotated[str, strawberry.argument(description="The code the reporter was given.")]
IssueId = Annotated[ID | None, strawberry.argument(description="The issue's id.")]
IssueCode = Annotated[str | None, strawberry.argument(description="The issue's code, e.g. JJ-2026-000123.")]
Disputed = Annotated[
    DisputeWhere | None, strawberry.argument(description="Which returns; left out, all that are seen.")
]
Month = Annotated[str, strawberry.argument(description="A month, e.g. 2026-03; for ANNUAL a year.")]
Table = Annotated[BulletinKind, strawberry.argument(description="Which table.")]
Names = Annotated[list[str] | None, strawberry.argument(description="Which enums; left out, all.")]


@strawberry.type(description="Every question that can be asked.")
class Query(LeverQuery, StuckQuery, RehearsalQuery, RectificationQuery):
    @resolved(Rule.PUBLIC, "The entity of an id; null where there is none that the viewer sees.")
    async def node(self, info: Asked, id: Id) -> Node | None:
        return await _node(info.context, id, "id")

    @resolved(Rule.PUBLIC, "The entities of several ids, in the order asked, null as for `node`.")
    async def nodes(self, info: Asked, ids: Ids) -> list[Node | None]:
        if len(ids) > MOST_IDS:
            params = {"name": "ids", "limit": MOST_IDS, "found": len(ids)}
            raise FaultError(Fault(ErrorCode.BAD_INPUT, "page_size", params, field="ids"))
        context = info.context
        return await gather(*(_node(context, key, f"ids[{n}]") for n, key in enumerate(ids)))

    @resolved(Rule.SIGNED_IN, "Whoever asks.")
    def viewer(self) -> Asker:
        return Asker()

    @resolved(Rule.PUBLIC, "The instant it is on the server.")
    def server_time(self, info: Asked) -> datetime:
        return info.context.now()

    @resolved(Rule.READ_PLACES, "The district with this short name.")
    async def district(self, info: Asked, key: Key) -> District | None:
        row = await _one_by(info.context, shapes.DISTRICT, "key", key)
        return None if row is None else District.of(row)

    @resolved(Rule.READ_ISSUES, "The issue of this id or code, null where the viewer sees none; give one.")
    async def issue(self, info: Asked, id: IssueId = None, code: IssueCode = None) -> Issue | None:
        if (id is None) == (code is None):
            raise FaultError(Fault(ErrorCode.BAD_INPUT, "which_one", {"names": "`id`, `code`"}, field="id"))
        if id is not None:
            found = await one(info.context, shapes.ISSUE, ids.key_of(id, "Issue", "id"))
            return found if isinstance(found, Issue) else None
        row = await _one_by(info.context, shapes.ISSUE, "code", code or "")
        return None if row is None else Issue.of(row)

    @resolved(Rule.PUBLIC, "Where a report stands, by its code and without signing in.")
    async def track_report(self, info: Asked, code: ReportCode) -> TrackedReport | None:
        return await tracking.track(info, code)

    @resolved(Rule.PUBLIC, "What enum members are called in both languages.")
    def enum_labels(self, names: Names = None) -> list[EnumLabels]:
        return enums.enum_labels(names)

    @resolved(
        Rule.OVERSIGHT,
        "Which lines of the item list cause returns, and how those were adjudicated; most first.",
    )
    async def disputes(self, info: Asked, where: Disputed = None) -> list[Dispute]:
        return await disputes.disputes(info, where)

    districts = listing("District", DistrictWhere, "Districts.", Rule.READ_PLACES)
    streets = listing("Street", StreetWhere, "Streets.", Rule.READ_PLACES)
    communities = listing("Community", CommunityWhere, "Communities.", Rule.READ_PLACES)
    grids = listing("Grid", GridWhere, "Grids.", Rule.READ_PLACES)
    departments = listing("Department", DepartmentWhere, "Departments.", Rule.READ_PLACES)
    people = listing("Person", PersonWhere, "People who hold posts in the viewer's district.", Rule.STAFF)
    items = listing("Item", ItemWhere, "Lines of item lists.", Rule.READ_PLACES)
    rulebooks = listing("Rulebook", RulebookWhere, "Rulebooks.", Rule.READ_RULEBOOKS)
    calendars = listing("Calendar", CalendarWhere, "Calendars.", Rule.READ_RULEBOOKS)
    issues = listing("Issue", IssueWhere, "Issues in the viewer's scope.", Rule.READ_ISSUES)
    reports = listing("Report", ReportWhere, "Reports in the viewer's scope.", Rule.READ_ISSUES)
    calls = listing("Call", CallWhere, "Calls in the viewer's scope.", Rule.READ_ISSUES)
    assignments = listing(
        "Assignment", AssignmentWhere, "Parts of issues in the viewer's scope.", Rule.READ_ISSUES
    )
    duties = listing("Duty", DutyWhere, "Duties in the viewer's scope.", Rule.READ_ISSUES)
    evidence = listing("Evidence", EvidenceWhere, "Photos in the viewer's scope.", Rule.READ_ISSUES)
    evidence_findings = listing(
        "EvidenceFinding", EvidenceFindingWhere, "What is found of photos in the viewer's scope.", Rule.STAFF
    )
    evidence_openings = listing(
        "EvidenceOpening", EvidenceOpeningWhere, "Who opened sealed originals, and why.", Rule.OVERSIGHT
    )
    evidence_holds = listing(
        "EvidenceHold", EvidenceHoldWhere, "Photos that are kept for the law.", Rule.OVERSIGHT
    )
    evidence_deletions = listing(
        "EvidenceDeletion", EvidenceDeletionWhere, "The record of deleted photos.", Rule.OVERSIGHT
    )
    evidence_sweeps = listing(
        "EvidenceSweep", EvidenceSweepWhere, "What sweeps of database and store found.", Rule.OPERATIONS
    )
    scorecards = listing("Scorecard", ScorecardWhere, "Scorecards in the viewer's scope.", Rule.READ_ISSUES)
    returns = listing("Return", ReturnWhere, "Returns in the viewer's scope.", Rule.READ_ISSUES)
    extensions = listing(
        "Extension", ExtensionWhere, "Requests for more time in the viewer's scope.", Rule.READ_ISSUES
    )
    appeals = listing("Appeal", AppealWhere, "Appeals in the viewer's scope.", Rule.READ_ISSUES)
    notifications = listing(
        "Notification",
        NotificationWhere,
        "What the viewer's posts were told; for those who see a whole district, all of it.",
        Rule.SIGNED_IN,
    )
    bulletins = listing("Bulletin", BulletinWhere, "Published tables, open to everybody.", Rule.PUBLIC)
    score_sheets = listing(
        "ScoreSheet", ScoreSheetWhere, "Score sheets of the viewer's district.", Rule.STAFF
    )

    surveys = listing(
        "Survey",
        SurveyWhere,
        "Rounds of the satisfaction measure; drafts for their district.",
        Rule.PUBLIC,
    )
    published_surveys = listing(
        "SurveyResult",
        SurveyResultWhere,
        "Published results of rounds, open to everybody; those scored but not yet published for whoever "
        "sees the whole district.",
        Rule.PUBLIC,
    )
    quota_cells = listing("QuotaCell", QuotaCellWhere, "Progress of rounds against their quota.", Rule.STAFF)
    invitations = listing("Invitation", InvitationWhere, "Invitations in the viewer's scope.", Rule.STAFF)
    responses = listing("Response", ResponseWhere, "Responses in the viewer's scope.", Rule.STAFF)
    response_flags = listing(
        "ResponseFlag", ResponseFlagWhere, "Doubts about responses of the viewer's district.", Rule.OVERSIGHT
    )
    opinions = listing("Opinion", OpinionWhere, "Opinions in the viewer's scope.", Rule.STAFF)

    @resolved(Rule.PUBLIC, "考评结果: the published results of a round; null before they are published.")
    async def published_survey(
        self,
        info: Asked,
        district: Key,
        code: Annotated[str, strawberry.argument(description="Year and half, e.g. 2026H1.")],
    ) -> SurveyResult | None:
        if not storable(district) or not storable(code):
            return None
        key = await survey_results.published_id(district, code)
        row = None if key is None else await info.context.loaders.row(SURVEY_RESULT).load(key)
        return None if row is None else SurveyResult.of(row)

    @resolved(Rule.PUBLIC, "通报: the published table of a month or year; null before it is published.")
    async def bulletin(
        self, info: Asked, district: Key, month: Month, kind: Table = BulletinKind.DEPARTMENTS
    ) -> Bulletin | None:
        if not storable(district) or not storable(month):
            return None
        row = await bulletins.found(district, month, kind)
        return None if row is None else Bulletin.of(row)

    @resolved(
        Rule.OVERSIGHT,
        "A table as it stands now, frozen nowhere; null for a district of others or one that makes none.",
    )
    async def bulletin_draft(
        self, info: Asked, district: Key, month: Month, kind: Table = BulletinKind.DEPARTMENTS
    ) -> BulletinDraft | None:
        return await drafted(info.context, district, month, kind)


async def _node(context: Context, text: str, argument: str) -> Record | None:
    found = ids.parsed(text)
    if found is None:
        raise ids.bad_id(argument, "node")
    name, key = found
    return await one(context, SHAPES[name], key) if name in SHAPES else None


async def _one_by(context: Context, shape: Shape, column: str, value: str) -> Row | None:
    """The row of a unique text."""
    wanted = storable(value)
    return None if wanted is None else await pages.one_by(shape, context.viewer, column, wanted)
