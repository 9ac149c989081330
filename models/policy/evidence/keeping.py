"""How long photos are kept, and what is an orphan in the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.policy.evidence.rules import Keeping
from models.terms import DeletedPart, EvidenceStatus

ABANDONED_AFTER = timedelta(days=1)
"""A photo announced and not confirmed by then will not come: its address was good for minutes."""
ORPHAN_AFTER = timedelta(hours=1)
"""What is younger may belong to an acceptance that is under way; each try of one lasts minutes."""
INCOMING, KEPT = "evidence/", ("originals/", "pictures/")
"""Where uploads arrive, and where what was accepted lies by its content."""


@dataclass(frozen=True)
class Deletion:
    """What is to be deleted of a photo now, and the rule that says so."""

    part: DeletedPart
    due_at: datetime
    rule: str


def deletion(
    closed_at: datetime | None,
    held: bool,
    original_there: bool,
    keeping: Keeping,
    rulebook: str,
    now: datetime,
) -> Deletion | None:
    """What is due; nothing while the issue is open or held for the law, whatever the rulebook says."""
    if closed_at is None or held:
        return None
    for part, days, there in (
        (DeletedPart.WHOLE, keeping.picture_days, True),
        (DeletedPart.ORIGINAL, keeping.original_days, original_there),
    ):
        due = closed_at + timedelta(days=days)
        if there and due <= now:
            return Deletion(part, due, f"{rulebook}: {part.value} {days} d after closing")
    return None


def abandoned(status: EvidenceStatus, announced_at: datetime, now: datetime) -> bool:
    """Whether a photo that was announced will not come any more."""
    return status is EvidenceStatus.PENDING and announced_at + ABANDONED_AFTER <= now


def orphan(
    key: str,
    changed_at: datetime,
    waiting: Mapping[str, bool],
    known: bool,
    now: datetime,
    grace: timedelta = ORPHAN_AFTER,
) -> bool:
    """Whether nothing on record needs this object: `waiting` says of uploads whether one is still awaited,
    `known` whether a kept object is on record. What lies elsewhere in the bucket is not ours to judge."""
    if changed_at + grace > now:
        return False
    if key.startswith(INCOMING):
        return not waiting.get(key, False)
    return key.startswith(KEPT) and not known
