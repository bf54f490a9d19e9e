"""Clips with truth: a folder with frames/ and masks/ or alpha/, or a folder of such folders."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ..decode import decode
from ..depth import eight_bits
from ..errors import InputError, OptionError
from ..types import Alpha, Pixels
from .sets import TRUTHS, check_size, files_by_name, read_grey

FRAMES = "frames"


@dataclass(frozen=True, slots=True)
class Still:
    """One frame of a clip, on the disk.

    Attributes
    ----------
    name : str
        Its file name without the suffix.
    image : Path
    truth : Path or None
        None where masks/ or alpha/ has none of that name: the frame is part of the clip all the same.
    """

    name: str
    image: Path
    truth: Path | None


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip's name, that of its folder, and its frames in the order in which they are shown."""

    name: str
    stills: tuple[Still, ...]


def find_clips(folder: Path, limit: int | None = None) -> list[Clip]:
    """Return the clips of a folder by name, the first `limit` frames of each; none if it is no folder of clips.

    A folder with images/ is a set of photos, whatever else is in it. Frames are in the order of their names, with
    numbers read as numbers: ``frame9`` comes before ``frame10``.

    Raises
    ------
    OptionError
        frames/ is empty, has neither masks/ nor alpha/ beside it, none of its frames has a truth there, or two
        files have one name.
    """
    if not folder.is_dir() or (folder / "images").is_dir():
        return []
    if (folder / FRAMES).is_dir():
        return [_read_clip(folder, limit)]
    return [_read_clip(path, limit) for path in sorted(folder.iterdir()) if (path / FRAMES).is_dir()]


def read_frame(still: Still) -> Pixels:
    """Return a frame's pixels: uint8 H×W×3 RGB, upright.

    Raises
    ------
    InputError
        It cannot be read.
    """
    return eight_bits(decode(still.image).pixels)


def read_still_truth(still: Still, shape: tuple[int, ...]) -> Alpha:
    """Return what is true of a frame of `shape` (H×W): float32 in [0, 1], no stretch.

    Raises
    ------
    InputError
        There is no truth, it cannot be read, or its size is not the frame's.
    """
    if still.truth is None:
        name = f"{still.image.parents[1].name}/{still.name}"
        raise InputError(name, "has no truth in masks/ or alpha/", "Add it, or leave the frame out.")
    truth = read_grey(still.truth)
    check_size(str(still.image), shape, truth)
    return truth


def _read_clip(folder: Path, limit: int | None) -> Clip:
    images = files_by_name(folder / FRAMES)
    names = sorted(images, key=_numbers_as_numbers)[:limit]
    truth_folder = next((folder / name for name in TRUTHS if (folder / name).is_dir()), None)
    truths = files_by_name(truth_folder) if truth_folder else {}
    if truth_folder is None or not any(name in truths for name in names):
        raise OptionError(
            f"clip {folder}",
            "needs frames in frames/ and their truth in masks/ or alpha/",
            "A truth has its frame's name; its suffix may differ.",
        )
    stills = (Still(name, images[name], truths.get(name)) for name in names)
    return Clip(folder.resolve().name, tuple(stills))


def _numbers_as_numbers(name: str) -> tuple[list[str | int], str]:
    parts = re.split(r"(\d+)", name)  # words and numbers take turns, so that like is compared with like
    return [int(part) if k % 2 else part for k, part in enumerate(parts)], name
