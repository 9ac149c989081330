"""What whoever has a part does: accept, report in, complete, note, hand over (domain guide 3)."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry
from strawberry import ID

from api.mutations.asking import Asking, refusable
from api.mutations.commanding import Intent, carry_out, issue_of_assignment
from api.mutations.inputs import COMMAND, DONE, KEY_WORDS, WHO, AssignmentInput, said
from api.mutations.named import receiver
from api.mutations.results import (
    AssignmentAccepted,
    AssignmentChanged,
    AssignmentCommandResult,
    AssignmentCompleted,
    ProgressNoted,
    ReportedIn,
    after,
    read,
)
from api.mutations.steps import on_part
from api.problems import AnyProblem
from api.rules import commanded
from api.types.record import Asked
from models.policy import orders
from models.policy.access import Rule
from models.policy.text import WORDS
from models.queries import shapes
from models.queries.cases import CaseOnRecord
from models.terms import Command

AcceptAssignmentResult: TypeAlias = Annotated[
    AssignmentAccepted | AnyProblem, strawberry.union("AcceptAssignmentResult", description=DONE)
]
ReportInResult: TypeAlias = Annotated[
    ReportedIn | AnyProblem, strawberry.union("ReportInResult", description=DONE)
]
CompleteAssignmentResult: TypeAlias = Annotated[
    AssignmentCompleted | AnyProblem, strawberry.union("CompleteAssignmentResult", description=DONE)
]
AddProgressNoteResult: TypeAlias = Annotated[
    ProgressNoted | AnyProblem, strawberry.union("AddProgressNoteResult", description=DONE)
]


@strawberry.input(description="A progress note.")
class AddProgressNoteInput:
    idempotency_key: str = said(KEY_WORDS)
    issue: ID = said("The issue.")
    assignment: ID | None = said("The part it is about; handlers must name theirs.", default=None)
    note: str = said("What there is to say, up to 2,000 characters.")


@strawberry.input(description="移交: an offer of one's own part to another unit.")
class OfferHandoverInput:
    idempotency_key: str = said(KEY_WORDS)
    assignment: ID = said("The part.")
    to: ID = said("The unit: a department; for an own team's part the issue's street, community or grid.")
    reason: str = said("Why, up to 2,000 characters.")


@strawberry.type
class HandlingMutation:
    @commanded(Rule.SIGNED_IN, f"承接: the department takes its part on. {WHO}")
    @refusable
    async def accept_assignment(
        self, info: Asked, input: Annotated[AssignmentInput, COMMAND]
    ) -> AcceptAssignmentResult:
        return AssignmentAccepted(**await on_part(info, Command.ACCEPT, input))

    @commanded(Rule.SIGNED_IN, f"报到: the department turns up on site. {WHO}")
    @refusable
    async def report_in(self, info: Asked, input: Annotated[AssignmentInput, COMMAND]) -> ReportInResult:
        return ReportedIn(**await on_part(info, Command.REPORT_IN, input))

    @commanded(Rule.SIGNED_IN, f"办结: the handler declares its part done. {WHO}")
    @refusable
    async def complete_assignment(
        self, info: Asked, input: Annotated[AssignmentInput, COMMAND]
    ) -> CompleteAssignmentResult:
        return AssignmentCompleted(**await on_part(info, Command.COMPLETE, input))

    @commanded(Rule.SIGNED_IN, f"进展: a note on how it goes. {WHO}")
    @refusable
    async def add_progress_note(
        self, info: Asked, input: Annotated[AddProgressNoteInput, COMMAND]
    ) -> AddProgressNoteResult:
        asking = Asking(info.context, "NOTE", input.idempotency_key)
        issue = asking.key("input.issue", input.issue, "Issue")[1]
        note = asking.text("input.note", input.note, WORDS)
        assignment = None
        if input.assignment is not None:
            part = asking.key("input.assignment", input.assignment, "Assignment")[1]
            if await issue_of_assignment(asking, "input.assignment", part) != issue:
                raise asking.refuse(asking.problems.not_found("input.assignment", "assignment"))
            assignment = str(part)

        async def build(actor: orders.Actor, case: CaseOnRecord) -> orders.Order:
            return orders.AddNote(actor, assignment)

        intent = Intent(Command.NOTE, issue, "input.issue", assignment, texts={"note": note})
        await carry_out(asking, intent, build)
        return ProgressNoted(issue=await read(info.context, shapes.ISSUE, issue))

    @commanded(
        Rule.SIGNED_IN,
        f"移交: offers a part to another unit; it stays with the first until that accepts. {WHO}",
    )
    @refusable
    async def offer_handover(
        self, info: Asked, input: Annotated[OfferHandoverInput, COMMAND]
    ) -> AssignmentCommandResult:
        asking = Asking(info.context, "OFFER_HANDOVER", input.idempotency_key)
        part = asking.key("input.assignment", input.assignment, "Assignment")[1]
        kind, unit = asking.key("input.to", input.to, "Department", "Street", "Community", "Grid")
        reason = asking.text("input.reason", input.reason, WORDS)
        issue = await issue_of_assignment(asking, "input.assignment", part)

        async def build(actor: orders.Actor, case: CaseOnRecord) -> orders.Order:
            to = await receiver(asking, "input.to", kind, unit, case)
            return orders.OfferHandover(actor, str(part), to)

        intent = Intent(
            Command.OFFER_HANDOVER,
            issue,
            "input.assignment",
            str(part),
            content={"to": str(unit)},
            texts={"note": reason},
        )
        await carry_out(asking, intent, build)
        return AssignmentChanged(**await after(info.context, issue, part))

    @commanded(
        Rule.SIGNED_IN, f"接受移交: takes an offered part on, with every duty its unit had of it. {WHO}"
    )
    @refusable
    async def accept_handover(
        self, info: Asked, input: Annotated[AssignmentInput, COMMAND]
    ) -> AssignmentCommandResult:
        return AssignmentChanged(**await on_part(info, Command.ACCEPT_HANDOVER, input))

    @commanded(Rule.SIGNED_IN, f"谢绝移交: declines an offered part; it stays where it is. {WHO}")
    @refusable
    async def decline_handover(
        self, info: Asked, input: Annotated[AssignmentInput, COMMAND]
    ) -> AssignmentCommandResult:
        return AssignmentChanged(**await on_part(info, Command.DECLINE_HANDOVER, input))
