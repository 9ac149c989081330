"""What is found of photos, who opened an original, what is held for the law, and what was deleted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import strawberry
from strawberry import ID
from strawberry.scalars import JSON

from api.labels import label
from api.rules import default_rule
from api.types.inputs import given, key, members
from api.types.leaves import computed, leaf
from api.types.record import Asked, Record, to_one
from models.policy.access import Rule
from models.queries import shapes
from models.queries.filters import Filter, among, before, equal, present, since
from models.terms import DeletedPart, EvidenceCheck, FindingWeight


@default_rule(Rule.STAFF)
@strawberry.type(description="One thing found of a photo, what it weighs, and by which rule.")
class EvidenceFinding(Record):
    shape = shapes.EVIDENCE_FINDING
    kind: EvidenceCheck = leaf(description="What was found.")
    weight: FindingWeight = leaf(description="What it weighs by the rulebook.")
    rule: str = leaf(description="The line of the rulebook that decided.")
    data: JSON = leaf(description="Its figures: metres, instants, bits apart.")
    found_at: datetime = leaf(description="When it was found.")
    evidence = to_one(shape, "evidence", "The photo.", required=True)
    issue = to_one(shape, "issue", "The issue of the photo.", required=True)
    other = to_one(shape, "other", "The photo it was compared with; null for those who may not see that one.")

    @computed("What was found, in the language of the request.")
    def kind_label(self, info: Asked) -> str:
        return label(EvidenceCheck(self.kind), info.context.language)

    @computed("What it weighs, in the language of the request.")
    def weight_label(self, info: Asked) -> str:
        return label(FindingWeight(self.weight), info.context.language)


@default_rule(Rule.OVERSIGHT)
@strawberry.type(description="Somebody was given the sealed original of a photo.")
class EvidenceOpening(Record):
    shape = shapes.EVIDENCE_OPENING
    reason: str = leaf(description="Why, in their words.")
    opened_at: datetime = leaf(description="When.")
    evidence = to_one(shape, "evidence", "The photo.", required=True)
    issue = to_one(shape, "issue", "The issue of the photo.", required=True)
    post = to_one(shape, "post", "The post that opened it.")
    person = to_one(shape, "person", "Who opened it.")


@default_rule(Rule.OVERSIGHT)
@strawberry.type(description="Photos of an issue that are kept for the law, whatever the rulebook says.")
class EvidenceHold(Record):
    shape = shapes.EVIDENCE_HOLD
    reason: str = leaf(description="Why they are kept.")
    placed_at: datetime = leaf(description="Since when.")
    lifted_at: datetime | None = leaf(description="Until when; null while they are held.")
    lifted_reason: str | None = leaf(description="Why it was lifted.")
    issue = to_one(shape, "issue", "The issue.", required=True)
    post = to_one(shape, "post", "The post that placed it.")
    lifted_by = to_one(shape, "lifted_by", "The post that lifted it.")


@default_rule(Rule.OVERSIGHT)
@strawberry.type(description="The record of a deletion: what, by which rule, and when it was gone.")
class EvidenceDeletion(Record):
    shape = shapes.EVIDENCE_DELETION
    part: DeletedPart = leaf(description="What of the photo.")
    sha256: str = leaf(description="SHA-256 of the original in hexadecimal.")
    rule: str = leaf(description="The line of the rulebook that decided.")
    keys: JSON = leaf(description="The objects it was made of.")
    shared: JSON = leaf(description="Of these the ones that another photo with the same content still needs.")
    due_at: datetime = leaf(description="Since when it was due.")
    decided_at: datetime = leaf(description="When it was taken out of sight.")
    done_at: datetime | None = leaf(description="When the store had none of it; null until then.")
    evidence = to_one(shape, "evidence", "The photo.", required=True)
    issue = to_one(shape, "issue", "The issue of the photo.", required=True)

    @computed("What of the photo, in the language of the request.")
    def part_label(self, info: Asked) -> str:
        return label(DeletedPart(self.part), info.context.language)


@default_rule(Rule.OPERATIONS)
@strawberry.type(description="What a sweep of database and store found and did.")
class EvidenceSweep(Record):
    shape = shapes.EVIDENCE_SWEEP
    whole: bool = leaf(description="Whether every object was read and its hash compared.")
    started_at: datetime = leaf(description="When it began.")
    ended_at: datetime | None = leaf(description="When it was done; null while it runs, or where it died.")
    figures: JSON = leaf(description="How many rows, objects, orphans, deletions and faults.")
    faults: JSON = leaf(description="The first hundred rows whose object is missing or has another hash.")


@strawberry.input(description="Which findings.")
class EvidenceFindingWhere:
    issue: ID | None = given("Of photos of this issue.")
    evidence: ID | None = given("Of this photo.")
    kinds: list[EvidenceCheck] | None = given("One of these.")
    weights: list[FindingWeight] | None = given("That weigh one of these.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        return [
            equal("issue_id", key(self.issue, "Issue", "issue")),
            equal("evidence_id", key(self.evidence, "Evidence", "evidence")),
            among("kind", members(self.kinds)),
            among("weight", members(self.weights)),
        ]


@strawberry.input(description="Which openings.")
class EvidenceOpeningWhere:
    issue: ID | None = given("Of photos of this issue.")
    evidence: ID | None = given("Of this photo.")
    opened_from: datetime | None = given("Opened at this instant or later.")
    opened_to: datetime | None = given("Opened before this instant.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        return [
            equal("issue_id", key(self.issue, "Issue", "issue")),
            equal("evidence_id", key(self.evidence, "Evidence", "evidence")),
            since("opened_at", self.opened_from),
            before("opened_at", self.opened_to),
        ]


@strawberry.input(description="Which holds.")
class EvidenceHoldWhere:
    issue: ID | None = given("Of this issue.")
    standing: bool | None = given("Whether it stands still.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        return [
            equal("issue_id", key(self.issue, "Issue", "issue")),
            present("lifted_at", None if self.standing is None else not self.standing),
        ]


@strawberry.input(description="Which deletions.")
class EvidenceDeletionWhere:
    issue: ID | None = given("Of photos of this issue.")
    evidence: ID | None = given("Of this photo.")
    done: bool | None = given("Whether the store has none of it any more.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        return [
            equal("issue_id", key(self.issue, "Issue", "issue")),
            equal("evidence_id", key(self.evidence, "Evidence", "evidence")),
            present("done_at", self.done),
        ]


@strawberry.input(description="Which sweeps.")
class EvidenceSweepWhere:
    whole: bool | None = given("Whether every object was read.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        return [equal("whole", self.whole)]
