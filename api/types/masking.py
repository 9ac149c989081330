"""Whether a reporter's personal data is hidden from whoever asks (domain guide 8)."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from api.context import Context
from models.policy import access


async def masked(context: Context, issue: UUID, reporter: UUID | None) -> bool:
    """Whether what this reporter of the issue gave of themselves is hidden from the viewer."""
    facts = await context.loaders.facts().load(issue)
    if facts is None:
        return True
    # Another reporter of the same issue is a stranger to this one.
    told_by = frozenset() if reporter is None else frozenset({reporter})
    return access.masks_reporter(context.viewer, replace(facts, reporters=told_by))
