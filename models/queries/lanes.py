"""Connections for compiled reads: a few, each with its prepared statements, and JSON that stays bytes.

A pool of the usual kind resets a connection after each use, which costs a round trip, and decodes JSON
that is only going to be encoded again. A lane does neither: statements on it never change the session.

Many ask the same small thing at once, each for somebody else's row: then most of a statement's cost is
beginning it. Whoever finds it running twice already waits, and all who wait are answered by one run of it, a
row for each (docs/decisions/0013). Nobody is answered from before they asked, and nobody waits for company.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Sequence
from contextlib import suppress

import asyncpg

from models.queries import db
from models.queries.together import Group, LanesBusyError, Statement, fits

LANES = 8
"""More only queue inside PostgreSQL on a small machine (measured)."""
KEPT_STATEMENTS = 500
MOST_WAITING = 2_000
RUNS_AT_ONCE = 2
"""Of one small statement; who comes then waits for the next run and shares it."""


class Lane:
    """One connection and what was prepared on it."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection
        self._prepared: OrderedDict[str, asyncpg.prepared_stmt.PreparedStatement] = OrderedDict()

    async def prepared(self, sql: str) -> asyncpg.prepared_stmt.PreparedStatement:
        known = self._prepared.get(sql)
        if known is not None:
            self._prepared.move_to_end(sql)
            return known
        made = self._prepared[sql] = await self.connection.prepare(sql)
        if len(self._prepared) > KEPT_STATEMENTS:
            self._prepared.popitem(last=False)
        return made


class Lanes:
    """A fixed number of connections, last used first, opened when first needed and again when lost."""

    def __init__(self, database_url: str, size: int = LANES) -> None:
        self._url = database_url
        self._free: deque[Lane | None] = deque([None] * size)
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._statements: OrderedDict[str, Statement] = OrderedDict()

    async def json(self, sql: str, values: Sequence[object]) -> bytes | None:
        """The one JSON value that the statement answers with, as the bytes PostgreSQL wrote; None for NULL.

        Raises LanesBusyError, OSError or asyncpg.PostgresError.
        """
        db.tell(sql)
        statement = self._statements.get(sql) or self._known(sql)
        if statement.running >= RUNS_AT_ONCE and statement.small:
            found = await statement.turn(values, MOST_WAITING)
            if not isinstance(found, Group):
                return found
            if len(found.values) > 1:
                return await self._answer(statement, found)
        else:
            statement.running += 1
        try:
            return await self._run(statement, values)
        finally:
            statement.ended()

    async def close(self) -> None:
        """Closes what is idle; called when nothing asks any more."""
        while self._free:
            lane = self._free.pop()
            if lane is not None:
                with suppress(OSError, asyncpg.PostgresError, TimeoutError):
                    await lane.connection.close(timeout=5)

    def _known(self, sql: str) -> Statement:
        made = self._statements[sql] = Statement(sql)
        if len(self._statements) > KEPT_STATEMENTS:
            self._statements.popitem(last=False)  # who waits on it keeps it
        return made

    async def _answer(self, statement: Statement, group: Group) -> bytes | None:
        """Runs the statement for a group and answers the others in it; returns the first one's answer."""
        try:
            with suppress(asyncpg.PostgresError):  # one of them may be at fault: then each asks alone
                answers = await self._run_together(statement, group)
                group.tell(answers)
                return answers[0]
            return await self._run(statement, group.values[0])
        finally:
            group.give_up()
            statement.ended()

    async def _run(self, statement: Statement, values: Sequence[object]) -> bytes | None:
        lane = await self._take()
        try:
            if lane is None or lane.connection.is_closed():
                lane = await self._open()
            prepared = await lane.prepared(statement.sql)
            began = time.perf_counter()
            found: bytes | None = await prepared.fetchval(*values)
            if statement.small:
                statement.small = fits(found)  # answers may have grown
            else:
                statement.learn(prepared.get_parameters(), found, time.perf_counter() - began)
            return found
        finally:
            self._give(lane)

    async def _run_together(self, statement: Statement, group: Group) -> list[bytes | None]:
        lane = await self._take()
        try:
            if lane is None or lane.connection.is_closed():
                lane = await self._open()
            prepared = await lane.prepared(statement.together)
            answers = [row[0] for row in await prepared.fetch(*statement.bound(group.values))]
            statement.small = statement.small and all(map(fits, answers))
            return answers
        finally:
            self._give(lane)

    async def _take(self) -> Lane | None:
        while not self._free:  # another may have been quicker than whoever was woken
            if len(self._waiting) >= MOST_WAITING:
                raise LanesBusyError("too many wait for a connection already")
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            await turn  # statements end in time, so turns come
        return self._free.pop()

    def _give(self, lane: Lane | None) -> None:
        self._free.append(lane)
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                break

    async def _open(self) -> Lane:
        connection = await asyncpg.connect(
            db.plain_url(self._url),
            command_timeout=db.STATEMENT_SECONDS,
            # Values change which rows are read, never how: planning once is right and much faster.
            # JSON shows instants in the session's zone; it is UTC, as everywhere.
            server_settings={"plan_cache_mode": "force_generic_plan", "jit": "off", "timezone": "UTC"},
        )
        await connection.set_type_codec(
            "json", schema="pg_catalog", format="binary", encoder=bytes, decoder=bytes
        )
        return Lane(connection)
