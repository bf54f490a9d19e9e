"""What tests of jobs share: a server process that may be killed, its client, photos and zips."""

import io
import json
import re
import subprocess
import sys
import threading
import time
import zipfile
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

import tiny

ENDED = ("done", "failed")


class Process:
    """A server on a folder, in a process of its own."""

    def __init__(self, folder, **settings):
        self.folder = folder
        script = Path(__file__).with_name("jobserver.py")
        command = [sys.executable, str(script), str(folder), json.dumps(settings)]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        self.log, self._up = [], threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        assert self._up.wait(60) and self.url, "".join(self.log)
        self.client = httpx.Client(base_url=self.url, timeout=60)

    url = ""

    def _read(self):
        for line in self.process.stderr:
            self.log.append(line)
            if found := re.search(r"running on (http://[\d.:]+)", line):
                self.url = found[1]
                self._up.set()
        self._up.set()

    def end(self, kill=False):
        """Stop it, or kill it with what it has in work; return its exit code."""
        self.client.close()
        self.process.kill() if kill else self.process.terminate()
        code = self.process.wait(60)
        self._reader.join(60)
        self.process.stderr.close()
        return code

    def begin(self, *files, **fields):
        """Send a job; return the address of it."""
        answer = self.client.post("/v1/jobs", files=[("image", file) for file in files], data=fields)
        assert answer.status_code == 202, answer.text
        return answer.headers["location"]

    def state(self, job):
        answer = self.client.get(job)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def until(self, job, reached, seconds=120):
        """Wait until something holds of a job; return what is said of it."""
        end = time.monotonic() + seconds
        while not reached(told := self.state(job)):
            assert time.monotonic() < end, told
            time.sleep(0.02)
        return told

    def ended(self, job):
        return self.until(job, lambda told: told["state"] in ENDED)

    def result(self, job):
        """Return the results by name."""
        answer = self.client.get(f"{job}/result")
        assert answer.status_code == 200, answer.text
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            assert archive.testzip() is None
            return {name: archive.read(name) for name in archive.namelist()}


@contextmanager
def homed(folder):
    """Give a home with the one-layer network to every process that is started in the block."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALPHACUT_HOME", str(folder / "home"))
        patch.setenv("ALPHACUT_OFFLINE", "1")
        tiny.install()
        yield folder


@contextmanager
def process(folder, **settings):
    """Run a server until the end of the block; it must stop by itself then."""
    server = Process(folder, **settings)
    try:
        yield server
    finally:
        server.end()


def left(folder):
    """Return the names of what jobs have left in a folder."""
    own = (".alive", ".lock", "jobs.sqlite")
    return sorted(path.name for path in (folder / "jobs").iterdir() if not path.name.startswith(own))


def events(lines):
    """Yield (id, event, data) from the lines of a stream; a comment is (None, "comment", text)."""
    fields = {}
    for line in lines:
        if line.startswith(":"):
            yield None, "comment", line
        elif line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "data" in fields:
            yield fields.get("id"), fields["event"], json.loads(fields["data"])
            fields = {}


def photo(seed=0, side=96, kind="png"):
    """Return a photo's file: a light disc on a dark ground that differs by its seed."""
    y, x = np.mgrid[:side, :side] / side - 0.5
    pixels = np.full((side, side, 3), 30 + seed % 60, np.uint8)
    pixels[np.hypot(x, y) < 0.3] = (240, 220, 200)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, kind)
    return stream.getvalue()


def zipped(entries, packed=zipfile.ZIP_DEFLATED):
    """Return a zip of (name or ZipInfo, bytes)."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", packed) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return stream.getvalue()


def steps_of(stream):
    """Yield (id, event, data) from a stream, without comments."""
    return (found for found in events(stream.iter_lines()) if found[1] != "comment")


def wait(holds, seconds=60):
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)
