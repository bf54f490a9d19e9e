"""The peer, rembg 2, in a Python environment of its own, measured in the same run."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import numpy as np

from ..errors import InferenceFailed, OptionError
from .measure import Answer, Predict

SETTINGS = ("isnet-general-use", "isnet-general-use+matting", "u2net", "u2net+matting")
"""What is compared unless somebody says otherwise: a model's name at the peer, and whether it solves for alpha."""

MATTING = "+matting"


class Peer:
    """Holds the peer's process; it is started when first asked, and again after it died.

    Parameters
    ----------
    program : str
        The Python in whose environment rembg is installed, or the `rembg` command itself.

    Raises
    ------
    OptionError
        There is no such program, or rembg cannot be imported there.
    """

    def __init__(self, program: str) -> None:
        self._python = interpreter(program)
        done = subprocess.run([*self._python, "-c", "import rembg"], capture_output=True, text=True)
        if done.returncode:
            why = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
            raise OptionError(
                f"peer {program}",
                f"cannot import rembg: {why}",
                "Install it there: pip install 'rembg[cpu]'.",
            )
        self._folder = tempfile.TemporaryDirectory(prefix="alphacut-peer-")
        self._process: subprocess.Popen[str] | None = None

    def setting(self, name: str) -> Predict:
        """Return one of its settings: a model's name, with ``+matting`` for its closed-form matting."""
        model, matting = name.removesuffix(MATTING), name.endswith(MATTING)

        def predict(path: Path) -> Answer:
            out = Path(self._folder.name, "cutout.npy")
            question = {"path": str(path.resolve()), "model": model, "matting": matting, "out": str(out)}
            answer = self._ask(question)
            if "error" in answer:
                raise InferenceFailed(path.name, f"the peer's {name} failed: {answer['error']}")
            rgba = np.load(out)
            return Answer(rgba[..., 3].astype(np.float32) / np.float32(255), answer["seconds"], rgba[..., :3])

        return predict

    def close(self) -> None:
        """End the peer's process."""
        if self._process is not None:
            self._process.communicate()
            self._process = None
        self._folder.cleanup()

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        if self._process is None:
            self._process = self._start()
        asked, answers = _pipes(self._process)
        try:
            asked.write(json.dumps(question) + "\n")
            asked.flush()
            line = answers.readline()
        except BrokenPipeError:
            line = ""
        if line:
            return dict(json.loads(line))
        dead, self._process = self._process, None
        dead.communicate()  # closes the pipes
        return {"error": f"its process ended with exit code {dead.returncode}"}

    def _start(self) -> subprocess.Popen[str]:
        worker = Path(__file__).with_name("peer_worker.py").read_text()
        pipe = subprocess.PIPE
        # As text and from an empty folder: run as a file, our own modules would stand before the peer's.
        command = [*self._python, "-c", worker]
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=self._folder.name)

    def __enter__(self) -> Peer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def interpreter(program: str) -> list[str]:
    """Return the command of the Python that a program is, or that its first line names.

    Raises
    ------
    OptionError
        There is no such program.
    """
    found = shutil.which(program)
    if found is None:
        raise OptionError(
            f"peer {program}", "is no program here", "Name a Python that has rembg, or the rembg command."
        )
    # Where Python versions are managed, `python` itself may be a shell script.
    if Path(found).name.startswith("python"):
        return [str(Path(found).absolute())]
    with Path(found).open("rb") as stream:
        first = stream.readline(1024)
    return shlex.split(first[2:].decode()) if first.startswith(b"#!/") else [str(Path(found).absolute())]


def _pipes(process: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    if process.stdin is None or process.stdout is None:
        raise AssertionError("started with both pipes")
    return process.stdin, process.stdout
