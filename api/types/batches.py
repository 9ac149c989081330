"""Batches: what operators do to many cases at once, how far it has come, and what came of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import strawberry
from strawberry.scalars import JSON

from api.labels import label
from api.problems import Problem, Problems
from api.rules import default_rule
from api.types.inputs import given, members
from api.types.issues import Issue
from api.types.leaves import computed, leaf
from api.types.record import Asked, Record, to_many, to_one
from models.policy.access import Rule
from models.policy.steps import Refusal, RefusalCode
from models.queries import shapes
from models.queries.filters import Filter, among
from models.terms import BatchAction, BatchItemStatus, BatchStatus

SECOND = 1_000_000


@default_rule(Rule.LEVERS)
@strawberry.type(description="How many cases of a batch stand where.")
class BatchProgress:
    total: int = leaf(description="How many cases it has.")
    waiting: int = leaf(description="Not given their order yet, or tried and to be tried again.")
    done: int = leaf(description="Took the order.")
    refused: int = leaf(description="Refused it; each says why.")
    failed: int = leaf(description="Did not answer, however often they were tried.")
    cancelled: int = leaf(description="Left undone, because the batch was cancelled.")


@default_rule(Rule.LEVERS)
@strawberry.type(description="One action on many cases, as it was ordered.")
class Batch(Record):
    shape = shapes.BATCH
    action: BatchAction = leaf(description="What is done to each case.")
    status: BatchStatus = leaf(description="Where the batch stands.")
    reason: str = leaf(description="Why, in words; it stands in each case's timeline.")
    chosen: JSON = leaf(description="The filter that chose the cases, as it was sent.")
    total: int = leaf(description="How many cases it has.")
    calendar_version: str | None = leaf(description="The calendar that cases take: RECOMPUTE, MIGRATE.")
    created_at: datetime = leaf(description="When it was ordered.")
    started_at: datetime | None = leaf(description="When it began; null for the moment before.")
    ended_at: datetime | None = leaf(description="When it was done or cancelled.")
    extra_us: strawberry.Private[int | None]
    district = to_one(shape, "district", "The district whose cases they are.", required=True)
    source = to_one(shape, "source", "HAND_OVER: whose parts they were.")
    target = to_one(shape, "target", "HAND_OVER: who has them now.")
    rulebook = to_one(shape, "rulebook", "MIGRATE: the version that cases take.")
    post = to_one(shape, "post", "The post that ordered it.")
    items = to_many(shape, "items", "Its cases, in the order they were opened.")

    @computed("EXTEND: how much more, in whole seconds of working time.")
    def extra_seconds(self) -> int | None:
        return None if self.extra_us is None else self.extra_us // SECOND

    @computed("How far it has come.")
    async def progress(self, info: Asked) -> BatchProgress:
        counted = await info.context.loaders.progress().load(self.id)
        return _progress(self.total, counted)

    @computed("The action, in the language of the request.")
    def action_label(self, info: Asked) -> str:
        return label(BatchAction(self.action), info.context.language)

    @computed("Its status in the language of the request.")
    def status_label(self, info: Asked) -> str:
        return label(BatchStatus(self.status), info.context.language)


@default_rule(Rule.LEVERS)
@strawberry.type(description="One case of a batch, and what came of it.")
class BatchItem(Record):
    shape = shapes.BATCH_ITEM
    position: int = leaf(description="Its place in the batch, from 1.")
    status: BatchItemStatus = leaf(description="What came of it.")
    attempts: int = leaf(description="How often it was tried and did not answer.")
    seq: int | None = leaf(description="The line of the issue's timeline that says what was done.")
    detail: str | None = leaf(description="Why the last try failed.")
    done_at: datetime | None = leaf(description="When its result was known.")
    batch = to_one(shape, "batch", "The batch.", required=True)
    issue = to_one(shape, "issue", "The issue.", required=True)

    @computed("Why it was refused.")
    def problem(self, info: Asked) -> Problem | None:
        row = self.__dict__
        if row["code"] is None:
            return None
        why = Refusal(RefusalCode(row["code"]), row["field"], row["found"], tuple(row["expected"] or ()))
        return said(why, Problems(info.context.language))

    @computed("Its status in the language of the request.")
    def status_label(self, info: Asked) -> str:
        return label(BatchItemStatus(self.status), info.context.language)


@default_rule(Rule.LEVERS)
@strawberry.type(description="A case that would refuse the order, and why.")
class BatchRefusal:
    issue: Issue | None = leaf(description="The issue.")
    problem: Problem = leaf(description="Why it would refuse.")


@default_rule(Rule.LEVERS)
@strawberry.type(description="What a batch would come to now; nothing is done.")
class BatchPreview:
    total: int = leaf(description="How many cases the filter finds; give it to `startBatch` as `expected`.")
    changing: int = leaf(description="How many would take the order.")
    refused_count: int = leaf(description="How many would refuse it.")
    sample: list[Issue] = leaf(description="The first few, in the order of the batch.")
    refused: list[BatchRefusal] = leaf(description="The first hundred that would refuse, and why.")


@strawberry.input(description="Which batches.")
class BatchWhere:
    actions: list[BatchAction] | None = given("Of one of these actions.")
    statuses: list[BatchStatus] | None = given("In one of these states.")

    def filters(self, now: datetime) -> Sequence[Filter]:
        return [among("action", members(self.actions)), among("status", members(self.statuses))]


def said(why: Refusal, problems: Problems) -> Problem:
    """A case's refusal in words; there is no input at fault."""
    problem: Any = problems.refused(why)
    return replace(problem, field=None)  # type: ignore[no-any-return]


def _progress(total: int, counted: Mapping[BatchItemStatus, int]) -> BatchProgress:
    figures = {status.name.lower(): counted.get(status, 0) for status in BatchItemStatus}
    return BatchProgress(total=total, **figures)
