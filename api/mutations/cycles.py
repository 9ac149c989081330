"""The satisfaction cycle itself: begun with a round, moved on by the office where facts alone do not."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry
from strawberry import ID

from api.mutations.asking import Asking, refusable
from api.mutations.commanding import Arriving, delivered
from api.mutations.entitling import entitled
from api.mutations.inputs import COMMAND, DONE, KEY_WORDS, said
from api.mutations.results import read
from api.problems import AnyProblem
from api.rules import commanded, default_rule
from api.types.record import Asked
from api.types.rectification import RectificationCycle
from models.policy import orders
from models.policy.access import Rule
from models.policy.acts import Act, Ground
from models.policy.item_orders import Advance
from models.policy.text import OPTIONAL_WORDS
from models.queries import cases, commands, loops, rounds
from models.queries import rectification_shapes as shapes
from models.queries.commands import Receipt
from models.queries.rounds import Order

OFFICE = "The response office's to do."


@strawberry.input(description="A round whose cycle is to begin.")
class BeginCycleInput:
    idempotency_key: str = said(KEY_WORDS)
    survey: ID = said("The round.")


@strawberry.input(description="A satisfaction cycle that is to move on.")
class AdvanceCycleInput:
    idempotency_key: str = said(KEY_WORDS)
    cycle: ID = said("The cycle.")
    note: str | None = said("A word with it, up to 2,000 characters.", default=None)


@default_rule(Rule.PUBLIC)
@strawberry.type(description="The cycle as the command left it.")
class CycleChanged:
    cycle: RectificationCycle = strawberry.field(description="The cycle.")


CycleCommandResult: TypeAlias = Annotated[
    CycleChanged | AnyProblem, strawberry.union("CycleCommandResult", description=DONE)
]


@strawberry.type
class CycleMutation:
    @commanded(
        Rule.SIGNED_IN,
        f"考评启动: begins the satisfaction cycle of a round; one that has begun stays as it is. {OFFICE}",
    )
    @refusable
    async def begin_cycle(
        self, info: Asked, input: Annotated[BeginCycleInput, COMMAND]
    ) -> CycleCommandResult:
        asking = Asking(info.context, "BEGIN_CYCLE", input.idempotency_key)
        of = await rounds.found(asking.key("input.survey", input.survey, "Survey")[1])
        if of is None:
            raise asking.refuse(asking.problems.not_found("input.survey", "survey"))
        await entitled(asking, Act.RUN_CYCLE, Ground(of.district), "input.survey")
        if (await cases.rulebook(of.rulebook)).rectification is None:
            raise asking.invalid("input.survey", "NO_RECTIFICATION")
        fingerprint = commands.digest(asking.command, [str(of.id)])
        order = Order(asking.id, asking.actor, asking.command, fingerprint, info.context.now())
        receipt, key = await loops.begin_by(order, of.id)
        if receipt is Receipt.CONFLICT:
            raise asking.refuse(asking.problems.key_reused())
        return CycleChanged(cycle=await read(info.context, shapes.CYCLE, key))

    @commanded(
        Rule.SIGNED_IN,
        "转入下一步: moves the cycle on where the office must say so: after feeding back, and at its end. "
        f"Where facts move it, they do so by themselves; asked for earlier, it is refused. {OFFICE}",
    )
    @refusable
    async def advance_cycle(
        self, info: Asked, input: Annotated[AdvanceCycleInput, COMMAND]
    ) -> CycleCommandResult:
        asking = Asking(info.context, "ADVANCE_CYCLE", input.idempotency_key)
        key = asking.key("input.cycle", input.cycle, "RectificationCycle")[1]
        note = asking.text("input.note", input.note, OPTIONAL_WORDS)
        record = await loops.cycle(key)
        if record is None:
            raise asking.refuse(asking.problems.not_found("input.cycle", "cycle"))
        post = await entitled(asking, Act.RUN_CYCLE, Ground(record.district), "input.cycle")
        fingerprint = commands.digest(asking.command, [str(key), note])
        if not await asking.done_before(asking.id, fingerprint):
            person = info.context.viewer.person
            actor = orders.Actor(
                str(asking.id),
                str(post.id) if post.id else None,
                str(person) if person else None,
                info.context.request_id,
                post.role,
            )
            order = Advance(actor, await record.facts())
            arriving = Arriving(asking.command, None, fingerprint, {"note": note})
            refusal = await delivered(asking, arriving, lambda calling: calling.cycle(record, order))
            if refusal is not None:
                raise asking.refuse(asking.problems.refused(refusal, "input.cycle"))
        return CycleChanged(cycle=await read(info.context, shapes.CYCLE, key))
