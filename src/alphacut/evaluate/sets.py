"""A set: a folder with images/ and the truth in masks/ or alpha/, matched by the names before the suffix."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from ..decode import decode
from ..errors import BrokenImage, InputError, NotAnImage, OptionError
from ..types import Alpha, Pixels

TRUTHS = ("alpha", "masks")

# What Pillow lets through on damaged files.
_DECODER_ERRORS = (
    *(OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error),
    Image.DecompressionBombError,
)


@dataclass(frozen=True, slots=True)
class Item:
    """One photo of a set and the files that belong to it.

    Attributes
    ----------
    name : str
        The photo's file name without its suffix.
    image, truth : Path
    trimap, foreground : Path or None
        Where there is one in trimaps/ or foreground/.
    """

    name: str
    image: Path
    truth: Path
    trimap: Path | None = None
    foreground: Path | None = None


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of one photo.

    Attributes
    ----------
    alpha : Alpha
        float32 H×W in [0, 1].
    unknown : ndarray of bool or None
        H×W; the trimap's unknown band.
    foreground : ndarray or None
        H×W×3 straight colours.
    """

    alpha: Alpha
    unknown: NDArray[np.bool_] | None = None
    foreground: Pixels | None = None


def read_set(folder: Path, limit: int | None = None) -> list[Item]:
    """Return the photos of a set by name, the first `limit` of them.

    Files of masks/ or alpha/ that belong to no photo are left aside.

    Raises
    ------
    OptionError
        No images/, neither masks/ nor alpha/, no photo, two files of one name, or a photo without a truth.
    """
    items, unusable = find_items(folder)
    if unusable:
        raise OptionError(
            f"set {folder}",
            f"{len(unusable)} of {len(items) + len(unusable)} photos cannot be used: {unusable[0]}",
            "A truth has its photo's name; its suffix may differ.",
        )
    return items[:limit]


def find_items(folder: Path) -> tuple[list[Item], list[str]]:
    """Return the photos of a set by name, and a sentence for each that has no truth.

    Raises
    ------
    OptionError
        No images/, neither masks/ nor alpha/, no photo, or two files of one name.
    """
    images = files_by_name(folder / "images")
    truth_folder = next((folder / name for name in TRUTHS if (folder / name).is_dir()), None)
    if not images or truth_folder is None:
        raise OptionError(
            f"set {folder}",
            "needs photos in images/ and their truth in masks/ or alpha/",
            "Name such a folder.",
        )
    truths, trimaps, colours = (
        files_by_name(f) for f in (truth_folder, folder / "trimaps", folder / "foreground")
    )
    unusable = [
        f"{images[name].name} has no truth in {truth_folder.name}/"
        for name in sorted(images)
        if name not in truths
    ]
    names = [name for name in sorted(images) if name in truths]
    return [Item(n, images[n], truths[n], trimaps.get(n), colours.get(n)) for n in names], unusable


def read_truth(item: Item) -> Truth:
    """Read what is true of one photo.

    Raises
    ------
    InputError
        A file cannot be read, its values do not span the range of its type, or its size is not the truth's.
    """
    alpha = read_grey(item.truth)
    unknown = foreground = None
    if item.trimap:
        trimap = read_grey(item.trimap)
        unknown = (trimap > 0) & (trimap < 1)
        check_size(item.trimap.name, unknown.shape, alpha)
    if item.foreground:
        foreground = decode(item.foreground).pixels
        check_size(item.foreground.name, foreground.shape[:2], alpha)
    return Truth(alpha, unknown, foreground)


def read_grey(path: Path) -> Alpha:
    """Read a grey picture of 1, 8 or 16 bits as float32 in [0, 1]: the type's full range, no stretch.

    Raises
    ------
    InputError
        It cannot be read, has transparency or more than 16 bits, or holds only 0 and 1 where it could hold 255.
    """
    return grey_of(read_bytes(path), str(path))


def read_bytes(path: Path, start: int = 0, size: int | None = None) -> bytes:
    """Return a file's bytes, or `size` of them from `start` on; raises BrokenImage where they cannot be read."""
    try:
        with path.open("rb") as file:
            file.seek(start)
            return file.read(-1 if size is None else size)
    except OSError as error:
        raise BrokenImage(str(path), f"cannot be read: {error}", "Copy or export it again.") from error


def grey_of(data: bytes, name: str) -> Alpha:
    """Read a grey picture's bytes as :func:`read_grey` does, turned upright by its own EXIF tag as photos are."""
    try:
        with Image.open(io.BytesIO(data)) as opened:
            image = ImageOps.exif_transpose(opened)
            if image.mode.startswith("I"):
                values = np.asarray(image).astype(np.float32) / np.float32(65535)
            elif image.mode in ("RGBA", "LA", "PA"):
                raise InputError(name, "has an alpha channel", "Write the truth as a grey picture.")
            else:
                values = np.asarray(image.convert("L")).astype(np.float32) / np.float32(255)
    except UnidentifiedImageError as error:
        raise NotAnImage(name, "is not a picture", "Write the truth as PNG.") from error
    except _DECODER_ERRORS as error:
        raise BrokenImage(name, f"cannot be read: {error}", "Copy or export it again.") from error
    high = float(values.max())
    if 0 < high < 1.5 / 255:
        raise InputError(name, "holds 0 and 1 where white is 255", "Multiply it by 255.")
    if high > 1:
        raise InputError(name, "holds more than 16 bits a pixel", "Write the truth with 8 or 16 bits.")
    return values


def check_size(name: str, shape: tuple[int, ...], truth: Alpha) -> None:
    """Refuse to compare pictures of different sizes.

    Raises
    ------
    InputError
        The sizes differ.
    """
    if shape != truth.shape:
        ours, true = (f"{s[1]}×{s[0]}" for s in (shape, truth.shape))
        raise InputError(name, f"is {ours} upright, its truth is {true}", "Make them of one size.")


def files_by_name(folder: Path) -> dict[str, Path]:
    """Return a folder's files by their names before the suffix, sorted; nothing where there is no folder.

    Raises
    ------
    OptionError
        Two files have one name.
    """
    found: dict[str, Path] = {}
    paths = sorted(folder.iterdir()) if folder.is_dir() else []
    for path in (p for p in paths if p.is_file() and not p.name.startswith(".")):
        if path.stem in found:
            raise OptionError(
                f"set {folder.parent}",
                f"{path.name} and {found[path.stem].name} have one name",
                "Rename one.",
            )
        found[path.stem] = path
    return found
