"""One local server as a process of ours: claimed, launched, watched until ready, stopped in good order."""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from infra.stack.ports import Ports

LAUNCHER = Path(__file__).with_name("launch.py")
READY_WITHIN = 60.0
"""Seconds a server may take until it answers; a cold machine needs a few."""
STOPS_WITHIN = 15.0
"""Seconds a server may take to stop before it is killed."""
POLL = 0.03
LOG_LIMIT = 10_000_000
ATTEMPTS = 4
PORT_TAKEN = re.compile(
    r"address already in use|could not bind|port \d+ for .* is not available", re.IGNORECASE
)


class ServiceError(RuntimeError):
    """A local server did not start; the message names it, the reason and its log."""


class _PortTakenError(Exception):
    """Another process was quicker; other ports must be tried."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user of this machine that a server runs as instead of root."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Command:
    """How a server is called: program with arguments, folder, added environment, and as whom."""

    words: list[str]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    account: Account | None = None


class Service(ABC):
    """A server that belongs to one data folder.

    Whether one lives is told by a lock that the server itself inherits and holds with all its children:
    a process id alone may have passed to a stranger. Start it from a thread that lasts (the kernel ends
    it with the thread that started it).
    """

    name: ClassVar[str]
    title: ClassVar[str]
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    death_signal: ClassVar[signal.Signals] = signal.SIGKILL
    """What ends it where we were killed and nobody is left to insist: a polite request may hang for ever."""

    def __init__(self, data: Path, ports: Ports, note: Callable[[str], None]) -> None:
        self.data = data
        self.ports = ports
        self.note = note
        self.log = data / "log" / f"{self.name}.log"
        self._lock_file = data / "run" / f"{self.name}.lock"
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @abstractmethod
    def prepare(self) -> None:
        """What must lie on disk before the server can start; may block, may be called again."""

    @abstractmethod
    def choose_ports(self) -> None:
        """Take the ports to listen on, giving back any taken before."""

    @abstractmethod
    def command(self) -> Command:
        """How the server is called, on the ports chosen."""

    @abstractmethod
    async def answers(self) -> bool:
        """Whether the server is ready for work; false while it is still starting."""

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """The fields of Settings that follow from where it runs."""

    @property
    @abstractmethod
    def has_ports(self) -> bool:
        """Whether ports were chosen already."""

    @property
    @abstractmethod
    def address(self) -> str:
        """Where it is reached, without credentials, for people to read."""

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    @property
    def alive(self) -> bool:
        return self.pid is not None

    async def start(self) -> float:
        """Start, on the ports of before if there were any; seconds until it was ready.

        A server left over from a run that was killed is stopped first. Raises ServiceError.
        """
        began = time.monotonic()
        lock = await self._claim()
        try:
            await asyncio.to_thread(self.prepare)
            await self._launch(lock)
        except BaseException:
            await self.stop()
            raise
        finally:
            os.close(lock)  # from here on the server alone holds it
        return time.monotonic() - began

    async def stop(self) -> None:
        """End it in good order; killed where it does not stop in time. Nothing where it does not run."""
        process = self._process
        if process is None:
            return
        self.ask_to_stop()
        try:
            await _until(lambda: process.poll() is not None, STOPS_WITHIN)
        finally:
            self.kill()

    def ask_to_stop(self) -> None:
        """Send the signal at which it ends in good order, and do not wait."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(self.stop_signal)

    def kill(self) -> None:
        """End it as `kill -9` does: nothing is saved, nothing tidied."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    async def restart(self) -> float:
        """Stop it where it still runs, and start it at the same address; seconds until it was ready."""
        await self.stop()
        return await self.start()

    async def _claim(self) -> int:
        """The lock of this server, as an open file; whoever still holds it is stopped."""
        lock = self._open_lock()
        try:
            for sign, patience in ((self.stop_signal, STOPS_WITHIN), (signal.SIGKILL, 5.0)):
                if _locked(lock):
                    return lock
                self._signal_holder(lock, sign)
                if await _until(lambda: _locked(lock), patience):
                    return lock
            raise ServiceError(
                f"{self.title} of {self.data} still runs (process {_holder(lock)}) and does not stop; end it"
            )
        except BaseException:
            os.close(lock)
            raise

    def _open_lock(self) -> int:
        self._lock_file.parent.mkdir(mode=0o700, exist_ok=True)
        return os.open(self._lock_file, os.O_RDWR | os.O_CREAT, 0o600)

    def _signal_holder(self, lock: int, sign: signal.Signals) -> None:
        pid = _holder(lock)
        if pid is None:
            return
        self.note(f"{self.title}: a server left over from an earlier run is stopped (process {pid})")
        with suppress(ProcessLookupError):
            os.kill(pid, sign)

    async def _launch(self, lock: int) -> None:
        for attempt in range(ATTEMPTS):
            if attempt or not self.has_ports:
                self.choose_ports()
            self._spawn(lock)
            try:
                await self._until_ready()
                return
            except _PortTakenError:
                await self.stop()
        raise ServiceError(f"{self.title} found no free port in {ATTEMPTS} attempts; see {self.log}")

    def _spawn(self, lock: int) -> None:
        command = self.command()
        account = command.account
        identity = [str(account.uid), str(account.gid)] if account else ["-", "-"]
        launch = [sys.executable, "-I", "-S", str(LAUNCHER), str(int(self.death_signal)), str(os.getpid())]
        with self._open_log() as log:
            self._process = subprocess.Popen(
                [*launch, *identity, *command.words],
                cwd=command.folder,
                env=environment(self.data) | dict(command.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=(lock,),
                start_new_session=True,  # the terminal's Ctrl-C is ours, not the server's
            )
        os.truncate(lock, 0)
        os.pwrite(lock, f"{self._process.pid}\n".encode(), 0)

    def _open_log(self) -> BinaryIO:
        """The log to append to; one that has grown large is put aside once."""
        self.log.parent.mkdir(mode=0o700, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        log = self.log.open("ab")
        self._log_start = log.tell()
        return log

    async def _until_ready(self) -> None:
        process = self._process
        deadline = time.monotonic() + READY_WITHIN
        while time.monotonic() < deadline:
            ended = process is None or process.poll() is not None
            said = self._said()
            if PORT_TAKEN.search(said):
                raise _PortTakenError
            if ended:
                raise ServiceError(f"{self.title} ended while starting: {_last_line(said)} (log: {self.log})")
            if await self.answers():
                return
            await asyncio.sleep(POLL)
        raise ServiceError(f"{self.title} does not answer after {READY_WITHIN:.0f} s; see {self.log}")

    def _said(self) -> str:
        """What the server has logged since it was launched."""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return log.read(100_000).decode("utf-8", "replace")


def environment(data: Path) -> dict[str, str]:
    """Little of ours: the servers read variables and files of the home folder that were meant for others."""
    return {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(data), "LANG": "C.UTF-8"}


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _until(holds: Callable[[], bool], patience: float) -> bool:
    """Whether it holds within so many seconds."""
    deadline = time.monotonic() + patience
    while not holds():
        if time.monotonic() >= deadline:
            return False
        await asyncio.sleep(POLL)
    return True


def _holder(lock: int) -> int | None:
    text = os.pread(lock, 32, 0).decode("ascii", "replace").strip()
    return int(text) if text.isdigit() else None


def _last_line(text: str) -> str:
    """The line of a log that most likely says why, else the last."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if re.search(r"fatal|error|panic|refus|denied", line, re.IGNORECASE)]
    return (telling or lines or ["it said nothing"])[-1][:300]
