"""The ways out of a process: database, Temporal, photos, notices, signing keys; made from the settings.

What one way needs is imported where it is made: no command waits for all of it, no process keeps all of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg

from infra.settings import LOCAL_HOSTS, Settings
from models.queries import db

if TYPE_CHECKING:
    from temporalio.client import Client
    from temporalio.service import TLSConfig

    from api.identity import Identity
    from api.jwks import KeySource
    from infra.keys import LocalKeys
    from storage.images import Examiner
    from storage.s3 import S3EvidenceStore
    from workflows.channels import Channel

PATIENCE = 10.0
"""Seconds Temporal may take to answer at a start."""


class ConnectionFailedError(RuntimeError):
    """A service this process needs cannot be reached; the message names it and says what to do."""


def needed(address: str | None, title: str, variable: str) -> str:
    """The address of a service. Raises ConnectionFailedError where it runs neither here nor outside."""
    if address:
        return address
    raise ConnectionFailedError(
        f"{title} is not running here and {variable} is not set; start everything with `huying up`, "
        f"or set {variable}"
    )


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[None]:
    """`models.queries.db` connected. Raises ConnectionFailedError."""
    url = needed(settings.database_url, "PostgreSQL", "DATABASE_URL")
    try:
        await db.connect(url)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as no:
        await db.close()
        raise ConnectionFailedError(f"PostgreSQL does not let us in: {said(no)}; see `huying doctor`") from no
    try:
        yield
    finally:
        await db.close()


async def temporal(settings: Settings) -> Client:
    """A client of the namespace. Raises ConnectionFailedError."""
    from temporalio.client import Client
    from temporalio.service import GrpcCompression, RPCError

    from workflows.converter import CONVERTER

    address = needed(settings.temporal_address, "Temporal", "TEMPORAL_ADDRESS")
    try:
        async with asyncio.timeout(PATIENCE):
            return await Client.connect(
                address,
                namespace=settings.temporal_namespace,
                api_key=settings.temporal_api_key,
                tls=await _tls(settings),
                data_converter=CONVERTER,
                grpc_compression=GrpcCompression.NONE if _near(address) else GrpcCompression.GZIP,
            )
    except (RPCError, RuntimeError, TimeoutError, OSError) as no:
        raise ConnectionFailedError(f"Temporal does not answer at {address}: {said(no)}") from no


def _near(address: str) -> bool:
    """Whether it is on this machine, where packing what is sent only costs: 4 % of a case."""
    return address.rpartition(":")[0].strip("[]") in LOCAL_HOSTS


def evidence_store(settings: Settings) -> S3EvidenceStore:
    """The store for photos; nothing is asked of it yet. Raises ConnectionFailedError."""
    from storage.s3 import S3Config, S3EvidenceStore

    return S3EvidenceStore(
        S3Config(
            endpoint=needed(settings.s3_endpoint, "S3", "S3_ENDPOINT"),
            access_key=settings.s3_access_key or "",
            secret_key=settings.s3_secret_key or "",
            bucket=settings.s3_bucket,
            region=settings.s3_region,
            forms=settings.s3_forms,
        )
    )


@asynccontextmanager
async def pictures(settings: Settings) -> AsyncIterator[tuple[S3EvidenceStore, Examiner]]:
    """The store and the processes that read pictures, for a worker."""
    from storage.images import Examiner

    store, examiner = evidence_store(settings), Examiner()
    try:
        yield store, examiner
    finally:
        await examiner.close()
        store.close()


@asynccontextmanager
async def channel(settings: Settings) -> AsyncIterator[Channel]:
    """Where reminders and escalations go: to the receiver that is set, else to the log."""
    from workflows.channels import LogChannel, WebhookChannel

    if settings.notice_webhook is None:
        yield LogChannel()
        return
    import httpx

    async with httpx.AsyncClient() as client:
        yield WebhookChannel(settings.notice_webhook, client)


def identity(settings: Settings) -> Identity:
    """What verifies tokens: the issuer's keys, or the local key where no issuer is set."""
    from api.identity import Identity
    from api.jwks import FixedKeys, JwksKeys

    keys: KeySource
    keys = JwksKeys(settings.jwks_url) if settings.jwks_url else FixedKeys(local_keys(settings).public)
    return Identity(keys, settings.jwt_issuer, settings.jwt_audience)


def local_keys(settings: Settings) -> LocalKeys:
    """The key that signs tokens here. Raises KeyFileError."""
    from infra.keys import LocalKeys

    return LocalKeys.load(settings.data, settings.jwt_issuer, settings.jwt_audience)


def said(failure: BaseException) -> str:
    """The first line of a failure, or its kind where it says nothing."""
    return (str(failure).strip().splitlines() or [type(failure).__name__])[0][:200]


async def _tls(settings: Settings) -> TLSConfig | bool:
    if settings.temporal_tls_cert is None or settings.temporal_tls_key is None:
        return settings.temporal_tls
    from temporalio.service import TLSConfig

    return TLSConfig(
        client_cert=await asyncio.to_thread(settings.temporal_tls_cert.read_bytes),
        client_private_key=await asyncio.to_thread(settings.temporal_tls_key.read_bytes),
    )
