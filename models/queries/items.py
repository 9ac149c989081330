"""One negative item as it stands on record: what the state table asks of it, and how to start it again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from models.policy.item_steps import ItemPlace
from models.policy.rectification import ItemState
from models.policy.rectification_rules import DutyRules
from models.queries import calendars, cases, db, stored
from models.terms import DutyKind, ItemStatus, Severity, derived_id


@dataclass(frozen=True)
class ItemOnRecord:
    """An item and its duties, read in one statement."""

    id: UUID
    code: str
    survey: UUID
    place: ItemPlace
    severity: Severity
    status: ItemStatus
    category: str | None
    rulebook: str
    """District and version."""
    seq: int
    round: int
    suspended: bool
    issue: UUID | None
    issued_at: datetime | None
    duties: tuple[dict[str, Any], ...]

    def owed(self, kind: DutyKind) -> dict[str, Any] | None:
        """The row of its open duty of this kind."""
        return next((d for d in self.duties if d["kind"] == kind and d["status"] in cases.OPEN), None)

    async def rules(self) -> DutyRules:
        """Those of its version, on the district's current calendar."""
        return await on_calendar(
            (await cases.rulebook(rulebook_id(self.rulebook))).item_rules(self.severity), self.place.district
        )

    async def state(self) -> ItemState:
        """What its workflow starts from: an item just issued, or a lost one from what was written of it."""
        rules = await self.rules()
        if self.issued_at is None:
            raise LookupError(f"{self.code} is not issued")
        running = [d for d in self.duties if d["status"] in cases.OPEN]
        return ItemState(
            id=str(self.id),
            district=str(self.place.district),
            street=str(self.place.street),
            rules=rules,
            issued_at=self.issued_at,
            code=self.code,
            stage=self.status,
            seq=self.seq,
            opened=len(self.duties),
            suspended=self.suspended,
            duties=[stored.duty(row, rules) for row in running],
            issue=str(self.issue) if self.issue else None,
            round=self.round,
        )


async def on_calendar(rules: DutyRules, district: UUID) -> DutyRules:
    """The rules on the calendar that is in force now."""
    calendar = await calendars.current(district)
    return rules if calendar is None else replace(rules, calendar=calendar)


def rulebook_id(name: str) -> UUID:
    """The row of a rulebook version, by district and version."""
    return derived_id("rulebook", name)


async def item(key: UUID) -> ItemOnRecord | None:
    """The item of this id, or None; who may see it is the caller's to decide."""
    found = await db.row(
        """
        SELECT n.*,
            coalesce((SELECT json_agg(d) FROM duties d WHERE d.negative_item_id = n.id), '[]') AS duties
        FROM negative_items n WHERE n.id = $1
        """,
        key,
    )
    return found and ItemOnRecord(
        id=found["id"],
        code=found["code"],
        survey=found["survey_id"],
        place=ItemPlace(found["district_id"], found["street_id"]),
        severity=Severity(found["severity"]),
        status=ItemStatus(found["status"]),
        category=found["category"],
        rulebook=found["rulebook_version"],
        seq=found["seq"],
        round=found["round"],
        suspended=found["suspended"],
        issue=found["issue_id"],
        issued_at=found["issued_at"],
        duties=tuple(found["duties"]),
    )


async def applied(command: UUID) -> bool:
    """Whether a command is on record as carried out."""
    return bool(await db.value("SELECT applied_seq IS NOT NULL FROM commands WHERE id = $1", command))
