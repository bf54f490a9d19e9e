"""A zip that was sent: what is in it, and one entry at a time; nothing is unpacked to a disk."""

from __future__ import annotations

import os
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from zipfile import ZipInfo

from ...errors import BrokenImage, InputError, TooLarge
from ..settings import Settings

DIRECTORY_BYTES = 4 * 2**20
"""Largest table of contents: it is held in memory whole."""

ENTRIES_EACH = 10
"""Folders and hidden files that there may be beside each photo."""

RATIO, SMALL = 250, 16 * 2**20
"""No photo of more than so many bytes packs to less than such a part of them."""

NAME_BYTES, PART_BYTES, DEPTH = 1024, 255, 32
_ENCRYPTED = 0x1


class _Guarded(FileIO):
    """A file of which nothing large is read at once: what its own table of contents says of its size is no word."""

    def read(self, size: int | None = -1) -> bytes:
        wanted = os.fstat(self.fileno()).st_size - self.tell() if size is None or size < 0 else size
        if wanted > DIRECTORY_BYTES:
            raise zipfile.BadZipFile("its table of contents is too large")
        return super().read(size) or b""


def entries_of(
    path: Path, name: str, limits: Settings
) -> tuple[list[tuple[str, int]], list[tuple[str, str]]]:
    """Return the photos of a zip (name, place) and what is left out of it (name, why).

    Raises
    ------
    InputError, TooLarge
        It is no zip, or one that nobody makes of photos: names that lead elsewhere, links, passwords, bombs.
    """
    with _reading(path, name) as archive:
        infos = archive.infolist()
    subject = f"zip {name!r}"
    if len(infos) > limits.job_photos * ENTRIES_EACH:
        raise TooLarge(subject, f"has {len(infos)} entries", f"At most {limits.job_photos} may be photos.")
    for info in infos:
        _check(info, subject)
    _check_all(infos, path.stat().st_size, subject, limits)
    photos, left_out = list[tuple[str, int]](), list[tuple[str, str]]()
    for place, info in enumerate(infos):
        if info.is_dir():
            continue
        why = _left_out(info.filename)
        if why:
            left_out.append((info.filename, why))
        else:
            photos.append((info.filename, place))
    return photos, left_out


def read_entry(path: Path, place: int, most: int) -> bytes:
    """Return one entry, never more than `most` bytes whatever it says of itself.

    Raises
    ------
    TooLarge, BrokenImage
    """
    with _reading(path, "photo") as archive:
        info = archive.infolist()[place]
        if info.file_size > most:
            remedy = f"A photo may have {most / 2**20:.4g} MiB."
            raise TooLarge("photo", f"has {info.file_size / 2**20:.4g} MiB", remedy)
        with archive.open(info) as entry:
            data = b"".join(iter(lambda: entry.read(2**16), b""))
        if len(data) != info.file_size:
            raise zipfile.BadZipFile("an entry is shorter than it says")
    return data


@contextmanager
def _reading(path: Path, name: str) -> Iterator[zipfile.ZipFile]:
    try:
        with _Guarded(path) as file, zipfile.ZipFile(file) as archive:
            yield archive
    except FileNotFoundError:
        raise
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError) as error:
        raise BrokenImage(f"zip {name!r}", f"is damaged ({error})", "Pack it again.") from error
    except (NotImplementedError, RuntimeError) as error:
        raise InputError(f"zip {name!r}", f"cannot be read ({error})", "Pack it again.") from error


def _check(info: ZipInfo, subject: str) -> None:
    """Refuse a zip for one of its entries."""
    name = info.filename.replace("\\", "/")
    parts, mode = name.rstrip("/").split("/"), info.external_attr >> 16
    raw = info.orig_filename.encode("utf-8", "surrogateescape")
    faults = (
        (not name.strip("/") or b"\0" in raw, "has no proper name"),
        (name.startswith("/") or ":" in parts[0], "names a place outside the zip"),
        (".." in parts, "leads out of the zip"),
        (
            len(raw) > NAME_BYTES or len(parts) > DEPTH or max(len(p.encode()) for p in parts) > PART_BYTES,
            "has a name that is too long",
        ),
        (stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR), "is a link or no file at all"),
        (info.flag_bits & _ENCRYPTED, "is encrypted"),
        (
            info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED),
            "is packed in a way that is not taken here",
        ),
        (info.is_dir() and info.file_size, "is a folder with a content"),
    )
    for is_so, problem in faults:
        if is_so:
            raise InputError(f"{subject}, entry {info.filename[:80]!r}", problem, "Pack it again without it.")
    if info.file_size > SMALL and info.file_size > RATIO * info.compress_size:
        remedy = "Send such photos as parts of their own."
        raise TooLarge(f"{subject}, entry {info.filename[:80]!r}", "unpacks to too much", remedy)


def _check_all(infos: Sequence[ZipInfo], size: int, subject: str, limits: Settings) -> None:
    counts = Counter(info.filename for info in infos)
    twice = next((name for name, count in counts.items() if count > 1), None)
    if twice is not None:
        raise InputError(subject, f"has {twice[:80]!r} twice", "Pack it again.")
    if sum(info.file_size for info in infos) > limits.job_bytes:
        remedy = f"It may unpack to {limits.job_bytes / 2**20:.4g} MiB; send it in parts."
        raise TooLarge(subject, "unpacks to too much", remedy)
    if sum(info.compress_size for info in infos) > size:
        raise InputError(subject, "has entries that share their bytes", "Pack it again.")


def _left_out(name: str) -> str:
    parts = name.replace("\\", "/").split("/")
    if "__MACOSX" in parts:
        return "belongs to macOS, not to the photos"
    if any(part.startswith(".") for part in parts) or parts[-1].lower() in ("thumbs.db", "desktop.ini"):
        return "is hidden"
    return ""
