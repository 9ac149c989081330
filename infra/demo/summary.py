"""What the demo came to, read back through GraphQL; nothing is counted that was not answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from infra.demo.client import Api
from models.terms import EntryKind, EvidenceStatus, Stage

CASE = """
    query Case($code: String!) {
      issue(code: $code) {
        code title stage level seq
        timeline(first: 100) { totalCount nodes { kind } }
        evidence(first: 100) { nodes { status } }
        scorecards { total }
      }
    }
"""
TOLD_FROM_BREACH = frozenset({EntryKind.BREACHED, EntryKind.ESCALATED})


@dataclass(frozen=True)
class CaseTold:
    """One case as it stands at the end."""

    code: str
    title: str
    stage: str
    level: str
    timeline: int
    photos: int
    """Those confirmed."""
    escalations: int
    """Rungs told from the breach on: head, office and leader make 3."""
    review: int | None
    """The department's total; None where there is no department to review."""


@dataclass(frozen=True)
class Summary:
    """The end of `huying demo --once`."""

    cases: list[CaseTold]
    filed: int
    lost: int
    """Reports that were acknowledged and are not found, or have no case."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def complaint(self) -> str | None:
        """Why this is no good end, or None."""
        if self.lost:
            return f"{self.lost} acknowledged reports are lost"
        unfiled = [case.code for case in self.cases if case.stage != Stage.FILED]
        return f"not filed: {', '.join(unfiled)}" if unfiled else None


async def summary(api: Api, token: str, played: Sequence[str], acknowledged: Sequence[str]) -> Summary:
    """What became of the cases played, and of every report acknowledged."""
    found = {code: (await api.ask(token, CASE, code=code))["issue"] for code in acknowledged}
    cases = [_told(found[code]) for code in played if found[code] is not None]
    # Entry 1 of a timeline is written by the case itself, so an issue without any has no case.
    lost = sum(issue is None or issue["seq"] == 0 for issue in found.values())
    return Summary(cases, sum(case.stage == Stage.FILED for case in cases), lost)


def _told(issue: Any) -> CaseTold:
    entries = issue["timeline"]["nodes"]
    return CaseTold(
        code=issue["code"],
        title=issue["title"],
        stage=issue["stage"],
        level=issue["level"],
        timeline=issue["timeline"]["totalCount"],
        photos=sum(photo["status"] == EvidenceStatus.CONFIRMED for photo in issue["evidence"]["nodes"]),
        escalations=sum(entry["kind"] in TOLD_FROM_BREACH for entry in entries),
        review=sum(card["total"] for card in issue["scorecards"]) if issue["scorecards"] else None,
    )
