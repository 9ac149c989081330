"""Notices and messages still to be delivered: written with what the case decided, taken by couriers.

A batch is held by a lease, not by locks: a channel may take seconds, and a transaction held as long would
keep a connection and every row version since. What a dead courier held is due again when its lease ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.policy.notice import Message, Notice
from models.queries import db
from models.terms import DutyKind, EntryKind, Role, RungTarget

BATCH = 20
LEASE = timedelta(minutes=1)
RETRY_SECONDS = (5, 30, 120, 600)
MOST_TRIES = 150
"""A little over a day; what no channel took by then is news to nobody."""


@dataclass(frozen=True)
class Bag:
    """One kind of thing to deliver: its table, the order it goes out in, and how a row reads."""

    table: str
    order: str
    """Of the columns of alias `n`."""
    facts: str
    """SELECT of everything `read` needs from the rows held, alias `n`."""
    read: Callable[[db.Row], Notice | Message]


@dataclass(frozen=True)
class Pending:
    """One notice or message to deliver."""

    notice: Notice | Message
    attempts: int
    """How many tries failed."""


@dataclass(frozen=True)
class Taken:
    """A batch that this courier alone holds until the lease ends, oldest first."""

    pending: Sequence[Pending]
    until: datetime
    table: str

    async def delivered(self, item: Pending, now: datetime) -> None:
        await db.execute(
            f"""
            UPDATE {self.table} SET delivered_at = coalesce(delivered_at, $2), not_before = NULL
            WHERE id = $1
            """,
            item.notice.id,
            now,
        )

    async def failed(self, item: Pending, why: str, now: datetime) -> None:
        """Puts it off, at most 10 minutes; after the last try gives it up."""
        last = item.attempts + 1 >= MOST_TRIES
        wait = timedelta(seconds=RETRY_SECONDS[min(item.attempts, len(RETRY_SECONDS) - 1)])
        await self._tried(item, why, None if last else now + wait)

    async def refused(self, item: Pending, why: str) -> None:
        """Gives it up: another try would say the same."""
        await self._tried(item, why, None)

    async def release(self, items: Sequence[Pending], now: datetime) -> None:
        """Hands back what was not tried."""
        await db.execute(
            f"UPDATE {self.table} SET not_before = $3 WHERE id = ANY($1) AND not_before = $2",
            [item.notice.id for item in items],
            self.until,
            now,
        )

    async def _tried(self, item: Pending, why: str, not_before: datetime | None) -> None:
        # Where the lease has ended meanwhile the row is another courier's.
        await db.execute(
            f"""
            UPDATE {self.table} SET attempts = attempts + 1, last_error = $3, not_before = $4
            WHERE id = $1 AND not_before = $2
            """,
            item.notice.id,
            self.until,
            why[:500],
            not_before,
        )


def _notice(row: db.Row) -> Notice:
    return Notice(
        id=row["id"],
        post=row["post_id"],
        role=Role(row["role"]),
        issue=row["issue"] or "",
        duty=DutyKind(row["kind"]),
        target=RungTarget(row["target"]),
        percent=row["percent"],
        owed_at=row["owed_at"],
        told_at=row["told_at"],
        item=row["item"] or "",
        cycle=row["cycle"] or "",
    )


def _message(row: db.Row) -> Message:
    return Message(row["id"], row["report"], row["issue"], EntryKind(row["kind"]), row["at"])


NOTICES = Bag(
    "notifications",
    "n.told_at, n.owed_at, n.id",
    """
    SELECT n.id, n.post_id, p.role, i.code AS issue, g.code AS item, c.code AS cycle, d.kind, n.target,
        n.percent, n.owed_at, n.told_at, n.attempts
    FROM held n
    JOIN posts p ON p.id = n.post_id
    JOIN duties d ON d.id = n.duty_id
    LEFT JOIN issues i ON i.id = n.issue_id
    LEFT JOIN negative_items g ON g.id = n.negative_item_id
    LEFT JOIN rectification_cycles c ON c.id = n.cycle_id
    """,
    _notice,
)
MESSAGES = Bag(
    "report_messages",
    "n.at, n.id",
    """
    SELECT n.id, r.code AS report, i.code AS issue, n.kind, n.at, n.attempts
    FROM held n JOIN reports r ON r.id = n.report_id JOIN issues i ON i.id = n.issue_id
    """,
    _message,
)


async def take(now: datetime, bag: Bag = NOTICES) -> Taken:
    """A batch of what is due, skipping what another courier is just taking."""
    until = now + LEASE
    found = await db.rows(
        f"""
        WITH due AS (
            SELECT n.id FROM {bag.table} n WHERE n.not_before <= $1
            ORDER BY {bag.order} LIMIT $3 FOR UPDATE SKIP LOCKED
        ), held AS (
            UPDATE {bag.table} n SET not_before = $2 FROM due WHERE n.id = due.id RETURNING n.*
        )
        {bag.facts} ORDER BY {bag.order}
        """,
        now,
        until,
        BATCH,
    )
    return Taken([Pending(bag.read(row), row["attempts"]) for row in found], until, bag.table)
