"""API and worker as processes beside the local stack, each killed and restarted on its own."""

from __future__ import annotations

import os
import sys
from abc import abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from infra.settings import Settings
from infra.stack.ports import Ports, is_free
from infra.stack.process import Command, Service

PROJECT = Path(__file__).parents[1]
TAIL_LINES = 12


class Part(Service):
    """One of our own processes: `huying api` or `huying worker` on the settings given."""

    def __init__(self, settings: Settings, note: Callable[[str], None]) -> None:
        super().__init__(settings.data, Ports(settings.data / "ports.json"), note)
        self._settings = settings

    def prepare(self) -> None:
        """Nothing: the stack made the folder."""

    def settings(self) -> dict[str, Any]:
        return {}

    def command(self) -> Command:
        words = [sys.executable, "-m", "infra.cli", self.name]
        return Command(words, PROJECT, {**os.environ, **self.environment()})

    @abstractmethod
    def environment(self) -> Mapping[str, str]:
        """What this part is told beyond our own environment."""

    def tail(self) -> list[str]:
        """The last lines it logged since its start."""
        return self._said().splitlines()[-TAIL_LINES:]


class ApiPart(Part):
    """The API, on the port that is set or on a free one where that is taken."""

    name = "api"
    title = "API"

    def __init__(self, settings: Settings, note: Callable[[str], None]) -> None:
        super().__init__(settings, note)
        self._port: int | None = None

    @property
    def has_ports(self) -> bool:
        return self._port is not None

    @property
    def address(self) -> str:
        host = self._settings.host
        shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host
        return f"http://[{shown}]:{self._port}" if ":" in shown else f"http://{shown}:{self._port}"

    def choose_ports(self) -> None:
        wanted = self._settings.port
        # The port that is set comes before that of the last time: it may have been set since.
        again = self._port is not None
        self._port = wanted if not again and is_free(wanted) else self.ports.take(self.name)
        if self._port != wanted:
            self.note(f"{self.title}: port {wanted} is taken, {self._port} is used")

    def environment(self) -> Mapping[str, str]:
        return {
            "HUYING_DATA": str(self.data),
            "HUYING_PORT": str(self._port),
            "HUYING_LOG_FORMAT": "json",
        }

    async def answers(self) -> bool:
        try:
            async with httpx.AsyncClient(timeout=5, trust_env=False) as http:
                return (await http.get(f"{self.address}/readyz")).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False


class WorkerPart(Part):
    """The worker with its relay; ready when Temporal has seen it ask for work."""

    name = "worker"
    title = "Worker"

    def __init__(self, settings: Settings, client: Client, note: Callable[[str], None]) -> None:
        super().__init__(settings, note)
        self._client = client

    @property
    def has_ports(self) -> bool:
        return True  # it listens nowhere

    @property
    def address(self) -> str:
        return f"task queue {self._settings.task_queue}"

    def choose_ports(self) -> None:
        """None are needed."""

    def environment(self) -> Mapping[str, str]:
        return {"HUYING_DATA": str(self.data), "HUYING_LOG_FORMAT": "json"}

    async def answers(self) -> bool:
        request = DescribeTaskQueueRequest(
            namespace=self._settings.temporal_namespace,
            task_queue=TaskQueue(name=self._settings.task_queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
        try:
            found = await self._client.workflow_service.describe_task_queue(request)
        except RPCError:
            return False
        # A worker is called by its process and host; those of earlier runs are listed for a while.
        return any(poller.identity.startswith(f"{self.pid}@") for poller in found.pollers)
