"""Scenes of the end: verification, answers, what reporters say, reverse review."""

from __future__ import annotations

from infra.demo.acting import Acting
from infra.demo.cast import Player
from models.terms import EvidenceKind, Rating, ReportSource, Role

REPORTS = """
    query Reports($issue: ID!) { issue(id: $issue) { reports(first: 20) { nodes { id code source } } } }
"""


async def fail(on: Acting) -> None:
    """Looked at on site, and not put right: handling reopens."""
    await _verify(on, passed=False, evidence=[], note="现场复查仍有渗漏，退回重新处理。")


async def verify(on: Acting) -> None:
    """Looked at by somebody who did not do it, with a photo of the same place afterwards.

    Where the street's own people did it, everybody is answered in the same step.
    """
    after = await on.photo(on.head, EvidenceKind.AFTER)
    given: dict[str, object] = {} if on.story.departments else {"answer": on.story.answer}
    await _verify(on, passed=True, evidence=[after], note="现场核实，问题已解决。", **given)


async def answer(on: Acting) -> None:
    """Everybody who reported it is told what came of it."""
    await on.act(on.head, "answerReporters", "issue { stage }", issue=on.issue, answer=on.story.answer)


async def ask(on: Acting) -> None:
    """Residents rate what came of their own reports; whoever told the hotline is asked by phone."""
    found = await on.ask(on.head, REPORTS)
    for report in found["reports"]["nodes"]:
        by = on.authors[report["code"]]
        if not ReportSource(report["source"]).asked:
            continue
        if by.held.post.role is Role.RESIDENT:
            await _say(on, by, "rateReport", report["id"], "处理及时，谢谢。")
        else:
            await _say(on, on.clerk, "recordFollowUp", report["id"], "电话回访，反映人表示满意。")


async def review(on: Acting) -> None:
    """The street's head drafts the sheet on each department, and signs it."""
    scores = {_camel(criterion.value): score for criterion, score in on.story.scores.items()}
    for part in on.parts.values():
        drafted = await on.act(
            on.head,
            "reviewDepartment",
            "sheet { id version }",
            assignment=part,
            scores=scores,
            comment="街道集体评议。",
        )
        on.sheets.append(drafted["sheet"])


async def sign(on: Acting) -> None:
    """The clerk signs too: with the second signature a review counts."""
    for sheet in on.sheets:
        await on.act(
            on.clerk, "signReview", "scorecard { total }", sheet=sheet["id"], version=sheet["version"]
        )


async def _verify(on: Acting, **given: object) -> None:
    await on.act(on.head, "verifyIssue", "issue { stage }", issue=on.issue, **given)


async def _say(on: Acting, by: Player, mutation: str, report: str, comment: str) -> None:
    rating = Rating.SATISFIED.value
    await on.act(by, mutation, "report { code }", report=report, rating=rating, comment=comment)


def _camel(name: str) -> str:
    first, *rest = name.lower().split("_")
    return first + "".join(part.title() for part in rest)
