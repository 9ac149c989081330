"""A reminder or escalation as it leaves the platform: ids and facts, no names, phones or free text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.terms import DutyKind, Role, RungTarget


@dataclass(frozen=True)
class Notice:
    """One post told of one duty (domain guide 3: ladder)."""

    id: UUID
    """The notification's: the same at every try."""
    post: UUID
    role: Role
    issue: str
    """The issue's code."""
    duty: DutyKind
    target: RungTarget
    """As whom the post was told: the rung."""
    percent: int
    """The share of the time allowed at which it was owed; 100 is the breach."""
    owed_at: datetime
    told_at: datetime
