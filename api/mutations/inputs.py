"""What inputs of commands have in common. Every one carries an idempotency key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import strawberry
from strawberry import ID
from strawberry.types import get_object_definition
from strawberry.types.base import StrawberryObjectDefinition, StrawberryType
from strawberry.types.field import UNRESOLVED, StrawberryField

T = TypeVar("T")


class Member(StrawberryField):
    """A member of an input. Its type is found once, not for every value that comes in."""

    _found: StrawberryType | type | None = None

    def resolve_type(
        self, *, type_definition: StrawberryObjectDefinition | None = None
    ) -> StrawberryType | type:
        if self._found is None:
            found = super().resolve_type(type_definition=type_definition)
            if found is UNRESOLVED:
                return found
            self._found = found
        return self._found


def said(description: str, **options: Any) -> Any:
    """An input member with its description."""
    return Member(description=description, **options)


def flat(kind: type[T]) -> type[T]:
    """Class decorator of an input of scalars that comes in by the dozen: made of what graphql-core has read,
    without another look at every member. Raises TypeError where GraphQL names a member otherwise."""
    definition = get_object_definition(kind, strict=True)
    if any("_" in member.python_name for member in definition.fields):
        raise TypeError(f"{kind.__name__} has a member that GraphQL names otherwise than Python")
    definition.from_input = _made
    return kind


def _made(kind: type, given: Mapping[str, Any], _context: object) -> Any:
    return kind(**given)


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
