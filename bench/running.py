"""One contestant while it runs: started on a free port, asked, driven, weighed, stopped."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import time
from asyncio.subprocess import Process
from pathlib import Path
from typing import Any

import httpx

from bench.contestants import Contestant, Subject
from bench.load import written
from bench.stage import Stage
from infra.stack.ports import Ports

STARTS_WITHIN = 60.0
STOPS_WITHIN = 15.0
CONNECTIONS = 16
NODE_LEAST = 22


class BenchError(RuntimeError):
    """The comparison cannot be made; the message says why."""


def node() -> str:
    """The Node.js that the peers run on: the one locked with them, else this machine's if new enough."""
    modules = Path(__file__).parent / "node_modules"
    locked = next(modules.glob("node-*/bin/node"), None)
    if locked is not None:
        return str(locked)
    found = shutil.which("node")
    said = subprocess.run([found, "--version"], capture_output=True, text=True).stdout if found else ""
    if not said or int(said.lstrip("v").split(".")[0]) < NODE_LEAST:
        raise BenchError(
            f"PostGraphile asks for Node.js {NODE_LEAST} or newer; found {said.strip() or 'none'}"
        )
    return str(found)


class Running:
    """A contestant's process."""

    def __init__(self, contestant: Contestant, stage: Stage, folder: Path) -> None:
        self.contestant = contestant
        self._stage = stage
        self._folder = folder
        self._log = folder / f"{contestant.name}.log"
        self._process: Process | None = None
        self._port = 0

    def _words(self) -> list[str]:
        program, *rest = self.contestant.words
        return [node() if program == "node" else program, *rest]

    async def start(self) -> None:
        """Returns when it answers Q4; raises BenchError with its last words where it does not."""
        self._port = Ports(self._folder / "ports.json").take(self.contestant.name)
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._words(),
                cwd=Path(__file__).parents[1],
                env=self.contestant.environment(self._stage, self._port),
                stdout=log,
                stderr=log,
            )
        subject = ("Street", self._stage.ground.grids[0][2])
        deadline = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < deadline and self._process.returncode is None:
            try:
                answer = await self.ask("Q4", subject)
                if answer.get("data"):
                    return
            except (httpx.HTTPError, json.JSONDecodeError):
                pass
            await asyncio.sleep(0.2)
        raise BenchError(f"{self.contestant.title} did not answer: {self.last_words()}")

    def last_words(self) -> str:
        return self._log.read_text("utf-8", "replace")[-2000:]

    async def ask(self, query: str, subject: Subject | None) -> dict[str, Any]:
        """The answer to one question, by the very bytes the load sends."""
        request = self.contestant.request(self._stage, query, subject, self._port)
        head, _, body = request.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        async with httpx.AsyncClient(timeout=60, trust_env=False) as http:
            url = f"http://127.0.0.1:{self._port}{self.contestant.path}"
            found: dict[str, Any] = (await http.post(url, content=body, headers=headers)).json()
            return found

    async def drive(self, query: str, subjects: list[Subject | None], seconds: float) -> dict[str, float]:
        """What the load measured, with the memory the process has afterwards, in bytes."""
        requests = [self.contestant.request(self._stage, query, one, self._port) for one in subjects]
        file = self._folder / "requests"
        file.write_bytes(written(requests))
        words = ("-m", "bench.load", str(self._port), str(seconds), str(CONNECTIONS), str(file))
        loading = await asyncio.create_subprocess_exec(
            sys.executable, *words, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE
        )
        said, _ = await loading.communicate()
        if loading.returncode:
            raise BenchError(f"{self.contestant.title} broke off at {query}: {self.last_words()}")
        measured: dict[str, float] = json.loads(said)
        if measured["failed"]:
            raise BenchError(f"{self.contestant.title} failed {measured['failed']} times at {query}")
        return measured | {"rss": self.memory()}

    def memory(self) -> int:
        """Resident memory, in bytes."""
        assert self._process is not None
        words = ["ps", "-o", "rss=", "-p", str(self._process.pid)]
        return int(subprocess.run(words, capture_output=True, text=True, check=True).stdout) * 1024

    async def stop(self) -> None:
        if self._process is None or self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), STOPS_WITHIN)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
