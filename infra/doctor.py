"""What may be wrong with this machine and the services, and how to mend it. Looks only; changes nothing."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import asyncpg
import urllib3
from minio import Minio
from minio.error import MinioException, S3Error
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode, TLSConfig

from infra.settings import Settings
from infra.stack.temporal import attributes_at_odds
from models.queries.migrations import OtherVersionError

PYTHON = (3, 11)
POSTGRES = 150000
NODE_PACKAGES = ("graphiql/graphiql.min.js", "react/umd/react.production.min.js")
SPACE = 1_000_000_000
"""Bytes that should be free where local data lies."""
ASKS_WITHIN = 90.0
"""Seconds within which a living worker asks its task queue again; Temporal lists it for minutes after."""
PATIENCE = 5.0
"""Seconds a service may take to answer."""
PROJECT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: whether it is well, what was found, and what mends it (blank where well)."""

    name: str
    ok: bool
    detail: str
    mend: str = ""


async def diagnose(
    settings: Settings,
    *,
    search_attributes: Mapping[str, str],
    migrations: Callable[[Settings], Awaitable[str | None]],
) -> list[Finding]:
    """Everything the platform rests on, in the order in which to mend it.

    `settings` with the addresses filled in (infra.stack.claim.discover). `migrations` says what is missing
    in the database, or None where nothing is; it is asked only where the database can be reached, and raises
    OtherVersionError where another version made it.
    """
    postgres, temporal, store = await asyncio.gather(
        _postgres(settings, migrations), _temporal(settings, search_attributes), _store(settings)
    )
    return [_python(), _node(), _folder(settings.data), _space(settings.data), *postgres, *temporal, store]


def _python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    ok = sys.version_info[:2] >= PYTHON
    return Finding("Python", ok, found, "" if ok else "install Python 3.11 or newer and run make setup again")


def _node() -> Finding:
    missing = [name for name in NODE_PACKAGES if not (PROJECT / "node_modules" / name).is_file()]
    if missing:
        return Finding("Node packages", False, f"missing: {', '.join(missing)}", "run make setup")
    return Finding("Node packages", True, "GraphiQL is there")


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that exists."""
    return next(place for place in (folder, *folder.parents) if place.exists())


def _folder(folder: Path) -> Finding:
    place = _existing(folder)
    if place.is_dir() and os.access(place, os.W_OK | os.X_OK):
        return Finding("Data folder", True, str(folder))
    return Finding(
        "Data folder",
        False,
        f"{place} cannot be written by this user",
        f"make {place} this user's, or set HUYING_DATA to another folder",
    )


def _space(folder: Path) -> Finding:
    free = shutil.disk_usage(_existing(folder)).free
    detail = f"{free / 1e9:.1f} GB free"
    mend = f"free at least {SPACE / 1e9:.0f} GB, or set HUYING_DATA to a folder on another disk"
    return Finding("Disk space", free >= SPACE, detail, "" if free >= SPACE else mend)


def _unset(name: str, variable: str) -> Finding:
    return Finding(
        name,
        False,
        "is not running here and has no outside address",
        f"run huying up, which starts it, or set {variable}",
    )


async def _postgres(
    settings: Settings, migrations: Callable[[Settings], Awaitable[str | None]]
) -> list[Finding]:
    name = "PostgreSQL"
    if not settings.database_url:
        return [_unset(name, "DATABASE_URL")]
    where = urlsplit(settings.database_url).netloc.rpartition("@")[2]
    try:
        connection = await asyncpg.connect(settings.database_url, timeout=PATIENCE)
    except (OSError, TimeoutError) as refused:
        mend = "start it (huying up, where it is the local one), or correct DATABASE_URL"
        return [Finding(name, False, f"does not answer at {where}: {_said(refused)}", mend)]
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as refused:
        return [
            Finding(
                name, False, f"refuses us at {where}: {_said(refused)}", "correct DATABASE_URL or the role"
            )
        ]
    try:
        version = int(await connection.fetchval("SHOW server_version_num"))
        folds = await _folds(connection)
    finally:
        await connection.close()
    return [_server(where, version, folds), await _migrated(settings, migrations)]


async def _migrated(settings: Settings, migrations: Callable[[Settings], Awaitable[str | None]]) -> Finding:
    name = "Migrations"
    try:
        missing = await migrations(settings)
    except OtherVersionError as other:
        return Finding(name, False, other.found, other.mend)
    if missing:
        return Finding(name, False, missing, "run huying migrate")
    return Finding(name, True, "current")


async def _folds(connection: asyncpg.Connection) -> bool:
    """Whether the database brings letters to the form that search compares (models/queries/filters.py)."""
    try:
        return bool(await connection.fetchval("SELECT lower(normalize('ＡÉ路', NFKC)) = 'aé路'"))
    except asyncpg.PostgresError:  # only UTF8 can be normalised
        return False


def _server(where: str, version: int, folds: bool) -> Finding:
    shown = f"{version // 10000} at {where}"
    if version < POSTGRES:
        return Finding("PostgreSQL", False, f"version {shown} is too old", "use PostgreSQL 15 or newer")
    if not folds:
        return Finding(
            "PostgreSQL",
            False,
            f"version {shown}: its encoding or character type does not tell letters as search needs",
            "make the database anew with ENCODING 'UTF8' and LC_CTYPE 'C.UTF-8' or another UTF-8 locale",
        )
    return Finding("PostgreSQL", True, f"version {shown}")


async def _temporal(settings: Settings, wanted: Mapping[str, str]) -> list[Finding]:
    name, namespace = "Temporal", settings.temporal_namespace
    if not settings.temporal_address:
        return [_unset(name, "TEMPORAL_ADDRESS")]
    where = settings.temporal_address
    try:
        async with asyncio.timeout(PATIENCE):
            client = await _client(settings)
            await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=namespace))
            odd = await attributes_at_odds(client, namespace, wanted)
            worker = await _worker(client, settings)
    except RPCError as refused:
        if refused.status == RPCStatusCode.NOT_FOUND:
            mend = (
                f"temporal operator namespace create --namespace {namespace}, or correct TEMPORAL_NAMESPACE"
            )
            return [Finding(name, False, f"has no namespace {namespace}", mend)]
        mend = "correct TEMPORAL_API_KEY, TEMPORAL_TLS or the rights of this key"
        return [Finding(name, False, f"refuses us at {where}: {_said(refused)}", mend)]
    except (RuntimeError, OSError, TimeoutError) as refused:
        mend = "start it (huying up, where it is the local one), or correct TEMPORAL_ADDRESS and TEMPORAL_TLS"
        return [Finding(name, False, f"does not answer at {where}: {_said(refused)}", mend)]
    return [
        Finding(name, True, f"namespace {namespace} at {where}"),
        _attributes(namespace, wanted, odd),
        worker,
    ]


async def _worker(client: Client, settings: Settings) -> Finding:
    queue = settings.task_queue
    asked = DescribeTaskQueueRequest(
        namespace=settings.temporal_namespace,
        task_queue=TaskQueue(name=queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    pollers = (await client.workflow_service.describe_task_queue(asked)).pollers
    now = datetime.now(UTC)
    ages = [(now - poller.last_access_time.ToDatetime(UTC)).total_seconds() for poller in pollers]
    serving = sum(age < ASKS_WITHIN for age in ages)
    if serving:
        return Finding("Worker", True, f"{serving} on task queue {queue}")
    return Finding(
        "Worker", False, f"none serves task queue {queue}", "run huying worker, or correct HUYING_TASK_QUEUE"
    )


async def _client(settings: Settings) -> Client:
    tls: TLSConfig | bool = settings.temporal_tls
    if settings.temporal_tls_cert and settings.temporal_tls_key:
        certificate, key = settings.temporal_tls_cert, settings.temporal_tls_key
        tls = TLSConfig(
            client_cert=await asyncio.to_thread(certificate.read_bytes),
            client_private_key=await asyncio.to_thread(key.read_bytes),
        )
    return await Client.connect(
        settings.temporal_address or "",
        namespace=settings.temporal_namespace,
        api_key=settings.temporal_api_key,
        tls=tls,
    )


def _attributes(namespace: str, wanted: Mapping[str, str], odd: Mapping[str, str | None]) -> Finding:
    missing = [f"{name} ({wanted[name]})" for name, there in odd.items() if there is None]
    other = [f"{name} is {there}, not {wanted[name]}" for name, there in odd.items() if there is not None]
    if not odd:
        return Finding("Search attributes", True, f"all {len(wanted)} are registered")
    told = [f"missing in namespace {namespace}: {', '.join(missing)}"] if missing else []
    told += [f"of another type: {', '.join(other)}"] if other else []
    create = " ".join(f"--name {name} --type {wanted[name]}" for name in odd)
    mend = f"temporal operator search-attribute create --namespace {namespace} {create}"
    return Finding(
        "Search attributes",
        False,
        "; ".join(told),
        mend if not other else "use another namespace: a type is for ever",
    )


async def _store(settings: Settings) -> Finding:
    if not settings.s3_endpoint:
        return _unset("S3", "S3_ENDPOINT")
    return await asyncio.to_thread(_look_into_store, settings, urlsplit(settings.s3_endpoint))


def _look_into_store(settings: Settings, where: SplitResult) -> Finding:
    name, bucket = "S3", settings.s3_bucket
    pool = urllib3.PoolManager(timeout=urllib3.Timeout(connect=2, read=PATIENCE), retries=False)
    client = Minio(
        where.netloc,
        access_key=settings.s3_access_key,
        secret_key=settings.s3_secret_key,
        secure=where.scheme == "https",
        region=settings.s3_region,
        http_client=pool,
    )
    try:
        # A listing, as the answer to a mere existence check carries no reason.
        next(client.list_objects(bucket), None)
    except S3Error as refused:
        if refused.code == "NoSuchBucket":
            return Finding(name, False, f"has no bucket {bucket}", "make the bucket, or correct S3_BUCKET")
        mend = "correct S3_ACCESS_KEY and S3_SECRET_KEY, or the rights of this key on the bucket"
        return Finding(name, False, f"refuses the keys at {where.netloc}: {refused.code}", mend)
    except (MinioException, urllib3.exceptions.HTTPError) as refused:
        mend = "start it (huying up, where it is the local one), or correct S3_ENDPOINT"
        return Finding(name, False, f"does not answer at {where.netloc}: {_said(refused)}", mend)
    finally:
        pool.clear()
    return Finding(name, True, f"bucket {bucket} at {where.netloc}")


def _said(refused: BaseException) -> str:
    """The first line of a reason, or what kind of failure it was."""
    return (str(refused).strip().splitlines() or [type(refused).__name__])[0][:200]
