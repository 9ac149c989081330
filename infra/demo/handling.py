"""Scenes of the work itself: acceptance, report-in, the plan of several, time stopped and extended."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from infra.demo.acting import Acting
from models.terms import EvidenceKind, RungTarget

LOOK_EVERY = 0.5
"""Seconds between two looks at a case that waits for its clock."""
TASK_TIME = timedelta(minutes=2)
"""Until when a plan asks for each task: within the time to handle of the demo's rulebook."""
MORE_TIME = timedelta(seconds=20)
STOPPED_SECONDS = 2.0
LADDER = """
    query Ladder($issue: ID!) {
      issue(id: $issue) { timeline(first: 100) { nodes { kind data } } }
    }
"""
DUE = "query Due($issue: ID!) { issue(id: $issue) { assignments { id dueAt } } }"


async def wait_for_the_leader(on: Acting) -> None:
    """Nobody accepts; the ladder is watched as anybody may watch it."""
    while True:
        found = await on.ask(on.head, LADDER)
        told = [entry["data"].get("target") for entry in found["timeline"]["nodes"]]
        if RungTarget.LEADER.value in told:
            return
        await asyncio.sleep(LOOK_EVERY)


async def accept(on: Acting) -> None:
    await _each(on, "acceptAssignment")


async def report_in(on: Acting) -> None:
    await _each(on, "reportIn")


async def propose(on: Acting) -> None:
    """The lead proposes who does what by when."""
    story = on.story
    due = (datetime.now(UTC) + TASK_TIME).isoformat()
    proposed = await on.act(
        on.handler(story.department),
        "proposePlan",
        "plan { id }",
        assignment=on.parts[story.department],
        lead=on.parts[story.department],
        tasks=[
            {"assignment": part, "task": story.tasks[key], "dueAt": due} for key, part in on.parts.items()
        ],
        note="现场会商形成的方案。",
    )
    on.plan = proposed["plan"]["id"]


async def agree(on: Acting) -> None:
    """The helpers agree; with the last of them each department gets its task: the second dispatch."""
    for key in on.story.departments[1:]:
        await on.act(on.handler(key), "agreePlan", "plan { status }", assignment=on.parts[key], plan=on.plan)


async def note(on: Acting) -> None:
    """A word on how it goes."""
    (key, part), *_ = on.parts.items()
    await on.act(
        on.handler(key),
        "addProgressNote",
        "issue { id }",
        issue=on.issue,
        assignment=part,
        note=on.story.note,
    )


async def suspend(on: Acting) -> None:
    """The office stops every clock; for a while nothing happens."""
    why = on.story.suspended
    assert why is not None, "only stories with a suspension have this scene"
    await on.act(on.office, "suspendIssue", "issue { suspended }", issue=on.issue, reason=why.reason)
    await asyncio.sleep(STOPPED_SECONDS)


async def resume(on: Acting) -> None:
    """The clocks go on: every open deadline has moved by the time lost."""
    why = on.story.suspended
    assert why is not None, "only stories with a suspension have this scene"
    await on.act(on.office, "resumeIssue", "issue { suspended }", issue=on.issue, reason=why.resumed)


async def ask_for_time(on: Acting) -> None:
    """The department asks for more time than it has."""
    why = on.story.extended
    assert why is not None, "only stories with an extension have this scene"
    found = await on.ask(on.head, DUE)
    ((key, part),) = on.parts.items()
    (due,) = (one["dueAt"] for one in found["assignments"] if one["id"] == part)
    until = (datetime.fromisoformat(due) + MORE_TIME).isoformat()
    await on.act(
        on.handler(key),
        "askExtension",
        "assignment { dueAt }",
        assignment=part,
        until=until,
        reason=why.reason,
    )


async def grant_time(on: Acting) -> None:
    """The office grants what was asked for."""
    why = on.story.extended
    assert why is not None, "only stories with an extension have this scene"
    (part,) = on.parts.values()
    await on.act(
        on.office,
        "decideExtension",
        "assignment { dueAt }",
        assignment=part,
        granted=True,
        reason=why.decision,
    )


async def complete(on: Acting) -> None:
    """Each shows what it did, and says that its part is done: without an after-photo it could not."""
    await asyncio.gather(*(on.photo(on.handler(key), EvidenceKind.AFTER) for key in on.parts))
    await _each(on, "completeAssignment")


async def _each(on: Acting, mutation: str) -> None:
    """All departments at once, as they would."""
    await asyncio.gather(
        *(
            on.act(on.handler(key), mutation, "assignment { status }", assignment=part)
            for key, part in on.parts.items()
        )
    )
