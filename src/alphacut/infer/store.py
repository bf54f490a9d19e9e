"""The folder of weights: verified files, locks, and what interrupted fetches left.

In ``ALPHACUT_HOME/models``: the weights, beside each a ``.stamp.json`` that says what was verified, a
``.lock`` so that two processes fetch once, and ``.part`` files that wait to be resumed. Only a file whose
hash is on its card is ever handed out, or one that was merged here of two such files, whose stamp says of which.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from ..errors import OutputError, WeightsUnavailable
from .card import ModelCard
from .catalog import find_card, known_names
from .home import models_dir
from .sources.sink import algorithms, digests

logger = logging.getLogger("alphacut")

MERGING = 1
"""Of the way in which a base and an adapter are merged: another number merges them anew."""


def cached(card: ModelCard) -> Path | None:
    """Return the network's file if it is here and is what the card says, else None.

    A file that was verified before and has not changed since (size and modification time) is not read again.

    Raises
    ------
    WeightsUnavailable
        The file is here and cannot be read.
    """
    path = models_dir() / card.file
    wanted = made_of(card) if card.base else card.hashes
    try:
        if not wanted or not path.is_file():
            return None
        seen = path.stat()
        if _read_stamp(path, seen) & wanted:
            return path
        if card.base:
            return None
        found = digests(path, algorithms(wanted))
    except OSError as error:
        remedy = "Let this user read it, or set ALPHACUT_HOME to another folder."
        raise WeightsUnavailable(
            f"model {card.name!r}", f"{path} cannot be read ({error})", remedy
        ) from error
    if not found & wanted:
        return None
    _write_stamp(path, seen, found)
    return path


def made_of(card: ModelCard) -> frozenset[str]:
    """Return what the stamp of a merged network says: which two files it is of, and how much of the second.

    It is empty while one of them is not here.
    """
    if card.base not in known_names():
        return frozenset()
    base = find_card(card.base)
    parts = (None if base.base else cached(base), cached(card.of_adapter))
    seen = [(path.stat().st_size, path.stat().st_mtime_ns) for path in parts if path is not None]
    if len(seen) < len(parts):
        return frozenset()
    key = hashlib.sha256(repr((seen, card.strength)).encode()).hexdigest()
    return frozenset({f"merged:{MERGING} {key}"})


def row_of(card: ModelCard) -> dict[str, object]:
    """Return what a list of networks shows of one, and whether it is here; nothing is fetched."""
    sizes = [source.bytes for source in card.sources if source.bytes]
    return {
        "name": card.name,
        "title": card.title,
        "licence": card.licence,
        "commercial": card.commercial,
        "trained_on": card.trained_on,
        "megabytes": round(sizes[0] / 1e6) if sizes else "?",
        "here": cached(card) is not None,
    }


@contextmanager
def locked(file: str) -> Iterator[Path]:
    """Hold the lock of one file in the home; gives the folder, made if need be.

    Raises
    ------
    OutputError
        The folder cannot be written.
    """
    folder = models_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / f"{file}.lock")
        lock.acquire()
    except OSError as error:
        raise OutputError(
            str(folder),
            f"cannot be written ({error})",
            "Set ALPHACUT_HOME to a folder that can be written and has room.",
        ) from error
    try:
        yield folder
    finally:
        lock.release()


def install(part: Path, path: Path, found: frozenset[str]) -> Path:
    """Give a verified partial file its final name; the caller holds the lock."""
    part.replace(path)
    _write_stamp(path, path.stat(), found)
    sweep(path.parent, path.name, "part", "tmp")
    return path


def sweep(folder: Path, file: str, *suffixes: str) -> list[Path]:
    """Delete and return what interrupted fetches of `file` left; the caller holds its lock."""
    gone = [path for suffix in suffixes for path in folder.glob(f"{file}.*.{suffix}")]
    for path in gone:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    return gone


def stamp_path(path: Path) -> Path:
    """Return where it is noted that `path` was verified."""
    return path.with_name(f"{path.name}.stamp.json")


def _write_stamp(path: Path, seen: os.stat_result, found: frozenset[str]) -> None:
    """Note that `path`, as it was when `seen`, has the hashes `found`."""
    note = {"hashes": sorted(found), "size": seen.st_size, "mtime_ns": seen.st_mtime_ns}
    try:
        stamp_path(path).write_text(json.dumps(note), encoding="utf-8")
    except OSError as error:
        # A read-only home works, only slower.
        logger.info("%s will be read whole at each start: its stamp cannot be written (%s)", path, error)


def _read_stamp(path: Path, seen: os.stat_result) -> frozenset[str]:
    try:
        note = json.loads(stamp_path(path).read_text(encoding="utf-8"))
        if (note["size"], note["mtime_ns"]) == (seen.st_size, seen.st_mtime_ns):
            return frozenset(note["hashes"])
    except FileNotFoundError:
        pass
    except (OSError, ValueError, LookupError, TypeError) as error:
        logger.info("%s is read whole: its stamp cannot be used (%s)", path, error)
    return frozenset()
