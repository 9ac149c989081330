"""The ways out of the platform for notices and messages: one port, its adapters, its twin for tests."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

import structlog

from models.policy.notice import Message, Notice

if TYPE_CHECKING:
    import httpx

log = structlog.get_logger()

ANSWER_SECONDS = 10.0
"""How long a receiver may take, all in all."""
ID_HEADER = "webhook-id"
TRY_AGAIN = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
"""4xx that speak of the moment and not of the notice."""


class ChannelDownError(Exception):
    """The notice was not taken now and may be tried again; the message says why."""


class ChannelRefusedError(Exception):
    """The notice will not be taken, however often it is tried; the message says why."""


class Channel(Protocol):
    """Where notices go. It may be given the same notice again and must answer within 30 s."""

    @property
    def name(self) -> str: ...

    async def deliver(self, notice: Notice | Message) -> None:
        """Returns once the receiver has it. Raises ChannelDownError, ChannelRefusedError."""
        ...


class LogChannel:
    """One line in the log of the worker: what there is where no receiver is set."""

    name = "log"

    async def deliver(self, notice: Notice | Message) -> None:
        log.info("message" if isinstance(notice, Message) else "notice", **_facts(notice))


class WebhookChannel:
    """POST of JSON to one address; the id in header and body lets the receiver drop repeats.

    The address may hold a secret and is in no message.
    """

    name = "webhook"

    def __init__(self, url: str, client: httpx.AsyncClient, *, timeout: float = ANSWER_SECONDS) -> None:
        self._url = url
        self._client = client
        self._timeout = timeout

    async def deliver(self, notice: Notice | Message) -> None:
        import httpx  # half a second and 6 MB of each worker, most of which only write to their log

        try:
            code = await self._post(notice)
        except (TimeoutError, httpx.TimeoutException) as slow:
            raise ChannelDownError(f"the receiver took longer than {self._timeout:g} s") from slow
        except httpx.HTTPError as fault:
            raise ChannelDownError(f"{type(fault).__name__}: {fault}") from fault
        if httpx.codes.is_success(code):
            return
        answer = f"the receiver answered {code}, not 2xx"
        if httpx.codes.is_server_error(code) or code in TRY_AGAIN:
            raise ChannelDownError(answer)
        raise ChannelRefusedError(answer)

    async def _post(self, notice: Notice | Message) -> int:
        """The status; the body of the answer is not read, whatever its size."""
        headers = {ID_HEADER: str(notice.id)}
        # httpx limits each step alone: one byte now and then would hold us for ever.
        async with (
            asyncio.timeout(self._timeout),
            self._client.stream(
                "POST", self._url, json=_facts(notice), headers=headers, timeout=self._timeout
            ) as response,
        ):
            return response.status_code


class MemoryChannel:
    """The twin: keeps what it is given, or raises `fault` where one is set."""

    name = "memory"

    def __init__(self) -> None:
        self.notices: list[Notice | Message] = []
        self.fault: Exception | None = None

    async def deliver(self, notice: Notice | Message) -> None:
        if self.fault is not None:
            raise self.fault
        self.notices.append(notice)


def _facts(notice: Notice | Message) -> dict[str, str | int]:
    """What is told, as JSON and as a log line have it."""
    if isinstance(notice, Message):
        return {
            "id": str(notice.id),
            "report": notice.report,
            "issue": notice.issue,
            "step": notice.step.value,
            "at": notice.at.isoformat(),
        }
    return {
        "id": str(notice.id),
        "post": str(notice.post),
        "role": notice.role.value,
        **{name: code for name in ("issue", "item", "cycle") if (code := getattr(notice, name))},
        "duty": notice.duty.value,
        "target": notice.target.value,
        "percent": notice.percent,
        "owedAt": notice.owed_at.isoformat(),
        "toldAt": notice.told_at.isoformat(),
    }
