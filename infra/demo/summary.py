"""What the demo came to, read back through GraphQL; nothing is counted that was not answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import mean
from typing import Any

from infra.demo.bulletin import Bulletin
from infra.demo.client import Api
from infra.demo.stories import Story
from models.terms import EntryKind, EvidenceStatus, ExtensionStatus, Stage

CASE = """
    query Case($code: String!) {
      issue(code: $code) {
        code title stage level seq
        timeline(first: 200) { totalCount nodes { kind at data post { role } } }
        evidence(first: 100) { nodes { status findings { kind } } }
        assignments { status department { key } }
        scorecards { total }
        reports(first: 20) { nodes { originIssue { code } } }
        returns { outcome }
        extensions { status }
        suspensions { resumedAt }
      }
    }
"""
TOLD_FROM_BREACH = frozenset({EntryKind.BREACHED, EntryKind.ESCALATED})
ROUTED = frozenset({EntryKind.CALLED, EntryKind.DISPATCHED})


@dataclass(frozen=True)
class CaseTold:
    """One case as it stands at the end."""

    code: str
    title: str
    stage: str
    level: str
    timeline: int
    photos: int
    """Those accepted."""
    findings: dict[str, int]
    """What was found of them, and how often."""
    escalations: int
    """Rungs told from the breach on: head, office and leader make 3."""
    review: float | None
    """What its departments were given, out of 100: the mean where several served it, None where none did."""
    departments: list[str]
    """Those that served it, by key."""
    dispatches: int
    """How often departments were given something to do: in GENERAL by the call, where several plan twice."""
    dispatched_by: str | None
    """The role that sent departments first."""
    reports: int
    """How many told of it."""
    returns: list[str]
    """How each was adjudicated."""
    extensions: int
    """Those granted."""
    suspensions: int
    merged: int
    """Reports that came with another issue and were joined to it."""
    reworked: int
    """How often handling began anew because verification failed."""
    source: Mapping[str, Any] | None
    """What was published of it: no figure of the demo's."""


@dataclass(frozen=True)
class Summary:
    """The end of `huying demo --once`."""

    cases: list[CaseTold]
    filed: int
    lost: int
    """Reports that were acknowledged and are not found, or have no case."""
    returns: int
    extensions: int
    suspensions: int
    merged: int
    reworked: int
    bulletin: Bulletin

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def complaint(self) -> str | None:
        """Why this is no good end, or None."""
        if self.lost:
            return f"{self.lost} acknowledged reports are lost"
        unfiled = [case.code for case in self.cases if case.stage != Stage.FILED]
        return f"not filed: {', '.join(unfiled)}" if unfiled else None


async def summary(
    api: Api,
    token: str,
    played: Sequence[tuple[str, Story]],
    acknowledged: Sequence[str],
    bulletin: Bulletin,
) -> Summary:
    """What became of the cases played, and of every report acknowledged."""
    found = {code: (await api.ask(token, CASE, code=code))["issue"] for code in acknowledged}
    cases = [_told(found[code], story) for code, story in played if found[code] is not None]
    # Entry 1 of a timeline is written by the case itself, so an issue without any has no case.
    lost = sum(issue is None or issue["seq"] == 0 for issue in found.values())
    return Summary(
        cases=cases,
        filed=sum(case.stage == Stage.FILED for case in cases),
        lost=lost,
        returns=sum(len(case.returns) for case in cases),
        extensions=sum(case.extensions for case in cases),
        suspensions=sum(case.suspensions for case in cases),
        merged=sum(case.merged for case in cases),
        reworked=sum(case.reworked for case in cases),
        bulletin=bulletin,
    )


def _told(issue: Any, story: Story) -> CaseTold:
    entries = issue["timeline"]["nodes"]
    reports = issue["reports"]["nodes"]
    served = [one for one in issue["assignments"] if one["department"] and one["status"] != "RETURNED"]
    return CaseTold(
        code=issue["code"],
        title=issue["title"],
        stage=issue["stage"],
        level=issue["level"],
        timeline=issue["timeline"]["totalCount"],
        photos=sum(photo["status"] == EvidenceStatus.ACCEPTED for photo in issue["evidence"]["nodes"]),
        findings=_findings(issue["evidence"]["nodes"]),
        escalations=sum(entry["kind"] in TOLD_FROM_BREACH for entry in entries),
        review=mean(card["total"] for card in issue["scorecards"]) if issue["scorecards"] else None,
        departments=[one["department"]["key"] for one in served],
        dispatches=_dispatches(entries),
        dispatched_by=_dispatched_by(entries) if served else None,
        reports=len(reports),
        returns=[one["outcome"] for one in issue["returns"]],
        extensions=sum(one["status"] == ExtensionStatus.GRANTED for one in issue["extensions"]),
        suspensions=len(issue["suspensions"]),
        merged=sum(report["originIssue"] is not None for report in reports),
        # A failed verification reopens the part of everyone who was done: once, however many they are.
        reworked=len({entry["at"] for entry in entries if entry["kind"] == EntryKind.REWORK}),
        source=_source(story),
    )


def _dispatches(entries: Sequence[Any]) -> int:
    """Rounds of dispatch that the timeline numbers; a call of one department is its only one."""
    rounds = {entry["data"]["dispatch"] for entry in entries if "dispatch" in entry["data"]}
    return len(rounds) or int(any(entry["kind"] == EntryKind.CALLED for entry in entries))


def _dispatched_by(entries: Sequence[Any]) -> str | None:
    """Who first gave a department its part: the office or a leader, else the street that called."""
    by = {entry["kind"]: entry["post"]["role"] for entry in reversed(entries) if entry["kind"] in ROUTED}
    return by.get(EntryKind.DISPATCHED) or by.get(EntryKind.CALLED)


def _source(story: Story) -> dict[str, Any] | None:
    told = story.told
    if told is None:
        return None
    published = {
        "opened": told.opened,
        "closed": told.closed or None,
        "results": told.results,
        "review": {key.value: score for key, score in told.review.items()} or None,
        "outcome": told.outcome_en or None,
    }
    return {key: value for key, value in published.items() if value}


def _findings(photos: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    return dict(Counter(found["kind"] for photo in photos for found in photo["findings"]))
