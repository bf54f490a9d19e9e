"""One process that serves: uvicorn's server, which ends gently, and in which only whole requests are begun."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from fastapi import FastAPI

from .connection import connection_class
from .metrics import resident
from .service import Service
from .settings import Settings

IDLE_SECONDS = 5
"""How long a connection stays open for its next request."""


class Server(uvicorn.Server):
    """Serves one app.

    On SIGTERM it refuses what is new with 503 and finishes what was begun. When it has served enough
    (`recycle_after`, `recycle_memory`) it leaves new connections to its successor and finishes too.

    Parameters
    ----------
    app : FastAPI
        From :func:`~alphacut.server.app.create_app`.
    settings : Settings
    """

    def __init__(self, app: FastAPI, settings: Settings) -> None:
        config = uvicorn.Config(
            app,
            http=connection_class(settings),
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            headers=[("Server", "alphacut")],
            root_path=settings.prefix,
            proxy_headers=bool(settings.proxies),
            forwarded_allow_ips=list(settings.proxies),
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=max(1, round(settings.grace_seconds)),
        )
        super().__init__(config)
        self._settings = settings
        self._service: Service = app.state.service

    @property
    def is_worn(self) -> bool:
        """Whether a fresh process should take over."""
        served, limits = self._service.state.served, self._settings
        if not served:  # a limit below what an idle process needs would replace it for ever
            return False
        return (limits.recycle_after is not None and served >= limits.recycle_after) or (
            limits.recycle_memory is not None and resident() > limits.recycle_memory
        )

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end; uvicorn's own would let the process die of the signal afterwards."""
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        """Say whether to end."""
        return await super().on_tick(counter) or self.is_worn

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen; what is written goes out at once."""
        # asyncio does so for sockets that it opened. Of one that is handed in, an answer's body would wait for the
        # acknowledgement of its head, which clients put off for 40 ms; connections inherit it from here.
        for listening in sockets or ():
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await super().startup(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish what was begun, then close."""
        state = self._service.state
        if self.should_exit:
            state.closing = True
            await self._until(lambda: state.open == 0)
        else:  # worn: whoever has a connection keeps it until its next answer, which says that it is the last
            state.retiring = True
            for server in self.servers:
                server.close()
            await self._until(lambda: not self.server_state.connections or self.should_exit)
        await super().shutdown(sockets)

    async def _until(self, done: Callable[[], bool]) -> None:
        until = asyncio.get_running_loop().time() + self._settings.grace_seconds
        while not done() and not self.force_exit and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(0.05)
