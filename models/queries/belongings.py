"""What a case goes through beside its steps, as its batches tell it: plans, returns, extensions, suspensions,
hand-overs. Each row has the id of the command that began it, and takes its words from there."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from models.policy.case import Batch, Extension, Handover, Note, Plan, Returned
from models.queries.db import as_uuid
from models.queries.duties import duty_id
from models.terms import EntryKind, PlanStatus, derived_id

WORDS = "(SELECT texts ->> '{key}' FROM commands WHERE id = {command})"


def words(command: str, key: str = "note") -> str:
    """The words that a command brought; `command` is the SQL of its id."""
    return WORDS.format(key=key, command=command)


def changed(batch: Batch) -> bool:
    """Whether the batch brings any of them."""
    return bool(
        batch.plans
        or batch.returns
        or batch.extensions
        or batch.handovers
        or any(note.kind in (EntryKind.SUSPENDED, EntryKind.RESUMED) for note in batch.notes)
    )


async def write(connection: asyncpg.Connection, issue: UUID, batch: Batch, notes: list[Note]) -> None:
    """All that changed, as it stands now."""
    begun = {note.command: note for note in notes if note.command}
    for plan in batch.plans:
        await _plan(connection, issue, plan, begun, notes)
    for returned in batch.returns:
        await _return(connection, issue, returned, begun, notes)
    for extension in batch.extensions:
        await _extension(connection, issue, extension, begun, notes)
    for handover in batch.handovers:
        await _handover(connection, issue, handover, begun, notes)
    await _suspensions(connection, issue, notes)


async def _plan(
    connection: asyncpg.Connection, issue: UUID, plan: Plan, begun: dict[str, Note], notes: list[Note]
) -> None:
    key = UUID(plan.id)
    await connection.execute(
        f"""
        INSERT INTO plans (id, issue_id, assignment_id, post_id, lead_id, status, note, proposed_at,
            settled_at)
        VALUES ($1, $2, $3, $4, $5, $6, {words("$1")}, $7, $8)
        ON CONFLICT (id) DO UPDATE SET status = excluded.status, settled_at = excluded.settled_at
        """,
        key,
        issue,
        as_uuid(plan.by),
        as_uuid(begun[plan.id].post) if plan.id in begun else None,
        UUID(plan.lead),
        plan.status.value,
        plan.at,
        plan.settled_at,
    )
    await connection.executemany(
        """
        INSERT INTO plan_tasks (id, plan_id, issue_id, assignment_id, task, due_at, agreed_at, position)
        VALUES ($1, $2, $3, $4,
            coalesce((SELECT texts ->> ('task:' || $4::uuid) FROM commands WHERE id = $2), ''), $5, $6, $7)
        ON CONFLICT (id) DO UPDATE SET agreed_at = coalesce(plan_tasks.agreed_at, excluded.agreed_at)
        """,
        [
            (
                derived_id(plan.id, "task", task.assignment),
                key,
                issue,
                UUID(task.assignment),
                task.due_at,
                notes[-1].at if task.assignment in plan.agreed else None,
                position,
            )
            for position, task in enumerate(plan.tasks)
        ],
    )
    if plan.status in (PlanStatus.AGREED, PlanStatus.DECIDED):
        await connection.execute(
            """
            UPDATE assignments a SET task = k.task FROM plan_tasks k
            WHERE k.plan_id = $1 AND k.assignment_id = a.id
            """,
            key,
        )


async def _return(
    connection: asyncpg.Connection,
    issue: UUID,
    returned: Returned,
    begun: dict[str, Note],
    notes: list[Note],
) -> None:
    first = begun.get(returned.id)
    decision = next(
        (
            n
            for n in notes
            if n.kind is EntryKind.ADJUDICATED and n.data.get("returned") == returned.assignment
        ),
        None,
    )
    await connection.execute(
        f"""
        INSERT INTO returns (id, issue_id, item_id, assignment_id, department_id, post_id, grounds,
            suggested_id, returned_at, outcome, named_id, decider_id, reason, adjudicated_at)
        SELECT $1, i.id, i.item_id, a.id, a.department_id, $4, coalesce({words("$1")}, ''),
            $5, $6, $7, $8, $9, {words("$10")}, $11
        FROM issues i JOIN assignments a ON a.id = $3 WHERE i.id = $2
        ON CONFLICT (id) DO UPDATE SET outcome = excluded.outcome, named_id = excluded.named_id,
            decider_id = excluded.decider_id, reason = excluded.reason,
            adjudicated_at = excluded.adjudicated_at
        """,
        UUID(returned.id),
        issue,
        UUID(returned.assignment),
        as_uuid(first.post) if first else None,
        as_uuid(returned.suggested),
        returned.at,
        returned.outcome.value if returned.outcome else None,
        as_uuid(returned.department),
        as_uuid(decision.post) if decision else None,
        as_uuid(decision.command) if decision else None,
        returned.settled_at,
    )


async def _extension(
    connection: asyncpg.Connection,
    issue: UUID,
    extension: Extension,
    begun: dict[str, Note],
    notes: list[Note],
) -> None:
    first = begun.get(extension.id)
    decision = _decided(
        notes, (EntryKind.EXTENDED, EntryKind.EXTENSION_REFUSED), extension.assignment, extension.settled_at
    )
    await connection.execute(
        f"""
        INSERT INTO extensions (id, issue_id, assignment_id, duty_id, status, post_id, reason, until,
            asked_at, granted_until, decider_id, decision, decided_at)
        VALUES ($1, $2, $3, $4, $5, $6, coalesce({words("$1")}, ''), $7, $8, $9, $10, {words("$11")}, $12)
        ON CONFLICT (id) DO UPDATE SET status = excluded.status, granted_until = excluded.granted_until,
            decider_id = excluded.decider_id, decision = excluded.decision, decided_at = excluded.decided_at
        """,
        UUID(extension.id),
        issue,
        UUID(extension.assignment),
        duty_id(issue, extension.duty),
        extension.status.value,
        as_uuid(first.post) if first else None,
        extension.until,
        extension.at,
        extension.granted_until,
        as_uuid(decision.post) if decision else None,
        as_uuid(decision.command) if decision else None,
        extension.settled_at,
    )


async def _handover(
    connection: asyncpg.Connection,
    issue: UUID,
    offer: Handover,
    begun: dict[str, Note],
    notes: list[Note],
) -> None:
    first = begun.get(offer.id)
    answer = _decided(
        notes, (EntryKind.HANDED_OVER, EntryKind.HANDOVER_DECLINED), offer.assignment, offer.settled_at
    )
    await connection.execute(
        f"""
        INSERT INTO handovers (id, issue_id, assignment_id, status, giver_kind, giver_id, receiver_kind,
            receiver_id, post_id, reason, offered_at, answerer_id, answer, answered_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, coalesce({words("$1")}, ''), $10, $11, {words("$12")},
            $13)
        ON CONFLICT (id) DO UPDATE SET status = excluded.status, answerer_id = excluded.answerer_id,
            answer = excluded.answer, answered_at = excluded.answered_at
        """,
        UUID(offer.id),
        issue,
        UUID(offer.assignment),
        offer.status.value,
        offer.giver.kind.value,
        UUID(offer.giver.id),
        offer.to.kind.value,
        UUID(offer.to.id),
        as_uuid(first.post) if first else None,
        offer.at,
        as_uuid(answer.post) if answer else None,
        as_uuid(answer.command) if answer else None,
        offer.settled_at,
    )


async def _suspensions(connection: asyncpg.Connection, issue: UUID, notes: list[Note]) -> None:
    for note in notes:
        if note.kind is EntryKind.SUSPENDED and note.command:
            await connection.execute(
                f"""
                INSERT INTO suspensions (id, issue_id, post_id, reason, suspended_at)
                VALUES ($1, $2, $3, coalesce({words("$1")}, ''), $4) ON CONFLICT (id) DO NOTHING
                """,
                UUID(note.command),
                issue,
                as_uuid(note.post),
                note.at,
            )
        elif note.kind is EntryKind.RESUMED:
            await connection.execute(
                f"""
                UPDATE suspensions SET resumer_id = $2, resumed_at = $3, resumed_reason = {words("$4")}
                WHERE issue_id = $1 AND resumed_at IS NULL
                """,
                issue,
                as_uuid(note.post),
                note.at,
                as_uuid(note.command),
            )


def _decided(
    notes: list[Note], kinds: tuple[EntryKind, ...], assignment: str, settled_at: object
) -> Note | None:
    """The line that settled something of a part; None while it is open, or where it lapsed."""
    lines = (n for n in notes if n.kind in kinds and n.assignment == assignment and n.at == settled_at)
    return next(lines, None)
