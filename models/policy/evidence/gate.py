"""The gate: whether the photos of an issue are those that a step needs; else the list of what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from models.policy.evidence.rules import Required
from models.terms import EvidenceCheck, EvidenceKind, EvidenceStep


@dataclass(frozen=True)
class OnHand:
    """An accepted photo of the issue; `blocked` names the findings for which it does not count."""

    id: str
    kind: EvidenceKind
    sent_at: datetime
    blocked: tuple[EvidenceCheck, ...] = ()


@dataclass(frozen=True)
class Missing:
    """What a step lacks; never empty. `blocked` are the photos that would do, but for a finding."""

    step: EvidenceStep
    kinds: tuple[EvidenceKind, ...]
    blocked: tuple[OnHand, ...]
    rule: str


def missing(
    step: EvidenceStep,
    required: Required,
    photos: Sequence[OnHand],
    rulebook: str,
    since: datetime | None = None,
) -> Missing | None:
    """What `step` lacks, or None where it may be done.

    Photos sent before `since`, when the work being declared done began, show another state of the place.
    """
    fresh = [photo for photo in photos if since is None or photo.sent_at >= since]
    good = {photo.kind for photo in fresh if not photo.blocked}
    lacking = tuple(kind for kind in required.get(step, ()) if kind not in good)
    if not lacking:
        return None
    blocked = tuple(photo for photo in fresh if photo.blocked and photo.kind in lacking)
    named = ", ".join(kind.value for kind in lacking)
    return Missing(step, lacking, blocked, f"{rulebook}: {step.value.lower()} needs {named}")
