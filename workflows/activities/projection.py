"""Writing what a case decided; may run twice and does not act twice."""

from __future__ import annotations

import structlog
from temporalio import activity

from models.policy.case import Batch
from models.queries import projection

log = structlog.get_logger()


@activity.defn
async def record(batch: Batch) -> None:
    """Writes projection, timeline, events and notices in one transaction; a retry is a no-op."""
    fresh = await projection.record(batch)
    requests = sorted({note.request for note in batch.notes if note.request})
    log.info(
        "recorded", issue=batch.case, seq=batch.seq, stage=batch.stage.value, fresh=fresh, requests=requests
    )
