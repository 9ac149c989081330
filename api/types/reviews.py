"""逆向评议: sheets and signatures before a review counts, scorecards, appeals after (domain guide 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import strawberry
from strawberry import ID

from api.labels import label
from api.rules import default_rule
from api.types.inputs import given, key, members
from api.types.leaves import computed, leaf
from api.types.record import Asked, Record, to_each, to_list, to_one
from models.policy.access import Rule
from models.queries import pages, shapes
from models.queries import paper_shapes as paper
from models.queries.filters import Filter, among, before, equal, present, since
from models.queries.pages import Window
from models.terms import AppealOutcome, Criterion


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="Points for one criterion.")
class CriterionScore:
    criterion: Criterion = leaf(description="What was scored.")
    points: int = leaf(description="What was given, at most 20.")

    @computed("The criterion in the language of the request.")
    def label(self, info: Asked) -> str:
        return label(self.criterion, info.context.language)


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="逆向评议: what the calling street gave one department on one issue.")
class Scorecard(Record):
    shape = shapes.SCORECARD
    total: int = leaf(description="The sum of its points, at most 100, as the street gave them.")
    comment: str | None = leaf(description="What the street wrote.")
    rulebook_version: str = leaf(description="The rulebook whose criteria were used.")
    reviewed_at: datetime = leaf(description="When it was scored.")
    issue = to_one(shape, "issue", "The issue it is about.", required=True)
    assignment = to_one(shape, "assignment", "The part that was scored.", required=True)
    street = to_one(shape, "street", "Who scored.", required=True)
    department = to_one(shape, "department", "Who was scored.", required=True)
    post = to_one(shape, "post", "The post that scored; null for those who may not see posts.")
    signers = to_each(
        shape, "signers", "The people of the street who signed; empty for those who may not see people."
    )
    appeals = to_list(shape, "appeals", "The department's appeal, if there is one: at most one.")

    @computed("The total that counts: the street's, or what the office set on appeal.")
    async def counted_total(self, info: Asked) -> int:
        edge = self.shape.to_many["appeals"]
        loader = info.context.loaders.page(paper.APPEAL, edge, Window(edge.sort, limit=pages.MOST))
        changed = [row["total"] for row in (await loader.load(self.id)).rows if row["total"] is not None]
        return changed[0] if changed else self.total

    @computed("The points for each criterion, in the order of the domain, as the street gave them.")
    def scores(self) -> list[CriterionScore]:
        return points(self.__dict__["scores"])


def points(given_points: Mapping[str, int] | None) -> list[CriterionScore]:
    """Points as JSON has them, in the order of the domain."""
    known = given_points or {}
    return [CriterionScore(criterion=c, points=known[c]) for c in Criterion if c in known]


@default_rule(Rule.STAFF)
@strawberry.type(description="评议表: a review in draft; it counts once two people of the street signed it.")
class ReviewSheet(Record):
    shape = paper.REVIEW_SHEET
    version: int = leaf(description="Raised by every change, which voids the signatures before it.")
    comment: str | None = leaf(description="What the street would write.")
    drafted_at: datetime = leaf(description="When it was last changed.")
    issue = to_one(shape, "issue", "The issue it is about.", required=True)
    assignment = to_one(shape, "assignment", "The part it is about.", required=True)
    post = to_one(shape, "post", "The post that drafted it.")
    signatures = to_list(shape, "signatures", "Every signature; those of its present version count.")

    @computed("The points for each criterion, in the order of the domain.")
    def scores(self) -> list[CriterionScore]:
        return points(self.__dict__["scores"])


@default_rule(Rule.STAFF)
@strawberry.type(description="One person's signature under one version of a sheet.")
class ReviewSignature(Record):
    shape = paper.REVIEW_SIGNATURE
    version: int = leaf(description="The version of the sheet that was signed.")
    signed_at: datetime = leaf(description="When it was signed.")
    issue = to_one(shape, "issue", "The issue it is about.", required=True)
    person = to_one(shape, "person", "Who signed; null for those who may not see people.")
    post = to_one(shape, "post", "The post in which they signed.")


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="申诉: a department's appeal against its scorecard, and the office's decision.")
class Appeal(Record):
    shape = paper.APPEAL
    grounds: str = leaf(description="What the department wrote.")
    appealed_at: datetime = leaf(description="When it appealed.")
    outcome: AppealOutcome | None = leaf(description="How it was decided; null until it is.")
    total: int | None = leaf(description="CHANGED: the sum that counts instead.")
    reason: str | None = leaf(description="What the office wrote.")
    decided_at: datetime | None = leaf(description="When it was decided.")
    issue = to_one(shape, "issue", "The issue it is about.", required=True)
    assignment = to_one(shape, "assignment", "The part that was scored.", required=True)
    scorecard = to_one(shape, "scorecard", "The scorecard it is against.", required=True)
    department = to_one(shape, "department", "Who appealed.", required=True)
    post = to_one(shape, "post", "The post that appealed; null for those who may not see posts.")
    decider = to_one(shape, "decider", "The post that decided; null for those who may not see posts.")

    @computed("CHANGED: the points that count instead; else empty.")
    def scores(self) -> list[CriterionScore]:
        return points(self.__dict__["scores"])

    @computed("The outcome in the language of the request.")
    def outcome_label(self, info: Asked) -> str | None:
        return label(AppealOutcome(self.outcome), info.context.language) if self.outcome else None


@strawberry.input(description="Which scorecards.")
class ScorecardWhere:
    issue: ID | None = given("About this issue.")
    department: ID | None = given("Of this department.")
    street: ID | None = given("By this street.")
    reviewed_from: datetime | None = given("Scored at this instant or later.")
    reviewed_to: datetime | None = given("Scored before this instant.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        return [
            equal("issue_id", key(self.issue, "Issue", "issue")),
            equal("department_id", key(self.department, "Department", "department")),
            equal("street_id", key(self.street, "Street", "street")),
            since("reviewed_at", self.reviewed_from),
            before("reviewed_at", self.reviewed_to),
        ]


@strawberry.input(description="Which appeals.")
class AppealWhere:
    issue: ID | None = given("About this issue.")
    department: ID | None = given("Of this department.")
    decided: bool | None = given("Whether the office has decided.")
    outcomes: list[AppealOutcome] | None = given("That were decided in one of these ways.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        return [
            equal("issue_id", key(self.issue, "Issue", "issue")),
            equal("department_id", key(self.department, "Department", "department")),
            present("decided_at", self.decided),
            among("outcome", members(self.outcomes)),
        ]
