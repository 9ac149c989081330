"""The worker process, composed: runs cases, starts those reported, delivers notices, keeps counters and
schedules."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

import structlog
from temporalio.client import Client
from temporalio.service import RPCError

from infra import connections, deployments
from infra.settings import Settings
from models.queries import counters, db
from models.queries.deliveries import MESSAGES, NOTICES
from workflows.courier import Courier
from workflows.relay import Relay
from workflows.schedules import RoundSchedules, Schedules
from workflows.worker import batch_worker, calling_worker, evidence_worker

SWEEP_SECONDS = 30.0
"""Between two sweeps of the counters; what comes between costs a reader microseconds."""

SCHEDULES_SECONDS = 60.0
"""How long a district that was loaded waits for its schedule."""
BAGS = (NOTICES, MESSAGES)
"""What couriers carry, each its own: a long queue of one does not hold up the other."""

log = structlog.get_logger("infra.worker")


async def work(settings: Settings) -> None:
    """Serves the task queue until SIGTERM or Ctrl-C; then what runs is finished first.

    Raises ConnectionFailedError at the start; later outages are waited for.
    """
    told = _asked_to_stop()
    async with (
        connections.database(settings),
        connections.channel(settings) as channel,
        connections.pictures(settings) as (store, examiner),
    ):
        client = await connections.temporal(settings)
        queue, build = settings.task_queue, settings.build_id
        relay = Relay(client, lambda: datetime.now(UTC), settings.task_queue)
        couriers = [Courier(channel, lambda: datetime.now(UTC), bag) for bag in BAGS]
        pictures = evidence_worker(client, store, examiner, lambda: datetime.now(UTC), queue, build)
        async with calling_worker(client, queue, build), batch_worker(client, queue, build), pictures:
            if build:
                await _announce(client, queue, build)
            relaying = asyncio.create_task(relay.run())
            delivering = [asyncio.create_task(courier.run()) for courier in couriers]
            sweeping = asyncio.create_task(_sweep(told))
            schedules = Schedules(client, queue), RoundSchedules(client, queue)
            keeping = asyncio.create_task(_keep(told, *schedules))
            log.info("working", task_queue=queue, build=build, namespace=settings.temporal_namespace)
            await _first(told, (relaying, *delivering, sweeping, keeping))
            log.info("draining")
            relay.stop()
            for courier in couriers:
                courier.stop()
            await asyncio.gather(relaying, *delivering, sweeping, keeping)
    log.info("stopped")


async def _announce(client: Client, queue: str, build: str) -> None:
    """The first version takes all work at once; a later one waits for `huying release`."""
    try:
        first = await deployments.first(client, queue, build)
    except (RPCError, TimeoutError) as fault:
        log.warning("version not known to Temporal yet", build=build, error=connections.said(fault))
    else:
        log.info("version", build=build, first=first)


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


async def _sweep(told: asyncio.Event) -> None:
    """Until asked to stop; a database that is away is waited for."""
    while not told.is_set():
        try:
            await counters.sweep(datetime.now(UTC))
        except Exception as fault:
            if not db.away(fault):
                raise
            log.warning("counters not swept", error=connections.said(fault))
        await _rest(told, SWEEP_SECONDS)


async def _keep(told: asyncio.Event, *kept: Schedules) -> None:
    """The districts' schedules, from the start and whenever a rulebook was loaded; until asked to stop."""
    while not told.is_set():
        try:
            for schedules in kept:
                await schedules.keep()
        except Exception as fault:
            if not isinstance(fault, RPCError) and not db.away(fault):
                raise
            log.warning("schedules not kept", error=connections.said(fault))
        await _rest(told, SCHEDULES_SECONDS)


async def _rest(told: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(told.wait(), seconds)


async def _first(told: asyncio.Event, running: Sequence[asyncio.Task[None]]) -> None:
    """Until asked to stop; a task that fails ends the worker, so that it is started anew."""
    waiting = asyncio.create_task(told.wait())
    try:
        await asyncio.wait({waiting, *running}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
    for one in running:
        if one.done():
            one.result()
