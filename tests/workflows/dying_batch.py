"""A batch worker that dies by kill -9 right after a case took its order, before that is written down.

    python -m tests.workflows.dying_batch DATABASE_URL TEMPORAL_ADDRESS TASK_QUEUE ORDERS

It dies at the order numbered ORDERS. Its timeouts are short, so that the test need not wait as long as
production does until Temporal gives a silent worker up.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import timedelta

from temporalio.client import Client

from models.queries import db
from workflows import batch
from workflows.gateway import CallingGateway
from workflows.worker import batch_worker


async def main(database: str, temporal: str, queue: str, orders: int) -> None:
    batch.HEARTBEAT = timedelta(seconds=3)
    send = CallingGateway.send
    sent = 0

    async def dying(self, *order):
        nonlocal sent
        outcome = await send(self, *order)
        sent += 1
        if sent >= orders:
            os.kill(os.getpid(), signal.SIGKILL)
        return outcome

    CallingGateway.send = dying
    await db.connect(database)
    await batch_worker(await Client.connect(temporal), queue).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
