"""What an issue leaves behind: its timeline, its photos, and who was told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import strawberry
from strawberry import ID
from strawberry.scalars import JSON

from api.errors import ErrorCode, Fault, FaultError
from api.labels import label
from api.rules import default_rule
from api.types.inputs import given, key, members
from api.types.leaves import computed, leaf
from api.types.record import Asked, Record, to_one
from models.policy.access import Rule
from models.queries import shapes
from models.queries.filters import Filter, among, before, equal, present, since
from models.terms import EntryKind, EvidenceKind, EvidenceStatus, RungTarget, Stage
from storage.evidence import StoreError

VIEW_FOR = timedelta(minutes=5)


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="One line of what happened to an issue.")
class TimelineEntry(Record):
    shape = shapes.TIMELINE_ENTRY
    seq: int = leaf(description="Its number within the issue, from 1.")
    kind: EntryKind = leaf(description="What happened.")
    stage: Stage = leaf(description="The stage it left the issue in.")
    at: datetime = leaf(description="When it was written.")
    owed_at: datetime | None = leaf(description="When it fell due, where it tells of a duty.")
    rule: str | None = leaf(description="The rule that decided.")
    note: str | None = leaf(description="What was written with it.")
    data: JSON = leaf(description="Its particulars, by kind; no names.")
    issue = to_one(shape, "issue", "The issue it belongs to.", required=True)
    post = to_one(shape, "post", "The post that acted; null for those who may not see posts.")
    department = to_one(shape, "department", "The department that acted or is concerned.")

    @computed("What happened, in the language of the request.")
    def kind_label(self, info: Asked) -> str:
        return label(EntryKind(self.kind), info.context.language)


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="佐证: a photo of an issue.")
class Evidence(Record):
    shape = shapes.EVIDENCE
    kind: EvidenceKind = leaf(description="What it shows.")
    status: EvidenceStatus = leaf(description="Whether it counts yet.")
    content_type: str = leaf(description="Its media type.")
    size: int = leaf(description="Its size in bytes.")
    sha256: str = leaf(description="Its SHA-256 in hexadecimal.")
    announced_at: datetime = leaf(description="When it was announced.")
    confirmed_at: datetime | None = leaf(description="When its bytes were checked.")
    object_key: strawberry.Private[str]
    issue = to_one(shape, "issue", "The issue it belongs to.", required=True)
    post = to_one(shape, "post", "The post that took it; null for a resident's.")

    @computed("What it shows, in the language of the request.")
    def kind_label(self, info: Asked) -> str:
        return label(EvidenceKind(self.kind), info.context.language)

    @computed("Where it can be looked at for five minutes; null until it is confirmed.")
    async def view_url(self, info: Asked) -> str | None:
        store = info.context.evidence_store
        if self.status != EvidenceStatus.CONFIRMED:
            return None
        if store is None:
            raise FaultError(Fault(ErrorCode.UNAVAILABLE, "unavailable"))
        try:
            return await store.view_url(
                self.object_key,
                lifetime=VIEW_FOR,
                filename=f"{self.kind.lower()}-{self.sha256[:8]}",
                content_type=self.content_type,
            )
        except StoreError as error:
            raise FaultError(Fault(ErrorCode.UNAVAILABLE, "unavailable")) from error


@default_rule(Rule.SIGNED_IN)
@strawberry.type(description="A reminder or escalation told to one post.")
class Notification(Record):
    shape = shapes.NOTIFICATION
    target: RungTarget = leaf(description="As whom the post was told.")
    percent: int = leaf(description="The share of the time allowed at which it was owed; 100 is the breach.")
    owed_at: datetime = leaf(description="When it was owed.")
    told_at: datetime = leaf(description="When it was told.")
    read_at: datetime | None = leaf(description="When it was read.")
    delivered_at: datetime | None = leaf(description="When its channel took it; null until delivered.")
    post = to_one(shape, "post", "Who was told.")
    issue = to_one(shape, "issue", "The issue it is about, where it is about one.", rule=Rule.READ_ISSUES)
    negative_item = to_one(
        shape, "negative_item", "The negative item it is about, where it is about one.", rule=Rule.STAFF
    )
    cycle = to_one(shape, "cycle", "The satisfaction cycle it is about, where it is about one.")
    duty = to_one(shape, "duty", "The duty it is about.", rule=Rule.READ_ISSUES)

    @computed("As whom the post was told, in the language of the request.")
    def target_label(self, info: Asked) -> str:
        return label(RungTarget(self.target), info.context.language)


@strawberry.input(description="Which photos.")
class EvidenceWhere:
    issue: ID | None = given("Of this issue.")
    kinds: list[EvidenceKind] | None = given("That show one of these.")
    statuses: list[EvidenceStatus] | None = given("Of one of these states.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        return [
            equal("issue_id", key(self.issue, "Issue", "issue")),
            among("kind", members(self.kinds)),
            among("status", members(self.statuses)),
        ]


@strawberry.input(description="Which notifications.")
class NotificationWhere:
    issue: ID | None = given("About this issue.")
    negative_item: ID | None = given("About this negative item.")
    unread: bool | None = given("Whether nobody has read it yet.")
    told_from: datetime | None = given("Told at this instant or later.")
    told_to: datetime | None = given("Told before this instant.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        return [
            equal("issue_id", key(self.issue, "Issue", "issue")),
            equal("negative_item_id", key(self.negative_item, "NegativeItem", "negativeItem")),
            present("read_at", None if self.unread is None else not self.unread),
            since("told_at", self.told_from),
            before("told_at", self.told_to),
        ]
