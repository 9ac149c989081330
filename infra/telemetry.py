"""Structured logs: one event a line, with the request id of whatever caused it, on standard error."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from contextvars import ContextVar
from itertools import count
from typing import Any, Literal, TextIO
from uuid import uuid4

# structlog takes rich, with all of pygments, where it finds it: 4 MB in each process, for tracebacks that
# `_rendering` writes plainly. Not found this once; commands that print tables find it afterwards.
sys.modules.setdefault("rich", None)  # type: ignore[arg-type]
import structlog  # noqa: E402

if sys.modules["rich"] is None:
    del sys.modules["rich"]

SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
PROCESS = uuid4().hex[:16]
REQUESTS = count(1)
"""A number within a random process is as unique as a random number, and much quicker made."""
NEVER_LOGGED = frozenset({"authorization", "token", "password", "secret", "phone"})
EXTRAS = ("request_id", "temporal_workflow", "temporal_activity")
"""What libraries may add to their events: Temporal's loggers say whose they are."""
CHATTY = ("httpx", "httpcore", "uvicorn.access", "asyncio", "tortoise")

REQUEST: ContextVar[str] = ContextVar("request_id", default="")
"""The request whose task this is; in every event of it and of the tasks it starts."""

EventDict = MutableMapping[str, Any]


def configure(
    log_format: Literal["console", "json"], log_level: str = "info", stream: TextIO | None = None
) -> None:
    """Sends structlog's and the standard library's events to `stream` (standard error) as `log_format`.

    Standard output stays free: commands print their answer there.
    """
    out = stream or sys.stderr
    shared: list[structlog.typing.Processor] = [
        of_request,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _withhold,
    ]
    structlog.configure(
        # First what is not wanted is dropped: most requests are told at debug.
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(allow=EXTRAS), *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendering(log_format, out),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(log_level.upper())
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


def _rendering(log_format: str, out: TextIO) -> list[structlog.typing.Processor]:
    if log_format == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    return [
        structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback)
    ]


def _withhold(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Drops values under names that are never logged, wherever they were bound."""
    for name in NEVER_LOGGED.intersection(event):
        event[name] = "withheld"
    return event


def request_id_from(header: str | None) -> str:
    """The caller's request id where it is short and plain, else a new one: ids end up in logs."""
    if header and SANE_REQUEST_ID.fullmatch(header):
        return header
    return f"{PROCESS}-{next(REQUESTS):x}"


def of_request(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Adds the id of the request that caused an event."""
    request_id = REQUEST.get()
    if request_id and "request_id" not in event:
        event["request_id"] = request_id
    return event
