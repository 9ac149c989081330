"""The words of the field, as the code speaks them: enums, ids and small value objects.

Every name is the domain guide's (docs/domain.md, section 1). This module imports nothing of ours, so
that workflows, policy, tables and the edge all mean the same object by the same word.
"""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID, uuid5

NAMESPACE = UUID("6f1d4b52-8a3e-5c07-9d2b-0e6a1c94f7d3")
"""Root of every derived id: the same input gives the same id on every machine."""


def derived_id(*parts: object) -> UUID:
    """The id that belongs to `parts`; joined with a separator that no key contains."""
    return uuid5(NAMESPACE, "\x1f".join(str(part) for part in parts))


class Level(StrEnum):
    """How heavy an issue is (domain guide 3); decides who is called and how long each step may take."""

    SIMPLE = "SIMPLE"
    GENERAL = "GENERAL"
    COMPLEX = "COMPLEX"
    CRITICAL = "CRITICAL"


class Stage(StrEnum):
    """Where an issue stands in the calling cycle (domain guide 3)."""

    COLLECTED = "COLLECTED"
    ASSESSED = "ASSESSED"
    CALLED = "CALLED"
    PLANNING = "PLANNING"
    HANDLING = "HANDLING"
    VERIFYING = "VERIFYING"
    REVIEWING = "REVIEWING"
    FILED = "FILED"
    CANCELLED = "CANCELLED"

    @property
    def closed(self) -> bool:
        return self in (Stage.FILED, Stage.CANCELLED)


class AssignmentStatus(StrEnum):
    """Where one department's part of an issue stands."""

    OFFERED = "OFFERED"
    ACCEPTED = "ACCEPTED"
    ON_SITE = "ON_SITE"
    DONE = "DONE"
    RETURNED = "RETURNED"


class UnitKind(StrEnum):
    """What kind of body holds a duty or handles a part of an issue."""

    DEPARTMENT = "DEPARTMENT"
    STREET = "STREET"
    COMMUNITY = "COMMUNITY"
    GRID = "GRID"
    OFFICE = "OFFICE"
    LEADER = "LEADER"


class DutyKind(StrEnum):
    """What must be done; each kind has a limit in the rulebook, those of issues one for each level."""

    ASSESS = "ASSESS"
    DISPATCH = "DISPATCH"
    ACCEPT = "ACCEPT"
    REPORT_IN = "REPORT_IN"
    PLAN = "PLAN"
    HANDLE = "HANDLE"
    VERIFY = "VERIFY"
    REVIEW = "REVIEW"
    ADJUDICATE_RETURN = "ADJUDICATE_RETURN"
    DECIDE_EXTENSION = "DECIDE_EXTENSION"
    DECIDE_PLAN = "DECIDE_PLAN"
    ANSWER = "ANSWER"
    FOLLOW_UP = "FOLLOW_UP"
    APPEAL = "APPEAL"
    SOLICIT = "SOLICIT"
    SCORE = "SCORE"
    FEED_BACK = "FEED_BACK"
    RECTIFY = "RECTIFY"
    PERCEIVE = "PERCEIVE"
    IMPROVE = "IMPROVE"


class DutyStatus(StrEnum):
    """What became of a duty."""

    OPEN = "OPEN"
    SUSPENDED = "SUSPENDED"
    FULFILLED = "FULFILLED"
    CANCELLED = "CANCELLED"


class Clock(StrEnum):
    """Which time a limit counts: the district's working time, or every minute of the day."""

    WORKING = "WORKING"
    CLOCK = "CLOCK"


class RungTarget(StrEnum):
    """Who is told when a rung of the ladder falls due (domain guide 3)."""

    HOLDER = "HOLDER"
    HEAD = "HEAD"
    OFFICE = "OFFICE"
    LEADER = "LEADER"


class Light(StrEnum):
    """How a duty stands against its time: green to 80 %, yellow to 100 %, red after."""

    GREEN = "GREEN"
    YELLOW = "YELLOW"
    RED = "RED"


class Role(StrEnum):
    """The posts a person may hold (domain guide 8)."""

    RESIDENT = "RESIDENT"
    GRID_WORKER = "GRID_WORKER"
    COMMUNITY_CLERK = "COMMUNITY_CLERK"
    STREET_CLERK = "STREET_CLERK"
    DEPARTMENT_HANDLER = "DEPARTMENT_HANDLER"
    RESPONSE_OFFICE = "RESPONSE_OFFICE"
    DISTRICT_LEADER = "DISTRICT_LEADER"
    AUDITOR = "AUDITOR"
    INTEGRATOR = "INTEGRATOR"
    OPERATOR = "OPERATOR"


class Command(StrEnum):
    """What may be asked of a running issue. Each is a mutation and a workflow update of the same name."""

    ASSESS = "ASSESS"
    CALL = "CALL"
    DISPATCH = "DISPATCH"
    ACCEPT = "ACCEPT"
    RETURN = "RETURN"
    ADJUDICATE = "ADJUDICATE"
    REPORT_IN = "REPORT_IN"
    PROPOSE_PLAN = "PROPOSE_PLAN"
    AGREE_PLAN = "AGREE_PLAN"
    DECIDE_PLAN = "DECIDE_PLAN"
    ASK_EXTENSION = "ASK_EXTENSION"
    DECIDE_EXTENSION = "DECIDE_EXTENSION"
    OFFER_HANDOVER = "OFFER_HANDOVER"
    ACCEPT_HANDOVER = "ACCEPT_HANDOVER"
    DECLINE_HANDOVER = "DECLINE_HANDOVER"
    COMPLETE = "COMPLETE"
    VERIFY = "VERIFY"
    ANSWER = "ANSWER"
    RATE = "RATE"
    FOLLOW_UP = "FOLLOW_UP"
    REVIEW = "REVIEW"
    NOTE = "NOTE"
    REGRADE = "REGRADE"
    SUSPEND = "SUSPEND"
    RESUME = "RESUME"
    CANCEL = "CANCEL"
    MERGE = "MERGE"
    SPLIT = "SPLIT"


class EntryKind(StrEnum):
    """What a line of a timeline says: an issue's, a negative item's, or a satisfaction cycle's."""

    COLLECTED = "COLLECTED"
    ASSESSED = "ASSESSED"
    CALLED = "CALLED"
    DISPATCHED = "DISPATCHED"
    ACCEPTED = "ACCEPTED"
    RETURNED = "RETURNED"
    ADJUDICATED = "ADJUDICATED"
    REPORTED_IN = "REPORTED_IN"
    PLAN_PROPOSED = "PLAN_PROPOSED"
    PLAN_AGREED = "PLAN_AGREED"
    PLAN_DECIDED = "PLAN_DECIDED"
    PROGRESS = "PROGRESS"
    COMPLETED = "COMPLETED"
    VERIFIED = "VERIFIED"
    REWORK = "REWORK"
    ANSWERED = "ANSWERED"
    RATED = "RATED"
    FOLLOWED_UP = "FOLLOWED_UP"
    REOPENED = "REOPENED"
    REVIEWED = "REVIEWED"
    APPEALED = "APPEALED"
    APPEAL_DECIDED = "APPEAL_DECIDED"
    FILED = "FILED"
    CANCELLED = "CANCELLED"
    MERGED = "MERGED"
    JOINED = "JOINED"
    SPLIT = "SPLIT"
    REMINDED = "REMINDED"
    BREACHED = "BREACHED"
    ESCALATED = "ESCALATED"
    EXTENSION_ASKED = "EXTENSION_ASKED"
    EXTENSION_REFUSED = "EXTENSION_REFUSED"
    EXTENDED = "EXTENDED"
    SUSPENDED = "SUSPENDED"
    RESUMED = "RESUMED"
    HANDOVER_OFFERED = "HANDOVER_OFFERED"
    HANDOVER_DECLINED = "HANDOVER_DECLINED"
    HANDED_OVER = "HANDED_OVER"
    REGRADED = "REGRADED"
    RULES_REPLACED = "RULES_REPLACED"
    ISSUED = "ISSUED"
    STARTED = "STARTED"
    CALL_RAISED = "CALL_RAISED"
    CALL_MOVED = "CALL_MOVED"
    CALL_ENDED = "CALL_ENDED"
    RECTIFIED = "RECTIFIED"
    PERCEIVED = "PERCEIVED"
    CLOSED = "CLOSED"
    BEGUN = "BEGUN"
    STEPPED = "STEPPED"
    ENDED = "ENDED"


class PlanStatus(StrEnum):
    """What became of a plan for joint handling (domain guide 3, 两次派单)."""

    PROPOSED = "PROPOSED"
    VOIDED = "VOIDED"
    """Another proposal took its place, or the units concerned changed."""
    AGREED = "AGREED"
    DECIDED = "DECIDED"
    """The office decided, because it was not agreed in time."""


class ReturnOutcome(StrEnum):
    """How the office adjudicates a return 退单."""

    UPHELD = "UPHELD"
    """It is not this department's duty."""
    REJECTED = "REJECTED"
    """It is: the department must accept and cannot return again."""
    SOLVE_FIRST = "SOLVE_FIRST"
    """先解决问题再说: the named unit must handle and cannot return; the dispute is recorded."""


class ExtensionStatus(StrEnum):
    """What became of a request for more time."""

    ASKED = "ASKED"
    GRANTED = "GRANTED"
    REFUSED = "REFUSED"
    LAPSED = "LAPSED"
    """The duty ended before it was decided."""


class HandoverStatus(StrEnum):
    """What became of an offer to hand a part over."""

    OFFERED = "OFFERED"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    LAPSED = "LAPSED"
    """The part ended before it was answered."""


class Rating(StrEnum):
    """What a reporter said of the result, asked at the end."""

    SATISFIED = "SATISFIED"
    DISSATISFIED = "DISSATISFIED"
    UNREACHED = "UNREACHED"
    """The street could not reach the reporter; never counted as satisfied."""


class AppealOutcome(StrEnum):
    """How the office decides a department's appeal against its scorecard."""

    UPHELD = "UPHELD"
    """The score stands."""
    CHANGED = "CHANGED"
    """Another score counts in its place."""


class ReportSource(StrEnum):
    """The way a problem came in."""

    RESIDENT = "RESIDENT"
    PATROL = "PATROL"
    HOTLINE_12345 = "HOTLINE_12345"
    INSPECTION = "INSPECTION"
    INTEGRATION = "INTEGRATION"
    SURVEY = "SURVEY"
    """A negative item of the satisfaction cycle raised it: its residents are asked by the item."""

    @property
    def asked(self) -> bool:
        """Whether the reporter is asked at the end how it went; the others are answered only."""
        return self in (ReportSource.RESIDENT, ReportSource.HOTLINE_12345)


class EvidenceKind(StrEnum):
    """What a photo shows (domain guide 1, 佐证)."""

    NEAR = "NEAR"
    FAR = "FAR"
    REFERENCE = "REFERENCE"
    BEFORE = "BEFORE"
    AFTER = "AFTER"
    INSPECTION = "INSPECTION"


class EvidenceStatus(StrEnum):
    """A photo is seen, and counts, only once it was accepted."""

    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    """Its bytes are in the store and match what was announced; they are being looked at."""
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    DELETED = "DELETED"
    """It was kept as long as the rulebook says; a record proves its end."""


class EvidenceRefusal(StrEnum):
    """Why a photo was not accepted."""

    NOT_A_PICTURE = "NOT_A_PICTURE"
    BROKEN = "BROKEN"
    TOO_SMALL = "TOO_SMALL"
    TOO_MANY_PIXELS = "TOO_MANY_PIXELS"
    TOO_COSTLY = "TOO_COSTLY"
    ANIMATED = "ANIMATED"
    CHANGED = "CHANGED"
    """The bytes are not those that were confirmed."""
    LOST = "LOST"
    """The store does not have it any more."""
    NEVER_SENT = "NEVER_SENT"
    """It was announced, and not confirmed in time."""


class EvidenceStep(StrEnum):
    """A step of the cycle that a rulebook may ask photos for."""

    ASSESS = "ASSESS"
    COMPLETE = "COMPLETE"
    VERIFY = "VERIFY"


class EvidenceCheck(StrEnum):
    """What may be found of a photo; the rulebook says what each weighs."""

    OUTSIDE_GRID = "OUTSIDE_GRID"
    BEFORE_REPORT = "BEFORE_REPORT"
    AFTER_UPLOAD = "AFTER_UPLOAD"
    USED_HERE = "USED_HERE"
    """The same or nearly the same picture is in this issue already."""
    USED_ELSEWHERE = "USED_ELSEWHERE"
    """It is in another issue."""
    SAME_PLACE = "SAME_PLACE"
    OTHER_PLACE = "OTHER_PLACE"
    """Before and after were not taken in one place."""
    NO_POSITION = "NO_POSITION"
    NO_TIME = "NO_TIME"


class FindingWeight(StrEnum):
    """What a finding of a photo weighs."""

    NOTE = "NOTE"
    WARNING = "WARNING"
    BLOCKING = "BLOCKING"
    """The photo does not count for any step."""


class Datum(StrEnum):
    """What degrees refer to: the satellites' own, or the shifted one that Chinese maps use."""

    WGS84 = "WGS84"
    GCJ02 = "GCJ02"


class DeletedPart(StrEnum):
    """What of a photo was deleted."""

    ORIGINAL = "ORIGINAL"
    WHOLE = "WHOLE"


class Criterion(StrEnum):
    """The five things a street scores a department on, 20 points each (domain guide 3)."""

    REPORT_IN = "REPORT_IN"
    PROFESSIONALISM = "PROFESSIONALISM"
    RESPONSIBILITY = "RESPONSIBILITY"
    COOPERATION = "COOPERATION"
    OUTCOME = "OUTCOME"


class BulletinKind(StrEnum):
    """Which table is published of a period (domain guide 3)."""

    DEPARTMENTS = "DEPARTMENTS"
    STREETS = "STREETS"
    REVIEWS = "REVIEWS"
    ANNUAL = "ANNUAL"


class FigurePart(StrEnum):
    """Which side of a figure an issue stands behind."""

    NUMERATOR = "NUMERATOR"
    DENOMINATOR = "DENOMINATOR"
    MISSING = "MISSING"


class RaterGroup(StrEnum):
    """Who filled in a score sheet of the year."""

    COMMUNITY = "COMMUNITY"
    RESIDENT = "RESIDENT"


class Language(StrEnum):
    """The two languages everything is said in."""

    ZH = "zh"
    EN = "en"


class BatchAction(StrEnum):
    """What operators do to many cases at once."""

    EXTEND = "EXTEND"
    HAND_OVER = "HAND_OVER"
    SUSPEND = "SUSPEND"
    RESUME = "RESUME"
    RECOMPUTE = "RECOMPUTE"
    MIGRATE = "MIGRATE"


class BatchStatus(StrEnum):
    """Where a batch stands."""

    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    CANCELLED = "CANCELLED"
    DONE = "DONE"

    @property
    def ended(self) -> bool:
        return self in (BatchStatus.CANCELLED, BatchStatus.DONE)


class BatchItemStatus(StrEnum):
    """What came of one case of a batch."""

    WAITING = "WAITING"
    DONE = "DONE"
    REFUSED = "REFUSED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class StuckKind(StrEnum):
    """Why a case does not move."""

    NOT_STARTED = "NOT_STARTED"
    NOT_RUNNING = "NOT_RUNNING"
    WORKFLOW_TASK_FAILING = "WORKFLOW_TASK_FAILING"
    ACTIVITY_RETRYING = "ACTIVITY_RETRYING"
    PROJECTION_BEHIND = "PROJECTION_BEHIND"


class RehearsedChange(StrEnum):
    """In what a duty of a closed case would have gone otherwise under other rules."""

    BREACHED = "BREACHED"
    RELIEVED = "RELIEVED"
    CLIMBED = "CLIMBED"
    SETTLED = "SETTLED"


class SurveyStatus(StrEnum):
    """Where a round of the satisfaction measure stands."""

    DRAFT = "DRAFT"
    OPEN = "OPEN"
    CLOSED = "CLOSED"
    SCORED = "SCORED"
    PUBLISHED = "PUBLISHED"


class SurveyMode(StrEnum):
    """How a respondent was found: by an open link, or drawn and asked."""

    ONLINE = "ONLINE"
    TARGETED = "TARGETED"


class SurveyPurpose(StrEnum):
    """What an invitation asks for: scores of a round, or whether an item was put right."""

    SCORE = "SCORE"
    PERCEIVE = "PERCEIVE"


class InvitationStatus(StrEnum):
    """Where an invitation stands."""

    SENT = "SENT"
    OPENED = "OPENED"
    ANSWERED = "ANSWERED"
    WITHDRAWN = "WITHDRAWN"


class ResponseChannel(StrEnum):
    """On what way a response came."""

    PAGE = "PAGE"
    APP = "APP"
    PAPER = "PAPER"
    HOME_VISIT = "HOME_VISIT"
    API = "API"


class ResponseStatus(StrEnum):
    """Whether a response was handed in."""

    PARTIAL = "PARTIAL"
    SUBMITTED = "SUBMITTED"


class FlagReason(StrEnum):
    """Why a response is in doubt."""

    DUPLICATE = "DUPLICATE"
    SPEEDER = "SPEEDER"
    STRAIGHT_LINER = "STRAIGHT_LINER"
    IMPOSSIBLE_TIME = "IMPOSSIBLE_TIME"


class RatedLevel(StrEnum):
    """Whom a question rates (domain guide 4)."""

    STREET = "STREET"
    COMMUNITY = "COMMUNITY"
    WORKER = "WORKER"


class CycleStep(StrEnum):
    """The six steps of the satisfaction cycle, and its end."""

    SOLICIT = "SOLICIT"
    ASSESS = "ASSESS"
    FEED_BACK = "FEED_BACK"
    RECTIFY = "RECTIFY"
    PERCEIVE = "PERCEIVE"
    IMPROVE = "IMPROVE"
    DONE = "DONE"


class ItemStatus(StrEnum):
    """Where a negative item stands."""

    DRAFT = "DRAFT"
    ISSUED = "ISSUED"
    RECTIFYING = "RECTIFYING"
    WAITING = "WAITING"
    """Its call is with departments."""
    PERCEIVING = "PERCEIVING"
    CLOSED = "CLOSED"


class Severity(StrEnum):
    """How much a negative item weighs."""

    MINOR = "MINOR"
    MODERATE = "MODERATE"
    SEVERE = "SEVERE"


class ItemCommand(StrEnum):
    """What may be asked of a negative item. Each is a mutation."""

    ISSUE = "ISSUE"
    DISCARD = "DISCARD"
    START = "START"
    RAISE_CALL = "RAISE_CALL"
    COMPLETE = "COMPLETE"
    ASK = "ASK"
    EXTEND = "EXTEND"
    SUSPEND = "SUSPEND"
    RESUME = "RESUME"


class CycleCommand(StrEnum):
    """What may be asked of a running satisfaction cycle."""

    ADVANCE = "ADVANCE"
