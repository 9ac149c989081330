"""The courier: brings every notice and every message to its channel, at least once, under one id."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from models.queries import deliveries, lines
from workflows.channels import Channel, ChannelDownError, ChannelRefusedError
from workflows.rounds import Rounds

log = structlog.get_logger()


class Courier(Rounds):
    """Runs beside the worker; a receiver that is away is waited for, a day long."""

    def __init__(
        self, channel: Channel, clock: Callable[[], datetime], bag: deliveries.Bag = deliveries.NOTICES
    ) -> None:
        """`bag` says what it carries: notices to posts, or messages to reporters."""
        super().__init__(lines.CHANNEL, deliveries.BATCH)
        self._bag = bag
        self._channel = channel
        self._clock = clock

    async def hand_on(self) -> int:
        """Tries one batch, oldest first; returns how many were tried.

        The rest is handed back where the channel is down, half the lease is over, or `stop` was called.
        """
        taken = await deliveries.take(self._clock(), self._bag)
        latest = taken.until - deliveries.LEASE / 2
        tried = 0
        for item in taken.pending:
            if self.stopping or self._clock() > latest:
                break
            tried += 1
            if not await self._deliver(taken, item):
                break
        if rest := taken.pending[tried:]:
            await taken.release(rest, self._clock())
        return tried

    async def _deliver(self, taken: deliveries.Taken, item: deliveries.Pending) -> bool:
        """Tries one notice; False where the others had better wait."""
        about = {"channel": self._channel.name, "notice": str(item.notice.id)}
        try:
            await self._channel.deliver(item.notice)
        except ChannelDownError as fault:
            log.warning("notice not delivered yet", error=str(fault), **about)
            await taken.failed(item, str(fault), self._clock())
            return False
        except ChannelRefusedError as fault:
            log.error("notice given up", error=str(fault), **about)
            await taken.refused(item, str(fault))
        except Exception as fault:  # one broken notice must not hold up the others
            log.exception("notice cannot be delivered", **about)
            await taken.failed(item, repr(fault), self._clock())
        else:
            await taken.delivered(item, self._clock())
        return True
