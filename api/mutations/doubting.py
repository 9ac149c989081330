"""Doubts about responses, taken back with a reason."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry
from strawberry import ID

from api.mutations.asking import Asking, refusable
from api.mutations.entitling import entitled
from api.mutations.inputs import COMMAND, DONE, KEY_WORDS, said
from api.mutations.results import read
from api.mutations.surveying import OFFICE, checked, order_of
from api.problems import AnyProblem
from api.rules import commanded, default_rule
from api.types.record import Asked
from api.types.responses import ResponseFlag
from models.policy.access import Rule
from models.policy.acts import Act, Ground
from models.policy.text import WORDS
from models.queries import flags, survey_shapes
from models.terms import SurveyStatus


@strawberry.input(description="A doubt that is to be taken back.")
class LiftFlagInput:
    idempotency_key: str = said(KEY_WORDS)
    flag: ID = said("The doubt.")
    reason: str = said("Why, up to 2,000 characters; it stays on record.")


@default_rule(Rule.OVERSIGHT)
@strawberry.type(description="The doubt was taken back; what was said and what was doubted both stay.")
class FlagLifted:
    flag: ResponseFlag = strawberry.field(description="The doubt as it stands now.")


LiftFlagResult: TypeAlias = Annotated[
    FlagLifted | AnyProblem, strawberry.union("LiftFlagResult", description=DONE)
]


@strawberry.type
class DoubtingMutation:
    @commanded(
        Rule.SIGNED_IN,
        "Takes a doubt about a response back, with a reason; it counts again unless another excludes it. "
        f"{OFFICE}",
    )
    @refusable
    async def lift_flag(self, info: Asked, input: Annotated[LiftFlagInput, COMMAND]) -> LiftFlagResult:
        asking = Asking(info.context, "LIFT_FLAG", input.idempotency_key)
        command, key = asking.id, asking.key("input.flag", input.flag, "ResponseFlag")[1]
        flag = await flags.found(key)
        if flag is None:
            raise asking.refuse(asking.problems.not_found("input.flag", "flag"))
        await entitled(asking, Act.LIFT_FLAG, Ground(flag.district), "input.flag")
        reason = asking.text("input.reason", input.reason, WORDS)
        order = order_of(asking, command, [str(key), reason])
        if not await asking.done_before(command, order.fingerprint):
            if flag.status is SurveyStatus.PUBLISHED:
                raise asking.invalid("input.flag", "ROUND_PUBLISHED")
            if flag.lifted:
                raise asking.invalid("input.flag", "FLAG_LIFTED")
        checked(asking, await flags.lift(flag, info.context.viewer.person, reason, order))
        return FlagLifted(flag=await read(info.context, survey_shapes.RESPONSE_FLAG, key))
