"""Pictures as a clip, one file a frame: a folder, or a pattern such as ``shots/%04d.png``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from ...batch.plan import SUFFIXES
from ...decode import decode
from ...depth import at_depth
from ...errors import InputError, NotFoundInput, OptionError
from ...types import Photo
from ..frame import Clip, Colour, Footage, Frame
from .bridge import LOST

_USUAL_RATE = Fraction(25)
_NUMBER = re.compile(r"%(?:0(\d+))?d")


def open_sequence(source: str, rate: Fraction | None = None, deep: bool = False) -> Footage:
    """Look at the first picture and return how to read all.

    They are upright, in the order of the numbers in their names. A picture that cannot be read is bridged with the one
    before it.

    Parameters
    ----------
    source : str
        A folder, or a pattern.
    rate : Fraction, optional
        Frames a second; 25 without it.
    deep : bool
        Pictures of 16 bits as uint16.

    Raises
    ------
    NotFoundInput
        No picture there.
    InputError
        The first cannot be read.
    """
    files = listed(source)
    if not files:
        raise NotFoundInput(
            source, "there are no pictures there", "Name a folder of pictures, or shots/%04d.png."
        )
    first = decode(files[0])
    rate = rate or _USUAL_RATE
    bits = 8 * first.pixels.itemsize
    clip = Clip(
        name=source,
        width=first.shape[1],
        height=first.shape[0],
        rate=rate,
        count=len(files),
        seconds=len(files) / rate,
        colour=Colour(matrix=0),
        bits=bits,
        sound=False,
        notes=_gaps(source, files),
    )

    def frames(start: int = 0) -> Iterator[Frame]:
        return _read(files, clip, 16 if deep and bits > 8 else 8, start)

    return Footage(clip, frames)


def _read(files: list[Path], clip: Clip, bits: int, start: int) -> Iterator[Frame]:
    before: Photo | None = None
    # One more than asked for: a broken first picture needs the one before it.
    for index in range(max(0, start - 1), len(files)):
        photo, problem = _picture(files[index], clip)
        if photo is None and before is None:
            before = _last_good(files, clip, index)
        shown = photo or before
        if shown is None:
            raise InputError(str(files[index]), problem, "It is the first picture: take it out.")
        if index >= start:
            said = "" if photo is not None else f"{LOST} ({problem})"
            yield Frame(index, index / clip.rate, at_depth(shown.pixels, bits), shown.source_alpha, said)
        before = shown


def _last_good(files: list[Path], clip: Clip, index: int) -> Photo | None:
    tries = (_picture(path, clip)[0] for path in reversed(files[:index]))
    return next((photo for photo in tries if photo is not None), None)


def _picture(path: Path, clip: Clip) -> tuple[Photo | None, str]:
    try:
        photo = decode(path)
    except InputError as error:
        return None, f"{path.name}: {error.problem}"
    height, width = photo.shape
    if (width, height) != (clip.width, clip.height):
        return None, f"{path.name}: has {width}×{height} pixels, and the first has {clip.width}×{clip.height}"
    return photo, ""


def listed(source: str) -> list[Path]:
    """Return the pictures of a folder or a pattern, in their order."""
    path = Path(source)
    if path.is_dir():
        files = (file for file in path.iterdir() if file.suffix.lower() in SUFFIXES and file.is_file())
        return sorted(
            (file for file in files if not file.name.startswith(".")), key=lambda file: _order(file.name)
        )
    numbered = _numbered(path)
    return [numbered[number] for number in sorted(numbered)]


def _numbered(path: Path) -> dict[int, Path]:
    before, width, after = split_pattern(path.name)
    if not path.parent.is_dir():
        return {}
    shape = re.compile(re.escape(before) + (rf"(\d{{{width},}})" if width else r"(\d+)") + re.escape(after))
    found = ((shape.fullmatch(file.name), file) for file in path.parent.iterdir())
    return {int(match[1]): file for match, file in found if match}


def split_pattern(name: str) -> tuple[str, int, str]:
    """Return what is before a pattern's number, its least number of digits and what is after it.

    Raises
    ------
    OptionError
        There is not exactly one number in it.
    """
    found = list(_NUMBER.finditer(name))
    if len(found) != 1 or "%" in name.replace(found[0][0], ""):
        raise OptionError(name, "is no pattern of numbered pictures", "Write one %d or %04d, as in %04d.png.")
    return name[: found[0].start()], int(found[0][1] or 0), name[found[0].end() :]


def _order(name: str) -> tuple[tuple[int, str], ...]:
    parts = re.split(r"(\d+)", name)
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in parts)


def _gaps(source: str, files: list[Path]) -> tuple[str, ...]:
    if Path(source).is_dir():
        return ()
    numbers = sorted(_numbered(Path(source)))
    missing = numbers[-1] - numbers[0] + 1 - len(numbers)
    return (f"{missing} numbers are missing between the first and the last picture",) if missing else ()
