"""申诉: a department appeals against its scorecard once, and the office decides (domain guide 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, TypeAlias
from uuid import UUID

import strawberry
from strawberry import ID

from api.mutations.asking import Asking, refusable
from api.mutations.commanding import Arriving, delivered, post_of, visible
from api.mutations.inputs import COMMAND, DONE, KEY_WORDS, WHO, said
from api.mutations.results import AppealChanged, read
from api.mutations.reviewing import ReviewScoresInput, check_points
from api.problems import AnyProblem
from api.rules import commanded
from api.types.record import Asked
from models.policy import access, orders
from models.policy.access import Rule
from models.policy.text import WORDS
from models.queries import appeals, commands, shapes
from models.queries import paper_shapes as paper
from models.queries.appeals import AppealOnRecord
from models.terms import AppealOutcome, Command, derived_id

APPEAL, DECISION = "APPEAL", "DECIDE_APPEAL"
LIKE = {APPEAL: Command.RETURN, DECISION: Command.ADJUDICATE}
"""Whoever may return a part may appeal its score, and whoever adjudicates that decides this."""

AppealResult: TypeAlias = Annotated[
    AppealChanged | AnyProblem, strawberry.union("AppealResult", description=DONE)
]


@strawberry.input(description="申诉: why a score is not fair.")
class AppealReviewInput:
    idempotency_key: str = said(KEY_WORDS)
    assignment: ID = said("The part that was scored.")
    grounds: str = said("Why, up to 2,000 characters.")


@strawberry.input(description="The office's word on an appeal.")
class DecideAppealInput:
    idempotency_key: str = said(KEY_WORDS)
    assignment: ID = said("The part that was scored.")
    outcome: AppealOutcome = said("Whether the score stands.")
    scores: ReviewScoresInput | None = said("CHANGED: the five scores that count instead.", default=None)
    reason: str = said("Why, up to 2,000 characters.")


@strawberry.type
class AppealingMutation:
    @commanded(
        Rule.SIGNED_IN,
        f"申诉: the department appeals against its scorecard, once, in time after the filing. {WHO}",
    )
    @refusable
    async def appeal_review(self, info: Asked, input: Annotated[AppealReviewInput, COMMAND]) -> AppealResult:
        asking = Asking(info.context, APPEAL, input.idempotency_key)
        part = asking.key("input.assignment", input.assignment, "Assignment")[1]
        grounds = asking.text("input.grounds", input.grounds, WORDS)
        record, actor = await _admitted(asking, part)
        arriving = _arriving(APPEAL, record, {}, grounds)
        if not await asking.done_before(asking.id, arriving.fingerprint):
            refusal = await record.refusal(info.context.now())
            refusal = refusal or await delivered(
                asking, arriving, lambda calling: calling.appeal(record, orders.Appeal(actor))
            )
            if refusal is not None:
                raise asking.refuse(asking.problems.refused(refusal))
        return await _changed(info, record)

    @commanded(Rule.SIGNED_IN, f"申诉复核: the office upholds the score, or sets another. {WHO}")
    @refusable
    async def decide_appeal(self, info: Asked, input: Annotated[DecideAppealInput, COMMAND]) -> AppealResult:
        asking = Asking(info.context, DECISION, input.idempotency_key)
        part = asking.key("input.assignment", input.assignment, "Assignment")[1]
        reason = asking.text("input.reason", input.reason, WORDS)
        if (input.scores is not None) != (input.outcome is AppealOutcome.CHANGED):
            raise asking.invalid("input.scores", "SCORES")
        if input.scores is not None:
            check_points(asking, input.scores)
        record, actor = await _admitted(asking, part)
        scores = input.scores.by_criterion() if input.scores else {}
        order = orders.DecideAppeal(actor, input.outcome, scores)
        content = {"outcome": input.outcome.value, **scores}
        arriving = _arriving(DECISION, record, content, reason)
        if not await asking.done_before(asking.id, arriving.fingerprint):
            if not record.seq:
                raise asking.refuse(asking.problems.not_found("input.assignment", "appeal"))
            refusal = await delivered(asking, arriving, lambda calling: calling.decide_appeal(record, order))
            if refusal is not None:
                raise asking.refuse(asking.problems.refused(replace(refusal, field="assignment")))
        return await _changed(info, record)


async def _admitted(asking: Asking, part: UUID) -> tuple[AppealOnRecord, orders.Actor]:
    """The scorecard, and in whose name its appeal is spoken of; refuses who may not."""
    field, viewer = "input.assignment", asking.context.viewer
    record = await appeals.appeal(part)
    if record is None:
        raise asking.refuse(asking.problems.not_found(field, "scorecard"))
    case = await visible(asking, record.issue, field, str(part))
    like = LIKE[asking.command]
    decision = access.may_command(like, viewer, case.access(str(part)))
    named = replace(decision, rule=decision.rule.replace(like.value, asking.command, 1))
    post = await post_of(asking, named, field)
    actor = orders.Actor(
        str(asking.id),
        str(post.id) if post.id else None,
        str(viewer.person) if viewer.person else None,
        asking.context.request_id,
        post.role,
    )
    return record, actor


def _arriving(name: str, record: AppealOnRecord, content: Mapping[str, object], words: str) -> Arriving:
    fingerprint = commands.digest(name, [str(record.assignment), content, words])
    return Arriving(name, record.issue, fingerprint, {"note": words})


async def _changed(info: Asked, record: AppealOnRecord) -> AppealChanged:
    key = derived_id(record.assignment, "appeal")
    return AppealChanged(
        issue=await read(info.context, shapes.ISSUE, record.issue),
        appeal=await read(info.context, paper.APPEAL, key),
    )
