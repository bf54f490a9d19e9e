"""Where photos and their truth lie: folders as `alphacut eval` reads them, and tar files as webdataset writes them.

A tar's files belong together when their names are the same up to the first dot of the last part: ``a/001.jpg`` and
``a/001.mask.png`` are the sample ``a/001``. The photo is the first of `PHOTOS` that a sample has, its truth the
first of `TRUTHS` that is left; anything else in a sample is left aside. A name that comes twice counts as its last,
as when a tar is unpacked. Tars are plain: a compressed one cannot be read in any order.

Photo and truth are taken as a viewer shows them, each turned upright by its own EXIF tag, and have to be of one size.
"""

from __future__ import annotations

import contextlib
import io
import re
import struct
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ... import depth
from ...decode import decode, size_of
from ...errors import InputError, OptionError
from ...evaluate.sets import check_size, find_items, grey_of, read_bytes
from ...types import Alpha, Pixels

PHOTOS = ("image.jpg", "image.jpeg", "image.webp", "image.png", "jpg", "jpeg", "webp", "png")
TRUTHS = ("alpha.png", "mask.png", "matte.png", "png")
"""What a sample's files are called in a tar, behind its key and a dot, in any case."""

NAME = re.compile(r"((?:.*/)?[^./][^./]*)\.([^/]*)")
"""Key and ending; names that begin with a dot are nobody's sample, as webdataset has it."""
ORIENTATION = 274


@dataclass(frozen=True, slots=True)
class Example:
    """One photo and its truth.

    Attributes
    ----------
    name : str
    image : ndarray
        uint8 H×W×3, upright.
    alpha : Alpha
        float32 H×W in [0, 1].
    """

    name: str
    image: NDArray[np.uint8]
    alpha: Alpha


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a file's bytes lie: a whole file, or `size` bytes of a tar from `start` on."""

    path: Path
    start: int = 0
    size: int | None = None

    def read(self) -> bytes:
        """Return its bytes; raises BrokenImage where they cannot be read."""
        return read_bytes(self.path, self.start, self.size)


@dataclass(frozen=True, slots=True)
class Pair:
    """A photo and its truth as they are stored.

    Attributes
    ----------
    name : str
        What they are called wherever they lie.
    label : str
        What messages call the photo.
    image, truth : Stored
    """

    name: str
    label: str
    image: Stored
    truth: Stored

    def read(self) -> Example:
        """Return the example; raises InputError where its files cannot be read or do not fit each other."""
        pixels = eight_bits(decode(self.image.read(), name=self.label).pixels)
        alpha = grey_of(self.truth.read(), f"the truth of {self.label}")
        check_size(self.label, pixels.shape[:2], alpha)
        return Example(self.name, pixels, alpha)

    def problem(self) -> str | None:
        """Return why it cannot be used, as far as the files' headers tell."""
        with contextlib.suppress(InputError):  # Reading it whole says better why.
            if upright_size(self.image.read(), self.label) == upright_size(self.truth.read(), self.label):
                return None
        try:
            self.read()
        except InputError as error:
            return str(error)
        return None


@dataclass(frozen=True, slots=True)
class Source:
    """Examples by number: the same number is the same example every time.

    Attributes
    ----------
    pairs : tuple of Pair
    unusable : tuple of str
        A sentence for each photo that has no truth and each truth that has no photo.
    """

    pairs: tuple[Pair, ...]
    unusable: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.pairs)

    def read(self, number: int) -> Example:
        """Return an example; raises InputError where its files cannot be read or do not fit each other."""
        return self.pairs[number].read()


def open_source(path: Path) -> Source:
    """Return the examples of a folder with images/ and masks/ or alpha/, of a tar, or of all tars in a folder.

    Raises
    ------
    OptionError
        There is nothing of the kind, or no photo with its truth.
    """
    shards = [path] if path.is_file() else sorted(path.glob("*.tar"))
    # A folder that is laid out as a set is one, whatever lies beside its photos.
    source = in_shards(shards) if shards and not (path / "images").is_dir() else in_folder(path)
    if not len(source):
        said = f": {source.unusable[0]}" if source.unusable else ""
        raise OptionError(
            f"data {path}",
            f"has no photo with its truth{said}",
            "Name a folder with images/ and masks/ or alpha/, or a tar or a folder of tars.",
        )
    return source


def in_folder(path: Path) -> Source:
    """Return what a folder with images/ and masks/ or alpha/ has."""
    items, unusable = find_items(path)
    pairs = (Pair(item.name, str(item.image), Stored(item.image), Stored(item.truth)) for item in items)
    return Source(tuple(pairs), tuple(unusable))


def in_shards(paths: list[Path]) -> Source:
    """Return what tars have; each is read through once, for the places of its files."""
    pairs, unusable = [], []
    for path in paths:
        for key, files in by_key(path).items():
            photo = next((end for end in PHOTOS if end in files), None)
            truth = next((end for end in TRUTHS if end in files and end != photo), None)
            if photo and truth:
                name = f"{path.name}:{key}"
                pairs.append(Pair(name, str(path.parent / name), files[photo], files[truth]))
            elif photo or truth:
                unusable.append(f"{path.name}:{key} has no {'truth' if photo else 'photo'}")
    return Source(tuple(pairs), tuple(unusable))


def by_key(path: Path) -> dict[str, dict[str, Stored]]:
    """Return where a tar's files lie, by their key and then by their ending.

    Raises
    ------
    OptionError
        It cannot be read as a plain tar.
    """
    found: dict[str, dict[str, Stored]] = {}
    try:
        with tarfile.open(path, "r:") as tar:
            for info in files_of(tar):
                if match := NAME.fullmatch(info.name):
                    stored = Stored(path, info.offset_data, info.size)
                    found.setdefault(match[1], {})[match[2].lower()] = stored
    except (tarfile.TarError, OSError) as error:
        raise OptionError(
            f"data {path}",
            f"is no plain tar that can be read: {error}",
            "Unpack a .tar.gz with gunzip; write a damaged one anew.",
        ) from error
    return found


def files_of(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Return a tar's plain files."""
    return (info for info in tar if info.isfile())


def part(source: Source, hold: float, held: bool) -> Source:
    """Return the examples of a source that are held back, or the others.

    Which is which a hash of their names decides, so that it is the same wherever the folder lies, and the same for an
    example when others join it. Of two examples and more, neither part is empty.

    Parameters
    ----------
    source : Source
    hold : float
        About which share is held back, from 0 to below 1.
    held : bool
        Whether the part that is held back is asked for.
    """
    marks = [zlib.crc32(pair.name.encode(errors="surrogateescape")) / 2**32 for pair in source.pairs]
    ranked = sorted(range(len(marks)), key=lambda number: (marks[number], number))
    count = sum(mark < hold for mark in marks)
    if hold:
        count = min(max(count, 1), len(marks) - 1)
    back = set(ranked[:count])
    chosen = tuple(pair for number, pair in enumerate(source.pairs) if (number in back) == held)
    return Source(chosen, source.unusable)


def upright_size(data: bytes, name: str) -> tuple[int, int]:
    """Return the width and height that a file's header says, as a viewer shows it; raises InputError."""
    width, height = size_of(io.BytesIO(data), name)
    try:
        with Image.open(io.BytesIO(data)) as image:
            # Without a tag in its header, a PNG would be decoded to look for one behind the pixels.
            tagged = "exif" in image.info and image.format != "TIFF"
            lies = tagged and image.getexif().get(ORIENTATION, 1) in range(5, 9)
    except (OSError, SyntaxError, ValueError, TypeError, LookupError, struct.error) as error:
        raise InputError(name, f"has a header that cannot be read: {error}", "Export it again.") from error
    return (height, width) if lies else (width, height)


def eight_bits(pixels: Pixels) -> NDArray[np.uint8]:
    """Return pixels of 16 bits as 8, and those of 8 as they are."""
    return cast("NDArray[np.uint8]", depth.eight_bits(pixels))


def find_photos(folders: tuple[str, ...]) -> tuple[Path, ...]:
    """Return the files in folders and the folders in them, by name: photos that subjects are put before.

    Raises
    ------
    OptionError
        A folder is not there or holds no file.
    """
    found: list[Path] = []
    for folder in folders:
        files = [file for file in Path(folder).rglob("*") if file.is_file() and not file.name.startswith(".")]
        if not files:
            raise OptionError(f"backgrounds {folder}", "holds no files", "Name a folder of photos.")
        found += sorted(files)
    return tuple(found)
