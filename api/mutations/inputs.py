"""What inputs of commands have in common. Every one carries an idempotency key."""

from __future__ import annotations

from typing import Any

import strawberry
from strawberry import ID


def said(description: str, **options: Any) -> Any:
    """An input member with its description."""
    return strawberry.field(description=description, **options)


COMMAND = strawberry.argument(description="What is asked for.")
DONE = "What was done, or why it was not."
KEY_WORDS = "Chosen by the client, new for each command; the same command sent again acts once."
WHO = "Who may is the policy table's to say; a refusal is a member of the result."


@strawberry.input(description="A step on one's own assignment.")
class AssignmentInput:
    idempotency_key: str = said(KEY_WORDS)
    assignment: ID = said("The assignment.")
    note: str | None = said("A word with it.", default=None)


@strawberry.input(description="A step on an issue as a whole that needs a reason.")
class IssueReasonInput:
    idempotency_key: str = said(KEY_WORDS)
    issue: ID = said("The issue.")
    reason: str = said("Why, up to 2,000 characters.")
