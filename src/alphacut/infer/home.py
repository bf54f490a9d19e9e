"""Where alphacut keeps its files, and what the environment says about the network."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def home() -> Path:
    """Return ALPHACUT_HOME, or this user's cache folder for alphacut; it may not exist yet."""
    chosen = os.environ.get("ALPHACUT_HOME", "").strip()
    return Path(chosen).expanduser().absolute() if chosen else platformdirs.user_cache_path("alphacut")


def models_dir() -> Path:
    """Return the folder of the weights and of the user's own cards; it may not exist yet."""
    return home() / "models"


def ranges_path(name: str) -> Path:
    """Return where a user's own 8-bit ranges of a model are."""
    return models_dir() / f"{name}.int8.json"


def compiled_dir() -> Path:
    """Return the folder of networks compiled for this machine; it may be deleted at any time."""
    return home() / "compiled"


def is_offline() -> bool:
    """Say whether ALPHACUT_OFFLINE forbids the network (anything but empty, 0, false, no and off)."""
    return os.environ.get("ALPHACUT_OFFLINE", "").strip().lower() not in ("", "0", "false", "no", "off")


def mirror() -> str:
    """Return ALPHACUT_MIRROR, the address of a folder with the weights' files, without a last slash."""
    return os.environ.get("ALPHACUT_MIRROR", "").strip().rstrip("/")
