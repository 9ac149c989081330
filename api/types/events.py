"""What happens to issues, as it happens (docs/subscriptions.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import ID
from strawberry.scalars import JSON

from api.labels import label
from api.rules import default_rule
from api.streams.feed import Happening
from api.streams.source import Sight, Source, scoped_sights
from api.streams.token import token_of
from api.types.inputs import given, key
from api.types.issues import Issue
from api.types.leaves import computed, leaf
from api.types.record import Asked
from api.types.traces import Notification
from models.policy.access import NOTHING, Rule, Viewer
from models.queries.db import Row
from models.terms import EntryKind, Stage, UnitKind

TYPES = {f"issue.{kind.value.lower()}": kind for kind in EntryKind}

ResumeToken = Annotated[
    str | None,
    strawberry.argument(
        description="The last `resumeToken` seen: what came after it is told first, nothing twice."
    ),
]


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="One thing that happened to an issue: a line of its timeline, told at once.")
class IssueEvent:
    type: EntryKind = leaf(description="What happened.")
    at: datetime = leaf(description="When.")
    seq: int = leaf(description="The number of the line within the issue's timeline.")
    stage: Stage = leaf(description="The stage it left the issue in.")
    resume_token: str = leaf(description="Give it as `after` to go on behind this event.")
    data: JSON = leaf(description="Its particulars, by type; no names.")
    row: strawberry.Private[Row]

    @computed("What happened, in the language of the subscription.")
    def type_label(self, info: Asked) -> str:
        return label(self.type, info.context.language)

    @computed("The issue as it stands now.")
    def issue(self) -> Issue:
        return Issue.of(self.row)


@default_rule(Rule.SIGNED_IN)
@strawberry.type(description="One occasion on which posts of the viewer were told of a duty.")
class NotificationEvent:
    at: datetime = leaf(description="When.")
    resume_token: str = leaf(description="Give it as `after` to go on behind this event.")
    rows: strawberry.Private[Sequence[Row]]

    @computed("What each of the viewer's posts was told; one, but for those who hold several.")
    def notifications(self) -> list[Notification]:
        return [Notification.of(row) for row in self.rows]


@strawberry.input(description="Which events; all that is given must hold.")
class IssueEventWhere:
    issue: ID | None = given("Of this issue.")
    street: ID | None = given("Of issues in this street.")
    community: ID | None = given("Of issues in this community.")
    department: ID | None = given("Of issues in which this department has or had a part.")
    types: list[EntryKind] | None = given("Of one of these types.")


@dataclass(frozen=True, slots=True)
class IssueEvents(Source):
    """Events of issues in the viewer's scope."""

    after: str | None
    issue: UUID | None = None
    street: UUID | None = None
    community: UUID | None = None
    department: UUID | None = None
    types: frozenset[EntryKind] | None = None

    @classmethod
    def asked(cls, where: IssueEventWhere | None, after: str | None) -> IssueEvents:
        """As the arguments say; a BAD_INPUT fault where an id is of another type."""
        if where is None:
            return cls(after)
        return cls(
            after,
            key(where.issue, "Issue", "issue"),
            key(where.street, "Street", "street"),
            key(where.community, "Community", "community"),
            key(where.department, "Department", "department"),
            None if where.types is None else frozenset(where.types),
        )

    def sights(self, viewer: Viewer, shareable: bool) -> Sequence[Sight]:
        return scoped_sights(viewer, shareable)

    def wants(self, happening: Happening, sight: Sight) -> bool:
        facts = happening.subject.facts
        kind = TYPES.get(happening.event.type)
        return (
            kind is not None
            and (self.types is None or kind in self.types)
            and (self.issue is None or self.issue == happening.event.issue)
            and (self.street is None or self.street == facts.street)
            and (self.community is None or self.community == facts.community)
            and (self.department is None or (UnitKind.DEPARTMENT, self.department) in _parts(happening))
            and sight.scope.covers(facts)
            and not (sight.beside != NOTHING and sight.beside.covers(facts))
        )

    def value(self, happening: Happening, sight: Sight) -> IssueEvent:
        event = happening.event
        return IssueEvent(
            type=TYPES[event.type],
            at=event.at,
            seq=event.seq,
            stage=Stage(event.payload["stage"]),
            resume_token=token_of(happening.position),
            data=event.payload.get("data", {}),
            row=happening.subject.row,
        )


@dataclass(frozen=True, slots=True)
class Notices(Source):
    """What the viewer's posts are told."""

    after: str | None

    def sights(self, viewer: Viewer, shareable: bool) -> Sequence[Sight]:
        posts = frozenset(post.id for post in viewer.posts if post.id is not None)
        return [Sight(viewer, NOTHING, posts=posts)] if posts else []

    def wants(self, happening: Happening, sight: Sight) -> bool:
        return any(notice["post_id"] in sight.posts for notice in happening.notices)

    def value(self, happening: Happening, sight: Sight) -> NotificationEvent:
        return NotificationEvent(
            at=happening.event.at,
            resume_token=token_of(happening.position),
            rows=[notice for notice in happening.notices if notice["post_id"] in sight.posts],
        )


def _parts(happening: Happening) -> set[tuple[Any, UUID]]:
    return {(unit.kind, unit.id) for unit in happening.subject.facts.units}
