"""Scenes from the report until departments have it: reports, merging, assessment, call, dispatch, return."""

from __future__ import annotations

import asyncio

from infra.demo.acting import PARTS, Acting
from infra.demo.cast import Player
from infra.demo.stories import SOURCES, Retold, Story
from models.rulebooks.names import fictitious_phone, person_name
from models.terms import EvidenceKind, Level, ReportSource, Role

RETURNED = "query Returned($issue: ID!) { issue(id: $issue) { returns { outcome assignment { id } } } }"


async def report(on: Acting) -> None:
    """Told by whoever saw it."""
    role = on.story.reporter
    on.issue, on.code = await _report(on, on.reporter(role), role, on.story)


async def photos(on: Acting) -> None:
    """From near, and from before anything was done."""
    by = on.reporter(on.story.reporter)
    await asyncio.gather(on.photo(by, EvidenceKind.NEAR), on.photo(by, EvidenceKind.BEFORE))


async def retell(on: Acting) -> None:
    """Others tell of the same problem, and the street joins their reports to the first; each keeps an answer
    and a rating of their own."""
    for number, again in enumerate(on.story.retold):
        other, _ = await _report(on, on.reporter(again.reporter, number), again.reporter, again)
        await on.act(
            on.head, "mergeIssue", "into { code }", issue=other, into=on.issue, note="反映的是同一问题。"
        )


async def assess(on: Acting) -> None:
    """The street's judgement; what is SIMPLE goes to its own people at once."""
    level = on.story.level
    answered = await on.act(on.head, "assessIssue", PARTS, issue=on.issue, level=level.value)
    if level is Level.SIMPLE:
        on.learn(answered)


async def call(on: Acting) -> None:
    """The street calls the department; in COMPLEX it names all that it thinks concerned."""
    story = on.story
    answered = await on.act(
        on.head,
        "callDepartment",
        PARTS,
        issue=on.issue,
        department=on.cast.department(story.called),
        concerned=[on.cast.department(key) for key in story.departments[1:]],
        demand=f"请贵单位派员到场处理：{story.description}",
    )
    on.learn(answered)


async def dispatch(on: Acting) -> None:
    """The first dispatch: everyone concerned is to report in. CRITICAL comes from a district leader."""
    top_down = on.story.level is Level.CRITICAL
    answered = await on.act(
        on.leader if top_down else on.office,
        "dispatchIssue",
        PARTS,
        issue=on.issue,
        departments=[on.cast.department(key) for key in on.story.departments],
        note="请立即到场，会商方案。" if top_down else "请到场会商，共同提出方案。",
    )
    on.learn(answered)


async def send_back(on: Acting) -> None:
    """The department that was called says that it is not its duty."""
    returned = on.story.returned
    assert returned is not None, "only stories with a return have this scene"
    given: dict[str, object] = {"assignment": on.parts.pop(returned.by), "grounds": returned.grounds}
    if returned.suggested:
        given["suggested"] = on.cast.department(returned.suggested)
    await on.act(on.handler(returned.by), "returnAssignment", "assignment { status }", **given)


async def adjudicate(on: Acting) -> None:
    """The office says whose duty it is, or who solves it first."""
    returned = on.story.returned
    assert returned is not None, "only stories with a return have this scene"
    found = await on.ask(on.office, RETURNED)
    (waiting,) = (one for one in found["returns"] if one["outcome"] is None)
    answered = await on.act(
        on.office,
        "adjudicateReturn",
        PARTS,
        assignment=waiting["assignment"]["id"],
        outcome=returned.outcome.value,
        department=on.cast.department(on.story.department),
        reason=returned.reason,
    )
    on.learn(answered)


async def _report(on: Acting, by: Player, role: Role, told: Story | Retold) -> tuple[str, str]:
    """A new report, and with it an issue: its id and code."""
    given: dict[str, object] = {
        "category": on.story.category,
        "unit": on.cast.street(on.story.street) if role is Role.RESIDENT else by.unit,
        "title": told.title,
        "place": on.story.place,
        "description": told.description,
    }
    if SOURCES.get(role) is ReportSource.HOTLINE_12345:
        given |= {
            "source": ReportSource.HOTLINE_12345.value,
            "externalTicket": f"12345-{on.key.rpartition('/')[2]:0>6}",
            "reporterName": person_name(told.title)[0],
            "reporterPhone": fictitious_phone(told.title),
        }
    made = await on.act(by, "reportIssue", "issue { id code } report { code }", **given)
    on.acknowledged.append(made["issue"]["code"])
    on.authors[made["report"]["code"]] = by
    return made["issue"]["id"], made["issue"]["code"]
