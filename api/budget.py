"""How much a viewer may ask for in a minute: a bucket of cost that fills as time passes.

Each process keeps its own buckets: behind four processes a viewer has up to four budgets. Fields cost what
api/costs.py says before execution, and what was asked is taken whether or not it was found.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable

MOST_BUCKETS = 10_000
"""Whoever asked longest ago is forgotten first, and begins anew with a full bucket."""
MINUTE = 60.0


class Budget:
    """The buckets of one process. `per_minute` is both what a bucket holds and what flows in a minute."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_minute = per_minute
        self._rate = per_minute / MINUTE
        self._clock = clock
        self._buckets: OrderedDict[str, list[float]] = OrderedDict()
        """By whom: what is left, and when that was so."""

    def take(self, who: str, cost: int) -> int | None:
        """Takes `cost` and says what remains, less than 0 where it was too much; None without a budget."""
        if not self.per_minute:
            return None
        now = self._clock()
        bucket = self._buckets.get(who)
        if bucket is None:
            bucket = self._buckets[who] = [float(self.per_minute), now]
            if len(self._buckets) > MOST_BUCKETS:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(who)
        left = bucket[0] + (now - bucket[1]) * self._rate
        if left > self.per_minute:
            left = float(self.per_minute)
        remaining = left - cost
        # What is refused costs nothing: the client is told to come back for the same.
        bucket[0], bucket[1] = remaining if remaining >= 0 else left, now
        return int(remaining) if remaining >= 0 else math.floor(remaining)

    def seconds_until(self, missing: int) -> int:
        """When `missing` will have flowed in: whole seconds, at least one."""
        return max(1, math.ceil(missing / self._rate))
