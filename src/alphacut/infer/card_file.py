"""Cards as TOML: read, checked field by field, and written."""

from __future__ import annotations

import dataclasses
import json
import math
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import ModelError
from .card import ModelCard, Source

FITS = ("squash", "letterbox", "aspect")
KINDS = ("probability", "logits")
PRECISIONS = ("f32", "bf16", "f16", "int8")
FASTER = frozenset(("size", "precisions"))

NEEDS: Mapping[str, tuple[str, ...]] = {
    "url": ("url",),
    "npm": ("package", "version", "index", "key"),
    "wheel": ("package", "version", "member", "python"),
    "package": ("member",),
    "import": (),
    "bring": ("url", "member"),
}
"""The fields that each kind of source needs, besides its hash."""

_HASH = re.compile(r"sha256:[0-9a-f]{64}|md5:[0-9a-f]{32}")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def read_card(path: Path, name: str) -> ModelCard:
    """Return the card in a file of its own.

    Raises
    ------
    ModelError
        It cannot be read, or a field is missing, unknown or wrong.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _broken(str(path), str(error)) from error
    return parse_card(table, name, str(path))


def parse_card(table: Mapping[str, Any], name: str, where: str) -> ModelCard:
    """Return the card that a table describes.

    Parameters
    ----------
    table : mapping
        A card's fields, without its name.
    name : str
    where : str
        The table's file, for messages.

    Raises
    ------
    ModelError
        A field is missing, unknown or wrong.
    """
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


def dump_card(card: ModelCard) -> str:
    """Return a card as the TOML that :func:`read_card` reads back to the same card."""
    table, needed = dataclasses.asdict(card), _needed(ModelCard)
    sources, _ = table.pop("sources"), table.pop("name")
    fast = ", ".join(f"{key} = {_toml(value)}" for key, value in table.pop("fast").items())
    lines = [f"{key} = {_toml(value)}" for key, value in table.items() if value != "" or key in needed]
    lines.append(f"fast = {{ {fast} }}")
    for source in sources:
        lines += ["", "[[sources]]"]
        lines += [f"{key} = {_toml(value)}" for key, value in source.items() if value not in ("", None)]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    # JSON's strings, numbers, booleans and lists are TOML's too, but for DEL, which TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
        raise _broken(where, "expected one or more [[sources]] tables")
    return value


def _exact(kind: type[Source] | type[ModelCard], table: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    missing = _needed(kind) - set(table)
    unknown = set(table) - {f.name for f in dataclasses.fields(kind)}
    if missing:
        raise _broken(where, f"lacks {', '.join(sorted(missing))}")
    if unknown:
        raise _broken(where, f"has the unknown {', '.join(sorted(unknown))}")
    return table


def _needed(kind: type[Source] | type[ModelCard]) -> set[str]:
    fields = dataclasses.fields(kind)
    return {f.name for f in fields if f.default is f.default_factory is dataclasses.MISSING}


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
    return _problem_of_parts(card)


def _problem_of_parts(card: ModelCard) -> str:
    if card.fast.get("size") and card.fit != "aspect":
        return f"fast: a network that is fed by {card.fit!r} keeps its size"
    texts = (card.network, card.checkpoint, card.base, card.adapter, card.trained_on)
    if not all(isinstance(text, str) for text in texts):
        return "network, checkpoint, base, adapter and trained_on: expected text"
    if card.checkpoint and not _HASH.fullmatch(card.checkpoint):
        return f"checkpoint: expected sha256:… or md5:…, got {card.checkpoint!r}"
    if bool(card.base) != bool(card.adapter):
        return "base and adapter: expected both or neither"
    if card.adapter and not (_FILE.fullmatch(card.adapter) and card.adapter.endswith(".safetensors")):
        return f"adapter: expected the name of a .safetensors file, got {card.adapter!r}"
    if not _numbers((card.strength,), 1, (int, float)) or not 0 < card.strength <= 1:
        return f"strength: expected a number above 0, at most 1, got {card.strength!r}"
    return ""


def _source_problem(source: Source) -> str:
    if source.kind not in NEEDS:
        return f"source: expected kind among {', '.join(NEEDS)}, got {source.kind!r}"
    given = {key: getattr(source, key) for key in NEEDS[source.kind]}
    lacks = [key for key, value in given.items() if not isinstance(value, str) or not value]
    if lacks:
        return f"source of kind {source.kind}: lacks {', '.join(lacks)}"
    if source.kind == "bring" and not source.hash:
        return ""
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
