"""What moves deadlines: more time, and clocks that stand still (domain guide 3)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import ID

from api.mutations.asking import Asking, refusable
from api.mutations.commanding import Intent, carry_out, issue_of_assignment
from api.mutations.inputs import COMMAND, KEY_WORDS, WHO, IssueReasonInput, said
from api.mutations.results import AssignmentChanged, AssignmentCommandResult, IssueCommandResult, after
from api.mutations.steps import on_issue
from api.rules import commanded
from api.types.record import Asked
from models.policy import orders
from models.policy.access import Rule
from models.policy.text import OPTIONAL_WORDS, WORDS
from models.queries.cases import CaseOnRecord
from models.terms import Command


@strawberry.input(description="延期: a request for more time to handle a part.")
class AskExtensionInput:
    idempotency_key: str = said(KEY_WORDS)
    assignment: ID = said("The part.")
    until: datetime = said("Until when.")
    reason: str = said("Why, up to 2,000 characters.")


@strawberry.input(description="The office's word on a request for more time.")
class DecideExtensionInput:
    idempotency_key: str = said(KEY_WORDS)
    assignment: ID = said("The part.")
    granted: bool = said("Whether there is more time.")
    until: datetime | None = said("Granted: another instant than was asked for.", default=None)
    reason: str | None = said("Why, up to 2,000 characters.", default=None)


@strawberry.type
class TimingMutation:
    @commanded(
        Rule.SIGNED_IN,
        f"申请延期: asks for more time before the due time, as often as the rulebook lets. {WHO}",
    )
    @refusable
    async def ask_extension(
        self, info: Asked, input: Annotated[AskExtensionInput, COMMAND]
    ) -> AssignmentCommandResult:
        asking = Asking(info.context, "ASK_EXTENSION", input.idempotency_key)
        part = asking.key("input.assignment", input.assignment, "Assignment")[1]
        reason = asking.text("input.reason", input.reason, WORDS)
        issue = await issue_of_assignment(asking, "input.assignment", part)

        async def build(actor: orders.Actor, case: CaseOnRecord) -> orders.Order:
            _check_ahead(asking, input.until)
            return orders.AskExtension(actor, str(part), input.until)

        intent = Intent(
            Command.ASK_EXTENSION,
            issue,
            "input.assignment",
            str(part),
            content={"until": input.until.isoformat()},
            texts={"note": reason},
        )
        await carry_out(asking, intent, build)
        return AssignmentChanged(**await after(info.context, issue, part))

    @commanded(Rule.SIGNED_IN, f"审批延期: the office grants more time, or refuses it. {WHO}")
    @refusable
    async def decide_extension(
        self, info: Asked, input: Annotated[DecideExtensionInput, COMMAND]
    ) -> AssignmentCommandResult:
        asking = Asking(info.context, "DECIDE_EXTENSION", input.idempotency_key)
        part = asking.key("input.assignment", input.assignment, "Assignment")[1]
        reason = asking.text("input.reason", input.reason, OPTIONAL_WORDS)
        if input.until is not None and not input.granted:
            raise asking.invalid("input.until", "GRANTED")
        issue = await issue_of_assignment(asking, "input.assignment", part)

        async def build(actor: orders.Actor, case: CaseOnRecord) -> orders.Order:
            if input.until is not None:
                _check_ahead(asking, input.until)
            return orders.DecideExtension(actor, str(part), input.granted, input.until)

        until = input.until.isoformat() if input.until else None
        intent = Intent(
            Command.DECIDE_EXTENSION,
            issue,
            "input.assignment",
            str(part),
            content={"granted": input.granted, "until": until},
            texts={"note": reason},
        )
        await carry_out(asking, intent, build)
        return AssignmentChanged(**await after(info.context, issue, part))

    @commanded(Rule.SIGNED_IN, f"挂起: stops every clock of an issue, with a reason. {WHO}")
    @refusable
    async def suspend_issue(
        self, info: Asked, input: Annotated[IssueReasonInput, COMMAND]
    ) -> IssueCommandResult:
        return await on_issue(info, Command.SUSPEND, input, orders.Pause)

    @commanded(
        Rule.SIGNED_IN, f"恢复: the clocks go on; every open deadline has moved by the time lost. {WHO}"
    )
    @refusable
    async def resume_issue(
        self, info: Asked, input: Annotated[IssueReasonInput, COMMAND]
    ) -> IssueCommandResult:
        return await on_issue(info, Command.RESUME, input, orders.Pause)


def _check_ahead(asking: Asking, until: datetime) -> None:
    if until <= asking.context.now():
        raise asking.invalid("input.until", "PAST")
