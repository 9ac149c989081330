"""Operators' levers: a batch of orders is started, suspended, resumed, cancelled."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias
from uuid import UUID

import strawberry
from strawberry import ID

from api.context import Context
from api.mutations.asking import Asking, refusable
from api.mutations.choosing import BatchChoice, check_number, entitled, plain, pull_of
from api.mutations.inputs import COMMAND, DONE, KEY_WORDS, said
from api.mutations.results import read
from api.problems import AnyProblem
from api.rules import commanded, default_rule
from api.types.batches import Batch
from api.types.record import Asked, one
from models.policy.access import Rule
from models.policy.steps import Refusal
from models.policy.text import WORDS
from models.queries import batches, commands, shapes
from models.queries.batches import NewBatch
from models.queries.commands import Receipt
from models.terms import BatchAction, BatchStatus
from workflows.gateway import CaseUnavailableError


@strawberry.input(description="A batch as it was looked at.")
class StartBatchInput:
    idempotency_key: str = said(KEY_WORDS)
    choice: BatchChoice = said("The action and the cases.")
    reason: str = said("Why, in words; for SUSPEND the emergency that was declared. Up to 2,000 characters.")
    expected: int = said("How many cases the preview found; where it is another number now, nothing is done.")


@strawberry.input(description="An order to a batch itself.")
class BatchInput:
    idempotency_key: str = said(KEY_WORDS)
    batch: ID = said("The batch.")


@default_rule(Rule.LEVERS)
@strawberry.type(description="The batch is on record and is carried out from here on.")
class BatchStarted:
    batch: Batch = strawberry.field(description="The batch.")


@default_rule(Rule.LEVERS)
@strawberry.type(description="The batch was suspended, resumed or cancelled.")
class BatchTurned:
    batch: Batch = strawberry.field(description="The batch as it stands now.")


StartBatchResult: TypeAlias = Annotated[
    BatchStarted | AnyProblem, strawberry.union("StartBatchResult", description=DONE)
]
TurnBatchResult: TypeAlias = Annotated[
    BatchTurned | AnyProblem, strawberry.union("TurnBatchResult", description=DONE)
]


@strawberry.type
class LeverMutation:
    @commanded(
        Rule.SIGNED_IN, "Starts a batch: the cases its filter finds now are given the order, once each."
    )
    @refusable
    async def start_batch(self, info: Asked, input: Annotated[StartBatchInput, COMMAND]) -> StartBatchResult:
        context = info.context
        asking = Asking(context, "START_BATCH", input.idempotency_key)
        command = asking.id
        reason = asking.text("input.reason", input.reason, WORDS)
        pull = await pull_of(asking, input.choice, "input.choice")
        chosen = plain(input.choice.where)
        check_number(asking, input.expected, "input.expected")
        received = await batches.start(
            NewBatch(
                pull.district,
                pull.lever,
                reason,
                chosen,
                pull.rulebook,
                context.viewer.person,
                pull.post.id,
                context.request_id or None,
            ),
            context.viewer,
            input.choice.where.filters(context.asked_at),
            input.expected,
            command=command,
            actor=asking.actor,
            fingerprint=commands.digest(asking.command, _asked(input, chosen, reason)),
            now=context.now(),
        )
        if isinstance(received, int):
            raise asking.invalid("input.expected", "OTHER_NUMBER", found=received)
        if received.receipt is Receipt.CONFLICT or received.result is None:
            raise asking.refuse(asking.problems.key_reused())
        return BatchStarted(batch=await read(context, shapes.BATCH, received.result))

    @commanded(Rule.SIGNED_IN, "Suspends a batch: no further case is given its order until it is resumed.")
    @refusable
    async def pause_batch(self, info: Asked, input: Annotated[BatchInput, COMMAND]) -> TurnBatchResult:
        return await _turned(info.context, input, BatchStatus.PAUSED)

    @commanded(Rule.SIGNED_IN, "Resumes a suspended batch.")
    @refusable
    async def resume_batch(self, info: Asked, input: Annotated[BatchInput, COMMAND]) -> TurnBatchResult:
        return await _turned(info.context, input, BatchStatus.RUNNING)

    @commanded(Rule.SIGNED_IN, "Cancels a batch: what was done stays done, what waits is left undone.")
    @refusable
    async def cancel_batch(self, info: Asked, input: Annotated[BatchInput, COMMAND]) -> TurnBatchResult:
        return await _turned(info.context, input, BatchStatus.CANCELLED)


def _asked(input: StartBatchInput, chosen: dict[str, Any], reason: str) -> list[Any]:
    choice = input.choice
    levers = [choice.action.value, choice.more, choice.from_department, choice.to_department]
    return [*levers, chosen, reason, input.expected]


async def _turned(context: Context, input: BatchInput, status: BatchStatus) -> BatchTurned:
    asking = Asking(context, f"BATCH_{status.value}", input.idempotency_key)
    _ = asking.id  # a key that is none is refused, as everywhere
    key = asking.key("input.batch", input.batch, "Batch")[1]
    row: Any = await one(context, shapes.BATCH, key)
    if row is None:
        raise asking.refuse(asking.problems.not_found("input.batch", "batch"))
    await entitled(asking, BatchAction(row.action))
    if row.status != status.value:
        refusal = await _sent(asking, key, status)
        if refusal is not None:
            raise asking.refuse(asking.problems.refused(refusal))
    context.loaders.forget()
    return BatchTurned(batch=await read(context, shapes.BATCH, key))


async def _sent(asking: Asking, batch: UUID, status: BatchStatus) -> Refusal | None:
    turning = asking.context.batches
    if turning is None:
        raise asking.refuse(asking.problems.unavailable())
    try:
        return await turning.turn(batch, status)
    except CaseUnavailableError:
        raise asking.refuse(asking.problems.unavailable()) from None
