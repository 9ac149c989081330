"""退单: a department's "not our duty", and the office's word on it (domain guide 3)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import ID

from api.mutations.asking import Asking, refusable
from api.mutations.commanding import Intent, carry_out, issue_of_assignment
from api.mutations.inputs import COMMAND, KEY_WORDS, WHO, said
from api.mutations.named import departments
from api.mutations.results import AssignmentChanged, AssignmentCommandResult, after
from api.rules import commanded
from api.types.record import Asked
from models.policy import orders
from models.policy.access import Rule
from models.policy.text import WORDS
from models.queries.cases import CaseOnRecord
from models.terms import Command, ReturnOutcome


@strawberry.input(description="退单: why a part is not this department's duty.")
class ReturnAssignmentInput:
    idempotency_key: str = said(KEY_WORDS)
    assignment: ID = said("The part.")
    grounds: str = said("Why, up to 2,000 characters.")
    suggested: ID | None = said("The department whose duty it is, as the returner thinks.", default=None)


@strawberry.input(description="The office's word on a return.")
class AdjudicateReturnInput:
    idempotency_key: str = said(KEY_WORDS)
    assignment: ID = said("The part that was returned.")
    outcome: ReturnOutcome = said("What it is.")
    department: ID | None = said(
        "UPHELD: who must accept instead; left out, it goes back to the street. SOLVE_FIRST: who must "
        "handle; it may be the returner. REJECTED: left out.",
        default=None,
    )
    reason: str = said("Why, up to 2,000 characters.")


@strawberry.type
class ReturningMutation:
    @commanded(
        Rule.SIGNED_IN,
        f"退单: the department returns its part within the accept limit, with grounds. {WHO}",
    )
    @refusable
    async def return_assignment(
        self, info: Asked, input: Annotated[ReturnAssignmentInput, COMMAND]
    ) -> AssignmentCommandResult:
        asking = Asking(info.context, "RETURN", input.idempotency_key)
        part = asking.key("input.assignment", input.assignment, "Assignment")[1]
        grounds = asking.text("input.grounds", input.grounds, WORDS)
        suggested = _department(asking, "input.suggested", input.suggested)
        issue = await issue_of_assignment(asking, "input.assignment", part)

        async def build(actor: orders.Actor, case: CaseOnRecord) -> orders.Order:
            if suggested:
                await departments(asking, "input.suggested", [suggested], case)
            return orders.Return(actor, str(part), str(suggested) if suggested else None)

        intent = Intent(
            Command.RETURN,
            issue,
            "input.assignment",
            str(part),
            content={"suggested": str(suggested)},
            texts={"note": grounds},
        )
        await carry_out(asking, intent, build)
        return AssignmentChanged(**await after(info.context, issue, part))

    @commanded(
        Rule.SIGNED_IN,
        "裁定退单: the office upholds a return, rejects it, or says who solves it first 先解决问题再说; "
        f"the dispute is kept. {WHO}",
    )
    @refusable
    async def adjudicate_return(
        self, info: Asked, input: Annotated[AdjudicateReturnInput, COMMAND]
    ) -> AssignmentCommandResult:
        asking = Asking(info.context, "ADJUDICATE", input.idempotency_key)
        part = asking.key("input.assignment", input.assignment, "Assignment")[1]
        reason = asking.text("input.reason", input.reason, WORDS)
        named = _department(asking, "input.department", input.department)
        issue = await issue_of_assignment(asking, "input.assignment", part)

        async def build(actor: orders.Actor, case: CaseOnRecord) -> orders.Order:
            if named:
                await departments(asking, "input.department", [named], case)
            return orders.Adjudicate(actor, str(part), input.outcome, str(named) if named else None)

        intent = Intent(
            Command.ADJUDICATE,
            issue,
            "input.assignment",
            str(part),
            content={"outcome": input.outcome.value, "department": str(named)},
            texts={"note": reason},
        )
        await carry_out(asking, intent, build)
        return AssignmentChanged(**await after(info.context, issue, part))


def _department(asking: Asking, field: str, given: ID | None) -> UUID | None:
    return None if given is None else asking.key(field, given, "Department")[1]
