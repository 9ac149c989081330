"""The local stack: PostgreSQL, Temporal and an object store, each only where its address is unset.

`start` owns the servers; other commands of the same data folder find their addresses with
infra.stack.claim.discover.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from infra.settings import Settings
from infra.stack.claim import claimed, state_file
from infra.stack.home import erase_place
from infra.stack.keys import keys_of, write_secret
from infra.stack.ports import Ports
from infra.stack.postgres import Postgres
from infra.stack.process import STOPS_WITHIN, Service
from infra.stack.s3 import ObjectStore
from infra.stack.temporal import Temporal


@dataclass(frozen=True, slots=True)
class Running:
    """One service for people to read: where it is, and whether we run it."""

    name: str
    title: str
    address: str
    embedded: bool
    log: Path | None


class Stack:
    """The services of one data folder while they run. Made by `start`; `stop` it, or use `async with`."""

    def __init__(self, settings: Settings, servers: list[Service], claim: int | None) -> None:
        self.settings = settings
        self._servers = servers
        self._claim = claim
        if servers:
            atexit.register(self._abandon)

    @property
    def temporal_ui(self) -> str | None:
        """Where Temporal's web UI is; None for an outside Temporal."""
        return next((server.ui for server in self._servers if isinstance(server, Temporal)), None)

    @property
    def services(self) -> tuple[Running, ...]:
        """Every service, outside ones too, with addresses that hold no secrets."""
        ours = {server.name: server for server in self._servers}
        outside = {
            "postgres": ("PostgreSQL", _without_credentials(self.settings.database_url)),
            "temporal": ("Temporal", self.settings.temporal_address or ""),
            "s3": ("S3", self.settings.s3_endpoint or ""),
        }
        return tuple(
            Running(name, title, ours[name].address, True, ours[name].log)
            if name in ours
            else Running(name, title, address, False, None)
            for name, (title, address) in outside.items()
        )

    def service(self, name: str) -> Service:
        """The server "postgres", "temporal" or "s3", to kill or restart. KeyError where it is outside."""
        for server in self._servers:
            if server.name == name:
                return server
        raise KeyError(f"{name} is not run here")

    async def wait(self) -> str:
        """Return when Ctrl-C or SIGTERM comes, or when a server has ended by itself; says which.

        Before and after this a signal does what it does to any program; the servers still stop (Linux),
        or are found and stopped by the next start.
        """
        told = asyncio.Event()
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(sign, told.set)
        try:
            while not told.is_set():
                for server in self._servers:
                    if not server.alive:
                        return f"{server.title} has ended; see {server.log}"
                with suppress(TimeoutError):
                    await asyncio.wait_for(told.wait(), timeout=0.5)
            return "asked to stop"
        finally:
            for sign in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(sign)

    async def stop(self) -> None:
        """Stop the servers, none of which needs another; the data stays. May be called twice."""
        await asyncio.shield(_stop_all(self._servers))
        self._servers = []
        self._release()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _release(self) -> None:
        atexit.unregister(self._abandon)
        if self._claim is not None:
            state_file(self.settings.data).unlink(missing_ok=True)
            os.close(self._claim)
            self._claim = None

    def _abandon(self) -> None:
        """The last resort when the process ends without `stop`."""
        for server in self._servers:
            server.ask_to_stop()
        deadline = time.monotonic() + STOPS_WITHIN
        while any(server.alive for server in self._servers) and time.monotonic() < deadline:
            time.sleep(0.05)
        for server in self._servers:
            server.kill()
        self._servers = []
        self._release()


async def start(
    settings: Settings,
    *,
    search_attributes: Mapping[str, str],
    progress: Callable[[str], None] | None = None,
) -> Stack:
    """Start what has no outside address, all at once, and return when everything answers.

    `search_attributes` maps names to Temporal's types ("Keyword"). Raises StackError where another
    process runs the stack of this folder, ServiceError where a server does not come up.
    """
    note = progress or (lambda _: None)
    if settings.database_url and settings.temporal_address and settings.s3_endpoint:
        return Stack(settings, [], None)
    claim = await claimed(settings.data)
    servers: list[Service] = []
    try:
        servers = _servers(settings, search_attributes, note)
        await together(_start(server, note) for server in servers)
        filled = {name: value for server in servers for name, value in server.settings().items()}
        stack = Stack(settings.model_copy(update=filled), servers, claim)
        state = {"pid": os.getpid(), "settings": filled}
        write_secret(state_file(settings.data), json.dumps(state, indent=1))
    except BaseException:
        await asyncio.shield(_stop_all(servers))
        os.close(claim)
        raise
    return stack


def erase(data: Path) -> None:
    """Delete a data folder with everything that belongs to it elsewhere. The stack must not run."""
    erase_place(data)
    shutil.rmtree(data, ignore_errors=True)


def _servers(settings: Settings, attributes: Mapping[str, str], note: Callable[[str], None]) -> list[Service]:
    """The servers that must run here."""
    data, keys, ports = settings.data, keys_of(settings.data), Ports(settings.data / "ports.json")
    servers: list[Service] = []
    if not settings.temporal_address:
        namespace = settings.temporal_namespace
        servers.append(Temporal(data, ports, note, namespace=namespace, search_attributes=attributes))
    if not settings.s3_endpoint:
        bucket, region = settings.s3_bucket, settings.s3_region
        servers.append(ObjectStore(data, ports, note, keys=keys, bucket=bucket, region=region))
    if not settings.database_url:
        servers.append(Postgres(data, ports, note, keys=keys))
    return servers


async def together(starting: Iterable[Coroutine[Any, Any, None]]) -> None:
    """All at once; where one fails the others are called off before the failure is told."""
    starts = [asyncio.ensure_future(one) for one in starting]
    try:
        await asyncio.gather(*starts)
    finally:
        for begun in starts:
            begun.cancel()
        await asyncio.gather(*starts, return_exceptions=True)


async def _start(server: Service, note: Callable[[str], None]) -> None:
    seconds = await server.start()
    note(f"{server.title}: {server.address} ({seconds:.1f} s)")


async def _stop_all(servers: list[Service]) -> None:
    await asyncio.gather(*(server.stop() for server in servers))


def _without_credentials(url: str | None) -> str:
    if url is None:
        return ""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
