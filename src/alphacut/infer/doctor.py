"""What this machine can do: read off, never guessed."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import sys

from PIL import features

from .. import __version__
from ..errors import DeviceMissing
from . import home
from .catalog import load_catalog
from .engines import ENGINES, available, choose
from .weights import cached

Facts = dict[str, dict[str, str]]


def examine() -> Facts:
    """Return what is here: section → name → fact, each a short text."""
    return {
        "machine": _machine(),
        "engines": _engines(),
        "formats": _formats(),
        "models": {name: str(cached(card) or "not fetched") for name, card in load_catalog().items()},
        "fetching": _fetching(),
    }


def _machine() -> dict[str, str]:
    return {
        "alphacut": __version__,
        "python": f"{platform.python_version()} ({sys.executable})",
        "system": platform.platform(),
        "processors": str(os.cpu_count()),
    }


def _engines() -> dict[str, str]:
    here = available()
    facts = {}
    for name, (package, _, install) in ENGINES.items():
        if name in here:
            facts[name] = f"{importlib.metadata.version(package)}: {', '.join(here[name]) or 'no device'}"
        else:
            facts[name] = f"not installed; {install}"
    try:
        engine, device = choose()
    except DeviceMissing as error:
        return facts | {"auto": str(error)}
    facts["auto"] = f"{engine} on {device}"
    if engine == "openvino" and device == "cpu":
        from .engines.openvino import processor

        facts |= processor()
    return facts


def _formats() -> dict[str, str]:
    heif = importlib.util.find_spec("pillow_heif") is not None
    return {
        "webp": "yes" if features.check("webp") else "no",
        "avif": "yes" if features.check("avif") else "no: this Pillow was built without it",
        "heic": "yes" if heif else "no; pip install 'alphacut[heif]'",
    }


def _fetching() -> dict[str, str]:
    return {
        "ALPHACUT_HOME": str(home.home()),
        "ALPHACUT_OFFLINE": "yes" if home.is_offline() else "no",
        "ALPHACUT_MIRROR": home.mirror() or "none",
        "npm": shutil.which("npm") or "not found: models from npm packages are fetched elsewhere",
        "pip": "yes"
        if importlib.util.find_spec("pip")
        else "not found: models from wheels are fetched elsewhere",
    }
