"""The networks that alphacut knows.

The packaged cards are in ``catalog.toml``; a user's own are ``ALPHACUT_HOME/models/NAME.toml``, one a file,
and go before a packaged one of the same name.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from ..errors import ModelError, UnknownModel
from .card import ModelCard
from .card_file import parse_card, read_card
from .home import models_dir

_NAME = re.compile(r"(?!.*\.onnx)[a-z0-9][a-z0-9._-]{0,63}")


def load_catalog() -> dict[str, ModelCard]:
    """Return every card by name: the packaged ones, then the user's own.

    Raises
    ------
    ModelError
        A card that cannot be read, with its file and what is wrong.
    """
    packaged = packaged_tables()
    return {name: _card(name, packaged) for name in known_names()}


def find_card(name: str) -> ModelCard:
    """Return the card of that name.

    Raises
    ------
    UnknownModel
        There is none; the message offers the nearest.
    ModelError
        The card cannot be read.
    """
    known = known_names()
    if name in known:
        return _card(name, packaged_tables())
    near = difflib.get_close_matches(name.lower().replace("_", "-"), known, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    raise UnknownModel(f"model {name!r}", "does not exist", f"{hint}Known: {', '.join(known)}.")


def known_names() -> list[str]:
    """Return the names of all cards, without reading the user's own."""
    own = sorted(path.stem for path in models_dir().glob("*.toml") if _NAME.fullmatch(path.stem))
    return list(dict.fromkeys([*packaged_tables(), *own]))


def packaged_tables() -> dict[str, Any]:
    """Return ``catalog.toml`` as it stands: name → table."""
    return tomllib.loads(resources.files(__package__).joinpath("catalog.toml").read_text(encoding="utf-8"))


def user_card_path(name: str) -> Path:
    """Return where the user's own card of that name is or would be.

    Raises
    ------
    ModelError
        A name that cannot be a file's name everywhere.
    """
    if not _NAME.fullmatch(name):
        rule = "Use up to 64 of a-z, 0-9, dot, dash and underscore, a letter or digit first, without .onnx."
        raise ModelError(f"model name {name!r}", "cannot be used", rule)
    return models_dir() / f"{name}.toml"


def _card(name: str, packaged: Mapping[str, Any]) -> ModelCard:
    own = user_card_path(name)
    return read_card(own, name) if own.is_file() else parse_card(packaged[name], name, "catalog.toml")
