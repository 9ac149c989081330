"""What may be ordered of a negative item or a satisfaction cycle, and what both are told; see `orders`."""

from __future__ import annotations

from dataclasses import dataclass

from models.policy.orders import Actor
from models.terms import Stage, SurveyStatus


@dataclass(frozen=True)
class OnItem:
    """A step that needs no more: taken up, put right, suspended, resumed; the note is words."""

    by: Actor


@dataclass(frozen=True)
class RaiseCall:
    """The street needs departments: an issue is made of the item, and the item waits on it."""

    by: Actor
    issue: str
    """The id that the issue gets."""
    line: str
    """Id of the line of the item list that the issue is of."""
    category: str


@dataclass(frozen=True)
class CallEnded:
    """The issue that an item waits on came to its end."""

    issue: str
    stage: Stage
    merged_into: str | None = None
    """The issue that goes on with it."""


@dataclass(frozen=True)
class Answers:
    """What those asked about an item have said so far, in its present round."""

    round: int
    asked: int
    answered: int
    satisfied: int


@dataclass(frozen=True)
class RoundFacts:
    """A round and its items as counts: all that its cycle ever knows of them."""

    survey: SurveyStatus
    drafts: int = 0
    """Items not issued yet."""
    undone: int = 0
    """Items issued and never put right so far."""
    open: int = 0
    """Items issued and not closed."""
    items: int = 0
    """Items issued in all."""


@dataclass(frozen=True)
class Advance:
    """Moves the cycle on, where the facts let it."""

    by: Actor
    facts: RoundFacts


ItemOrder = OnItem | RaiseCall | Advance
