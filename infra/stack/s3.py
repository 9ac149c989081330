"""The local object store: SeaweedFS in one process, on the loopback address, with keys of its own."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import urllib3
from minio import Minio
from minio.error import MinioException

from infra.stack.keys import Keys, write_secret
from infra.stack.ports import LOOPBACK, Ports
from infra.stack.process import Command, Service, ServiceError

USUAL_PORT = 8333
INNER_PORTS = (
    "master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc",
    "s3.port.grpc", "admin.port", "admin.port.grpc",
)  # fmt: skip
"""Its parts speak to each other over the network: each of these would otherwise be a fixed port."""
SOCKETS = Path("/tmp")  # noqa: S108 - SeaweedFS's own choice, which most of its parts do not let us change
JWT_VARIABLES = (
    "WEED_JWT_SIGNING_KEY", "WEED_JWT_SIGNING_READ_KEY",
    "WEED_JWT_FILER_SIGNING_KEY", "WEED_JWT_FILER_SIGNING_READ_KEY",
)  # fmt: skip
"""With a key here the parts refuse what is unsigned; else every local user could read evidence."""


class ObjectStore(Service):
    """`weed mini` of the wheel: master, volume, filer and S3 in one process."""

    name = "s3"
    title = "S3"

    def __init__(
        self,
        data: Path,
        ports: Ports,
        note: Callable[[str], None],
        *,
        keys: Keys,
        bucket: str,
        region: str,
    ) -> None:
        super().__init__(data, ports, note)
        self._keys = keys
        self._bucket = bucket
        self._region = region
        self._port: int | None = None
        self._inner_ports: dict[str, int] = {}

    @property
    def has_ports(self) -> bool:
        return self._port is not None

    @property
    def address(self) -> str:
        return f"http://{LOOPBACK}:{self._port}"

    def settings(self) -> dict[str, Any]:
        return {
            "s3_endpoint": self.address,
            "s3_access_key": self._keys.s3_access_key,
            "s3_secret_key": self._keys.s3_secret_key,
            "s3_bucket": self._bucket,
            "s3_region": self._region,
        }

    def choose_ports(self) -> None:
        for port in (self._port, *self._inner_ports.values()):
            self.ports.give_back(port)
        self._port = self.ports.take(self.name, USUAL_PORT, _swept)
        self._inner_ports = {name: self.ports.take(f"s3-{name}", None, _swept) for name in INNER_PORTS}

    def kill(self) -> None:
        super().kill()
        for port in (self._port, *self._inner_ports.values()):
            _swept(port)

    def prepare(self) -> None:
        (self.data / "s3").mkdir(mode=0o700, exist_ok=True)
        credentials = {"accessKey": self._keys.s3_access_key, "secretKey": self._keys.s3_secret_key}
        identity = {"name": "huying", "credentials": [credentials], "actions": ["Admin"]}
        write_secret(self._identities, json.dumps({"identities": [identity]}))

    def command(self) -> Command:
        program = Path(sys.executable).with_name("weed")
        if not program.exists():
            raise ServiceError(f"{program} is missing; run make setup, or set S3_ENDPOINT")
        flags = {
            "dir": self.data / "s3",
            "ip": LOOPBACK,
            "ip.bind": LOOPBACK,
            "bucket": self._bucket,
            "s3.config": self._identities,
            "s3.port": self._port,
            **self._inner_ports,
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "s3.iam": "false",
            "s3.autoCreateBucket": "false",
            "admin.ui": "false",
            "webdav": "false",
            "master.telemetry": "false",
            "volume.preStopSeconds": 0,
        }
        # Its log is our file alone: else it writes a second one into the folder for temporary files.
        words = [str(program), "-logtostderr=true", "mini", *(f"-{k}={v}" for k, v in flags.items())]
        return Command(words, self.data / "s3", dict.fromkeys(JWT_VARIABLES, self._keys.s3_inner_key))

    async def answers(self) -> bool:
        return await asyncio.to_thread(self._bucket_is_there)

    @property
    def _identities(self) -> Path:
        return self.data / "s3" / "identities.json"

    def _bucket_is_there(self) -> bool:
        """Asked with our keys, so that another store on this port is not taken for ours."""
        pool = urllib3.PoolManager(timeout=urllib3.Timeout(connect=1, read=3), retries=False)
        client = Minio(
            f"{LOOPBACK}:{self._port}",
            access_key=self._keys.s3_access_key,
            secret_key=self._keys.s3_secret_key,
            secure=False,
            region=self._region,
            http_client=pool,
        )
        try:
            return client.bucket_exists(self._bucket)
        except (MinioException, urllib3.exceptions.HTTPError):
            return False
        finally:
            pool.clear()


def _swept(port: int | None) -> bool:
    """Remove what a server of this port left in the folder for sockets; whether nothing is left.

    Each part makes a Unix socket named after its port, and ends at once where another user's lies there.
    """
    for left in SOCKETS.glob(f"seaweedfs-*-{port}.sock"):
        try:
            left.unlink(missing_ok=True)
        except PermissionError:
            return False
    return True
