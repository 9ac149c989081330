"""Pictures, examined: the side that asks. It imports no decoder; files are read in a child with limits."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from storage.imaging.told import Examined, PictureFault, PictureLimits, PictureRefused, read

ANSWER = "answer.json"
MODULE = "storage.imaging.zygote"
START_SECONDS = 30.0
LONGER = 15.0
"""Seconds beyond a file's own limit after which the process itself is given up."""
ASKED_TO_END = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL})
"""Signals of somebody else: they say nothing of the file."""


class ExaminerDiedError(RuntimeError):
    """The process that reads pictures ended while it read one; trying again may help."""


class Examiner:
    """Reads so many files at once, each in a process of its own; what died is replaced. `close` it."""

    def __init__(self, at_once: int = 2, limits: PictureLimits | None = None) -> None:
        self.limits = limits or PictureLimits()
        self.most_memory = 0
        """The most that reading a file held resident, in the unit of the system: kilobytes on Linux."""
        self._idle: list[asyncio.subprocess.Process] = []
        self._turns = asyncio.Semaphore(at_once)

    async def examine(self, file: Path, folder: Path) -> Examined | PictureRefused:
        """What the file is; what is made of it lies in `folder` then. Raises ExaminerDiedError."""
        order = {"file": str(file), "folder": str(folder), "limits": asdict(self.limits)}
        async with self._turns, self._process() as process:
            ended = await self._asked(process, json.dumps(order))
        self.most_memory = max(self.most_memory, ended["memory"])
        if ended["overran"] or ended["signal"] == signal.SIGXCPU:
            return PictureRefused(PictureFault.TOO_COSTLY, "it takes more time than a photograph does")
        if ended["signal"] in ASKED_TO_END:
            raise ExaminerDiedError(f"reading was ended by signal {ended['signal']}")
        answer = folder / ANSWER
        if ended["signal"] or not answer.exists():
            return PictureRefused(PictureFault.BROKEN, "no decoder survives it")
        try:
            return read(answer.read_text())
        except (KeyError, TypeError, ValueError) as fault:
            raise ExaminerDiedError(f"no answer that can be read: {fault!r}") from fault

    async def close(self) -> None:
        """Ends the processes."""
        while self._idle:
            await _end(self._idle.pop())

    @asynccontextmanager
    async def _process(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """One that reads; it is kept for the next file where it did its work to the end."""
        process = self._idle.pop() if self._idle else await _start()
        try:
            yield process
        except BaseException:
            await _end(process)
            raise
        self._idle.append(process)

    async def _asked(self, process: asyncio.subprocess.Process, order: str) -> dict[str, int]:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            async with asyncio.timeout(self.limits.wall_seconds + LONGER):
                process.stdin.write(order.encode() + b"\n")
                await process.stdin.drain()
                line = await process.stdout.readline()
        except (TimeoutError, OSError) as fault:
            raise ExaminerDiedError("the process that reads pictures does not answer") from fault
        if not line:
            raise ExaminerDiedError("the process that reads pictures has ended")
        answer: dict[str, int] = json.loads(line)
        return answer


async def _start() -> asyncio.subprocess.Process:
    # Nothing of ours is in its environment: no address, no key.
    environment = {
        "PATH": os.defpath,
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "1",
        "LANG": "C.UTF-8",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-m",
        MODULE,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(START_SECONDS):
            if await process.stdout.readline() != b"ready\n":
                raise ExaminerDiedError(f"{MODULE} does not start")
    except (TimeoutError, ExaminerDiedError) as fault:
        await _end(process)
        raise ExaminerDiedError(f"{MODULE} does not start") from fault
    return process


async def _end(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # with the fork that may be at work
    await process.wait()
    # asyncio would close the pipes only when they are collected.
    transport = getattr(process, "_transport", None)
    if transport is not None:
        transport.close()
