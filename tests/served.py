"""`alphacut serve` as a process of its own."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

import alphacut


class Served:
    """Runs ``alphacut serve`` on a free port with the model "tiny" until the block ends.

    After the block `log` has what it wrote to both its outputs, and `code` its exit code.
    """

    def __init__(self, home, *flags, before=(), temp=None, env=None):
        self.folder = Path(tempfile.mkdtemp(prefix="served", dir=home))
        self._file = open(self.folder.parent / f"{self.folder.name}.log", "w+b")  # noqa: SIM115, PTH123
        own = {
            "ALPHACUT_HOME": str(home / "home"),
            "ALPHACUT_OFFLINE": "1",
            "PYTHONPATH": str(Path(alphacut.__file__).parents[1]),
            "OMP_NUM_THREADS": "1",
        }
        if temp is not None:
            own["TMPDIR"] = str(temp)
        flags = ("--port=0", "--model=tiny", f"--folder={self.folder}/own", *flags)
        self.process = subprocess.Popen(
            [*before, sys.executable, "-m", "alphacut", "serve", *flags],
            stdout=self._file,
            stderr=subprocess.STDOUT,
            env=os.environ | own | (env or {}),
            cwd=self.folder,
        )
        self.code = None

    def __enter__(self):
        self.said(r"listens on http://(\S+)")
        self.host, port = re.search(r"listens on http://(\S+):(\d+)", self.log).groups()
        self.port = int(port)
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    def __exit__(self, *error):
        if self.process.poll() is None:
            self.stop()
        self.code = self.process.wait(60)
        text = self.log
        self._file.close()
        self.__dict__["_text"] = text

    @property
    def log(self):
        """What it wrote so far."""
        if self._file.closed:
            return self._text
        return Path(self._file.name).read_text(errors="replace")

    def said(self, pattern, seconds=60):
        """Wait until the log has this."""
        end = time.monotonic() + seconds
        while not re.search(pattern, self.log):
            assert self.process.poll() is None and time.monotonic() < end, self.log
            time.sleep(0.02)

    @property
    def server(self):
        """The process of the service: below whatever it was started with."""
        process = psutil.Process(self.process.pid)
        return process.children()[0] if "strace" in process.name() else process

    def stop(self, sig=signal.SIGTERM):
        """Ask it to end."""
        self.server.send_signal(sig)
