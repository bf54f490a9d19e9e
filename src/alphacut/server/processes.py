"""Several processes on one port, each replaced when it has served enough or has died."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
import os
import shutil
import signal
import socket
import tempfile
import threading
import time
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from types import FrameType
from typing import Any

from prometheus_client.multiprocess import mark_process_dead

from .log import write_logs
from .metrics import SHARED
from .settings import Settings

logger = logging.getLogger("alphacut.server")

YOUNG = 5.0
"""A process that ends on its own before this many seconds is not replaced at once: it would only end again."""


def serve_here(settings: Settings, listening: socket.socket) -> None:
    """Serve in this process until a signal ends it."""
    from .app import create_app
    from .process import Server

    server = Server(create_app(settings), settings)
    asyncio.run(server.serve([listening]))


class Supervisor:
    """Starts the processes and keeps their number.

    Parameters
    ----------
    settings : Settings
    listening : socket
        Bound; every process accepts from it, and while one is replaced the system keeps who comes waiting.
    """

    def __init__(self, settings: Settings, listening: socket.socket) -> None:
        self._settings = settings
        self._listening = listening
        self._ending = False
        self._running: dict[SpawnProcess, tuple[int, float]] = {}  # its place and when it was started

    def run(self) -> None:
        """Run until a signal ends it; what was begun is finished."""
        self._listening.listen(1024)  # before the first process is up: whoever comes now waits
        folder = tempfile.mkdtemp(prefix="alphacut-metrics-")
        os.environ[SHARED] = folder
        before = {sig: signal.signal(sig, self._end) for sig in (signal.SIGTERM, signal.SIGINT)}
        try:
            for place in range(self._settings.processes):
                self._start(place)
            while self._running:
                self._look()
        finally:
            for sig, handler in before.items():
                signal.signal(sig, handler)
            del os.environ[SHARED]
            shutil.rmtree(folder, ignore_errors=True)

    def _start(self, place: int) -> None:
        arguments = (self._settings, self._listening, place)
        process = multiprocessing.get_context("spawn").Process(target=_child, args=arguments)
        process.start()
        self._running[process] = (place, time.monotonic())

    def _look(self) -> None:
        wait([process.sentinel for process in self._running], timeout=0.5)
        for process in [process for process in self._running if not process.is_alive()]:
            place, since = self._running.pop(process)
            mark_process_dead(process.pid)  # type: ignore[no-untyped-call]
            if self._ending:
                continue
            fields = {"place": place, "pid": process.pid, "code": process.exitcode}
            logger.info("replaced", extra={"fields": fields})
            if process.exitcode and time.monotonic() - since < YOUNG:
                time.sleep(1)
            self._start(place)

    def _end(self, sig: int, frame: FrameType | None) -> None:
        if not self._ending:
            # A process that hangs is not waited for without end.
            limit = 2 * self._settings.grace_seconds + 5
            timer = threading.Timer(limit, self._signal, [signal.SIGKILL])
            timer.daemon = True
            timer.start()
        self._ending = True
        self._signal(signal.SIGTERM)

    def _signal(self, sig: int) -> None:
        for process in list(self._running):
            with contextlib.suppress(ProcessLookupError, TypeError):
                os.kill(process.pid, sig)  # type: ignore[arg-type]


def _child(settings: Settings, listening: socket.socket, place: int) -> None:
    # A terminal sends its interrupt to all: whether to end is the supervisor's to say.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    write_logs()
    _take_cores(place, settings.processes)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    serve_here(settings.share(), listening)
    logging.shutdown()
    os._exit(0)  # a thread that did not end in time is not waited for


def _take_cores(place: int, processes: int) -> None:
    """Keep to a share of the cores: networks make as many threads as they see, and all of them would see all."""
    if hasattr(os, "sched_setaffinity") and processes > 1:
        mine = sorted(os.sched_getaffinity(0))
        own = mine[place % len(mine) :: processes] if processes <= len(mine) else [mine[place % len(mine)]]
        os.sched_setaffinity(0, own)


def _end_with_parent() -> None:
    parent: Any = multiprocessing.parent_process()
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
