"""One way in for every kind of clip."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

from ...errors import NotFoundInput, OptionError
from ..formats import STREAM, is_pattern
from ..frame import Footage
from ..opening import check_installed
from ..webp import is_webp, open_webp
from .devices import Size, camera_of, open_camera, open_raw
from .films import open_film
from .sequences import open_sequence

__all__ = ["Footage", "Reading", "open_clip"]


@dataclass(frozen=True, slots=True)
class Reading:
    """How a clip is to be read.

    Attributes
    ----------
    deep : bool
        Frames as uint16, where the source has more than 8 bits a channel.
    max_pixels : int or None
        Largest frame that is decoded; the options' default without it.
    rate : Fraction or None
        Frames a second of a sequence of pictures; 25 without it.
    raw : str or None
        What raw frames on standard input look like; see :func:`alphacut.video.read.devices.open_raw`.
    stream : BinaryIO or None
        Where raw frames come from; standard input without it.
    size : (int, int) or None
        Width and height that a camera is asked for; its own without it.
    """

    deep: bool = False
    max_pixels: int | None = None
    rate: Fraction | None = None
    raw: str | None = None
    stream: BinaryIO | None = None
    size: Size | None = None


def open_clip(source: str | os.PathLike[str], reading: Reading | None = None) -> Footage:
    """Look at a clip and return how to read it; nothing stays open.

    Parameters
    ----------
    source : path or text
        A film, GIF, APNG or animated WebP; a folder or a pattern of pictures (``shots/%04d.png``); an address
        that FFmpeg knows (``rtsp://``…); ``camera:0`` or ``/dev/video0``; ``-`` with `reading.raw`.
    reading : Reading, optional

    Raises
    ------
    NotFoundInput
        It is not there.
    InputError
        Nothing reads it; there is only sound in it.
    TooLarge
        A film's frames have more than `reading.max_pixels`.
    OptionError
        ``-`` without what raw frames look like; PyAV is not installed; a size of what is no camera.
    """
    reading, text = reading or Reading(), os.fspath(source)
    if reading.size is not None and camera_of(text) is None:
        remedy = "Leave it out; --canvas makes the result larger or smaller."
        raise OptionError("option 'size'", f"is for cameras, and {text!r} has its own", remedy)
    if text == STREAM or reading.raw is not None:
        return _piped(text, reading)
    camera = camera_of(text)
    if camera is not None:
        _refuse_rate(text, reading)
        return open_camera(camera, text, reading.size)
    path = Path(text)
    if "://" not in text:
        if path.is_dir() or (is_pattern(text) and not path.exists()):
            return open_sequence(text, reading.rate, reading.deep)
        _refuse_rate(text, reading)
        if not path.exists():
            raise NotFoundInput(text, "there is no such file", "Check the path.")
        if path.is_file() and is_webp(path):
            return open_webp(path)
    check_installed()
    return open_film(text, reading.deep, reading.max_pixels)


def _refuse_rate(text: str, reading: Reading) -> None:
    if reading.rate is not None:
        raise OptionError(
            "option 'rate'", f"is for pictures, and {text!r} has its own times", "Leave it out."
        )


def _piped(text: str, reading: Reading) -> Footage:
    if text != STREAM:
        raise OptionError(
            "option 'raw'", f"is for standard input, and the input is {text!r}", "Give - as input."
        )
    if reading.raw is None:
        remedy = "Say it with --raw, as in --raw 640x360@25; a film is given as a file."
        raise OptionError("standard input", "does not say what its frames look like", remedy)
    return open_raw(reading.stream or sys.stdin.buffer, reading.raw)
