"""What flows through the video room: a frame, what is known of its clip, and what reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from ..types import Alpha, Pixels


@dataclass(frozen=True, slots=True)
class Colour:
    """What a file says about its colours, in the numbers of ITU-T H.273, which are FFmpeg's; None is unsaid.

    Attributes
    ----------
    primaries, transfer, matrix : int or None
        1 is BT.709 in each; a transfer of 16 is PQ and 18 is HLG; a matrix of 0 is RGB.
    range : int or None
        1 is limited (16 to 235), 2 is full.
    """

    primaries: int | None = None
    transfer: int | None = None
    matrix: int | None = None
    range: int | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame, upright.

    Attributes
    ----------
    index : int
        From 0, in the order shown.
    time : Fraction
        Seconds since the first frame shown.
    pixels : ndarray
        H×W×3 RGB in full range, uint8; or uint16 of sources with more than 8 bits, where that was asked for.
    alpha : Alpha or None
        Transparency that the file had, H×W in [0, 1].
    problem : str
        Why this is the frame before it again: a damaged one was bridged.
    """

    index: int
    time: Fraction
    pixels: Pixels
    alpha: Alpha | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Clip:
    """What is known of a clip before it is read.

    Attributes
    ----------
    name : str
        What to call it in messages.
    width, height : int
        Of the upright frames, in pixels.
    rate : Fraction
        Mean frames a second.
    count : int or None
        Frames to expect, as the file says; a damaged file may have fewer.
    seconds : Fraction or None
        Length to expect.
    colour : Colour
    bits : int
        A channel, in the file.
    sound : bool
        Whether there is any.
    notes : tuple of str
        What is out of the ordinary and what is made of it: HDR, rotation, variable rate.
    pixel_aspect : Fraction
        Width of a pixel over its height, upright.
    """

    name: str
    width: int
    height: int
    rate: Fraction
    count: int | None
    seconds: Fraction | None
    colour: Colour
    bits: int
    sound: bool
    notes: tuple[str, ...] = ()
    pixel_aspect: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class Footage:
    """A clip that can be read, as often as its source allows.

    Attributes
    ----------
    clip : Clip
    frames : callable
        ``frames(start=0)`` yields the frames in order from number `start` on; it opens the source anew and
        closes it where the iterator ends or is closed. A camera and a pipe are read once.
    problems : list of str
        What went wrong while reading and belongs to no single frame, such as an early end; it grows.
    source : Path or None
        The file whose sound belongs to the frames.
    origin : Fraction
        Time of the first frame on that file's own clock, in seconds.
    """

    clip: Clip
    frames: Callable[..., Iterator[Frame]]
    problems: list[str] = field(default_factory=list)
    source: Path | None = None
    origin: Fraction = Fraction(0)
