"""The way of every command on a running issue, from input to effect, each step once.

In scope? Allowed to this viewer? Done before under this key? Allowed by the stage? Only then is the
command put on record and sent to its case; a refusal on the way leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from api.mutations.asking import Asking, RefusedError
from models.policy import access, orders, steps
from models.policy.access import Post
from models.policy.steps import Refusal
from models.queries import cases, commands
from models.queries.cases import CaseOnRecord
from models.queries.commands import Receipt
from models.terms import Command
from workflows.gateway import CaseUnavailableError

OFF_RECORD = "the post must be on record as this person's"

Build = Callable[[orders.Actor, CaseOnRecord], Awaitable[orders.Order]]
"""Makes the order for the case; may raise RefusedError."""


@dataclass(frozen=True)
class Intent:
    """A command as it was asked for."""

    command: Command
    issue: UUID
    field: str
    """The input that named the issue or assignment."""
    assignment: str | None = None
    content: Mapping[str, object] | None = None
    """Everything that makes this command this command; the same key with other content is a conflict."""
    texts: Mapping[str, str] | None = None
    """Its words, which stay in the database."""


async def carry_out(asking: Asking, intent: Intent, build: Build) -> CaseOnRecord:
    """Carries the command out and returns the case as it was before. Raises RefusedError."""
    command = asking.id
    case = await visible(asking, intent.issue, intent.field, intent.assignment)
    post = await _entitled(asking, intent, case)
    fingerprint = commands.digest(
        intent.command.value,
        [str(intent.issue), intent.assignment, intent.content or {}, intent.texts or {}],
    )
    if await asking.done_before(command, fingerprint):
        return case
    refused = steps.refusal(intent.command, case.facts, intent.assignment, post.role)
    if refused is not None:
        raise _refused(asking, intent, refused)
    context = asking.context
    actor = orders.Actor(
        str(command),
        str(post.id) if post.id else None,
        str(context.viewer.person) if context.viewer.person else None,
        context.request_id,
        post.role,
    )
    order = await build(actor, case)
    now = context.now()
    received = await commands.receive(
        command,
        actor=asking.actor,
        name=intent.command.value,
        fingerprint=fingerprint,
        issue=intent.issue,
        texts=intent.texts or {},
        now=now,
    )
    if received.receipt is Receipt.CONFLICT:
        raise asking.refuse(asking.problems.key_reused())
    if received.receipt is Receipt.FRESH:
        refusal = await _sent(asking, intent.command, case, order)
        if refusal is not None:
            await commands.forget(command, now)
            # Sent twice at once, the slower one finds a case that has moved on: by its own command.
            if not await asking.done_before(command, fingerprint):
                raise _refused(asking, intent, refusal)
    return case


async def visible(asking: Asking, issue: UUID, field: str, assignment: str | None = None) -> CaseOnRecord:
    """The case, if the viewer sees it; what is out of scope is not found."""
    case = await cases.case(issue)
    scope = access.scope_of(asking.context.viewer)
    if case is None or not scope.covers(case.access(assignment)):
        raise asking.refuse(asking.problems.not_found(field, "assignment" if assignment else "issue"))
    return case


async def issue_of_assignment(asking: Asking, field: str, assignment: UUID) -> UUID:
    """The issue an assignment belongs to; refuses an assignment that does not exist."""
    issue = await cases.issue_of_assignment(assignment)
    if issue is None:
        raise asking.refuse(asking.problems.not_found(field, "assignment"))
    return issue


async def _entitled(asking: Asking, intent: Intent, case: CaseOnRecord) -> Post:
    decision = access.may_command(intent.command, asking.context.viewer, case.access(intent.assignment))
    if decision.reason is not None or decision.post is None:
        reason = decision.reason or access.Refusal.WRONG_ROLE
        raise asking.refuse(asking.problems.forbidden(reason, decision.rule, intent.field))
    # What the case writes names person and post: one that is not on record would stop it for good.
    if not await commands.holds(asking.context.viewer.person, decision.post.id):
        raise asking.refuse(asking.problems.forbidden(access.Refusal.WRONG_ROLE, OFF_RECORD, intent.field))
    return decision.post


def _refused(asking: Asking, intent: Intent, refusal: Refusal) -> RefusedError:
    """The case's refusal; what is about the issue is said of the input that named it."""
    if refusal.field == "issue":
        refusal = replace(refusal, field=intent.field.removeprefix("input."))
    return asking.refuse(asking.problems.refused(refusal))


async def _sent(asking: Asking, name: Command, case: CaseOnRecord, order: orders.Order) -> Refusal | None:
    """Why the case refuses the order, None where it carried it out."""
    calling = asking.context.calling
    if calling is None:
        raise asking.refuse(asking.problems.unavailable())
    try:
        outcome = await calling.order(name, case, order)
    except CaseUnavailableError:
        # The command stays on record: the case may still carry it out, and needs its words then.
        raise asking.refuse(asking.problems.unavailable()) from None
    return outcome if isinstance(outcome, Refusal) else None
