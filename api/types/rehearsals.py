"""What a rehearsal of other rules comes to: which closed cases would have gone otherwise."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry import ID

from api.mutations.inputs import said
from api.rules import default_rule
from api.types.issues import Issue
from api.types.leaves import leaf
from models.policy.access import Rule
from models.policy.rehearsal import DutyChange
from models.policy.rehearsal import Elsewhere as Sent
from models.queries.rehearsals import MOST
from models.terms import DutyKind, Level, RehearsedChange, RungTarget

SHOWN = 200


@strawberry.input(description="Which rules are tried on which closed cases.")
class RehearsalInput:
    district: ID = said("The district.")
    yaml: str | None = said("The rulebook to try, as a text; or give `rulebook`.", default=None)
    rulebook: ID | None = said("The version on record to try; or give `yaml`.", default=None)
    closed_from: datetime = said("Cases filed at this instant or later.")
    closed_to: datetime = said("Cases filed before this instant.")


@default_rule(Rule.CHANGE_RULES)
@strawberry.type(description="A duty of a closed case that would have gone otherwise.")
class RehearsedDuty:
    key: str = leaf(description="Its name within the issue.")
    kind: DutyKind = leaf(description="What had to be done.")
    change: RehearsedChange = leaf(description="In what it would have gone otherwise.")
    percent_before: int = leaf(description="The highest share of its time that was told of, in percent.")
    percent_after: int = leaf(description="The highest that would have been.")
    due_at: datetime | None = leaf(description="When it would have been due.")
    target: RungTarget | None = leaf(description="The highest who would have heard.")
    rule: str = leaf(description="The line of the rulebook that would have set its time.")


@default_rule(Rule.CHANGE_RULES)
@strawberry.type(description="Where the item list would have sent a case, and where it was sent.")
class RehearsedRoute:
    listed: bool = leaf(description="Whether the item list still has the category.")
    level: Level = leaf(description="The level it would have suggested.")
    level_before: Level = leaf(description="The level that was suggested.")
    departments: list[str] = leaf(description="Keys of the departments it would have named.")
    departments_before: list[str] = leaf(description="Keys of those that were named.")


@default_rule(Rule.CHANGE_RULES)
@strawberry.type(description="A closed case that would have gone otherwise.")
class RehearsedCase:
    issue: Issue | None = leaf(description="The issue.")
    duties: list[RehearsedDuty] = leaf(description="Its duties that would have gone otherwise.")
    route: RehearsedRoute | None = leaf(
        description="Where it would have gone instead; null for the same way."
    )


@default_rule(Rule.CHANGE_RULES)
@strawberry.type(description="The closed cases of a period under other rules; nothing was changed.")
class RulebookRehearsal:
    version: str = leaf(description="The version that was tried.")
    closed: int = leaf(description="How many cases were filed in the period.")
    rehearsed: int = leaf(description=f"How many of them were run again: the latest {MOST:,} at most.")
    breached: int = leaf(description="Cases with a duty that would have breached and did not.")
    relieved: int = leaf(description="Cases with a duty that breached and would not have.")
    climbed: int = leaf(description="Cases with a breach that would have been told further up.")
    settled: int = leaf(description="Cases with a breach that would have been told less far up.")
    elsewhere: int = leaf(description="Cases that the item list would have sent another way.")
    cases: list[RehearsedCase] = leaf(
        description=f"Those that would have gone otherwise, latest first, {SHOWN} at most."
    )


def duty(change: DutyChange) -> RehearsedDuty:
    return RehearsedDuty(
        key=change.key,
        kind=change.kind,
        change=change.change,
        percent_before=change.before,
        percent_after=change.after,
        due_at=change.due_at,
        target=change.target,
        rule=change.rule,
    )


def route(sent: Sent) -> RehearsedRoute:
    return RehearsedRoute(
        listed=sent.listed,
        level=sent.level,
        level_before=sent.level_before,
        departments=list(sent.departments),
        departments_before=list(sent.departments_before),
    )
