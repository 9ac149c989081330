"""Batches as they are looked at: before they are started, and while they run."""

from __future__ import annotations

from asyncio import gather
from typing import Annotated, TypeAlias

import strawberry
from strawberry import ID

from api import ids
from api.mutations.asking import Asking, refusable
from api.mutations.choosing import BatchChoice, check_number, pull_of
from api.problems import AnyProblem
from api.rules import resolved
from api.types.batches import Batch, BatchPreview, BatchRefusal, BatchWhere, said
from api.types.record import Asked, listing, one
from models.policy.access import Rule
from models.queries import batches, shapes

SAMPLE = 10
SHOWN_REFUSED = 100

PreviewBatchResult: TypeAlias = Annotated[
    BatchPreview | AnyProblem,
    strawberry.union("PreviewBatchResult", description="What it would come to, or why it cannot be done."),
]
CHOICE = strawberry.argument(description="The action and the cases.")
KEY = strawberry.argument(description="The batch's id.")


@strawberry.type
class LeverQuery:
    @resolved(Rule.LEVERS, "What a batch would come to now: how many, the first few, and who would refuse.")
    @refusable
    async def preview_batch(self, info: Asked, choice: Annotated[BatchChoice, CHOICE]) -> PreviewBatchResult:
        context = info.context
        asking = Asking(context, "PREVIEW_BATCH", "")
        pull = await pull_of(asking, choice, "choice")
        filters = choice.where.filters(context.asked_at)
        found = await batches.preview(
            context.viewer, pull.district, filters, pull.lever, context.now(), SAMPLE
        )
        check_number(asking, found.total, "choice.where")
        refused = found.refused[:SHOWN_REFUSED]
        wanted = [*found.sample, *(one.issue for one in refused)]
        issues = await gather(*(one(context, shapes.ISSUE, issue) for issue in wanted))
        return BatchPreview(
            total=found.total,
            changing=found.total - len(found.refused),
            refused_count=len(found.refused),
            sample=[issue for issue in issues[: len(found.sample)] if issue is not None],  # type: ignore[misc]
            refused=[
                BatchRefusal(issue=issue, problem=said(refusal.why, asking.problems))  # type: ignore[arg-type]
                for refusal, issue in zip(refused, issues[len(found.sample) :], strict=True)
            ],
        )

    @resolved(Rule.LEVERS, "The batch of this id; null where the viewer sees none.")
    async def batch(self, info: Asked, id: Annotated[ID, KEY]) -> Batch | None:
        found = await one(info.context, shapes.BATCH, ids.key_of(id, "Batch", "id"))
        return found if isinstance(found, Batch) else None

    batches = listing("Batch", BatchWhere, "Batches of the viewer's district.", Rule.LEVERS)
