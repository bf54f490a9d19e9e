"""The networks that alphacut knows: a model is data.

The packaged cards are in ``catalog.toml``; a user's own are ``ALPHACUT_HOME/models/NAME.toml``, one a file,
and go before a packaged one of the same name.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from ..errors import ModelError, UnknownModel
from .home import models_dir

FITS = ("squash", "letterbox", "aspect")
KINDS = ("probability", "logits")
PRECISIONS = ("f32", "bf16", "f16", "int8")
FASTER = frozenset(("size", "precisions"))

NEEDS: Mapping[str, tuple[str, ...]] = {
    "url": ("url",),
    "npm": ("package", "version", "index", "key"),
    "wheel": ("package", "version", "member", "python"),
    "import": (),
}
"""The fields that each kind of source needs, besides its hash."""

_HASH = re.compile(r"sha256:[0-9a-f]{64}|md5:[0-9a-f]{32}")
_NAME = re.compile(r"(?!.*\.onnx)[a-z0-9][a-z0-9._-]{0,63}")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class Source:
    """One place that gives a network's file, and what the file from there must be.

    Attributes
    ----------
    kind : str
        "url", "npm", "wheel"; "import" is a file that was brought by hand and can be fetched from nowhere.
    hash : str
        "sha256:…" or "md5:…" of the file, in lower-case hexadecimal.
    bytes : int or None
        Its length; None where nobody published it.
    url : str
        For "url".
    package, version : str
        For "npm" and "wheel".
    index, key : str
        For "npm": the JSON file in the package that lists the parts, and the entry in it.
    member, python : str
        For "wheel": the file inside it, and the Python version whose wheel it is.
    """

    kind: str
    hash: str
    bytes: int | None = None
    url: str = ""
    package: str = ""
    version: str = ""
    index: str = ""
    key: str = ""
    member: str = ""
    python: str = ""

    @property
    def label(self) -> str:
        """What to call it in messages; a password in the address is left out."""
        return re.sub(r"//[^/@]*@", "//", self.url) or f"{self.kind} {self.package} {self.version}".strip()


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Everything that has to be known to fetch a network, to run it and to read its answer.

    Attributes
    ----------
    name, title : str
        The name it is asked for by, and what it is good for.
    licence : str
        SPDX identifier, or a short text.
    commercial : bool
        Whether the licence allows commercial use; if not, it is used only on `accept_licence`.
    homepage : str
        Where the network comes from.
    size : (int, int)
        Width and height of the input in pixels: the size it was trained for.
    fit : str
        How a photo comes to that size: "squash" (both axes on their own), "letterbox" (padded), or "aspect"
        (the input is only as large as the photo's aspect asks).
    multiple : int
        What both sides of the input must be a multiple of, because the network halves it so often.
    mean, std : (float, float, float)
        RGB; the input is ``(pixels / 255 - mean) / std``.
    output : int
        Index of the output that is the matte.
    kind : str
        "probability" (already in [0, 1]) or "logits" (needs a sigmoid).
    precisions : tuple of str
        Those that were measured to keep its answer; the first is the reference.
    file : str
        The name of its file in the home.
    sources : tuple of Source
        Where the file comes from, in the order they are tried.
    fast : dict
        Fields that `--fast` replaces, of `size` and `precisions`.
    """

    name: str
    title: str
    licence: str
    commercial: bool
    homepage: str
    size: tuple[int, int]
    fit: str
    multiple: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    output: int
    kind: str
    precisions: tuple[str, ...]
    file: str
    sources: tuple[Source, ...]
    fast: Mapping[str, Any] = field(default_factory=dict)

    @property
    def faster(self) -> ModelCard:
        """The same network as `--fast` runs it."""
        return dataclasses.replace(self, **self.fast)

    @property
    def hashes(self) -> frozenset[str]:
        """The hashes of every file that is this network."""
        return frozenset(source.hash for source in self.sources)

    @property
    def is_imported(self) -> bool:
        """Whether the file was brought by hand and can be fetched from nowhere."""
        return all(source.kind == "import" for source in self.sources)


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


def dump_card(card: ModelCard) -> str:
    """Return a card as the TOML that :func:`find_card` reads back to the same card."""
    table = dataclasses.asdict(card)
    sources, _ = table.pop("sources"), table.pop("name")
    fast = ", ".join(f"{key} = {_toml(value)}" for key, value in table.pop("fast").items())
    lines = [f"{key} = {_toml(value)}" for key, value in table.items()] + [f"fast = {{ {fast} }}"]
    for source in sources:
        lines += ["", "[[sources]]"]
        lines += [f"{key} = {_toml(value)}" for key, value in source.items() if value not in ("", None)]
    return "\n".join(lines) + "\n"


def _card(name: str, packaged: Mapping[str, Any]) -> ModelCard:
    own = user_card_path(name)
    return (
        _parse(_read(own), name, str(own)) if own.is_file() else _parse(packaged[name], name, "catalog.toml")
    )


def _toml(value: Any) -> str:
    # JSON's strings, numbers, booleans and lists are TOML's too, but for DEL, which TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _broken(str(path), str(error)) from error


def _parse(table: Mapping[str, Any], name: str, where: str) -> ModelCard:
    where = f"card {name!r} in {where}"
    raw = [_exact(Source, source, where) for source in _list(table.get("sources"), where)]
    sources = tuple(Source(**source) for source in raw)
    fields = _exact(ModelCard, {**table, "name": name, "sources": sources}, where)
    fast = fields.get("fast", {})
    if not isinstance(fast, dict) or not fast.keys() <= FASTER:
        raise _broken(where, f"fast: expected some of {', '.join(sorted(FASTER))}, got {fast!r}")
    card = ModelCard(**(_tuples(fields) | {"fast": _tuples(fast)}))
    for problem in (_problem(card), _problem(card.faster), *map(_source_problem, card.sources)):
        if problem:
            raise _broken(where, problem)
    return card


def _tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
        raise _broken(where, "expected one or more [[sources]] tables")
    return value


def _exact(kind: type[Source] | type[ModelCard], table: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    fields = dataclasses.fields(kind)
    needed = {f.name for f in fields if f.default is f.default_factory is dataclasses.MISSING}
    missing = needed - set(table)
    unknown = set(table) - {f.name for f in fields}
    if missing:
        raise _broken(where, f"lacks {', '.join(sorted(missing))}")
    if unknown:
        raise _broken(where, f"has the unknown {', '.join(sorted(unknown))}")
    return table


def _problem(card: ModelCard) -> str:
    if not all(isinstance(text, str) for text in (card.title, card.licence, card.homepage, card.file)):
        return "title, licence, homepage and file: expected text"
    if not _numbers(card.size, 2, int) or min(card.size) < 1:
        return f"size: expected two whole numbers of pixels, got {card.size!r}"
    if not _numbers((card.multiple,), 1, int) or math.gcd(card.multiple, *card.size) != card.multiple:
        return f"multiple: expected a whole number that divides both sides, got {card.multiple!r}"
    if not _numbers(card.mean, 3, (int, float)):
        return f"mean: expected three numbers, got {card.mean!r}"
    if not _numbers(card.std, 3, (int, float)) or min(card.std) <= 0:
        return f"std: expected three numbers above 0, got {card.std!r}"
    if card.fit not in FITS or card.kind not in KINDS:
        return f"expected fit among {FITS} and kind among {KINDS}, got {card.fit!r} and {card.kind!r}"
    if not card.precisions or not set(card.precisions) <= set(PRECISIONS):
        return f"precisions: expected some of {PRECISIONS}, got {card.precisions!r}"
    if not isinstance(card.commercial, bool) or not _numbers((card.output,), 1, int) or card.output < 0:
        return "commercial: expected true or false; output: expected an index"
    if not _FILE.fullmatch(card.file):
        return f"file: expected a plain file name, got {card.file!r}"
    return ""


def _source_problem(source: Source) -> str:
    if source.kind not in NEEDS:
        return f"source: expected kind among {', '.join(NEEDS)}, got {source.kind!r}"
    given = {key: getattr(source, key) for key in NEEDS[source.kind]}
    lacks = [key for key, value in given.items() if not isinstance(value, str) or not value]
    if lacks:
        return f"source of kind {source.kind}: lacks {', '.join(lacks)}"
    if not isinstance(source.hash, str) or not _HASH.fullmatch(source.hash):
        return f"source: expected hash as sha256:… or md5:…, got {source.hash!r}"
    if source.bytes is not None and not (_numbers((source.bytes,), 1, int) and source.bytes > 0):
        return f"source: expected a number of bytes, got {source.bytes!r}"
    return ""


def _numbers(value: Any, count: int, kind: type | tuple[type, ...]) -> bool:
    # bool is an int in Python, but no size.
    right = isinstance(value, tuple) and len(value) == count
    return right and all(isinstance(v, kind) and not isinstance(v, bool) for v in value)


def _broken(where: str, problem: str) -> ModelError:
    return ModelError(where, f"cannot be used: {problem}", "Correct it, or remove that card.")
