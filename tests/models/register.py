"""A district whose duties, returns and ratings are written down as the projection leaves them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from models.queries import bulletins, db
from models.terms import BulletinKind, Criterion
from tests.api.ground import Ground, insert

LATER = datetime(2026, 6, 1, tzinfo=UTC)


def day(text: str, clock: str = "10:00") -> datetime:
    """`03-05` of 2026, in Chengdu."""
    return datetime.fromisoformat(f"2026-{text}T{clock}:00+08:00")


class Register(Ground):
    """A district whose duties are written down as the projection leaves them."""

    async def part(self, issue: str, offered: datetime, department: str = "water", **given: Any) -> UUID:
        await self.issue(issue, "s1", opened_at=offered)
        return await self.assignment(issue, department, "OFFERED", offered_at=offered, **given)

    async def owed(
        self,
        issue: str,
        kind: str,
        opened: datetime,
        closed: datetime | None,
        due: datetime,
        department: str = "water",
        status: str = "FULFILLED",
    ) -> UUID:
        return await self.duty(
            f"{issue} {kind} {opened:%m%d%H}",
            issue,
            kind,
            ("DEPARTMENT", department),
            assignment_id=self[f"{issue} by {department}"],
            opened_at=opened,
            closed_at=closed,
            due_at=due,
            status=status if closed else "OPEN",
        )

    async def handled(self, issue: str, offered: datetime, done: datetime | None, due: datetime) -> None:
        """Accepted and reported in the same day, and handled by `done`."""
        await self.part(issue, offered)
        await self.owed(issue, "ACCEPT", offered, offered, offered + timedelta(hours=4))
        await self.owed(issue, "REPORT_IN", offered, offered, offered + timedelta(days=1))
        await self.owed(issue, "HANDLE", offered, done, due)

    async def returned(self, issue: str, at: datetime, outcome: str, decided: datetime, **given: Any) -> None:
        await insert(
            "returns",
            id=uuid4(),
            issue_id=self[issue],
            item_id=self["lamp"],
            assignment_id=self[f"{issue} by water"],
            department_id=self["water"],
            grounds="不属本部门职责",
            returned_at=at,
            outcome=outcome,
            adjudicated_at=decided,
            **given,
        )

    async def rated(self, issue: str, rating: str, at: datetime, round: int = 0) -> None:
        report = f"report of {issue}"
        if report not in self.ids:
            await self.report(report, issue, None)
        await insert(
            "ratings",
            id=uuid4(),
            issue_id=self[issue],
            report_id=self[report],
            round=round,
            rating=rating,
            followed_up=False,
            rated_at=at,
        )

    async def reviewed(self, issue: str, points: int, at: datetime) -> UUID:
        return await self.put(
            "scorecards",
            f"scorecard of {issue}",
            issue_id=self[issue],
            assignment_id=self[f"{issue} by water"],
            street_id=self["s1"],
            department_id=self["water"],
            scores=dict.fromkeys((criterion.value for criterion in Criterion), points),
            total=5 * points,
            rulebook_version="1",
            reviewed_at=at,
        )

    async def breached(self, issue: str, duty: UUID, at: datetime, seq: int = 50) -> None:
        await db.execute(
            "INSERT INTO events (issue_id, seq, type, at, payload) VALUES ($1, $2, 'issue.breached', $3, $4)",
            self[issue],
            seq,
            at,
            {"duty": str(duty), "data": {"duty": "REVIEW", "percent": 100}},
        )

    async def published(self, of, now: datetime = LATER) -> dict[BulletinKind, dict[str, Any]]:
        """The documents of a period by kind."""
        ids = await bulletins.publish(self["district"], of, now)
        rows = await db.rows("SELECT kind, body FROM bulletins WHERE id = ANY($1)", ids)
        return {BulletinKind(row["kind"]): json.loads(row["body"]) for row in rows}


def shown(document: dict[str, Any], name: str) -> dict[str, str]:
    subject = next(one["id"] for one in document["subjects"] if one["key"] == name)
    row = next(row for row in document["rows"] if row["subject"] == subject)
    return {key: figure["shown"] for key, figure in row["figures"].items()}
