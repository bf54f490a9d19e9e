"""A network's files for browsers: made once, kept in the home under the hash of their content.

What is done to the graph is in :mod:`.web_graph`. There are up to two files of a network, because what is small and
fast differs: graphics compute in floating point from weights of half precision; processors are half as fast again in
8-bit integers, and the file is half as large.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx

from ..errors import ModelError
from ..files import make_folder, write_atomic
from . import weights
from .card import ModelCard
from .catalog import find_card
from .engines import measured
from .engines.int8 import Ranges, find_ranges
from .fuse import TOGETHER
from .sources.sink import Progress
from .store import locked, sweep
from .web_graph import rewrite, round_to_int8, with_half_weights

VERSION = 1
"""Of what is made here: another number makes the files anew."""


@dataclass(frozen=True, slots=True)
class WebFile:
    """One file for browsers, in the home.

    Attributes
    ----------
    card : ModelCard
    precision : str
        "int8" (for processors), or "f16" (half-precision weights, computed in float32: for graphics).
    path : Path
    sha256 : str
        Of the file, in lower-case hexadecimal.
    bytes : int
    """

    card: ModelCard
    precision: str
    path: Path
    sha256: str
    bytes: int

    @property
    def name(self) -> str:
        """The name it is served by; another content has another name."""
        return f"{self.card.name}-{self.precision}-{self.sha256[:16]}.onnx"

    def entry(self) -> dict[str, Any]:
        """Return what a page has to know to fetch it, to check it and to run it."""
        card = self.card
        return {
            "name": card.name,
            "precision": self.precision,
            "file": f"weights/{self.name}",
            "bytes": self.bytes,
            "sha256": self.sha256,
            "size": list(card.size),
            "fit": card.fit,
            "multiple": card.multiple,
            "mean": list(card.mean),
            "std": list(card.std),
            "kind": card.kind,
            "licence": card.licence,
        }


def ensure_web(name: str, progress: Progress | None = None) -> list[WebFile]:
    """Return the files for browsers of a model, or of those that are joined under its name, made at the first call.

    Half precision of each, and int8 where it was measured, if only for `--fast`: here the file is what is waited for.

    Raises
    ------
    ModelError
        No such model, no weights, or a network that cannot be rewritten.
    OutputError
        The home cannot be written.
    """
    return [file for one in TOGETHER.get(name, (name,)) for file in _files_of(find_card(one), progress)]


def _files_of(card: ModelCard, progress: Progress | None) -> list[WebFile]:
    source = weights.ensure(card, progress=progress)
    ranges = find_ranges(card.name)
    allowed = "int8" in (*measured(card), *card.faster.precisions)
    wanted = {"f16": None} | ({"int8": ranges} if ranges is not None and allowed else {})
    return [_ensure(card, source, precision, table) for precision, table in wanted.items()]


def write_web(name: str, output: Path, progress: Progress | None = None) -> list[Path]:
    """Write a model's files for browsers, and the list of them, into a folder that any web server can show.

    Returns
    -------
    list of Path
        ``weights.json``, and the files that it names.
    """
    files = ensure_web(name, progress)
    make_folder(output / "weights")
    written = [output / "weights.json"]
    for file in files:
        written.append(output / "weights" / file.name)
        write_atomic(written[-1], file.path.read_bytes())
    write_atomic(written[0], manifest(files).encode())
    return written


def manifest(files: list[WebFile]) -> str:
    """Return the list of files as JSON; addresses in it are relative to its own."""
    return json.dumps({"models": [file.entry() for file in files]}, indent=1) + "\n"


def _ensure(card: ModelCard, source: Path, precision: str, ranges: Ranges | None) -> WebFile:
    key = hashlib.sha256(
        f"{VERSION} {card} {source.stat().st_size} {source.stat().st_mtime_ns} {ranges and ranges.dumps()}".encode()
    ).hexdigest()
    with locked(f"{card.file}.web") as folder:
        note = folder / f"{card.file}.{precision}.json.web"
        known = _known(note, key)
        if known is None:
            sweep(folder, f"{card.file}.{precision}", "web")
            data = convert(source.read_bytes(), card, ranges)
            known = {"key": key, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
            write_atomic(_path(note, known["sha256"]), data)
            write_atomic(note, json.dumps(known).encode())
    return WebFile(card, precision, _path(note, known["sha256"]), known["sha256"], known["bytes"])


def _known(note: Path, key: str) -> dict[str, Any] | None:
    try:
        known: dict[str, Any] = json.loads(note.read_text(encoding="utf-8"))
        whole = known["key"] == key and _path(note, known["sha256"]).stat().st_size == known["bytes"]
    except (OSError, ValueError, LookupError, TypeError):
        return None  # it is made anew
    return known if whole else None


def _path(note: Path, sha256: str) -> Path:
    return note.with_name(note.name.replace(".json.web", f".{sha256[:16]}.web"))


def convert(data: bytes, card: ModelCard, ranges: Ranges | None = None) -> bytes:
    """Return a network's ONNX file as one for browsers, in 8-bit integers where `ranges` are given.

    Raises
    ------
    ModelError
        The file cannot be read or rewritten, or the ranges were measured on another export.
    """
    try:
        model = onnx.load_model_from_string(data)
    except Exception as error:  # protobuf raises its own kinds
        raise ModelError(f"model {card.name!r}", f"is no ONNX file ({error})") from error
    model, tensors = rewrite(model, card)
    if ranges is not None:
        made = {name for node in model.graph.node for name in node.output}
        if not {tensors.get(point, point) for point in ranges.points} <= made:
            problem = "has 8-bit ranges that were measured on another export of it"
            raise ModelError(f"model {card.name!r}", problem, "Measure them with `alphacut models quantize`.")
        round_to_int8(model, ranges, tensors)
    with_half_weights(model)
    done: bytes = model.SerializeToString(deterministic=True)
    return done
