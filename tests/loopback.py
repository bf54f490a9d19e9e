"""Real servers on free ports of loopback, each in a thread of its own, with the one-layer network as their model."""

import asyncio
import functools
import http.server
import socket
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path

from alphacut.options import Options
from alphacut.server.app import create_app
from alphacut.server.process import Server
from alphacut.server.settings import Settings

TINY = Options(model="tiny")
FETCHING = {"fetch": True, "fetch_allow": ("127.0.0.0/8",), "fetch_ports": tuple(range(1024, 65536))}
"""Settings of a service that fetches photos from this machine too."""


class Running:
    """A server that runs: its address, and for those that look inside, its app and its service."""

    def __init__(self, settings):
        self.app = create_app(settings)
        self.socket = socket.create_server((settings.host, 0))
        self.host, self.port = self.socket.getsockname()[:2]
        self.url = f"http://{self.host}:{self.port}"
        self.service = self.app.state.service
        self.server = Server(self.app, settings)
        self.thread = threading.Thread(target=asyncio.run, args=(self._serve(),))

    def __str__(self):
        return self.url

    async def _serve(self):
        self.loop = asyncio.get_running_loop()
        await self.server.serve([self.socket])

    @contextmanager
    def occupied(self):
        """Keep every worker busy with work of another caller, until the block ends or `release` is called."""
        done, count = threading.Event(), self.service.settings.workers
        self.release = done.set
        begun = threading.Semaphore(0)

        def work(unwanted):
            begun.release()
            done.wait(30)

        tasks = [
            asyncio.run_coroutine_threadsafe(self.service.desk.run("somebody", 1, work), self.loop)
            for _ in range(count)
        ]
        try:
            for _ in tasks:
                assert begun.acquire(timeout=30)
            yield
        finally:
            done.set()
            for task in tasks:
                task.result(30)

    def until(self, true, seconds=20):
        """Wait until `true()`, and say whether it came to pass."""
        for _ in range(int(seconds / 0.02)):
            if true():
                return True
            threading.Event().wait(0.02)
        return False


@contextmanager
def running(folder, **changes):
    """Run a server; `changes` are fields of Settings."""
    place = Running(Settings(**{"options": TINY, "workers": 2, "folder": folder} | changes))
    place.thread.start()
    try:
        while not place.server.started:
            assert place.thread.is_alive(), "the server did not start"
            place.thread.join(0.01)
        yield place
    finally:
        place.server.should_exit = True
        place.thread.join(30)
        place.socket.close()
        assert not place.thread.is_alive(), "the server did not stop"


@contextmanager
def running_at(**changes):
    """Run a server in a folder of its own, and give its address."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "server", **changes) as place:
        yield place.url


class Files(http.server.SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    def log_message(self, *args):
        pass


@contextmanager
def serving(folder):
    """Give the address of a server of the files of a folder."""
    handler = functools.partial(Files, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as files:
        thread = threading.Thread(target=files.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{files.server_port}"
        finally:
            files.shutdown()
            thread.join()
