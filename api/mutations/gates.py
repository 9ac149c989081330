"""The gate of photos: a step that a rulebook asks photos for is refused with the list of what is missing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from api.mutations.asking import Asking
from models.policy.evidence.gate import OnHand, missing
from models.queries import cases, evidence
from models.queries.cases import OPEN, CaseOnRecord
from models.queries.evidence import Shown
from models.terms import DutyKind, EvidenceStatus, EvidenceStep

UNFIT = {
    EvidenceStatus.PENDING: "EVIDENCE",
    EvidenceStatus.CONFIRMED: "EVIDENCE_WAITING",
    EvidenceStatus.REFUSED: "EVIDENCE_REFUSED",
}
"""What is said of a photo that was named and does not count."""


async def check(
    asking: Asking,
    case: CaseOnRecord,
    step: EvidenceStep,
    field: str,
    *,
    assignment: str | None = None,
    category: str | None = None,
) -> None:
    """Refuses the step where the issue's photos are not those it needs.

    A completion is shown by photos sent since that part was last to be handled: after a failed verification
    the old ones show what was not good enough. `category` is the one that an assessment gives it.
    """
    shown = await evidence.on_hand(case.id)
    accepted = [one.photo for one in shown.values() if one.status is EvidenceStatus.ACCEPTED]
    since = _since(case, assignment) if assignment else None
    await _check(asking, case, step, field, accepted, since, category)


async def check_named(
    asking: Asking, case: CaseOnRecord, named: Collection[UUID], passed: bool, field: str
) -> list[str]:
    """The photos a verification names, as they were sent; they must be accepted, and where it passes be those
    that it needs."""
    shown = await evidence.on_hand(case.id)
    fit = [shown[key] for key in shown if key in named]
    _check_each(asking, fit, len(set(named)), field)
    if passed:
        await _check(asking, case, EvidenceStep.VERIFY, field, [one.photo for one in fit])
    return [one.photo.id for one in fit]


def _check_each(asking: Asking, fit: list[Shown], named: int, field: str) -> None:
    if len(fit) < named:
        raise asking.invalid(field, "EVIDENCE")
    for one in fit:
        if one.status is not EvidenceStatus.ACCEPTED:
            raise asking.invalid(field, UNFIT[one.status])


async def _check(
    asking: Asking,
    case: CaseOnRecord,
    step: EvidenceStep,
    field: str,
    photos: list[OnHand],
    since: datetime | None = None,
    category: str | None = None,
) -> None:
    book = await cases.rulebook(case.rulebook)
    required = book.required_evidence(category or case.category)
    lacking = missing(step, required, photos, book.name, since)
    if lacking is not None:
        raise asking.refuse(asking.problems.missing_evidence(field, lacking))


def _since(case: CaseOnRecord, assignment: str) -> datetime | None:
    """When the part's open duty to handle began."""
    began = [
        datetime.fromisoformat(duty["opened_at"])
        for duty in case.duties
        if duty["kind"] == DutyKind.HANDLE.value
        and duty["assignment_id"] == assignment
        and duty["status"] in OPEN
    ]
    return max(began, default=None)
