"""One run of a statement for many who wait: their values as a table, an answer for each row of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from typing import Any

MOST_TOGETHER = 16
SMALL_ANSWER = 16 * 1024
"""Bytes. Beyond, the rows cost more than beginning the statement, and together all would wait longer."""
QUICK = 0.003
"""Seconds, measured at rest or not: what takes longer has work of its own to do."""
PLACEHOLDER = re.compile(r"\$(\d+)")

Values = Sequence[object]


class LanesBusyError(RuntimeError):
    """More wait than can be served in time."""


class Group:
    """Who is answered by one run: the first of them runs it, the others wait."""

    def __init__(self, values: list[Values], others: Sequence[asyncio.Future[Any]] = ()) -> None:
        self.values = values
        self._others = others

    def tell(self, answers: Sequence[bytes | None]) -> None:
        """The others get their answers."""
        for other, answer in zip(self._others, answers[1:], strict=True):
            if not other.done():
                other.set_result(answer)

    def give_up(self) -> None:
        """Whoever has no answer yet asks alone."""
        for other in self._others:
            if not other.done():
                other.set_result(ALONE)


ALONE = Group([])
"""Told to whoever was in a group that came to nothing."""


class Statement:
    """What is known of one text: how long it takes, who runs it now and who waits."""

    __slots__ = ("_apart", "_shared", "_waiting", "running", "small", "sql", "together")

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self.together = ""
        """The text that answers many, once `small` is known."""
        self.small = False
        self.running = 0
        self._waiting: list[tuple[Values, asyncio.Future[Any]]] = []
        self._apart: tuple[int, ...] = ()
        """Values that differ from row to row, by place; arrays are shared, as SQL has no arrays of arrays."""
        self._shared: tuple[int, ...] = ()

    def learn(self, parameters: Iterable[Any], answer: bytes | None, took: float) -> None:
        """After a run: whether it is small, and then its text for many."""
        if took > QUICK or not fits(answer):
            return
        types = [parameter.name for parameter in parameters]
        self._apart = tuple(n for n, name in enumerate(types) if not name.endswith("[]"))
        self._shared = tuple(n for n, name in enumerate(types) if name.endswith("[]"))
        if not self._apart:
            return
        places = {n: f"b.p{n}" for n in self._apart}
        places |= {n: f"${len(self._apart) + place}" for place, n in enumerate(self._shared, 1)}
        inner = PLACEHOLDER.sub(lambda found: places[int(found[1]) - 1], self.sql)
        columns = ", ".join(f"${place}::{types[n]}[]" for place, n in enumerate(self._apart, 1))
        names = ", ".join(f"p{n}" for n in self._apart)
        rows = f"unnest({columns}) WITH ORDINALITY b({names}, place)"
        self.together = f"SELECT ({inner}) FROM {rows} ORDER BY b.place"
        self.small = True

    def bound(self, values: Sequence[Values]) -> list[object]:
        """The values of a group as the text for many takes them."""
        apart: list[object] = [[each[n] for each in values] for n in self._apart]
        return apart + [values[0][n] for n in self._shared]

    async def turn(self, values: Values, most: int) -> Group | bytes | None:
        """Waits: another's run brings the answer, or it is one's own turn to run it for a group."""
        if len(self._waiting) >= most:
            raise LanesBusyError("too many wait for this statement already")
        own: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((values, own))
        try:
            found = await own
        except asyncio.CancelledError:
            if own.done() and not own.cancelled() and isinstance(own.result(), Group):
                self._pass_on(own.result())
            raise
        if found is ALONE:
            self.running += 1
            return Group([values])
        return found  # type: ignore[no-any-return]  # a Group or an answer: nothing else is ever set

    def _pass_on(self, group: Group) -> None:
        """Whoever was to run it for a group has gone."""
        group.give_up()
        if group is not ALONE:
            self.ended()

    def ended(self) -> None:
        """A run has ended: whoever waited longest runs it next, for all who can share it."""
        self.running -= 1
        if not self._waiting:
            return
        self._waiting = [waiting for waiting in self._waiting if not waiting[1].done()]
        if not self._waiting:
            return
        (first, leader), *_ = self._waiting
        mine = [first[n] for n in self._shared]
        group: list[tuple[Values, asyncio.Future[Any]]] = []
        left: list[tuple[Values, asyncio.Future[Any]]] = []
        for waiting in self._waiting:
            joins = len(group) < MOST_TOGETHER and [waiting[0][n] for n in self._shared] == mine
            (group if joins else left).append(waiting)
        self._waiting = left
        self.running += 1
        leader.set_result(Group([values for values, _ in group], [other for _, other in group[1:]]))


def fits(answer: bytes | None) -> bool:
    """Whether an answer is small enough to travel with others."""
    return len(answer or b"") <= SMALL_ANSWER
