"""Following a report by its code, without signing in. Nothing here names a person or repeats a word."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.labels import label
from api.rules import default_rule
from api.types.leaves import leaf
from api.types.record import Asked
from models.policy.access import Rule
from models.queries import tracking
from models.queries.db import Row
from models.terms import EntryKind, Language, Stage


@default_rule(Rule.PUBLIC)
@strawberry.type(description="One thing that was done about a report.")
class TrackedStep:
    kind: EntryKind = leaf(description="What was done.")
    label: str = leaf(description="What was done, in the language of the request.")
    at: datetime = leaf(description="When.")
    department: str | None = leaf(description="The department responsible, where one is.")


@default_rule(Rule.PUBLIC)
@strawberry.type(description="A step that the reporter was told of.")
class TrackedMessage:
    kind: EntryKind = leaf(description="What was done.")
    label: str = leaf(description="What was done, in the language of the request.")
    at: datetime = leaf(description="When.")


@default_rule(Rule.PUBLIC)
@strawberry.type(description="What anybody may know of a report by its code.")
class TrackedReport:
    code: str = leaf(description="The report's code.")
    stage: Stage = leaf(description="Where its issue stands.")
    stage_label: str = leaf(description="Where its issue stands, in the language of the request.")
    category: str = leaf(description="What kind of problem it is, in the language of the request.")
    street: str = leaf(description="The street it lies in, in the language of the request.")
    reported_at: datetime = leaf(description="When it was told.")
    closed_at: datetime | None = leaf(description="When its issue was closed.")
    steps: list[TrackedStep] = leaf(description="What was done about its issue, oldest first.")
    messages: list[TrackedMessage] = leaf(
        description="What its reporter was told, oldest first; also before its issue was merged."
    )


async def track(info: Asked, code: str) -> TrackedReport | None:
    """The report of this code, or None."""
    found = await tracking.tracked(code.strip())
    if found is None:
        return None
    language, report = info.context.language, found.report
    return TrackedReport(
        code=report["code"],
        stage=report["stage"],
        stage_label=label(Stage(report["stage"]), language),
        category=_named(report, "category", language),
        street=_named(report, "street", language),
        reported_at=report["reported_at"],
        closed_at=report["closed_at"],
        steps=[_step(step, language) for step in found.steps],
        messages=[
            TrackedMessage(kind=one["kind"], label=label(EntryKind(one["kind"]), language), at=one["at"])
            for one in found.messages
        ],
    )


def _step(step: Row, language: Language) -> TrackedStep:
    return TrackedStep(
        kind=step["kind"],
        label=label(EntryKind(step["kind"]), language),
        at=step["at"],
        department=_named(step, "department", language),
    )


def _named(row: Row, what: str, language: Language) -> str:
    name: str = row[f"{what}_{language.value}"]
    return name
