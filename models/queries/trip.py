"""Statements that go to the database together: one trip costs a worker less than each of them alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import asyncpg

PLACEHOLDER = re.compile(r"\$(\d+)")


class Trip:
    """Writes of one transaction, sent as one statement.

    PostgreSQL runs them side by side: each sees what was there before all of them, so no two may change the
    same row, and one that reads what another writes is taken on the next trip. Constraints are looked at
    when all have run.
    """

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection
        self._texts: list[str] = []
        self._counts: list[int] = []
        self._values: list[object] = []

    def take(self, sql: str, *values: object) -> None:
        """One statement that writes, and its values; sent with the next `go`."""
        self._texts.append(sql)
        self._counts.append(len(values))
        self._values += values

    async def go(self) -> None:
        """Sends all that was taken since the last time."""
        if self._texts:
            sql, values = _together(tuple(self._texts), tuple(self._counts)), self._values
            self._texts, self._counts, self._values = [], [], []
            await self.connection.execute(sql, *values)

    async def go_alone(self) -> bool:
        """The same as a transaction of its own, on a connection that has none: all of it, or none and False
        where the first statement found no row. That one must return something.

        Nobody waits for BEGIN and COMMIT, nor looks first: rows that are not there cannot be divided by, and
        a statement that fails leaves nothing behind.
        """
        self.take("SELECT 1 / count(*) FROM beside_0")
        try:
            await self.go()
        except asyncpg.DivisionByZeroError:
            return False
        return True


def columns(rows: Sequence[Sequence[object]]) -> list[list[object]]:
    """Rows, of which there is at least one, as `unnest` takes them."""
    return [list(column) for column in zip(*rows, strict=True)]


@lru_cache(maxsize=512)
def _together(texts: tuple[str, ...], counts: tuple[int, ...]) -> str:
    """One statement of several, the values of each numbered on from those before it."""
    numbered, before = [], 0
    for text, count in zip(texts, counts, strict=True):
        numbered.append(_numbered_on(text, before))
        before += count
    *first, last = numbered
    aside = ", ".join(f"beside_{number} AS ({text})" for number, text in enumerate(first))
    return f"WITH {aside} {last}" if first else last


def _numbered_on(text: str, before: int) -> str:
    """The same text, its first placeholder coming after so many others."""
    return PLACEHOLDER.sub(lambda found: f"${int(found[1]) + before}", text)
