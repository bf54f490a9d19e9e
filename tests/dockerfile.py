"""A Dockerfile's steps, read, and run without a Docker engine: in an empty folder that stands for the root.

``python tests/dockerfile.py`` runs the project's own and then the service that it starts.
"""

import fnmatch
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).parents[1]


@dataclass
class Step:
    name: str
    text: str

    @property
    def words(self):
        return json.loads(self.text) if self.text.startswith("[") else shlex.split(self.text)


def read(path=PROJECT / "Dockerfile"):
    """Return a Dockerfile's steps; comments are left out and continued lines joined."""
    lines = [line for line in path.read_text().splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    pairs = [line.strip().split(None, 1) for line in joined.splitlines() if line.strip()]
    return [Step(name.upper(), text) for name, text in pairs]


def is_ignored(path, rules=None):
    """Say whether .dockerignore keeps a path of the project out of the build; the last rule that fits holds."""
    text = (PROJECT / ".dockerignore").read_text() if rules is None else rules
    ignored = False
    for rule in filter(None, (line.strip() for line in text.splitlines())):
        pattern = rule.lstrip("!")
        tries = [*accumulate(path), *(path.split("/") if pattern.startswith("**/") else [])]
        if any(fnmatch.fnmatch(part, pattern.removeprefix("**/")) for part in tries):
            ignored = not rule.startswith("!")
    return ignored


def accumulate(path):
    """Return a path and the folders above it."""
    parts = path.split("/")
    return ["/".join(parts[: i + 1]) for i in range(len(parts))]


def sources(step):
    """Return what a COPY step copies, and where to."""
    words = [word for word in step.words if not word.startswith("--")]
    return words[:-1], words[-1]


@dataclass
class Machine:
    """A folder that stands for the root of an image, with a Python environment for the base image's."""

    root: Path
    env: dict = field(default_factory=dict)
    folder: str = "/"
    command: list = field(default_factory=list)
    health: list = field(default_factory=list)

    def run(self, step):
        """Do one step."""
        action = getattr(self, f"do_{step.name.lower()}", None)
        if action:
            action(step)
        elif step.name not in ("ARG", "FROM", "USER", "EXPOSE", "VOLUME", "STOPSIGNAL"):
            raise ValueError(f"a step that is not understood: {step.name}")

    def inside(self, path):
        """Return where a path of the image is."""
        return self.root / (Path(self.folder) / path).relative_to("/")

    def do_from(self, step):
        subprocess.run([sys.executable, "-m", "venv", self.root / "venv"], check=True)

    def do_env(self, step):
        for word in step.words:
            name, value = word.split("=", 1)
            self.env[name] = str(self.root / value[1:]) if value.startswith("/") else value

    def do_workdir(self, step):
        self.folder = step.text
        self.inside(".").mkdir(parents=True, exist_ok=True)

    def do_copy(self, step):
        names, target = sources(step)
        for name in names:
            source, to = PROJECT / name, self.inside(target)
            if source.is_dir():
                shutil.copytree(source, to, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                to.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, to)

    def do_run(self, step):
        # Paths of the image that a shell line names: those of its folders.
        text = re.sub(r"(?<=\s)/(?=data|app)", f"{self.root}/", step.text)
        self.start(["bash", "-euc", text.replace("10001:10001", f"{os.getuid()}:{os.getgid()}")], check=True)

    def do_cmd(self, step):
        self.command = step.words

    def do_healthcheck(self, step):
        self.health = json.loads(step.text[step.text.index("[") :])

    def environment(self):
        """Return the environment of what runs in it: nothing of the outside but how to reach packages."""
        kept = {
            k: v for k, v in os.environ.items() if k.lower().startswith(("pip_", "http", "ssl", "no_proxy"))
        }
        path = f"{self.root}/venv/bin:/usr/local/bin:/usr/bin:/bin"
        args = {"RUNTIME": "", "MODELS": "", "HOME": str(self.root)}
        return kept | args | self.env | {"PATH": path}

    def start(self, words, **more):
        """Run a command in it."""
        return subprocess.run(words, cwd=self.inside("."), env=self.environment(), **more)


def check():
    """Run the project's Dockerfile and the service it starts."""
    with tempfile.TemporaryDirectory(prefix="dockerfile") as folder:
        machine = Machine(Path(folder))
        for step in read():
            print(f"{step.name} {step.text}", flush=True)  # noqa: T201
            machine.run(step)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        machine.env |= {"ALPHACUT_PORT": str(port), "ALPHACUT_OFFLINE": "1"}
        served = subprocess.Popen(machine.command, cwd=machine.inside("."), env=machine.environment())
        try:
            while machine.start(machine.health, stderr=subprocess.DEVNULL).returncode:
                assert served.poll() is None, "the service did not start"
                time.sleep(0.2)
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/privacy") as answer:
                page = answer.read()
            assert b"photos" in page
        finally:
            served.send_signal(signal.SIGTERM)
            assert served.wait(60) == 0, "the service did not end well"
    print("The Dockerfile's steps work, and so does the service that it starts.")  # noqa: T201


if __name__ == "__main__":
    check()
