"""What anybody may know of an issue, and what its reporters are told step by step."""

from __future__ import annotations

from models.terms import EntryKind

PUBLIC_STEPS = frozenset(
    {
        EntryKind.COLLECTED,
        EntryKind.ASSESSED,
        EntryKind.CALLED,
        EntryKind.DISPATCHED,
        EntryKind.ACCEPTED,
        EntryKind.REPORTED_IN,
        EntryKind.PROGRESS,
        EntryKind.COMPLETED,
        EntryKind.VERIFIED,
        EntryKind.REWORK,
        EntryKind.ANSWERED,
        EntryKind.REOPENED,
        EntryKind.JOINED,
        EntryKind.CANCELLED,
        EntryKind.FILED,
    }
)
"""What was done for the reporter. Reminders, breaches, returns and reviews are between the offices."""

TOLD_TO_REPORTERS = PUBLIC_STEPS - {EntryKind.PROGRESS}
"""The steps a reporter is told of as they happen; notes on progress they find when they look."""
