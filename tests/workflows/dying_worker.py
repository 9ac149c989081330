"""A worker process that dies by kill -9 right after a write is committed, before Temporal hears of it.

    python -m tests.workflows.dying_worker DATABASE_URL TEMPORAL_ADDRESS TASK_QUEUE SEQ

It dies in the write that brings the case to line SEQ. Its timeouts are short, so that the test need not
wait as long as production does until Temporal gives a silent worker up.
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

from models.policy.case import Batch
from models.queries import db, projection
from workflows import contracts


async def main(database: str, temporal: str, queue: str, last: int) -> None:
    contracts.WRITE_TIMEOUT = timedelta(seconds=1)
    from workflows.calling import Calling  # reads the timeout, so it comes after the line above
    from workflows.worker import runner

    await db.connect(database)

    @activity.defn(name="record")
    async def record(batch: Batch) -> None:
        await projection.record(batch)
        if batch.seq >= last:
            os.kill(os.getpid(), signal.SIGKILL)

    worker = Worker(
        await Client.connect(temporal),
        task_queue=queue,
        workflows=[Calling],
        activities=[record],
        workflow_runner=runner(),
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
    )
    await worker.run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
