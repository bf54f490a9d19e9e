"""The private folder of one job: what was sent, what is said of each photo, the results; all goes with it.

::

    job.json      the options, every photo's name, and what was left out
    in/K          the K-th file that was sent, a photo, a zip or the clip
    said/N        what is said of the N-th photo, once it is settled
    out/N         its result
    result.zip    all results, once every photo is settled; in/ and out/ are gone then
    result.webm   or .mov …: that of a clip, whose pieces lie beside it meanwhile
    progress      how far a clip is
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ...errors import OutputError
from ...files import write_atomic
from ...options import Options
from ...video.settings import VideoOptions
from ..problems import NoSpace, NotThere
from .zips import read_entry

RESERVE = 512 * 2**20
"""Bytes of the disk that jobs leave to others."""

GOING = ".gone-"


@dataclass(frozen=True, slots=True)
class Item:
    """One photo of a job.

    Attributes
    ----------
    name : str
        As the client calls it.
    target : str
        Its result's name in the zip.
    sent : int
        Which file it came in.
    entry : int or None
        Its place in that file, if that is a zip.
    """

    name: str
    target: str
    sent: int
    entry: int | None


@dataclass(frozen=True, slots=True)
class Clip:
    """How a clip is cut out besides its frames; the pixels of each, and how many are expected."""

    video: VideoOptions
    pixels: int = 0
    frames: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What a job is: how its photos are cut out, which they are, and what is none of them (name and why).

    With `clip` the one item is a clip, and the options are those of its frames.
    """

    options: Options
    items: Sequence[Item]
    left_out: Sequence[tuple[str, str]]
    clip: Clip | None = None


@dataclass(frozen=True, slots=True)
class JobFolder:
    """The files of a job."""

    path: Path

    def make(self) -> None:
        """Make the folder; nobody but this user may look into it."""
        for path in (self.path, self.path / "in", self.path / "said", self.path / "out"):
            path.mkdir(mode=0o700)

    def sent(self, number: int) -> Path:
        """Return where the file that was sent as the `number`-th is."""
        return self.path / "in" / str(number)

    def result(self, told: Told) -> Path:
        """Return where the zip of all results is, or what a clip became."""
        suffix = Path(told.items[0].target).suffix if told.clip else ".zip"
        return self.path / f"result{suffix}"

    def tell(self, told: Told) -> None:
        """Write down what the job is."""
        values = {
            "options": asdict(told.options),
            "items": [asdict(item) for item in told.items],
            "left_out": list(told.left_out),
            "clip": asdict(told.clip) if told.clip else None,
        }
        write_atomic(self.path / "job.json", json.dumps(values).encode())

    def told(self) -> Told:
        """Return what the job is.

        Raises
        ------
        NotThere
            It was removed.
        """
        try:
            values = json.loads((self.path / "job.json").read_bytes())
        except FileNotFoundError:
            raise no_job() from None
        left_out = [(name, why) for name, why in values["left_out"]]
        items, clip = [Item(**item) for item in values["items"]], values.get("clip")
        if clip:
            clip = Clip(**clip | {"video": VideoOptions.from_mapping(clip["video"])})
        return Told(Options.from_mapping(values["options"]), items, left_out, clip)

    def photo(self, item: Item, most: int) -> bytes:
        """Return a photo's file.

        Raises
        ------
        AlphacutError
            It has more than `most` bytes, or its zip is damaged there.
        NotThere
            The job was removed.
        """
        try:
            if item.entry is not None:
                return read_entry(self.sent(item.sent), item.entry, most)
            return self.sent(item.sent).read_bytes()
        except FileNotFoundError:
            raise no_job() from None

    def deliver(self, number: int, data: bytes) -> None:
        """Write a photo's result."""
        write_atomic(self.path / "out" / str(number), data)

    def say(self, number: int, words: Mapping[str, Any]) -> None:
        """Write what is said of a photo."""
        write_atomic(self.path / "said" / str(number), json.dumps(words).encode())

    def said(self, number: int) -> dict[str, Any]:
        """Return what is said of a photo; nothing, if nothing was written."""
        return _read(self.path / "said" / str(number))

    def note_progress(self, counts: Mapping[str, int | None]) -> None:
        """Write how far a clip is."""
        write_atomic(self.path / "progress", json.dumps(counts).encode())

    def progress(self) -> dict[str, Any]:
        """Return how far a clip is; nothing, if it was not begun."""
        return _read(self.path / "progress")

    def pieces_bytes(self) -> int:
        """Return the size of a clip's pieces: to join them takes as much again."""
        return sum(_size(path) for path in self.path.glob(".*.parts/*"))

    def pack(self) -> bool:
        """Put the results together, whole or not at all; return whether there are any. A clip is whole already.

        Raises
        ------
        OutputError, NotThere
        """
        told, count = self.told(), 0
        if told.clip:
            return self.result(told).exists()
        part = self.path / f".{secrets.token_hex(8)}.part"
        with _writing(part), zipfile.ZipFile(part, "w") as archive:
            for number, item in enumerate(told.items):
                source = self.path / "out" / str(number)
                if source.exists():
                    _add(archive, source, item.target)
                    count += 1
        if not count:
            part.unlink()
            return False
        part.replace(self.result(told))
        return True

    def thin(self) -> None:
        """Remove all that a finished job no longer needs."""
        for path in (self.path / "in", self.path / "out", *self.path.glob(".*.part*")):
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove the folder: from this moment nothing can be written into it."""
        going = self.path.with_name(f"{GOING}{secrets.token_hex(8)}")
        try:
            # Renamed first: a worker that is about to write its result finds no folder to write into.
            self.path.rename(going)
        except FileNotFoundError:
            return
        shutil.rmtree(going, ignore_errors=True)  # what is left of it is swept later


def _read(path: Path) -> dict[str, Any]:
    try:
        words: dict[str, Any] = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    return words


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0  # it has another name by now


def no_job() -> NotThere:
    """Return the error for a job that is not there."""
    remedy = "It was cancelled, has expired, or was begun with another key."
    return NotThere("the job", "is not here", remedy)


def check_space(folder: Path, needed: int = 0) -> None:
    """Refuse what the disk has no room for.

    Raises
    ------
    NoSpace
    """
    if shutil.disk_usage(folder).free < needed + RESERVE:
        raise no_space()


def no_space() -> NoSpace:
    """Return the error for a full disk."""
    remedy = "Send fewer photos, or come again later."
    return NoSpace("the service", "has no space on its disk for this job", remedy, 600)


def _add(archive: zipfile.ZipFile, source: Path, target: str) -> None:
    info = zipfile.ZipInfo(target, time.localtime()[:6])
    info.external_attr = 0o644 << 16
    with source.open("rb") as result, archive.open(info, "w", force_zip64=True) as entry:
        shutil.copyfileobj(result, entry, 2**20)


@contextmanager
def _writing(part: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise no_job() from None
    except OSError as error:
        part.unlink(missing_ok=True)
        problem = f"cannot be put together: {os.strerror(error.errno or 0)}"
        raise OutputError("the result", problem, "Send the job again.") from error
