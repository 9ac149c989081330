"""Originals opened with a reason, and photos held for the law; all on record before anything happens."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, TypeAlias
from uuid import UUID

import strawberry
from strawberry import ID

from api.mutations.asking import Asking, refusable
from api.mutations.commanding import OFF_RECORD, visible
from api.mutations.inputs import COMMAND, DONE, KEY_WORDS, IssueReasonInput, said
from api.mutations.results import EvidenceHeld, OriginalOpened, read
from api.problems import AnyProblem
from api.rules import commanded
from api.types.record import Asked
from models.policy import access
from models.policy.access import Rule
from models.policy.text import WORDS
from models.queries import commands, evidence, proofs, shapes
from models.queries.commands import Receipt, Received
from models.queries.proofs import By
from storage.evidence import MAX_VIEW_LIFETIME, SEALED, EvidenceStore, StoreError

OpenOriginalResult: TypeAlias = Annotated[
    OriginalOpened | AnyProblem, strawberry.union("OpenOriginalResult", description=DONE)
]
EvidenceHoldResult: TypeAlias = Annotated[
    EvidenceHeld | AnyProblem, strawberry.union("EvidenceHoldResult", description=DONE)
]


@strawberry.input(description="The original of a photo, and why it must be seen.")
class OpenOriginalInput:
    idempotency_key: str = said(KEY_WORDS)
    evidence: ID = said("The photo.")
    reason: str = said("Why, up to 2,000 characters; auditors read it.")


@strawberry.type
class ProvingMutation:
    @commanded(
        Rule.STAFF,
        "打开原件: hands out a sealed original for five minutes; who, when and why goes on record.",
    )
    @refusable
    async def open_original(
        self, info: Asked, input: Annotated[OpenOriginalInput, COMMAND]
    ) -> OpenOriginalResult:
        asking = Asking(info.context, "OPEN_ORIGINAL", input.idempotency_key)
        store = info.context.evidence_store
        if store is None:
            raise asking.refuse(asking.problems.unavailable())
        photo = asking.key("input.evidence", input.evidence, "Evidence")[1]
        reason = asking.text("input.reason", input.reason, WORDS)
        announced = await evidence.announced(photo)
        if announced is None:
            raise asking.refuse(asking.problems.not_found("input.evidence", "photo"))
        await visible(asking, announced.issue, "input.evidence")
        key = await proofs.original_of(photo)
        if key is None:
            raise asking.invalid("input.evidence", "ORIGINAL")
        by = await _by(asking, [str(photo), reason])
        _taken(asking, await proofs.open_original(photo, announced.issue, reason, by))
        until = (await proofs.opened_at(by.command) or by.now) + MAX_VIEW_LIFETIME
        return OriginalOpened(
            evidence=await read(info.context, shapes.EVIDENCE, photo),
            url=await _address(asking, store, key, announced.sha256, until - by.now),
            expires_at=until,
        )

    @commanded(
        Rule.HOLD_EVIDENCE, "证据保全: keeps the photos of an issue for the law, however long they are due."
    )
    @refusable
    async def hold_evidence(
        self, info: Asked, input: Annotated[IssueReasonInput, COMMAND]
    ) -> EvidenceHoldResult:
        asking = Asking(info.context, "HOLD_EVIDENCE", input.idempotency_key)
        issue, reason, by = await _about_issue(asking, input)
        return await _held(asking, issue, _taken(asking, await proofs.hold(issue, reason, by)))

    @commanded(Rule.HOLD_EVIDENCE, "解除保全: lets the rulebook decide again how long they are kept.")
    @refusable
    async def lift_evidence_hold(
        self, info: Asked, input: Annotated[IssueReasonInput, COMMAND]
    ) -> EvidenceHoldResult:
        asking = Asking(info.context, "LIFT_EVIDENCE_HOLD", input.idempotency_key)
        issue, reason, by = await _about_issue(asking, input)
        done = await asking.done_before(by.command, by.fingerprint)
        if not done and await proofs.standing_hold(issue) is None:
            raise asking.invalid("input.issue", "NO_HOLD")
        return await _held(asking, issue, _taken(asking, await proofs.lift(issue, reason, by)))


async def _about_issue(asking: Asking, input: IssueReasonInput) -> tuple[UUID, str, By]:
    issue = asking.key("input.issue", input.issue, "Issue")[1]
    reason = asking.text("input.reason", input.reason, WORDS)
    await visible(asking, issue, "input.issue")
    return issue, reason, await _by(asking, [str(issue), reason])


async def _by(asking: Asking, content: list[str]) -> By:
    """Who gives the command, as the record knows them."""
    viewer = asking.context.viewer
    post = next((post.id for post in viewer.posts), None)
    known = await (commands.holds(viewer.person, post) if post else commands.is_known(viewer.person))
    if not known:
        raise asking.refuse(asking.problems.forbidden(access.Refusal.WRONG_ROLE, OFF_RECORD))
    fingerprint = commands.digest(asking.command, content)
    return By(asking.id, asking.actor, fingerprint, viewer.person, post, asking.context.now())


def _taken(asking: Asking, received: Received) -> Received:
    if received.receipt is Receipt.CONFLICT:
        raise asking.refuse(asking.problems.key_reused())
    return received


async def _held(asking: Asking, issue: UUID, received: Received) -> EvidenceHeld:
    if received.result is None:  # lifted by somebody else in the same moment
        raise asking.invalid("input.issue", "NO_HOLD")
    context = asking.context
    return EvidenceHeld(
        hold=await read(context, shapes.EVIDENCE_HOLD, received.result),
        issue=await read(context, shapes.ISSUE, issue),
    )


async def _address(
    asking: Asking, store: EvidenceStore, key: str, sha256: str, left: timedelta
) -> str | None:
    """Sent as a file of no type: nothing of it is ever run or shown as a page. None where the time is over:
    a second look is a second opening."""
    if left < timedelta(seconds=1):
        return None
    try:
        return await store.view_url(
            key,
            lifetime=min(left, MAX_VIEW_LIFETIME),
            filename=f"original-{sha256[:8]}",
            content_type=SEALED,
        )
    except StoreError:
        raise asking.refuse(asking.problems.unavailable()) from None
