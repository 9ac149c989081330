"""申诉: a department appeals against its scorecard once; the office decides (domain guide 3, reverse review).

An appeal is a small cycle of its own, with one duty. It begins when its issue is filed: from then on nothing
else writes to the issue's timeline.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from models.policy import orders, steps
from models.policy.case import ClosedDuty, Data, DutyView, Note
from models.policy.closing import REVIEW_POINTS
from models.policy.duty import Duty, calendar_of
from models.policy.journal import CaseJournal
from models.policy.rulebook import CaseRules
from models.policy.steps import Refusal, RefusalCode
from models.terms import AppealOutcome, DutyKind, EntryKind, Level, Stage

ONCE = Refusal(RefusalCode.TOO_MANY, "assignment", "1", ("1",))
"""A scorecard is appealed against once."""


@dataclass(frozen=True)
class AppealState:
    """All there is of a running appeal."""

    assignment: str
    issue: str
    district: str
    street: str
    department: str
    rules: CaseRules
    level: Level
    code: str = ""
    stage: Stage = Stage.FILED
    seq: int = 0
    opened: int = 0
    suspended: bool = False
    recent: list[str] = field(default_factory=list)
    duties: list[Duty] = field(default_factory=list)
    outcome: AppealOutcome | None = None


@dataclass(frozen=True)
class AppealBatch:
    """What one write tells the database of an appeal."""

    assignment: str
    issue: str
    department: str
    seq: int
    calendar: str
    outcome: AppealOutcome | None
    scores: dict[str, int] = field(default_factory=dict)
    duties: list[DutyView] = field(default_factory=list)
    closed: list[ClosedDuty] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


class AppealCase(CaseJournal[AppealState]):
    """One appeal, from the department's grounds to the office's decision."""

    def __init__(self, state: AppealState) -> None:
        super().__init__(state)
        self._scores: dict[str, int] = {}

    @property
    def departments(self) -> list[str]:
        return [self._state.department]

    @property
    def ended(self) -> bool:
        return self._state.outcome is not None

    def refuse_lodge(self, order: orders.Appeal, now: datetime) -> Refusal | None:
        """Once for each scorecard."""
        return ONCE if self.seq else None

    def lodge(self, order: orders.Appeal, now: datetime) -> None:
        """The office owes a decision."""
        self._open(DutyKind.APPEAL, self._office, now, self._state.assignment)
        self._line(EntryKind.APPEALED, order.by, now)

    def refuse_decide(self, order: orders.DecideAppeal, now: datetime) -> Refusal | None:
        """Another score is a whole one; where the first stands there is none."""
        if self._duties.of(DutyKind.APPEAL) is None:
            return Refusal(RefusalCode.NOT_OWED, "assignment", "", (DutyKind.APPEAL.value,))
        if order.outcome is AppealOutcome.CHANGED:
            return steps.review_refusal(order.scores, REVIEW_POINTS)
        return Refusal(RefusalCode.BAD_INPUT, "scores", str(len(order.scores))) if order.scores else None

    def decide(self, order: orders.DecideAppeal, now: datetime) -> None:
        """The scorecard stands, or another score counts in its place."""
        self._fulfil(DutyKind.APPEAL, now)
        self._scores = dict(order.scores)
        self._put(outcome=order.outcome)
        data: Data = {"outcome": order.outcome.value}
        if order.scores:
            data["total"] = sum(order.scores.values())
        self._line(EntryKind.APPEAL_DECIDED, order.by, now, data)

    def drain(self) -> AppealBatch:
        notes, closed = self._drained()
        return AppealBatch(
            assignment=self._state.assignment,
            issue=self._state.issue,
            department=self._state.department,
            seq=self.seq,
            calendar=self._state.rules.calendar.version,
            outcome=self._state.outcome,
            scores=self._scores,
            duties=self.views(),
            closed=closed,
            notes=notes,
        )

    def _key(self, kind: DutyKind) -> str:
        """An issue may have an appeal of each department; the part tells their duties apart."""
        return f"{kind.value.lower()}-{UUID(self._state.assignment).hex}"

    def _line(self, kind: EntryKind, by: orders.Actor, now: datetime, data: Data | None = None) -> None:
        state = self._state
        self._note(kind, now, by=by, department=state.department, assignment=state.assignment, data=data)


def appeal_refusal(
    rules: CaseRules, level: Level, stage: Stage, since: datetime | None, appealed: bool, now: datetime
) -> Refusal | None:
    """Why a scorecard cannot be appealed against now; `since` is its review or the filing, the later one."""
    if stage is not Stage.FILED or since is None:
        return Refusal(RefusalCode.WRONG_STAGE, "assignment", stage.value, (Stage.FILED.value,))
    if appealed:
        return ONCE
    limit = rules.limit_near(level, DutyKind.APPEAL)[1]
    until = calendar_of(rules.calendar, limit.clock).after(since, timedelta(microseconds=limit.allowed))
    return Refusal(RefusalCode.TOO_LATE, "assignment", until.isoformat()) if now >= until else None


def renumbered(notes: list[Note], after: int) -> list[Note]:
    """The lines as the issue's timeline numbers them: it goes on where its case ended."""
    return [replace(note, seq=after + position) for position, note in enumerate(notes, 1)]
