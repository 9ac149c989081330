"""Inputs of the commands on a running issue. Every one carries an idempotency key."""

from __future__ import annotations

from enum import Enum
from typing import Any

import strawberry
from strawberry import ID

from api.labels import LABELS
from models.terms import Level, UnitKind


def said(description: str, **options: Any) -> Any:
    """An input member with its description."""
    return strawberry.field(description=description, **options)


COMMAND = strawberry.argument(description="What is asked for.")
DONE = "What was done, or why it was not."
KEY_WORDS = "Chosen by the client, new for each command; the same command sent again acts once."


def unit(kind: UnitKind) -> Any:
    """An enum member named and described as this kind of unit."""
    return strawberry.enum_value(kind.value, description=LABELS[UnitKind][1][kind.name].description)


@strawberry.enum(description="Who of the street's own people handles a SIMPLE issue.")
class OwnTeam(Enum):
    STREET = unit(UnitKind.STREET)
    COMMUNITY = unit(UnitKind.COMMUNITY)
    GRID = unit(UnitKind.GRID)


@strawberry.input(description="A street's judgement of an issue.")
class AssessIssueInput:
    idempotency_key: str = said(KEY_WORDS)
    issue: ID = said("The issue.")
    level: Level = said("How heavy it is: SIMPLE or GENERAL for now.")
    category: str | None = said("The right line of the item list, by key.", default=None)
    team: OwnTeam | None = said(
        "For SIMPLE: who handles it; the item list's own team where left out.", default=None
    )
    note: str | None = said("Why, in words.", default=None)


@strawberry.input(description="A street's call 呼叫单.")
class CallDepartmentInput:
    idempotency_key: str = said(KEY_WORDS)
    issue: ID = said("The issue.")
    department: ID = said("Who must respond.")
    demand: str = said("What the street asks for, up to 2,000 characters.")


@strawberry.input(description="A step on one's own assignment.")
class AssignmentInput:
    idempotency_key: str = said(KEY_WORDS)
    assignment: ID = said("The assignment.")
    note: str | None = said("A word with it.", default=None)


@strawberry.input(description="A progress note.")
class AddProgressNoteInput:
    idempotency_key: str = said(KEY_WORDS)
    issue: ID = said("The issue.")
    assignment: ID | None = said("The part it is about; handlers must name theirs.", default=None)
    note: str = said("What there is to say, up to 2,000 characters.")


@strawberry.input(description="The result of looking at the place.")
class VerifyIssueInput:
    idempotency_key: str = said(KEY_WORDS)
    issue: ID = said("The issue.")
    passed: bool = said("Whether the problem is gone; if not, handling reopens.")
    evidence: list[ID] = said("Confirmed photos; at least one AFTER photo when it passed.")
    note: str | None = said("What was found.", default=None)


@strawberry.input(description="A score of 0 to 20 for each of the five criteria.")
class ReviewScoresInput:
    report_in: int = said("Whether they turned up 报到.")
    professionalism: int = said("How well they knew their job 专业性.")
    responsibility: int = said("Whether they took it on as theirs 担当意识.")
    cooperation: int = said("How they worked with others 配合度.")
    outcome: int = said("What came of it 办理结果.")

    def by_criterion(self) -> dict[str, int]:
        """The scores as the rulebook names the criteria."""
        return {name.upper(): score for name, score in vars(self).items()}


@strawberry.input(description="A street's review of one department on one issue 一事一评.")
class ReviewDepartmentInput:
    idempotency_key: str = said(KEY_WORDS)
    assignment: ID = said("The department's part.")
    scores: ReviewScoresInput = said("The five scores.")
    comment: str | None = said("A word with it.", default=None)
