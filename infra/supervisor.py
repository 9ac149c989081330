"""Everything in one place: the local stack, a current database, API and worker, kept running until told.

`huying up` and `huying demo` are this. A part that dies is started again at its address and the log says so.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from infra import connections
from infra.parts import ApiPart, Part, WorkerPart
from infra.settings import Settings
from infra.stack import local
from infra.stack.process import Service, ServiceError
from infra.telemetry import configure
from models.queries import db, loading, migrations
from models.rulebooks.loader import LoadedRulebook
from workflows.contracts import SEARCH_ATTRIBUTES

LOOK_EVERY = 0.5
"""Seconds between two looks at whether everything lives."""
RESTARTS, WITHIN = 5, 60.0
"""A part that dies more often than this in so many seconds is given up."""

LOG = "huying.log"

log = structlog.get_logger("infra.supervisor")

Note = Callable[[str], None]
"""Takes one line for the person who watches."""


class PartFailedError(RuntimeError):
    """A part did not start or keeps dying; the message has its last lines."""


@dataclass
class Everything:
    """What runs, for people and for the demo."""

    stack: local.Stack
    api: ApiPart
    worker: WorkerPart
    note: Note

    @property
    def settings(self) -> Settings:
        """With every address filled in."""
        return self.stack.settings

    @property
    def parts(self) -> list[Service]:
        """All that runs here, the local servers first."""
        embedded = [self.stack.service(found.name) for found in self.stack.services if found.embedded]
        return [*embedded, self.api, self.worker]

    def addresses(self) -> list[tuple[str, str]]:
        """What people open or look into, each with its name."""
        api = self.settings.public_url or self.api.address
        found = [("GraphQL", f"{api}/graphql")]
        if not self.settings.production:
            found.append(("GraphiQL", f"{api}/"))
        if self.stack.temporal_ui:
            found.append(("Temporal UI", self.stack.temporal_ui))
        found += [(service.title, service.address) for service in self.stack.services]
        return [*found, ("Data folder", str(self.settings.data))]

    async def keep(self) -> None:
        """Starts again whatever dies, for ever. Raises PartFailedError for one that keeps dying."""
        deaths: dict[str, list[float]] = {}
        while True:
            await asyncio.sleep(LOOK_EVERY)
            for part in self.parts:
                if not part.alive:
                    await self._revive(part, deaths.setdefault(part.name, []))

    async def _revive(self, part: Service, deaths: list[float]) -> None:
        now = time.monotonic()
        deaths[:] = [at for at in deaths if at > now - WITHIN] + [now]
        if len(deaths) > RESTARTS:
            raise PartFailedError(f"{part.title} died {len(deaths)} times in a minute; see {part.log}")
        self.note(f"{part.title} died and is started again; its log is {part.log}")
        try:
            seconds = await part.start()
        except ServiceError as failure:
            self.note(f"{part.title} did not start: {failure}")
            return
        self.note(f"{part.title} runs again ({seconds:.1f} s)")


@asynccontextmanager
async def everything(
    settings: Settings, rulebook: LoadedRulebook | None, note: Note
) -> AsyncIterator[Everything]:
    """Starts all parts, with a migrated database and `rulebook` loaded; stops them at the end.

    `note` hears what happens; so does the log file. Raises StackError, ServiceError,
    ConnectionFailedError, PartFailedError.
    """

    def told(line: str) -> None:
        log.info(line)
        note(line)

    async with await local.start(settings, search_attributes=SEARCH_ATTRIBUTES, progress=note) as stack:
        with _claimed(settings.data), _logged(settings):
            await _bring_current(stack.settings, rulebook, told)
            client = await connections.temporal(stack.settings)
            api, worker = ApiPart(stack.settings, told), WorkerPart(stack.settings, client, told)
            try:
                await local.together(_started(part, told) for part in (api, worker))
                yield Everything(stack, api, worker, told)
            finally:
                # The API first, so that nothing is acknowledged that no worker is there to start.
                await asyncio.shield(_stopped([api, worker]))


@contextmanager
def _claimed(data: Path) -> Iterator[None]:
    """Held while API and worker of a folder run: the stack holds none where all services are outside."""
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = os.open(data / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise PartFailedError(
            f"API and worker of {data} already run; stop them, or set HUYING_DATA to another folder"
        ) from None
    finally:
        os.close(lock)


@contextmanager
def _logged(settings: Settings) -> Iterator[None]:
    """Structured logs of this process go to a file meanwhile: the terminal is for people."""
    path = settings.data / "log" / LOG
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        configure("json", settings.log_level, file)
        try:
            yield
        finally:
            configure(settings.log_format, settings.log_level)


async def until_stopped(work: Awaitable[None]) -> bool:
    """Runs `work` until it ends, or Ctrl-C or SIGTERM comes and it is cancelled; whether it came to its end.

    Raises what `work` raises.
    """
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, told.set)
    working = asyncio.ensure_future(work)
    waiting = asyncio.create_task(told.wait())
    try:
        await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        working.cancel()
        # Handlers stay until all is tidied up: an impatient second Ctrl-C leaves nothing half stopped.
        (ended,) = await asyncio.gather(working, return_exceptions=True)
        if isinstance(ended, Exception):
            raise ended
        return ended is None
    finally:
        for sign in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(sign)


async def _bring_current(settings: Settings, rulebook: LoadedRulebook | None, note: Note) -> None:
    async with connections.database(settings):
        applied = await migrations.migrate()
        if applied:
            note(f"Database: {len(applied)} migrations applied")
        if rulebook is not None:
            loaded = await loading.store(rulebook, datetime.now(UTC))
            note(f"Rulebook: {loaded.name}" + ("" if loaded.fresh else " (was there)"))
        elif not await db.value("SELECT EXISTS (SELECT FROM rulebooks)"):
            note("Rulebook: none yet; load one, such as `huying load jinjiang`")


async def _started(part: Part, note: Note) -> None:
    try:
        seconds = await part.start()
    except ServiceError as failure:
        raise PartFailedError("\n".join([str(failure), *part.tail()])) from failure
    note(f"{part.title}: {part.address} ({seconds:.1f} s)")


async def _stopped(parts: Sequence[Part]) -> None:
    for part in parts:
        await part.stop()
