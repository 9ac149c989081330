"""What an issue leaves behind: its timeline, its photos, and who was told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import strawberry
from strawberry import ID
from strawberry.scalars import JSON

from api.errors import ErrorCode, Fault, FaultError
from api.labels import label
from api.rules import default_rule, shown
from api.types.inputs import given, key, members
from api.types.leaves import computed, leaf
from api.types.record import Asked, Record, to_list, to_one
from models.policy.access import Rule
from models.queries import shapes
from models.queries.filters import Filter, among, before, equal, present, since
from models.terms import (
    Datum,
    EntryKind,
    EvidenceKind,
    EvidenceRefusal,
    EvidenceStatus,
    RungTarget,
    Stage,
)


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
@strawberry.type(description="佐证: a photo of an issue. What its camera said is for staff.")
class Evidence(Record):
    shape = shapes.EVIDENCE
    kind: EvidenceKind = leaf(description="What it shows.")
    status: EvidenceStatus = leaf(description="Whether it counts yet.")
    content_type: str = leaf(description="Its media type, as announced.")
    size: int = leaf(description="Its size in bytes.")
    sha256: str = leaf(description="Its SHA-256 in hexadecimal.")
    announced_at: datetime = leaf(description="When it was announced.")
    confirmed_at: datetime | None = leaf(description="When its bytes were checked.")
    settled_at: datetime | None = leaf(description="When it was accepted or refused.")
    refusal: EvidenceRefusal | None = leaf(description="Why it was refused.")
    refusal_found: str | None = leaf(description="What was found of a refused one, in English.")
    found_type: str | None = leaf(description="What it really is, by its content.")
    wide: int | None = leaf(description="Its width in pixels, turned upright.")
    high: int | None = leaf(description="Its height in pixels, turned upright.")
    taken_at: datetime | None = shown(Rule.STAFF, "When it was taken, by the camera.")
    camera: str | None = shown(Rule.STAFF, "What camera, by its own word.")
    datum: Datum | None = shown(Rule.STAFF, "In which datum the camera said where it was.")
    wgs_longitude: float | None = shown(Rule.STAFF, "Where it was taken: degrees east, WGS-84.")
    wgs_latitude: float | None = shown(Rule.STAFF, "Degrees north, WGS-84.")
    gcj_longitude: float | None = shown(Rule.STAFF, "The same in GCJ-02, as Chinese maps show it.")
    gcj_latitude: float | None = shown(Rule.STAFF, "Degrees north, GCJ-02.")
    view_key: strawberry.Private[str | None]
    medium_key: strawberry.Private[str | None]
    small_key: strawberry.Private[str | None]
    original_key: strawberry.Private[str | None]
    issue = to_one(shape, "issue", "The issue it belongs to.", required=True)
    post = to_one(shape, "post", "The post that took it; null for a resident's.")
    findings = to_list(shape, "findings", "What was found of it.", rule=Rule.STAFF)
    openings = to_list(shape, "openings", "Who opened its original, and why.", rule=Rule.OVERSIGHT)
    deletions = to_list(shape, "deletions", "The record of its deletion.", rule=Rule.OVERSIGHT)

    @computed("What it shows, in the language of the request.")
    def kind_label(self, info: Asked) -> str:
        return label(EvidenceKind(self.kind), info.context.language)

    @computed("Whether it counts, in the language of the request.")
    def status_label(self, info: Asked) -> str:
        return label(EvidenceStatus(self.status), info.context.language)

    @computed("Why it was refused, in the language of the request.")
    def refusal_label(self, info: Asked) -> str | None:
        return label(EvidenceRefusal(self.refusal), info.context.language) if self.refusal else None

    @computed("Where it can be looked at for five minutes; null until it is accepted.")
    def view_url(self, info: Asked) -> str | None:
        return self._address(info, self.view_key)

    @computed("The same, at most 1,024 pixels on its longer side.")
    def medium_url(self, info: Asked) -> str | None:
        return self._address(info, self.medium_key)

    @computed("The same, at most 320 pixels on its longer side.")
    def small_url(self, info: Asked) -> str | None:
        return self._address(info, self.small_key)

    def _address(self, info: Asked, key: str | None) -> str | None:
        pictures = info.context.pictures
        if self.status != EvidenceStatus.ACCEPTED or key is None:
            return None
        if pictures is None:
            raise FaultError(Fault(ErrorCode.UNAVAILABLE, "unavailable"))
        return pictures.url(key, f"{self.kind.lower()}-{self.sha256[:8]}")


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
