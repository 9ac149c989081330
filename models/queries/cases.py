"""One case as it stands on record: what access and the state table ask of it, and how to start it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from models.policy import access
from models.policy.case import CaseState, Part
from models.policy.duty import Duty, Holder
from models.policy.rulebook import CaseRules, Rulebook
from models.policy.steps import CaseFacts, PartFacts
from models.queries import calendars, db
from models.rulebooks import codec
from models.terms import AssignmentStatus, Clock, DutyKind, DutyStatus, Level, Stage, UnitKind

_rulebooks: dict[UUID, Rulebook] = {}
"""Rulebook versions never change, so one read of each is enough; there are a handful."""


@dataclass(frozen=True)
class CaseOnRecord:
    """An issue, its parts and duties, read in one statement."""

    id: UUID
    code: str
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
    reporters: frozenset[UUID]

    @property
    def facts(self) -> CaseFacts:
        """For the state table."""
        return CaseFacts(
            self.stage,
            self.level,
            tuple(PartFacts(p.id, p.unit.kind, p.unit.id, p.status, p.handler) for p in self.parts),
        )

    def access(self, assignment: str | None = None) -> access.IssueFacts:
        """For access decisions; `assignment` where the command is about one part."""
        units = tuple(_unit(part.unit) for part in self.parts)
        concerned = next((part for part in self.parts if part.id == assignment), None)
        done = [part.handler for part in self.parts if part.handler]
        return access.IssueFacts(
            district=self.district,
            street=self.street,
            community=self.community,
            grid=self.grid,
            handler=_unit(concerned.unit) if concerned else None,
            units=units,
            handling=tuple(
                _unit(p.unit)
                for p in self.parts
                if p.status not in (AssignmentStatus.DONE, AssignmentStatus.RETURNED)
            ),
            closed=self.stage.closed,
            reporters=self.reporters,
            completed_by=UUID(done[-1]) if done else None,
        )

    async def state(self) -> CaseState:
        """What its workflow starts from: a new case from its report, a lost one from its projection."""
        rules = await rules_of(self, self.category)
        open_duties = [d for d in self.duties if d["status"] in (DutyStatus.OPEN, DutyStatus.SUSPENDED)]
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
            duties=[_duty(row, rules) for row in open_duties],
            parts=list(self.parts),
        )


CASE = """
SELECT i.id, i.code, i.district_id, i.street_id, i.community_id, i.grid_id, i.stage, i.level, i.seq,
    i.opened_at, i.rulebook_id, i.calendar_version, t.key AS category,
    (SELECT o.request_id FROM outbox o WHERE o.issue_id = i.id) AS request,
    coalesce((SELECT json_agg(a ORDER BY a.offered_at, a.id) FROM assignments a
              WHERE a.issue_id = i.id), '[]') AS parts,
    coalesce((SELECT json_agg(d ORDER BY d.opened_at, d.key) FROM duties d
              WHERE d.issue_id = i.id), '[]') AS duties,
    (SELECT array_agg(r.reporter_id) FROM reports r WHERE r.issue_id = i.id AND r.reporter_id IS NOT NULL)
        AS reporters
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
        parts=tuple(_part(row) for row in found["parts"]),
        duties=tuple(found["duties"]),
        reporters=frozenset(found["reporters"] or ()),
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


async def rules_of(case: CaseOnRecord, category: str) -> CaseRules:
    """What the case carries, or would with this category: its rulebook's slice on its own calendar."""
    rules = (await rulebook(case.rulebook)).slice_for(category)
    if rules.calendar.version == case.calendar:
        return rules
    calendar = await calendars.version_of(case.district, case.calendar)
    return rules if calendar is None else replace(rules, calendar=calendar)


async def rulebook(version: UUID) -> Rulebook:
    """A rulebook version; raises LookupError where there is none."""
    if version not in _rulebooks:
        body = await db.value("SELECT body FROM rulebooks WHERE id = $1", version)
        if body is None:
            raise LookupError(f"no rulebook {version}")
        _rulebooks[version] = codec.from_json(body)
    return _rulebooks[version]


def _unit(holder: Holder) -> access.Unit:
    return access.Unit(holder.kind, UUID(holder.id))


def _at(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _part(row: dict[str, Any]) -> Part:
    return Part(
        id=row["id"],
        unit=Holder(UnitKind(row["unit_kind"]), row["unit_id"]),
        status=AssignmentStatus(row["status"]),
        offered_at=datetime.fromisoformat(row["offered_at"]),
        call=row["call_id"],
        accepted_at=_at(row["accepted_at"]),
        on_site_at=_at(row["on_site_at"]),
        done_at=_at(row["done_at"]),
        reworks=row["reworks"],
        handler=row["handler_id"],
    )


def _duty(row: dict[str, Any], rules: CaseRules) -> Duty:
    kind, holder = DutyKind(row["kind"]), Holder(UnitKind(row["holder_kind"]), row["holder_id"])
    return Duty(
        key=row["key"],
        kind=kind,
        holder=holder,
        allowed=row["allowed_us"],
        opened_at=datetime.fromisoformat(row["opened_at"]),
        since=_at(row["since"]),
        rule=row["rule"],
        clock=Clock(row["clock"]),
        spent=row["spent_us"],
        told=row["told"],
        ladder=rules.ladder(kind, holder),
        assignment=row["assignment_id"],
    )
