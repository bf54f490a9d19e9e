"""What has no end to look at first: a camera, and raw frames from a pipe. Each is read once."""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray

from ...errors import InputError, OptionError
from ...types import Alpha, Pixels
from ..frame import Clip, Colour, Footage, Frame

_CAMERA = re.compile(r"camera:(\d+)|(/dev/video\d+)")
_RAW = re.compile(r"(\d+)x(\d+)(?:@(\d+(?:\.\d+)?|\d+/\d+))?(?::(\w+))?")
_LAYOUTS = {"rgb24": 3, "bgr24": 3, "rgba": 4, "gray": 1}
_USUAL_RATE = Fraction(25)

Size = tuple[int, int]
"""Width and height in pixels."""


def camera_of(text: str) -> int | str | None:
    """Return which camera a text names, ``camera:0`` or ``/dev/video0``; None if it names none."""
    match = _CAMERA.fullmatch(text)
    if match is None:
        return None
    return int(match[1]) if match[1] is not None else match[2]


def open_camera(camera: int | str, name: str, size: Size | None = None) -> Footage:
    """Look at a camera and return how to read it, for as long as it gives frames.

    Frames have the time at which they came.

    Parameters
    ----------
    camera : int or str
        What :func:`camera_of` gave.
    name : str
    size : (int, int), optional
        Width and height to ask it for; it gives the nearest that it has.

    Raises
    ------
    InputError
        There is no such camera, or another program has it.
    """
    device = _opened(camera, name, size)
    width, height = (int(device.get(what)) for what in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    # Drivers that do not know their rate say 0, or a million.
    said = device.get(cv2.CAP_PROP_FPS)
    device.release()
    rate = Fraction(said).limit_denominator(1001) if 1 <= said <= 1000 else _USUAL_RATE
    clip = Clip(name, width, height, rate, None, None, Colour(matrix=0), 8, sound=False)

    def frames(start: int = 0) -> Iterator[Frame]:
        return _live(functools.partial(_opened, camera, name, size), start)

    return Footage(clip, frames)


def _opened(camera: int | str, name: str, size: Size | None) -> cv2.VideoCapture:
    device = cv2.VideoCapture(camera)
    if size is not None:
        device.set(cv2.CAP_PROP_FRAME_WIDTH, size[0])
        device.set(cv2.CAP_PROP_FRAME_HEIGHT, size[1])
    if not device.isOpened():
        raise InputError(name, "there is no such camera, or another program has it", "Is it plugged in?")
    return device


def _live(opened: Callable[[], cv2.VideoCapture], start: int) -> Iterator[Frame]:
    device = opened()
    try:
        index, began = 0, None
        while True:
            good, pixels = device.read()
            if not good:
                return
            # The wall clock may jump; this one may not.
            now = Fraction(time.monotonic_ns(), 10**9)
            began = now if began is None else began
            if index >= start:
                yield Frame(index, now - began, cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), None)
            index += 1
    finally:
        device.release()


def open_raw(stream: BinaryIO, text: str, name: str = "standard input") -> Footage:
    """Return how to read raw frames, one after the other, from a pipe.

    Parameters
    ----------
    stream : BinaryIO
    text : str
        ``WIDTHxHEIGHT``, and if need be ``@RATE`` (25, 29.97, 30000/1001) and ``:LAYOUT`` (rgb24, bgr24, rgba or
        gray; rgb24 without it), as in ``640x360@25:rgba``.
    name : str

    Raises
    ------
    OptionError
        `text` is not of that form.
    """
    match = _RAW.fullmatch(text)
    layout = (match[4] or "rgb24") if match else ""
    if (
        match is None
        or layout not in _LAYOUTS
        or "0" in (match[1].lstrip("0") or "0", match[2].lstrip("0") or "0")
    ):
        remedy = f"Say it as in 640x360@25:rgba; layouts are {', '.join(_LAYOUTS)}."
        raise OptionError("option 'raw'", f"cannot be {text!r}", remedy)
    rate = Fraction(match[3]) if match[3] else _USUAL_RATE
    if not rate:
        raise OptionError(
            "option 'raw'", f"cannot be {text!r}: no frame a second", "Say it as in 640x360@25."
        )
    shape = (int(match[2]), int(match[1]), _LAYOUTS[layout])
    clip = Clip(name, shape[1], shape[0], rate, None, None, Colour(matrix=0), 8, sound=False)
    problems: list[str] = []

    def frames(start: int = 0) -> Iterator[Frame]:
        size, index = int(np.prod(shape)), 0
        while len(data := stream.read(size)) == size:
            if index >= start:
                yield Frame(
                    index, index / rate, *_unpacked(np.frombuffer(data, np.uint8).reshape(shape), layout)
                )
            index += 1
        if data:
            problems.append(f"ends in the middle of frame {index}, which is left out")

    return Footage(clip, frames, problems)


def _unpacked(pixels: NDArray[np.uint8], layout: str) -> tuple[Pixels, Alpha | None]:
    if layout == "gray":
        return np.repeat(pixels, 3, axis=2), None
    if layout == "bgr24":
        return np.ascontiguousarray(pixels[..., ::-1]), None
    alpha = pixels[..., 3].astype(np.float32) / np.float32(255) if layout == "rgba" else None
    return pixels[..., :3].copy(), alpha
