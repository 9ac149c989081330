"""Appeals against scorecards: the one on record, and the one writer of a running appeal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from models.policy.appeal import AppealBatch, AppealState, appeal_refusal, renumbered
from models.policy.steps import Refusal
from models.queries import cases, db, duties, lines, stored
from models.queries.belongings import words
from models.queries.db import as_uuid
from models.queries.lines import told
from models.queries.projection import UnknownCaseError
from models.queries.subject import issue_subject
from models.queries.trip import Trip
from models.terms import AppealOutcome, EntryKind, Level, Stage, derived_id


@dataclass(frozen=True)
class AppealOnRecord:
    """A scorecard as an appeal against it needs it, and the appeal if there is one."""

    assignment: UUID
    issue: UUID
    code: str
    category: str
    district: UUID
    street: UUID
    department: UUID
    rulebook: UUID
    calendar: str
    """The version its issue ran under: the clock of the appeal is the same."""
    level: Level
    stage: Stage
    since: datetime | None
    """Its review or the filing of its issue, whichever is later; None while that is open."""
    seq: int
    """Of the appeal; 0 where there is none."""
    outcome: AppealOutcome | None
    duties: tuple[dict[str, Any], ...]

    async def refusal(self, now: datetime) -> Refusal | None:
        """Why it cannot be appealed against now."""
        rules = await cases.rules_of(self, self.category)
        return appeal_refusal(rules, self.level, self.stage, self.since, self.seq > 0, now)

    async def state(self) -> AppealState:
        """What its workflow starts from: a new appeal, or a lost one from what was written of it."""
        rules = await cases.rules_of(self, self.category)
        running = [d for d in self.duties if d["status"] in cases.OPEN]
        return AppealState(
            assignment=str(self.assignment),
            issue=str(self.issue),
            district=str(self.district),
            street=str(self.street),
            department=str(self.department),
            rules=rules,
            level=self.level,
            code=self.code,
            seq=self.seq,
            opened=len(self.duties),
            duties=[stored.duty(row, rules) for row in running],
            outcome=self.outcome,
        )


async def appeal(assignment: UUID) -> AppealOnRecord | None:
    """By the part that was reviewed; None where there is no scorecard."""
    found = await db.row(
        """
        SELECT s.assignment_id, s.department_id, i.id, i.code, i.district_id, i.street_id, i.rulebook_id,
            i.calendar_version, i.level, i.stage, t.key AS category,
            greatest(s.reviewed_at, i.closed_at) AS since,
            coalesce(a.seq, 0) AS seq, a.outcome, i.closed_at,
            coalesce((SELECT json_agg(d) FROM duties d
                      WHERE d.assignment_id = s.assignment_id AND d.kind = 'APPEAL'), '[]') AS duties
        FROM scorecards s JOIN issues i ON i.id = s.issue_id JOIN items t ON t.id = i.item_id
        LEFT JOIN appeals a ON a.assignment_id = s.assignment_id
        WHERE s.assignment_id = $1
        """,
        assignment,
    )
    return found and AppealOnRecord(
        assignment=found["assignment_id"],
        issue=found["id"],
        code=found["code"],
        category=found["category"],
        district=found["district_id"],
        street=found["street_id"],
        department=found["department_id"],
        rulebook=found["rulebook_id"],
        calendar=found["calendar_version"],
        level=Level(found["level"]),
        stage=Stage(found["stage"]),
        since=found["since"] if found["closed_at"] else None,
        seq=found["seq"],
        outcome=AppealOutcome(found["outcome"]) if found["outcome"] else None,
        duties=tuple(found["duties"]),
    )


async def record(batch: AppealBatch) -> bool:
    """Writes the batch once; False where it was there already. Its lines follow those of the issue's case."""
    issue, assignment = UUID(batch.issue), UUID(batch.assignment)
    async with db.transaction() as connection:
        current = await connection.fetchrow(
            """
            SELECT i.seq, i.street_id, i.district_id, coalesce(a.seq, 0) AS written
            FROM issues i LEFT JOIN appeals a ON a.assignment_id = $2 WHERE i.id = $1 FOR UPDATE OF i
            """,
            issue,
            assignment,
        )
        if current is None:
            raise UnknownCaseError(batch.issue)
        fresh = [note for note in batch.notes if note.seq > current["written"]]
        if not fresh:
            return False
        notes = renumbered(fresh, current["seq"])
        await connection.execute(
            "UPDATE issues SET seq = $2, updated_at = $3 WHERE id = $1", issue, notes[-1].seq, notes[-1].at
        )
        lodged = next((note for note in notes if note.kind is EntryKind.APPEALED), None)
        decided = next((note for note in notes if note.kind is EntryKind.APPEAL_DECIDED), None)
        if lodged is not None:
            await connection.execute(
                f"""
                INSERT INTO appeals (id, issue_id, assignment_id, scorecard_id, department_id, seq, post_id,
                    grounds, appealed_at)
                VALUES ($1, $2, $3, $4, $5, 0, $6, coalesce({words("$7")}, ''), $8)
                """,
                derived_id(assignment, "appeal"),
                issue,
                assignment,
                derived_id(issue, "scorecard", batch.assignment),
                UUID(batch.department),
                as_uuid(lodged.post),
                as_uuid(lodged.command),
                lodged.at,
            )
        await connection.execute(
            f"UPDATE appeals SET seq = $2 WHERE assignment_id = $1 RETURNING {told('assignment_id')}",
            assignment,
            batch.seq,
        )
        if decided is not None:
            await connection.execute(
                f"""
                UPDATE appeals SET outcome = $2, scores = $3, total = $4, decider_id = $5,
                    reason = {words("$6")}, decided_at = $7
                WHERE assignment_id = $1
                """,
                assignment,
                decided.data["outcome"],
                batch.scores or None,
                decided.data.get("total"),
                as_uuid(decided.post),
                as_uuid(decided.command),
                decided.at,
            )
        trip, subject = Trip(connection), issue_subject(issue)
        duties.write(trip, subject, batch.duties, batch.closed, batch.calendar, notes)
        lines.write(trip, subject, notes)
        await trip.go()
        await duties.tell(connection, subject, current["street_id"], current["district_id"], notes)
    return True
