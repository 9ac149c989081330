"""Commands that differ in nothing but their name: on a part, and on an issue with a reason."""

from __future__ import annotations

from typing import Any

from api.mutations import gates
from api.mutations.asking import Asking
from api.mutations.commanding import Intent, carry_out, issue_of_assignment
from api.mutations.inputs import AssignmentInput, IssueReasonInput
from api.mutations.results import IssueChanged, after, read
from api.types.record import Asked
from models.policy import orders
from models.policy.text import OPTIONAL_WORDS, WORDS
from models.queries import shapes
from models.queries.cases import CaseOnRecord
from models.terms import Command, EvidenceStep


async def on_part(info: Asked, command: Command, input: AssignmentInput) -> dict[str, Any]:
    """Accept, report in, complete, a hand-over taken or declined."""
    asking = Asking(info.context, command.value, input.idempotency_key)
    part = asking.key("input.assignment", input.assignment, "Assignment")[1]
    note = asking.text("input.note", input.note, OPTIONAL_WORDS)
    issue = await issue_of_assignment(asking, "input.assignment", part)

    async def build(actor: orders.Actor, case: CaseOnRecord) -> orders.Order:
        if command is Command.COMPLETE:
            await gates.check(asking, case, EvidenceStep.COMPLETE, "input.assignment", assignment=str(part))
        return orders.OnAssignment(actor, str(part))

    intent = Intent(command, issue, "input.assignment", str(part), texts={"note": note})
    await carry_out(asking, intent, build)
    return await after(info.context, issue, part)


async def on_issue(
    info: Asked, command: Command, input: IssueReasonInput, order: type[orders.Pause] | type[orders.Cancel]
) -> IssueChanged:
    """Suspend, resume and cancel."""
    asking = Asking(info.context, command.value, input.idempotency_key)
    issue = asking.key("input.issue", input.issue, "Issue")[1]
    reason = asking.text("input.reason", input.reason, WORDS)

    async def build(actor: orders.Actor, case: CaseOnRecord) -> orders.Order:
        return order(actor)

    await carry_out(asking, Intent(command, issue, "input.issue", texts={"note": reason}), build)
    return IssueChanged(issue=await read(info.context, shapes.ISSUE, issue))
