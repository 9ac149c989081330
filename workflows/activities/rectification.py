"""Writing what an item or a satisfaction cycle decided; may run twice and does not act twice."""

from __future__ import annotations

import structlog
from temporalio import activity

from models.policy.loop import LoopBatch
from models.policy.rectification import ItemBatch
from models.queries import item_projection, loops
from workflows.contracts import RECORD_CYCLE, RECORD_ITEM

log = structlog.get_logger()


@activity.defn(name=RECORD_ITEM)
async def record_item(batch: ItemBatch) -> None:
    """Writes item, duties, lines, events and notices in one transaction; a retry is a no-op."""
    fresh = await item_projection.record(batch)
    log.info("recorded", item=batch.item, seq=batch.seq, status=batch.status.value, fresh=fresh)


@activity.defn(name=RECORD_CYCLE)
async def record_cycle(batch: LoopBatch) -> None:
    """Writes cycle, duties, lines, events and notices in one transaction; a retry is a no-op."""
    fresh = await loops.record(batch)
    log.info("recorded", cycle=batch.cycle, seq=batch.seq, step=batch.step.value, fresh=fresh)
