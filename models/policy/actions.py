"""What a viewer may do with an issue now, and why not, from the same two tables that decide it.

The access table says who, the state table says when; nothing here decides anything new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from models.policy import access, steps
from models.policy.access import Decision, IssueFacts, Viewer
from models.policy.steps import STEPS, CaseFacts, Refusal
from models.terms import Command


@dataclass(frozen=True)
class Action:
    """One command on the issue, or on one part of it; allowed when neither table refuses."""

    command: Command
    assignment: str | None
    denied: Decision | None = None
    """The access table's refusal, which comes first."""
    refused: Refusal | None = None
    """The state table's refusal."""

    @property
    def allowed(self) -> bool:
        return self.denied is None and self.refused is None


def actions(
    viewer: Viewer, facts: CaseFacts, subject: Callable[[str | None], IssueFacts]
) -> Iterator[Action]:
    """Every command, in the order of the cycle; those on a part once for each part, notes on both.

    `subject` gives what access asks of the issue, or of the issue as to one part.
    """
    parts: list[str | None] = [part.id for part in facts.parts]
    for command, step in STEPS.items():
        if command is Command.NOTE:
            about = [None, *parts]
        else:
            about = parts or [None] if step.parts is not None else [None]
        for assignment in about:
            yield _action(command, assignment, viewer, facts, subject(assignment))


def _action(
    command: Command, assignment: str | None, viewer: Viewer, facts: CaseFacts, subject: IssueFacts
) -> Action:
    decision = access.may_command(command, viewer, subject)
    if not decision.allowed:
        return Action(command, assignment, denied=decision)
    role = decision.post.role if decision.post else None
    return Action(command, assignment, refused=steps.refusal(command, facts, assignment, role))
