"""Networks that OpenVINO has compiled before, kept so that a process starts in a fifth of the time."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
from pathlib import Path
from typing import Any

import openvino as ov

from ...errors import OutputError
from ...files import make_folder, write_atomic
from .. import home

MOST = 2 * 1024**3
"""Bytes of compiled networks that are kept: ten or so. Every release, size and number of threads makes new ones."""


def recall(core: ov.Core, name: str, key: str, config: dict[str, str | int]) -> Any:
    """Return the network compiled for `key` on device `name`, or None if there is none that can be used.

    `config` must be what it was compiled with: a compiled network forgets its precision.
    """
    path = _path(core, key)
    if name != "CPU" or not path.exists():
        return None
    try:
        network = core.import_model(path.read_bytes(), name, config)
    except RuntimeError as error:
        # Another driver or a damaged file: it costs a compilation, not the photo.
        logging.getLogger("alphacut").warning("%s: cannot be used, compiling anew (%s)", path, error)
        return None
    # Used now, so the last to go; where nothing can be written, nothing goes.
    with contextlib.suppress(OSError):
        os.utime(path)
    return network


def remember(compiled: Any, key: str) -> None:
    """Keep a network compiled for a processor."""
    if compiled.get_property("EXECUTION_DEVICES") != ["CPU"]:
        return
    path = _path(ov.Core(), key)
    try:
        make_folder(path.parent)
        write_atomic(path, compiled.export_model().getvalue())
    except OutputError as error:
        logging.getLogger("alphacut").warning("the compiled network is not kept: %s", error)
    tidy(path.parent, MOST)


def tidy(folder: Path, most: int) -> None:
    """Remove the compiled networks that were not used for longest, until no more than `most` bytes are left."""
    # Another process may remove or hold them at the same time.
    with contextlib.suppress(OSError):
        files = sorted(folder.glob("*.blob"), key=lambda file: file.stat().st_mtime, reverse=True)
        left = most
        for file in files:
            left -= file.stat().st_size
            if left < 0:
                file.unlink()


def _path(core: ov.Core, key: str) -> Path:
    machine = f"{core.get_property('CPU', 'FULL_DEVICE_NAME')} {ov.__version__}"
    digest = hashlib.sha256(f"{machine}\n{key}".encode()).hexdigest()
    return home.compiled_dir() / f"{digest[:32]}.blob"
