"""A real S3 (SeaweedFS, one process, loopback only) for the contract tests, once a session."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import urllib3

from storage.s3 import S3Config

_ACCESS, _SECRET = "contract-tests", "contract-tests-secret"
_PORTS = ("s3.port", "s3.port.grpc", "master.port", "master.port.grpc", "volume.port", "volume.port.grpc")
_FILER_PORTS = ("filer.port", "filer.port.grpc")
_OFF = ("admin.ui", "webdav", "s3.iam", "master.telemetry")


@pytest.fixture(scope="session")
def s3_config(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Config]:
    """How to reach the running store; each test makes stores of its own from it."""
    home = tmp_path_factory.mktemp("s3")
    ports = _free_ports(_PORTS + _FILER_PORTS)
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(
            _command(home, ports), stdout=log, stderr=log, cwd=home, start_new_session=True
        )
    try:
        _wait_until_it_answers(server, ports["s3.port"], home / "log")
        endpoint = f"http://127.0.0.1:{ports['s3.port']}"
        yield S3Config(endpoint, _ACCESS, _SECRET, "contract")
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _command(home: Path, ports: dict[str, int]) -> list[str]:
    identity = {
        "name": "tests",
        "credentials": [{"accessKey": _ACCESS, "secretKey": _SECRET}],
        "actions": ["Admin", "Read", "Write", "List"],
    }
    keys = home / "keys.json"
    keys.touch(mode=0o600)
    keys.write_text(json.dumps({"identities": [identity]}))
    return [
        str(Path(sys.executable).parent / "weed"),
        "mini",
        f"-dir={home}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        # Without this the filer's own HTTP hands out and deletes every object without a key.
        "-disableHttp=true",
        f"-s3.config={keys}",
        f"-s3.localSocket={home}/s3.sock",
        f"-filer.localSocket={home}/filer.sock",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        *(f"-{name}=false" for name in _OFF),
        *(f"-{name}={port}" for name, port in ports.items()),
    ]


def _free_ports(names: tuple[str, ...]) -> dict[str, int]:
    """A free port for each name, held open together so that no two are the same."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in names]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        ports = dict(zip(names, (one.getsockname()[1] for one in sockets), strict=True))
        # The admin service listens even without its UI, and its worker insists on 10000 above for gRPC.
        for port in range(20000 + os.getpid() % 1000, 50000, 7):
            try:
                held.enter_context(socket.socket()).bind(("127.0.0.1", port))
                held.enter_context(socket.socket()).bind(("127.0.0.1", port + 10000))
            except OSError:
                continue
            return {**ports, "admin.port": port, "admin.port.grpc": port + 10000}
    raise RuntimeError("no free ports for the store")


def _wait_until_it_answers(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    give_up = time.monotonic() + 30
    while time.monotonic() < give_up:
        if server.poll() is not None:
            break
        try:
            if urllib3.request("GET", f"http://127.0.0.1:{port}/healthz", retries=False).status == 200:
                return
        except urllib3.exceptions.HTTPError:
            pass
        time.sleep(0.05)
    raise RuntimeError(f"the store did not start:\n{log.read_text()[-2000:]}")
