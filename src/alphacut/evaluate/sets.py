"""A set: a folder with images/ and the truth in masks/ or alpha/, matched by the names before the suffix."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from ..decode import decode
from ..errors import BrokenImage, InputError, NotAnImage, OptionError
from ..types import Alpha, Pixels

TRUTHS = ("alpha", "masks")


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
    images = _by_name(folder / "images")
    truth_folder = next((folder / name for name in TRUTHS if (folder / name).is_dir()), None)
    if not images or truth_folder is None:
        raise OptionError(
            f"set {folder}",
            "needs photos in images/ and their truth in masks/ or alpha/",
            "Name such a folder.",
        )
    truths, trimaps, colours = (
        _by_name(f) for f in (truth_folder, folder / "trimaps", folder / "foreground")
    )
    missing = [path.name for name, path in images.items() if name not in truths]
    if missing:
        raise OptionError(
            f"set {folder}",
            f"{len(missing)} of {len(images)} photos have no truth in {truth_folder.name}/, first {missing[0]}",
            "A truth has its photo's name; its suffix may differ.",
        )
    names = sorted(images)[:limit]
    return [Item(n, images[n], truths[n], trimaps.get(n), colours.get(n)) for n in names]


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
        It cannot be read, has transparency, or holds only 0 and 1 where it could hold 255.
    """
    try:
        with Image.open(path) as image:
            if image.mode.startswith("I"):
                values = np.asarray(image).astype(np.float32) / np.float32(65535)
            elif image.mode in ("RGBA", "LA", "PA"):
                raise InputError(str(path), "has an alpha channel", "Write the truth as a grey picture.")
            else:
                values = np.asarray(image.convert("L")).astype(np.float32) / np.float32(255)
    except UnidentifiedImageError as error:
        raise NotAnImage(str(path), "is not a picture", "Write the truth as PNG.") from error
    except (OSError, SyntaxError) as error:
        raise BrokenImage(str(path), f"cannot be read: {error}", "Copy or export it again.") from error
    high = float(values.max())
    if 0 < high < 1.5 / 255:
        raise InputError(str(path), "holds 0 and 1 where white is 255", "Multiply it by 255.")
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


def _by_name(folder: Path) -> dict[str, Path]:
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
