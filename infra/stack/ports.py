"""Ports on this machine's loopback address: the usual one where it is free, another one otherwise."""

from __future__ import annotations

import json
import secrets
import socket
from collections.abc import Callable
from pathlib import Path

LOOPBACK = "127.0.0.1"
SEARCHED = range(20000, 32000)
"""Where another port is looked for: below the range from which systems take ports for outgoing calls."""


class NoFreePortError(RuntimeError):
    """No free port was found; the message says where was looked."""


class Ports:
    """The ports of one local stack, kept in a file, so that addresses stay the same from start to start."""

    def __init__(self, kept: Path) -> None:
        self._kept = kept
        self._ports: dict[str, int] = _read(kept)
        self._given: set[int] = set()

    def take(self, name: str, usual: int | None = None, suits: Callable[[int], bool] = lambda _: True) -> int:
        """The port of the last time, else `usual`, else any; one that is free now, not given out, and suits.

        Another process may still take it before it is bound: whoever binds must be ready to ask again.
        """
        candidates = self._candidates(name, usual)
        port = next((port for port in candidates if self._free(port) and suits(port)), None)
        if port is None:
            raise NoFreePortError(f"no free port for {name} between {SEARCHED.start} and {SEARCHED.stop}")
        self._given.add(port)
        self._ports[name] = port
        self._kept.write_text(json.dumps(self._ports, indent=1, sort_keys=True))
        return port

    def give_back(self, port: int | None) -> None:
        """Let the port be given out again: its server has gone. Nothing where there is none."""
        if port is not None:
            self._given.discard(port)

    def _candidates(self, name: str, usual: int | None) -> list[int]:
        first = [port for port in (self._ports.get(name), usual) if port is not None]
        # By chance, so that two stacks that start together seldom reach for the same one.
        return first + secrets.SystemRandom().sample(SEARCHED, 400)

    def _free(self, port: int) -> bool:
        return port not in self._given and is_free(port)


def is_free(port: int) -> bool:
    """Whether a server could listen on the port of the loopback address now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def _read(kept: Path) -> dict[str, int]:
    """What was kept; a damaged or missing file means nothing was, as ports can be found anew."""
    try:
        ports = json.loads(kept.read_text())
    except (OSError, ValueError):
        return {}
    return {str(name): port for name, port in ports.items() if isinstance(port, int)}
