"""What leaves the platform on its own: ids and facts, no names, phones or free text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.terms import DutyKind, EntryKind, Role, RungTarget


@dataclass(frozen=True)
class Notice:
    """One post told of one duty (domain guide 3: ladder)."""

    id: UUID
    """The notification's: the same at every try."""
    post: UUID
    role: Role
    issue: str
    """The issue's code; empty where the duty is an item's or a cycle's."""
    duty: DutyKind
    target: RungTarget
    """As whom the post was told: the rung."""
    percent: int
    """The share of the time allowed at which it was owed; 100 is the breach."""
    owed_at: datetime
    told_at: datetime
    item: str = ""
    """The negative item's code, where the duty is about one."""
    cycle: str = ""
    """The satisfaction cycle's code, likewise."""


@dataclass(frozen=True)
class Message:
    """One reporter told of a step of their issue; whom it reaches is the receiver's to know by the code."""

    id: UUID
    """The same at every try."""
    report: str
    """The report's code."""
    issue: str
    """The issue's code: another than the report's where several were merged."""
    step: EntryKind
    at: datetime
