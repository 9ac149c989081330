"""The way of every command on a running issue, from input to effect, each step once.

In scope? Allowed to this viewer? Done before under this key? Allowed by the stage? Only then is the
command put on record and sent to its case; a refusal on the way leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from api.mutations.asking import Asking, RefusedError
from api.ports import Calling
from models.policy import access, orders, steps
from models.policy.access import Decision, Post
from models.policy.steps import Refusal
from models.queries import cases, commands
from models.queries.cases import CaseOnRecord
from models.queries.commands import Receipt
from models.terms import Command
from workflows.contracts import Outcome
from workflows.gateway import CaseUnavailableError

OFF_RECORD = "the post must be on record as this person's"

NAMED_BY_INTENT = frozenset({"issue", "assignment", "extension", "handover", "signers"})
"""What a case refuses that no input names itself."""

Build = Callable[[orders.Actor, CaseOnRecord], Awaitable[orders.Order]]
"""Makes the order for the case; may raise RefusedError."""


@dataclass(frozen=True)
class Intent:
    """A command as it was asked for."""

    command: Command
    issue: UUID
    field: str
    """The input that named the issue, or what belongs to it."""
    assignment: str | None = None
    content: Mapping[str, object] | None = None
    """Everything that makes this command this command; the same key with other content is a conflict."""
    texts: Mapping[str, str] | None = None
    """Its words, which stay in the database."""
    lent: Mapping[str, str] | None = None
    """Words that go with it and are not the asker's own, such as a sheet's that they sign."""
    report: AboutReport | None = None
    """The report it is about: then only that one's reporter is its reporter, and its issue may change."""


@dataclass(frozen=True)
class AboutReport:
    """A report, and who told it."""

    id: UUID
    reporter: UUID | None


@dataclass(frozen=True)
class Admitted:
    """A command that this viewer may give at this stage, or gave before."""

    case: CaseOnRecord
    command: UUID
    fingerprint: str
    actor: orders.Actor | None
    """Who gives it; None where it was carried out before, under the same key."""


@dataclass(frozen=True)
class Arriving:
    """A command on its way to the case that carries it out."""

    name: str
    issue: UUID | None
    """The issue it is about; None for what is about none."""
    fingerprint: str
    texts: Mapping[str, str]


async def admitted(asking: Asking, intent: Intent) -> Admitted:
    """Everything that is asked of a command before it is carried out. Raises RefusedError."""
    command, viewer = asking.id, asking.context.viewer
    subject = str(intent.report.id if intent.report else intent.issue)
    fingerprint = commands.digest(
        intent.command.value, [subject, intent.assignment, intent.content or {}, intent.texts or {}]
    )
    # Asked first: whoever handed a part over may not see it any more, and is answered as then.
    done = await asking.done_before(command, fingerprint)
    if done and (known := await cases.case(intent.issue)) is not None:
        return Admitted(known, command, fingerprint, None)
    case = await visible(asking, intent.issue, intent.field, intent.assignment, intent.report)
    post = await _entitled(asking, intent, case)
    refused = steps.refusal(intent.command, case.facts, intent.assignment, post.role)
    if refused is not None:
        raise _refused(asking, intent, refused)
    actor = orders.Actor(
        str(command),
        str(post.id) if post.id else None,
        str(viewer.person) if viewer.person else None,
        asking.context.request_id,
        post.role,
    )
    return Admitted(case, command, fingerprint, actor)


async def carry_out(asking: Asking, intent: Intent, build: Build) -> CaseOnRecord:
    """Carries the command out and returns the case as it was before. Raises RefusedError."""
    asked = await admitted(asking, intent)
    case, command = asked.case, intent.command
    if asked.actor is None:
        return case
    order = await build(asked.actor, case)
    texts = {**(intent.texts or {}), **(intent.lent or {})}
    refusal = await delivered(
        asking,
        Arriving(command.value, intent.issue, asked.fingerprint, texts),
        lambda calling: calling.order(command, case, order),
    )
    if refusal is not None:
        raise _refused(asking, intent, refusal)
    return case


async def delivered(
    asking: Asking,
    arriving: Arriving,
    send: Callable[[Calling], Awaitable[Outcome | Refusal]],
) -> Refusal | None:
    """Puts the command on record and sends it; a refusal takes it off again. None: it was carried out."""
    command, now, calling = asking.id, asking.context.now(), asking.context.calling
    received = await commands.receive(
        command,
        actor=asking.actor,
        name=arriving.name,
        fingerprint=arriving.fingerprint,
        issue=arriving.issue,
        texts=arriving.texts,
        now=now,
    )
    if received.receipt is Receipt.CONFLICT:
        raise asking.refuse(asking.problems.key_reused())
    if received.receipt is not Receipt.FRESH:
        return None
    if calling is None:
        raise asking.refuse(asking.problems.unavailable())
    try:
        outcome = await send(calling)
    except CaseUnavailableError:
        # The command stays on record: the case may still carry it out, and needs its words then.
        raise asking.refuse(asking.problems.unavailable()) from None
    if not isinstance(outcome, Refusal):
        return None
    await commands.forget(command, now)
    # Sent twice at once, the slower one finds a case that has moved on: by its own command.
    return None if await asking.done_before(command, arriving.fingerprint) else outcome


async def visible(
    asking: Asking,
    issue: UUID,
    field: str,
    assignment: str | None = None,
    report: AboutReport | None = None,
) -> CaseOnRecord:
    """The case, if the viewer sees it; what is out of scope is not found."""
    case = await cases.case(issue)
    scope = access.scope_of(asking.context.viewer)
    if case is None or not scope.covers(_facts(case, assignment, report)):
        what = "assignment" if assignment else "report" if report else "issue"
        raise asking.refuse(asking.problems.not_found(field, what))
    return case


def _facts(case: CaseOnRecord, assignment: str | None, report: AboutReport | None) -> access.IssueFacts:
    """What access asks; to another reporter of the same issue a report is a stranger's."""
    facts = case.access(assignment)
    if report is None:
        return facts
    return replace(facts, reporters=frozenset({report.reporter} if report.reporter else ()))


async def issue_of_assignment(asking: Asking, field: str, assignment: UUID) -> UUID:
    """The issue an assignment belongs to; refuses an assignment that does not exist."""
    issue = await cases.issue_of_assignment(assignment)
    if issue is None:
        raise asking.refuse(asking.problems.not_found(field, "assignment"))
    return issue


async def _entitled(asking: Asking, intent: Intent, case: CaseOnRecord) -> Post:
    facts = _facts(case, intent.assignment, intent.report)
    decision = access.may_command(intent.command, asking.context.viewer, facts)
    return await post_of(asking, decision, intent.field)


async def post_of(asking: Asking, decision: Decision, field: str) -> Post:
    """The post in whose name it is done; refuses whom the table, or the record, does not know."""
    if decision.reason is not None or decision.post is None:
        reason = decision.reason or access.Refusal.WRONG_ROLE
        raise asking.refuse(asking.problems.forbidden(reason, decision.rule, field))
    # What the case writes names person and post: one that is not on record would stop it for good.
    if not await commands.holds(asking.context.viewer.person, decision.post.id):
        raise asking.refuse(asking.problems.forbidden(access.Refusal.WRONG_ROLE, OFF_RECORD, field))
    return decision.post


def _refused(asking: Asking, intent: Intent, refusal: Refusal) -> RefusedError:
    """The case's refusal; what is about the case is said of the input that named it."""
    field = intent.field if refusal.field in NAMED_BY_INTENT else None
    return asking.refuse(asking.problems.refused(refusal, field))
