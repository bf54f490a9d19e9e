"""One client's connection: uvicorn's, with the bounds that it lacks on slow and on many clients.

A head that does not end, a body that goes on after the answer, an answer that is not read: each holds a connection
for a bounded time. Connections are counted, in all and of each address.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from .settings import Settings

FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n"
    b"Content-Type: text/plain\r\nContent-Length: 22\r\n\r\nToo many connections.\n"
)
SLOW = (
    b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n"
    b"Content-Type: text/plain\r\nContent-Length: 35\r\n\r\nThe request's head came too slowly.\n"
)


class Connection(H11Protocol):
    """A connection within the limits of the settings; :func:`connection_class` binds them."""

    settings: ClassVar[Settings]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count it, and refuse it if there are too many; the first head is timed from here on."""
        super().connection_made(transport)
        if self._too_many():
            transport.write(FULL)
            self._close()
            return
        self._watch_head(wanted=True)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers."""
        self._cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; a head that is not whole, or a body behind its own answer, is timed."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        self._watch_head(wanted=self.conn.their_state is h11.IDLE or self._is_leftover())

    def on_response_complete(self) -> None:
        """Time what remains of a body that was answered before its end, and an answer that is not read."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._watch_answer()
        elif self._is_leftover():
            self._watch_head(wanted=True)

    def send_400_response(self, msg: str) -> None:
        """Say that this is no HTTP, if an answer can still be begun."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            super().send_400_response(msg)
        self._close()

    def pause_writing(self) -> None:
        """Time how long the client reads nothing."""
        super().pause_writing()
        self._watch_answer()

    def resume_writing(self) -> None:
        """The client reads."""
        super().resume_writing()
        if self._stall is not None and not self.transport.is_closing():
            self._stall.cancel()
            self._stall = None

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection, whether or not its last answer was read."""
        super().timeout_keep_alive_handler()
        self._watch_answer()

    def shutdown(self) -> None:
        """Close it when it has nothing in work, whether or not its last answer was read."""
        super().shutdown()
        if self.transport.is_closing():
            self._watch_answer()

    def _too_many(self) -> bool:
        limits, address = self.settings, self.client and self.client[0]
        if len(self.connections) > limits.connections:
            return True
        if address in limits.proxies:
            return False
        others = (getattr(other, "client", None) for other in self.connections)
        same = [client for client in others if client is not None and client[0] == address]
        return len(same) > limits.connections_each

    def _is_leftover(self) -> bool:
        return self.conn.our_state is h11.DONE and self.conn.their_state is h11.SEND_BODY

    def _watch_head(self, wanted: bool) -> None:
        if not wanted and self._head is not None:
            self._head.cancel()
            self._head = None
        elif wanted and self._head is None:
            self._head = self.loop.call_later(self.settings.head_seconds, self._too_slow)

    def _too_slow(self) -> None:
        if self.conn.their_state is h11.IDLE and self.conn.our_state is h11.IDLE:
            self.transport.write(SLOW)
        self._close()

    def _close(self) -> None:
        self.transport.close()
        self._watch_answer()

    def _watch_answer(self) -> None:
        if self._stall is None:
            self._stall = self.loop.call_later(self.settings.stall_seconds, self.transport.abort)

    def _cancel(self) -> None:
        for timer in (self._head, self._stall):
            if timer is not None:
                timer.cancel()
        self._head = self._stall = None


def connection_class(settings: Settings) -> type[Connection]:
    """Return the class of the connections of one service."""
    return type("Connection", (Connection,), {"settings": settings})
