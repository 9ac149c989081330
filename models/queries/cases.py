"""One case as it stands on record: what access and the state table ask of it, and how to start it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from models.policy import access
from models.policy.case import CaseState, Extension, Handover, Part, Plan, Returned
from models.policy.duty import Holder
from models.policy.orders import Telling
from models.policy.rulebook import CaseRules, Rulebook
from models.policy.steps import CaseFacts, PartFacts
from models.queries import calendars, db, facts, stored
from models.rulebooks import codec
from models.terms import DutyKind, DutyStatus, Level, Stage

_rulebooks: dict[UUID, Rulebook] = {}
"""Rulebook versions never change, so one read of each is enough; there are a handful."""


OPEN = (DutyStatus.OPEN, DutyStatus.SUSPENDED)


@dataclass(frozen=True)
class CaseOnRecord:
    """An issue, its parts and duties, read in one statement."""

    id: UUID
    code: str
    about: access.IssueFacts
    """What access decisions ask of it as a whole."""
    district: UUID
    street: UUID
    community: UUID | None
    grid: UUID | None
    category: str
    rulebook: UUID
    calendar: str
    """The version its deadlines are reckoned with."""
    stage: Stage
    level: Level
    seq: int
    opened_at: datetime
    request: str | None
    """The request id of its report, as long as its workflow is still to be started."""
    parts: tuple[Part, ...]
    duties: tuple[dict[str, Any], ...]
    """Every duty it ever had, as `duties` has them, except those of appeals."""
    reports: tuple[Telling, ...]
    suspended: bool
    round: int
    plan: Plan | None
    returns: tuple[Returned, ...]
    extensions: tuple[Extension, ...]
    handovers: tuple[Handover, ...]
    merged_into: str | None

    @property
    def facts(self) -> CaseFacts:
        """For the state table."""
        return CaseFacts(
            self.stage,
            self.level,
            tuple(PartFacts(p.id, p.unit.kind, p.unit.id, p.status, p.handler, p.bound) for p in self.parts),
            tuple((DutyKind(d["kind"]), d["assignment_id"]) for d in self.duties if d["status"] in OPEN),
            self.suspended,
        )

    def access(self, assignment: str | None = None) -> access.IssueFacts:
        """For access decisions; `assignment` where the command is about one part."""
        concerned = next((part.unit for part in self.parts if part.id == assignment), None)
        offer = next((offer.to for offer in self.handovers if offer.assignment == assignment), None)
        return replace(self.about, handler=_unit(concerned), receiver=_unit(offer))

    async def state(self) -> CaseState:
        """What its workflow starts from: a new case from its report, a lost one from its projection."""
        rules = await rules_of(self, self.category)
        open_duties = [d for d in self.duties if d["status"] in OPEN]
        open_duties.sort(key=lambda d: int(d["key"].rpartition("-")[2]))  # as they were opened
        return CaseState(
            id=str(self.id),
            district=str(self.district),
            street=str(self.street),
            rules=rules,
            level=self.level,
            opened_at=self.opened_at,
            code=self.code,
            request=self.request,
            stage=self.stage,
            seq=self.seq,
            opened=len(self.duties),
            duties=[stored.duty(row, rules) for row in open_duties],
            parts=list(self.parts),
            reports=list(self.reports),
            suspended=self.suspended,
            round=self.round,
            plan=self.plan,
            returns=list(self.returns),
            extensions=[one for one in self.extensions if one.duty in {d["key"] for d in open_duties}],
            handovers=list(self.handovers),
            merged_into=self.merged_into,
        )


BELONGINGS = {
    "parts": (
        "a.position, a.offered_at, a.id",
        """SELECT a.*, EXISTS (SELECT 1 FROM scorecards s WHERE s.assignment_id = a.id) AS reviewed
           FROM assignments a WHERE a.issue_id = i.id""",
    ),
    "duties": (
        "a.opened_at, a.key",
        "SELECT * FROM duties d WHERE d.issue_id = i.id AND d.kind <> 'APPEAL'",
    ),
    "reports": (
        "a.reported_at, a.id",
        """SELECT r.id, r.source, r.reported_at, r.origin_issue_id,
               EXISTS (SELECT 1 FROM answers n
                       WHERE n.report_id = r.id AND n.issue_id = i.id AND n.round = i.round) AS answered,
               (SELECT g.rating FROM ratings g
                 WHERE g.report_id = r.id AND g.issue_id = i.id AND g.round = i.round) AS rating
           FROM reports r WHERE r.issue_id = i.id""",
    ),
    "plans": (
        "a.proposed_at",
        """SELECT p.*, (SELECT json_agg(k ORDER BY k.position) FROM plan_tasks k WHERE k.plan_id = p.id)
               AS tasks
           FROM plans p WHERE p.issue_id = i.id AND p.status = 'PROPOSED'""",
    ),
    "returns": (
        "a.returned_at",
        "SELECT * FROM returns r WHERE r.issue_id = i.id AND r.adjudicated_at IS NULL",
    ),
    "extensions": (
        "a.asked_at",
        """SELECT e.*, d.key FROM extensions e JOIN duties d ON d.id = e.duty_id
           WHERE e.issue_id = i.id AND d.status IN ('OPEN', 'SUSPENDED')""",
    ),
    "handovers": (
        "a.offered_at",
        "SELECT * FROM handovers h WHERE h.issue_id = i.id AND h.status = 'OFFERED'",
    ),
}
"""What belongs to an issue `i`: the column, the order of its rows `a`, and where they come from."""

CASE = f"""
SELECT {
    facts.COLUMNS
}, i.code, i.level, i.seq, i.opened_at, i.rulebook_id, i.calendar_version, i.suspended, i.round,
    i.merged_into_id, t.key AS category,
    (SELECT o.request_id FROM outbox o WHERE o.issue_id = i.id) AS request,
    {
    ", ".join(
        f"coalesce((SELECT json_agg(a ORDER BY {order}) FROM ({rows}) a), '[]') AS {name}"
        for name, (order, rows) in BELONGINGS.items()
    )
}
FROM issues i JOIN items t ON t.id = i.item_id
WHERE i.id = ANY($1)
"""


async def case(issue: UUID) -> CaseOnRecord | None:
    """The case on record, or None; who may see it is the caller's to decide."""
    return (await cases_by_id([issue]))[0]


async def cases_by_id(issues: Sequence[UUID]) -> list[CaseOnRecord | None]:
    """The cases in the order asked, in one statement."""
    return [found and _case(found) for found in await db.by_id(CASE, issues)]


def _case(found: db.Row) -> CaseOnRecord:
    return CaseOnRecord(
        id=found["id"],
        code=found["code"],
        about=facts.of_row(found),
        district=found["district_id"],
        street=found["street_id"],
        community=found["community_id"],
        grid=found["grid_id"],
        category=found["category"],
        rulebook=found["rulebook_id"],
        calendar=found["calendar_version"],
        stage=Stage(found["stage"]),
        level=Level(found["level"]),
        seq=found["seq"],
        opened_at=found["opened_at"],
        request=found["request"],
        parts=tuple(stored.part(row) for row in found["parts"]),
        duties=tuple(found["duties"]),
        reports=tuple(stored.telling(row) for row in found["reports"]),
        suspended=found["suspended"],
        round=found["round"],
        plan=next((stored.plan(row) for row in found["plans"]), None),
        returns=tuple(stored.returned(row) for row in found["returns"]),
        extensions=tuple(stored.extension(row) for row in found["extensions"]),
        handovers=tuple(stored.handover(row) for row in found["handovers"]),
        merged_into=str(found["merged_into_id"]) if found["merged_into_id"] else None,
    )


async def issue_of_assignment(assignment: UUID) -> UUID | None:
    """The issue an assignment is part of, or None."""
    found: UUID | None = await db.value("SELECT issue_id FROM assignments WHERE id = $1", assignment)
    return found


async def assignment_of_call(call: UUID) -> UUID | None:
    """The assignment a call made, or None while it is not projected."""
    found: UUID | None = await db.value("SELECT id FROM assignments WHERE call_id = $1", call)
    return found


async def district_of_department(department: UUID) -> UUID | None:
    """The district a department belongs to, or None where there is no such department."""
    found: UUID | None = await db.value("SELECT district_id FROM departments WHERE id = $1", department)
    return found


class OnRecord(Protocol):
    """What decides under which rules something runs."""

    @property
    def rulebook(self) -> UUID: ...
    @property
    def calendar(self) -> str: ...
    @property
    def district(self) -> UUID: ...


async def rules_of(record: OnRecord, category: str) -> CaseRules:
    """What a case carries, or would with this category: its rulebook's slice on its own calendar."""
    rules = (await rulebook(record.rulebook)).slice_for(category)
    if rules.calendar.version == record.calendar:
        return rules
    calendar = await calendars.version_of(record.district, record.calendar)
    return rules if calendar is None else replace(rules, calendar=calendar)


async def rulebook(version: UUID) -> Rulebook:
    """A rulebook version; raises LookupError where there is none."""
    if version not in _rulebooks:
        body = await db.value("SELECT body FROM rulebooks WHERE id = $1", version)
        if body is None:
            raise LookupError(f"no rulebook {version}")
        _rulebooks[version] = codec.from_json(body)
    return _rulebooks[version]


def _unit(holder: Holder | None) -> access.Unit | None:
    return access.Unit(holder.kind, UUID(holder.id)) if holder else None
