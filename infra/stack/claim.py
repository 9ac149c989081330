"""Who runs the local stack of a data folder: one process claims it, the others read where its servers are.

Apart from infra.stack.local, which loads what starts servers: those who only look need nothing of it.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from infra.settings import Settings

CLAIM_WITHIN = 1.0
"""Seconds a start waits for the folder: `discover` holds it for an instant when it looks."""


class StackError(RuntimeError):
    """The local stack cannot run; the message says why and what to do."""


def discover(settings: Settings) -> Settings:
    """The settings with blank addresses filled from the stack that another process runs in this folder.

    Unchanged where none runs.
    """
    state = _live_state(settings.data)
    if state is None:
        return settings
    filled: dict[str, Any] = state["settings"]
    groups = {
        "database_url": settings.database_url,
        "temporal_": settings.temporal_address,
        "s3_": settings.s3_endpoint,
    }
    blank = tuple(prefix for prefix, address in groups.items() if not address)
    return settings.model_copy(
        update={name: value for name, value in filled.items() if name.startswith(blank)}
    )


async def claimed(data: Path) -> int:
    """The lock of a data folder, held as long as the file is open. Raises StackError where another has it."""
    lock = _open_claim(data)
    deadline = time.monotonic() + CLAIM_WITHIN
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        except BlockingIOError:
            if time.monotonic() > deadline:
                os.close(lock)
                state = _live_state(data)
                process = f" (process {state['pid']})" if state else ""
                raise StackError(
                    f"the local stack of {data} already runs{process}; "
                    "stop it, or set HUYING_DATA to another folder"
                ) from None
        await asyncio.sleep(0.05)


def _open_claim(data: Path) -> int:
    # Root's PostgreSQL runs as somebody else, who must pass through to its own part.
    mode = 0o711 if os.geteuid() == 0 else 0o700
    try:
        data.mkdir(parents=True, exist_ok=True, mode=mode)
        return os.open(_claim_file(data), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as refused:
        raise StackError(
            f"{data} cannot be written ({refused.strerror}); "
            "make it this user's, or set HUYING_DATA to another folder"
        ) from refused


def _live_state(data: Path) -> dict[str, Any] | None:
    """What the process that runs the stack of this folder has told; None where none does."""
    try:
        lock = os.open(_claim_file(data), os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return None  # nobody holds it: the file, if there is one, is of a run that was killed
    except BlockingIOError:
        with suppress(OSError, ValueError):
            state: dict[str, Any] = json.loads(state_file(data).read_text())
            return state
        return None  # it is still starting
    finally:
        os.close(lock)


def _claim_file(data: Path) -> Path:
    return data / "stack.lock"


def state_file(data: Path) -> Path:
    """Where the one who claimed the folder writes its addresses."""
    return data / "stack.json"
