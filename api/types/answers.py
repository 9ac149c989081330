"""What reporters are told, answered and asked; each keeps their own (domain guide 3)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import strawberry

from api.labels import label
from api.rules import default_rule
from api.types.leaves import computed, leaf
from api.types.masking import masked
from api.types.record import Asked, Record, to_one
from models.policy.access import Rule
from models.queries import paper_shapes as paper
from models.queries import shapes
from models.terms import EntryKind, Rating

SEEN = "null for those who may not see posts."


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="答复: the street's answer to one report; a reopened issue is answered anew.")
class Answer(Record):
    shape = paper.ANSWER
    round: int = leaf(description="How often a dissatisfied reporter had reopened the issue then.")
    words: str = leaf(description="What the reporter was told.")
    answered_at: datetime = leaf(description="When.")
    issue = to_one(shape, "issue", "The issue.", required=True)
    report = to_one(shape, "report", "The report it answers.", required=True)
    post = to_one(shape, "post", f"The post that answered; {SEEN}")


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="评价: what a reporter said of the result, or the street wrote down for them.")
class ReportRating(Record):
    shape = paper.REPORT_RATING
    round: int = leaf(description="How often a dissatisfied reporter had reopened the issue then.")
    rating: Rating = leaf(description="What was said.")
    followed_up: bool = leaf(description="Whether the street asked and wrote it down.")
    rated_at: datetime = leaf(description="When.")
    issue_id: strawberry.Private[UUID]
    report_id: strawberry.Private[UUID]
    issue = to_one(shape, "issue", "The issue.", required=True)
    report = to_one(shape, "report", "The report it is about.", required=True)
    post = to_one(shape, "post", f"The post that wrote it down; {SEEN}")

    @computed("What was said, in the language of the request.")
    def rating_label(self, info: Asked) -> str:
        return label(Rating(self.rating), info.context.language)

    @computed("The reporter's own words; null but for the reporter and those handling the issue.")
    async def comment(self, info: Asked) -> str | None:
        words: str | None = self.__dict__["comment"]
        if not words:
            return words
        report = await info.context.loaders.row(shapes.REPORT).load(self.report_id)
        told_by = report and report["reporter_id"]
        return None if await masked(info.context, self.issue_id, told_by) else words


@default_rule(Rule.READ_ISSUES)
@strawberry.type(description="A step of the issue as its reporter is told of it.")
class ReportMessage(Record):
    shape = paper.REPORT_MESSAGE
    kind: EntryKind = leaf(description="What was done.")
    at: datetime = leaf(description="When.")
    delivered_at: datetime | None = leaf(description="When its channel took it; null until delivered.")
    issue = to_one(shape, "issue", "The issue.", required=True)
    report = to_one(shape, "report", "Whose report it is about.", required=True)

    @computed("What was done, in the language of the request.")
    def kind_label(self, info: Asked) -> str:
        return label(EntryKind(self.kind), info.context.language)
