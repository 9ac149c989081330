"""The one way to PostgreSQL: a pool, statements on it, and transactions.

Tortoise declares the tables and migrates them; at run time statements go to its asyncpg pool as they
are, because rows and not model instances feed lists, and because a list's statements are counted.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
from tortoise import Tortoise
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.connection import get_connection

from models.tables.config import tortoise_config

Row: TypeAlias = Any
"""A record: read by name, never changed."""

ACQUIRE_SECONDS = 10.0
STATEMENT_SECONDS = 30.0
POOL_SIZE = 8
"""More connections than this only queue inside PostgreSQL on a small machine (measured)."""

_pool: asyncpg.Pool | None = None
_watchers: list[Callable[[str], None]] = []


AWAY = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what a connection says that died as it was handed out (seen under kill -9)
)


class DatabaseClosedError(RuntimeError):
    """A statement was sent before `connect` or after `close`."""


def tortoise_url(database_url: str) -> str:
    """The URL as tortoise spells it; raises ValueError for another kind of database."""
    scheme, separator, rest = database_url.partition("://")
    if scheme not in ("postgres", "postgresql", "asyncpg") or not separator:
        raise ValueError("DATABASE_URL must start with postgresql://, e.g. postgresql://user@host/huying")
    return f"asyncpg://{rest}"


def plain_url(database_url: str) -> str:
    """The URL as asyncpg itself takes it."""
    return "postgresql://" + tortoise_url(database_url).partition("://")[2]


def compact(value: object) -> str:
    """JSON as the edge writes it, so that what is kept as text can be shown as it stands."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


async def _prepare(connection: asyncpg.Connection) -> None:
    # Tortoise hands JSON over as text already; everybody else hands over values.
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name,
            schema="pg_catalog",
            encoder=lambda value: value if isinstance(value, str) else compact(value),
            decoder=json.loads,
        )


async def connect(database_url: str, size: int = POOL_SIZE) -> None:
    """Opens the pool; raises OSError or asyncpg.PostgresError when the server cannot be reached."""
    global _pool
    config = tortoise_config("")
    connection = expand_db_url(tortoise_url(database_url))
    connection["credentials"] |= {
        "minsize": 1,
        "maxsize": size,
        "init": _prepare,
        "command_timeout": STATEMENT_SECONDS,
    }
    config["connections"]["default"] = connection
    await Tortoise.init(config=config, _enable_global_fallback=True)
    client = get_connection("default")
    await client.create_connection(with_db=True)
    _pool = client._pool  # tortoise keeps it there and offers no accessor


async def close() -> None:
    global _pool
    _pool = None
    await Tortoise.close_connections()


def pool() -> asyncpg.Pool:
    if _pool is None:
        raise DatabaseClosedError("the database is not connected; call models.queries.db.connect first")
    return _pool


async def rows(sql: str, *values: object) -> list[Row]:
    """All rows of one statement."""
    tell(sql)
    async with pool().acquire(timeout=ACQUIRE_SECONDS) as connection:
        return list(await connection.fetch(sql, *values))


async def row(sql: str, *values: object) -> Row | None:
    """The first row of one statement, or None."""
    tell(sql)
    async with pool().acquire(timeout=ACQUIRE_SECONDS) as connection:
        return await connection.fetchrow(sql, *values)


async def value(sql: str, *values: object) -> Any:
    """The first column of the first row, or None."""
    first = await row(sql, *values)
    return None if first is None else first[0]


async def execute(sql: str, *values: object) -> int:
    """Runs one statement; returns how many rows it touched."""
    tell(sql)
    async with pool().acquire(timeout=ACQUIRE_SECONDS) as connection:
        return touched(await connection.execute(sql, *values))


def touched(status: str) -> int:
    """How many rows a command tag such as "UPDATE 3" speaks of."""
    last = status.rsplit(" ", 1)[-1]
    return int(last) if last.isdigit() else 0


def away(fault: BaseException) -> bool:
    """Whether a statement failed because the server cannot be reached, not because of what it said."""
    return isinstance(fault, AWAY) and not isinstance(fault, asyncpg.DataError | ValueError)


@asynccontextmanager
async def transaction() -> AsyncIterator[asyncpg.Connection]:
    """One connection in one transaction: committed at the end, rolled back on any exception."""
    async with pool().acquire(timeout=ACQUIRE_SECONDS) as connection, connection.transaction():
        yield connection


async def by_id(sql: str, ids: Sequence[Any], key: str = "id") -> list[Row | None]:
    """One SELECT for the batch (its only parameter is the ids), answers in the order asked."""
    found = {record[key]: record for record in await rows(sql, list(ids))}
    return [found.get(one) for one in ids]


@contextmanager
def watching(seen: Callable[[str], None]) -> Iterator[None]:
    """Hears of every statement sent outside transactions, so that tests can count a list's."""
    _watchers.append(seen)
    try:
        yield
    finally:
        _watchers.remove(seen)


def tell(sql: str) -> None:
    """Lets watchers hear of a statement."""
    for seen in _watchers:
        seen(sql)


def as_uuid(text: object) -> UUID | None:
    """An id as policy has it, as PostgreSQL takes it."""
    return UUID(str(text)) if text else None


def as_uuids(texts: object) -> list[UUID]:
    """Several of them; none where there is no list."""
    return [UUID(str(text)) for text in texts] if isinstance(texts, list) else []
