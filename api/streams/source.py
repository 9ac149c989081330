"""What a subscription follows: the value its root field gives in place of a stream of its own.

Graphql-core would run one stream, and one execution an event, for each socket. A source only says which
happenings are wanted; the audiences of api/streams then read one feed and execute once for all alike.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from typing import NoReturn
from uuid import UUID

from api.streams.feed import Happening
from models.policy.access import NOTHING, Scope, Viewer, scope_of

Wanted = Callable[[Happening], bool]


@dataclass(frozen=True, slots=True)
class Sight:
    """One way of looking at the feed. Subscriptions of one document with equal sights get equal answers."""

    viewer: Viewer
    """As whom the document is executed."""
    scope: Scope
    beside: Scope = NOTHING
    """What another sight of the same subscription covers already."""
    posts: frozenset[UUID] = frozenset()
    """Whose notifications are looked for."""

    @property
    def person(self) -> UUID | None:
        """The one person this sight can be looked up by; None where it has to be asked."""
        return self.scope.person if self.scope == Scope(person=self.scope.person) else None


class Source(ABC):
    """The root field's answer to who wants what."""

    after: str | None
    """The resume token to go on from."""

    @abstractmethod
    def sights(self, viewer: Viewer, shareable: bool) -> Sequence[Sight]:
        """How `viewer` looks at the feed; `shareable` where the document shows nothing personal."""

    @abstractmethod
    def wants(self, happening: Happening, sight: Sight) -> bool:
        """Whether those of this sight are told."""

    @abstractmethod
    def value(self, happening: Happening, sight: Sight) -> object:
        """The root field's value, shown to those of this sight."""

    def __aiter__(self) -> AsyncIterator[NoReturn]:
        raise TypeError("a source is followed by an audience, not iterated")


def scoped_sights(viewer: Viewer, shareable: bool) -> list[Sight]:
    """How issues are looked at: with everybody of the same posts, and alone at one's own reports."""
    if not shareable:
        return [Sight(viewer, scope_of(viewer))]
    alike = impersonal(viewer)
    common = scope_of(alike)
    sights = [] if common.empty else [Sight(alike, common)]
    if viewer.person is not None:
        sights.append(Sight(viewer, Scope(person=viewer.person), beside=common))
    return sights


def impersonal(viewer: Viewer) -> Viewer:
    """The viewer without what tells apart two people who hold the same posts."""
    posts = {replace(post, id=None, head=False) for post in viewer.posts}
    return Viewer("", None, tuple(sorted(posts, key=repr)), viewer.grants)
