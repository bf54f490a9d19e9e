"""Networks that OpenVINO has compiled before, kept so that a process starts in a fifth of the time."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import Any

import openvino as ov

from ...errors import OutputError
from ...files import make_folder, write_atomic
from .. import home


def recall(core: ov.Core, name: str, key: str, config: dict[str, str | int]) -> Any:
    """Return the network compiled for `key` on device `name`, or None if there is none that can be used.

    `config` must be what it was compiled with: a compiled network forgets its precision.
    """
    path = _path(core, key)
    if name != "CPU" or not path.exists():
        return None
    try:
        return core.import_model(path.read_bytes(), name, config)
    except RuntimeError as error:
        # Another driver or a damaged file: it costs a compilation, not the photo.
        logging.getLogger("alphacut").warning("%s: cannot be used, compiling anew (%s)", path, error)
        return None


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


def _path(core: ov.Core, key: str) -> Path:
    machine = f"{core.get_property('CPU', 'FULL_DEVICE_NAME')} {ov.__version__}"
    digest = hashlib.sha256(f"{machine}\n{key}".encode()).hexdigest()
    return home.compiled_dir() / f"{digest[:32]}.blob"
