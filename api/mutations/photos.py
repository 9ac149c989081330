"""Photos: announce, upload straight to the store, confirm (domain guide 1, 佐证)."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

import strawberry
from strawberry import ID

from api.mutations.asking import Asking, refusable
from api.mutations.commanding import OFF_RECORD, visible
from api.mutations.inputs import COMMAND, DONE, KEY_WORDS, said
from api.mutations.results import EvidenceConfirmed, EvidenceUploadReady, Upload, UploadHeader, read
from api.problems import AnyProblem
from api.rules import commanded
from api.types.record import Asked
from models.policy import access
from models.policy.access import Rule
from models.queries import commands, evidence, shapes
from models.queries.commands import Receipt
from models.queries.evidence import Announced, NewPhoto
from models.terms import EvidenceKind, EvidenceStatus
from storage.evidence import (
    MAX_SIZE,
    MAX_UPLOAD_LIFETIME,
    EvidenceStore,
    ObjectRef,
    StoreError,
    UploadMethod,
    announcement_refused,
    confirm,
    evidence_key,
)

RequestEvidenceUploadResult: TypeAlias = Annotated[
    EvidenceUploadReady | AnyProblem, strawberry.union("RequestEvidenceUploadResult", description=DONE)
]
ConfirmEvidenceResult: TypeAlias = Annotated[
    EvidenceConfirmed | AnyProblem, strawberry.union("ConfirmEvidenceResult", description=DONE)
]


@strawberry.input(description="What is said of a photo before its bytes are sent.")
class RequestEvidenceUploadInput:
    idempotency_key: str = said(KEY_WORDS)
    issue: ID = said("The issue it shows.")
    kind: EvidenceKind = said("What it shows.")
    content_type: str = said("image/jpeg, image/png, image/webp or image/heic.")
    size: int = said(f"Its size in bytes, at most {MAX_SIZE:,}.")
    sha256: str = said("SHA-256 of its bytes, 64 lower-case hexadecimal digits.")
    method: UploadMethod | None = said(
        "How its bytes will be sent; left out, as a form (POST) where the store takes forms, else by PUT.",
        default=None,
    )


@strawberry.input(description="A photo whose bytes were sent.")
class ConfirmEvidenceInput:
    idempotency_key: str = said(KEY_WORDS)
    evidence: ID = said("The photo.")


@strawberry.type
class PhotoMutation:
    @commanded(Rule.SIGNED_IN, "佐证: announces a photo and says where its bytes go.")
    @refusable
    async def request_evidence_upload(
        self, info: Asked, input: Annotated[RequestEvidenceUploadInput, COMMAND]
    ) -> RequestEvidenceUploadResult:
        asking = Asking(info.context, "REQUEST_EVIDENCE_UPLOAD", input.idempotency_key)
        command, store = asking.id, _store(asking)
        issue = asking.key("input.issue", input.issue, "Issue")[1]
        refused = announcement_refused(input.content_type, input.size, input.sha256)
        if refused is not None:
            field = {"CONTENT_TYPE": "contentType", "SIZE": "size"}.get(refused.fault, "sha256")
            raise asking.refuse(asking.problems.announcement(f"input.{field}", refused.fault))
        case = await visible(asking, issue, "input.issue")
        await _check_may_add(asking)
        viewer = info.context.viewer
        photo = NewPhoto(
            issue,
            input.kind,
            input.content_type,
            input.size,
            input.sha256,
            viewer.person,
            next((post.id for post in viewer.posts), None),
        )
        fingerprint = commands.digest(asking.command, vars(photo))
        if not await asking.done_before(command, fingerprint) and case.stage.closed:
            raise asking.refuse(asking.problems.closed(case.stage.value))
        received = await evidence.announce(
            photo,
            evidence_key(issue, evidence.photo_id(command)),
            command=command,
            actor=asking.actor,
            fingerprint=fingerprint,
            now=info.context.now(),
        )
        if received.receipt is Receipt.CONFLICT or received.result is None:
            raise asking.refuse(asking.problems.key_reused())
        announced = await evidence.announced(received.result)
        assert announced is not None
        return EvidenceUploadReady(
            evidence=await read(info.context, shapes.EVIDENCE, announced.id),
            upload=await _upload(asking, store, announced, input.method),
        )

    @commanded(
        Rule.SIGNED_IN,
        "Confirms that a photo's bytes were sent; it is examined then.",
    )
    @refusable
    async def confirm_evidence(
        self, info: Asked, input: Annotated[ConfirmEvidenceInput, COMMAND]
    ) -> ConfirmEvidenceResult:
        asking = Asking(info.context, "CONFIRM_EVIDENCE", input.idempotency_key)
        command, store = asking.id, _store(asking)
        photo = asking.key("input.evidence", input.evidence, "Evidence")[1]
        announced = await evidence.announced(photo)
        if announced is None or announced.person != info.context.viewer.person:
            raise asking.refuse(asking.problems.not_found("input.evidence", "photo"))
        case = await visible(asking, announced.issue, "input.evidence")
        fingerprint = commands.digest(asking.command, str(photo))
        if not await asking.done_before(command, fingerprint):
            if announced.status is EvidenceStatus.PENDING:
                if case.stage.closed:
                    raise asking.refuse(asking.problems.closed(case.stage.value, "evidence"))
                await _check_bytes(asking, store, announced)
            received = await evidence.confirm(
                announced,
                command=command,
                actor=asking.actor,
                fingerprint=fingerprint,
                now=info.context.now(),
            )
            if received.receipt is Receipt.CONFLICT:
                raise asking.refuse(asking.problems.key_reused())
        return EvidenceConfirmed(evidence=await read(info.context, shapes.EVIDENCE, photo))


def _store(asking: Asking) -> EvidenceStore:
    store = asking.context.evidence_store
    if store is None:
        raise asking.refuse(asking.problems.unavailable())
    return store


async def _check_may_add(asking: Asking) -> None:
    """Auditors look; everyone else who sees the issue may show what it looks like."""
    viewer = asking.context.viewer
    if not access.allows(Rule.REPORT, viewer):
        raise asking.refuse(asking.problems.forbidden(access.Refusal.WRONG_ROLE, "EVIDENCE: not read-only"))
    post = next((post.id for post in viewer.posts), None)
    known = await (commands.holds(viewer.person, post) if post else commands.is_known(viewer.person))
    if not known:
        raise asking.refuse(asking.problems.forbidden(access.Refusal.WRONG_ROLE, OFF_RECORD))


async def _upload(
    asking: Asking, store: EvidenceStore, photo: Announced, method: UploadMethod | None
) -> Upload | None:
    if photo.status is not EvidenceStatus.PENDING:
        return None
    try:
        sent: Any = await store.upload_url(
            photo.key,
            content_type=photo.content_type,
            size=photo.size,
            sha256=photo.sha256,
            lifetime=MAX_UPLOAD_LIFETIME,
            method=method or store.method,
        )
    except StoreError:
        raise asking.refuse(asking.problems.unavailable()) from None
    return Upload(
        url=sent.url,
        method=str(sent.method),
        headers=[UploadHeader(name=name, value=value) for name, value in sent.headers],
        fields=[UploadHeader(name=name, value=value) for name, value in sent.fields],
        expires_at=sent.expires_at,
    )


async def _check_bytes(asking: Asking, store: EvidenceStore, photo: Announced) -> None:
    announced = ObjectRef(store.bucket, photo.key, photo.sha256, photo.size, photo.content_type)
    try:
        refused = await confirm(store, announced)
    except StoreError:
        raise asking.refuse(asking.problems.unavailable()) from None
    if refused is not None:
        raise asking.refuse(asking.problems.upload("input.evidence", refused.fault))
