"""The one way to PostgreSQL: a pool, statements on it, and transactions.

Tortoise declares the tables and migrates them (models/queries/migrations.py); at run time statements go to
asyncpg as they are, because rows and not model instances feed lists, and a list's statements are counted.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

Row: TypeAlias = Any
"""A record: read by name, never changed."""

ACQUIRE_SECONDS = 10.0
STATEMENT_SECONDS = 30.0
CLOSING_SECONDS = 10.0
"""For statements under way when the process ends."""
POOL_SIZE = 8
"""More connections than this only queue inside PostgreSQL on a small machine (measured)."""

_pool: asyncpg.Pool | None = None
_address = ""
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


def plain_url(database_url: str) -> str:
    """The URL as asyncpg takes it; raises ValueError for another kind of database."""
    scheme, separator, rest = database_url.partition("://")
    if scheme not in ("postgres", "postgresql", "asyncpg") or not separator:
        raise ValueError("DATABASE_URL must start with postgresql://, e.g. postgresql://user@host/huying")
    return f"postgresql://{rest}"


def compact(value: object) -> str:
    """JSON as the edge writes it, so that what is kept as text can be shown as it stands."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


async def _prepare(connection: asyncpg.Connection) -> None:
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name,
            schema="pg_catalog",
            encoder=lambda value: value if isinstance(value, str) else compact(value),  # text is JSON already
            decoder=json.loads,
        )


async def _as_it_is(_connection: asyncpg.Connection) -> None:
    """Before a connection is used again: statements here change no session, and asyncpg has ended whatever
    transaction was called off. Its own reset would cost every statement a round trip more."""


async def connect(database_url: str, size: int = POOL_SIZE) -> None:
    """Opens the pool; raises OSError or asyncpg.PostgresError when the server cannot be reached."""
    global _pool, _address
    _address = database_url
    _pool = await asyncpg.create_pool(
        plain_url(database_url),
        min_size=1,
        max_size=size,
        init=_prepare,
        reset=_as_it_is,
        command_timeout=STATEMENT_SECONDS,
    )


async def close() -> None:
    global _pool
    closing, _pool = _pool, None
    if closing is None:
        return
    try:
        await asyncio.wait_for(closing.close(), CLOSING_SECONDS)
    except TimeoutError:
        closing.terminate()


def pool() -> asyncpg.Pool:
    if _pool is None:
        raise DatabaseClosedError("the database is not connected; call models.queries.db.connect first")
    return _pool


def address() -> str:
    """The URL of the database that was connected last."""
    return _address


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
async def connection() -> AsyncIterator[asyncpg.Connection]:
    """One connection, for a statement that is a transaction by itself."""
    async with pool().acquire(timeout=ACQUIRE_SECONDS) as held:
        yield held


@asynccontextmanager
async def transaction() -> AsyncIterator[asyncpg.Connection]:
    """One connection in one transaction: committed at the end, rolled back on any exception."""
    async with connection() as held, held.transaction():
        yield held


async def by_id(sql: str, ids: Sequence[Any]) -> list[Row | None]:
    """One SELECT for the batch (its only parameter is the ids, `= ANY($1)`), answers in the order asked.

    One alone is asked for by `= $1`. PostgreSQL keeps the plan of that; `ANY` it plans each time, which takes
    four times as long as to read a case.
    """
    if len(ids) == 1:
        return [await row(sql.replace("= ANY($1)", "= $1"), ids[0])]
    found = {record["id"]: record for record in await rows(sql, list(ids))}
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
