"""A worker of items and cycles that dies by kill -9 right after a write is committed, before Temporal hears.

    python -m tests.workflows.dying_loop DATABASE_URL TEMPORAL_ADDRESS TASK_QUEUE STANDING

It dies in the first write that brings an item, or a cycle, to STANDING. Its timeouts are short, so that the
test need not wait as long as production does until Temporal gives a silent worker up.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import timedelta

from temporalio import activity
from temporalio.client import Client
from temporalio.worker import Worker

from models.policy.loop import LoopBatch
from models.policy.rectification import ItemBatch
from models.queries import db, item_projection, loops
from workflows import contracts


async def main(database: str, temporal: str, queue: str, last: str) -> None:
    contracts.WRITE_TIMEOUT = timedelta(seconds=1)
    from workflows.converter import CONVERTER
    from workflows.rectification import Rectification, RectificationCycle
    from workflows.worker import runner

    await db.connect(database)

    @activity.defn(name=contracts.RECORD_ITEM)
    async def record_item(batch: ItemBatch) -> None:
        await item_projection.record(batch)
        die(batch.status.value)

    @activity.defn(name=contracts.RECORD_CYCLE)
    async def record_cycle(batch: LoopBatch) -> None:
        await loops.record(batch)
        die(batch.step.value)

    def die(standing: str) -> None:
        if standing == last:
            os.kill(os.getpid(), signal.SIGKILL)

    worker = Worker(
        await Client.connect(temporal, data_converter=CONVERTER),
        task_queue=queue,
        workflows=[Rectification, RectificationCycle],
        activities=[record_item, record_cycle],
        workflow_runner=runner(),
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
    )
    await worker.run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4]))
