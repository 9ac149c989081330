"""The worker process, composed: runs cases, and hands acknowledged reports on to them."""

from __future__ import annotations

import asyncio
import signal
from datetime import UTC, datetime

import structlog

from infra import connections
from infra.settings import Settings
from workflows.relay import Relay
from workflows.worker import calling_worker

log = structlog.get_logger("infra.worker")


async def work(settings: Settings) -> None:
    """Serves the task queue until SIGTERM or Ctrl-C; then what runs is finished first.

    Raises ConnectionFailedError at the start; later outages are waited for.
    """
    told = _asked_to_stop()
    async with connections.database(settings):
        client = await connections.temporal(settings)
        worker = calling_worker(client, settings.task_queue)
        relay = Relay(client, lambda: datetime.now(UTC))
        async with worker:
            relaying = asyncio.create_task(relay.run())
            log.info("working", task_queue=settings.task_queue, namespace=settings.temporal_namespace)
            await _first(told, relaying)
            log.info("draining")
            relay.stop()
            await relaying
    log.info("stopped")


def _asked_to_stop() -> asyncio.Event:
    """Set at the first SIGTERM or Ctrl-C; a second one ends the process as usual."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()

    def tell() -> None:
        told.set()
        for sign in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(sign)

    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, tell)
    return told


async def _first(told: asyncio.Event, relaying: asyncio.Task[None]) -> None:
    """Until asked to stop; a relay that fails ends the worker, so that it is started anew."""
    waiting = asyncio.create_task(told.wait())
    try:
        await asyncio.wait({waiting, relaying}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
    if relaying.done():
        relaying.result()
