"""Rows of a case, as JSON has them, back into the values its workflow is made of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from models.policy.case import Extension, Handover, Part, Plan, Returned
from models.policy.duty import Duty, Holder
from models.policy.journal import Rules
from models.policy.orders import Task, Telling
from models.terms import (
    AssignmentStatus,
    Clock,
    DutyKind,
    ExtensionStatus,
    Rating,
    ReportSource,
    UnitKind,
)

Row = dict[str, Any]


def duty(row: Row, rules: Rules) -> Duty:
    kind, holder = DutyKind(row["kind"]), Holder(UnitKind(row["holder_kind"]), row["holder_id"])
    return Duty(
        key=row["key"],
        kind=kind,
        holder=holder,
        allowed=row["allowed_us"],
        opened_at=_instant(row["opened_at"]),
        since=_at(row["since"]),
        rule=row["rule"],
        clock=Clock(row["clock"]),
        spent=row["spent_us"],
        told=row["told"],
        ladder=rules.ladder(kind, holder),
        assignment=row["assignment_id"],
    )


def part(row: Row) -> Part:
    return Part(
        id=row["id"],
        unit=Holder(UnitKind(row["unit_kind"]), row["unit_id"]),
        status=AssignmentStatus(row["status"]),
        offered_at=_instant(row["offered_at"]),
        call=row["call_id"],
        accepted_at=_at(row["accepted_at"]),
        on_site_at=_at(row["on_site_at"]),
        done_at=_at(row["done_at"]),
        reworks=row["reworks"],
        handler=row["handler_id"],
        lead=row["lead"],
        bound=row["bound"],
        returned_at=_at(row["returned_at"]),
        dispatched_at=_at(row["dispatched_at"]),
        reviewed=row["reviewed"],
    )


def telling(row: Row) -> Telling:
    return Telling(
        id=row["id"],
        asked=ReportSource(row["source"]).asked,
        joined=row["origin_issue_id"] is not None,
        answered=row["answered"],
        rating=Rating(row["rating"]) if row["rating"] else None,
    )


def plan(row: Row) -> Plan:
    return Plan(
        id=row["id"],
        lead=row["lead_id"],
        tasks=[Task(task["assignment_id"], _instant(task["due_at"])) for task in row["tasks"]],
        at=_instant(row["proposed_at"]),
        by=row["assignment_id"],
        agreed=[task["assignment_id"] for task in row["tasks"] if task["agreed_at"]],
    )


def returned(row: Row) -> Returned:
    return Returned(row["id"], row["assignment_id"], _instant(row["returned_at"]), row["suggested_id"])


def extension(row: Row) -> Extension:
    return Extension(
        id=row["id"],
        assignment=row["assignment_id"],
        duty=row["key"],
        at=_instant(row["asked_at"]),
        until=_instant(row["until"]),
        status=ExtensionStatus(row["status"]),
        granted_until=_at(row["granted_until"]),
        settled_at=_at(row["decided_at"]),
    )


def handover(row: Row) -> Handover:
    return Handover(
        id=row["id"],
        assignment=row["assignment_id"],
        giver=Holder(UnitKind(row["giver_kind"]), row["giver_id"]),
        to=Holder(UnitKind(row["receiver_kind"]), row["receiver_id"]),
        at=_instant(row["offered_at"]),
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _at(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
