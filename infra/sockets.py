"""uvicorn's WebSockets, made to let go of readers that have stopped reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

if TYPE_CHECKING:
    from uvicorn._types import ASGISendEvent

CLOSING_SECONDS = 10.0
"""How long a close frame may wait in a full buffer."""


class Sockets(WebSocketsSansIOProtocol):
    """A close does not wait until everything before it was read, and is final after a while.

    uvicorn waits for a full buffer to empty before it sends anything, the close of a slow reader included,
    and then for the transport to write what it holds: a reader that only keeps its connection alive would
    be kept for ever.
    """

    async def send(self, message: ASGISendEvent) -> None:
        if message["type"] == "websocket.close" and not self.disconnected:
            self.writable.set()
            self.loop.call_later(CLOSING_SECONDS, self._let_go)
        await super().send(message)

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self.loop.call_later(CLOSING_SECONDS, self._let_go)

    def _let_go(self) -> None:
        if not self.disconnected:
            self.transport.abort()
