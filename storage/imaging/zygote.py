"""The process that decodes pictures: reads orders from its input, and forks once for each file.

The fork has limits of its own on memory, time and files, writes its answer into a file, and ends; whatever a
picture does to it, the next one meets a fresh one. Decoders are imported once, so that a fork costs
milliseconds. One order at a time: whoever wants two files read at once starts two of these.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn

from storage.imaging.decode import examine
from storage.imaging.told import PictureLimits, written

ANSWER = "answer.json"
MOST_WRITTEN = 64 * 1024 * 1024
"""Bytes of one file that a fork may write."""
OPEN_FILES = 32
LOOK_EVERY = 0.002


def main() -> None:
    """Serves until its input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it ends it
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        limits = PictureLimits(**order["limits"])
        print(json.dumps(_forked(Path(order["file"]), Path(order["folder"]), limits)), flush=True)


def _forked(file: Path, folder: Path, limits: PictureLimits) -> dict[str, object]:
    """How the fork ended: by itself, for too long a time, or by a signal."""
    child = os.fork()
    if child == 0:
        _work(file, folder, limits)
    until = time.monotonic() + limits.wall_seconds
    overran = False
    while True:
        ended, status, used = os.wait4(child, os.WNOHANG)
        if ended:
            break
        if not overran and time.monotonic() > until:
            os.kill(child, signal.SIGKILL)
            overran = True
        time.sleep(LOOK_EVERY)
    return {
        "overran": overran,
        "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
        "memory": used.ru_maxrss,
    }


def _work(file: Path, folder: Path, limits: PictureLimits) -> NoReturn:
    code = 1
    try:
        _limit(limits)
        (folder / ANSWER).write_text(written(examine(file, folder, limits)))
        code = 0
    finally:
        os._exit(code)  # nothing of the zygote's is run to its end a second time


def _limit(limits: PictureLimits) -> None:
    for what, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_FSIZE, MOST_WRITTEN),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    main()
