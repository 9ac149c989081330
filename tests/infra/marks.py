"""Stacks for tests, and marks left in their services to be found again."""

import asyncio
import fcntl
import io
import os
import socket
import time

import asyncpg
from minio import Minio
from temporalio.client import Client

from infra.settings import Settings
from infra.stack.local import start
from infra.stack.ports import Ports

ATTRIBUTES = {"District": "Keyword", "DueAt": "Datetime"}
S3_OUTSIDE = {"S3_ENDPOINT": "http://s3.example.cn", "S3_ACCESS_KEY": "a", "S3_SECRET_KEY": "s"}


def with_ports_of_its_own(data):
    """The folder, made, with other ports than the usual ones: a stack in daily use may want those."""
    data.mkdir(mode=0o711)
    ports = Ports(data / "ports.json")
    for name in ("postgres", "temporal", "temporal-ui", "s3"):
        ports.take(name)
    return data


def settings_of(data, **given):
    return Settings.load({"HUYING_DATA": str(data), **given})


async def run(data, **given):
    return await start(settings_of(data, **given), search_attributes=ATTRIBUTES)


def bucket(settings):
    host = settings.s3_endpoint.removeprefix("http://")
    return Minio(
        host, settings.s3_access_key, settings.s3_secret_key, secure=False, region=settings.s3_region
    )


async def remember(settings, word):
    """Leave a mark in each of the three services."""
    connection = await asyncpg.connect(settings.database_url)
    await connection.execute("CREATE TABLE IF NOT EXISTS mark (word text)")
    await connection.execute("INSERT INTO mark VALUES ($1)", word)
    await connection.close()
    client = await Client.connect(settings.temporal_address, namespace=settings.temporal_namespace)
    await client.start_workflow("Nothing", id=word, task_queue="nobody")
    await asyncio.to_thread(
        bucket(settings).put_object, settings.s3_bucket, word, io.BytesIO(word.encode()), len(word.encode())
    )


async def recall(settings, word):
    """Whether each of the three still has the mark."""
    connection = await asyncpg.connect(settings.database_url)
    row = await connection.fetchval("SELECT word FROM mark WHERE word = $1", word)
    await connection.close()
    client = await Client.connect(settings.temporal_address, namespace=settings.temporal_namespace)
    workflow = (await client.get_workflow_handle(word).describe()).id
    response = await asyncio.to_thread(bucket(settings).get_object, settings.s3_bucket, word)
    photo = response.data.decode()
    response.close()
    return [row, workflow, photo]


def listening(ports):
    found = []
    for port in ports:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                found.append(port)
    return found


def gone(pid, within=20.0):
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def holders(folder):
    """The servers of a data folder that live: each holds its lock."""
    found = []
    for path in (folder / "run").glob("*.lock"):
        with path.open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                found.append(path.stem)
    return sorted(found)
