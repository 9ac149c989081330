"""Writing what an appeal decided; may run twice and does not act twice."""

from __future__ import annotations

import structlog
from temporalio import activity

from models.policy.appeal import AppealBatch
from models.queries import appeals
from workflows.contracts import RECORD_APPEAL

log = structlog.get_logger()


@activity.defn(name=RECORD_APPEAL)
async def record_appeal(batch: AppealBatch) -> None:
    """Writes appeal, duty, timeline, events and notices in one transaction; a retry is a no-op."""
    fresh = await appeals.record(batch)
    log.info("recorded", appeal=batch.assignment, issue=batch.issue, seq=batch.seq, fresh=fresh)
