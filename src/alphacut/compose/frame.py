"""The frame around a subject: canvas, margin, share and position asked for → where it goes."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import OptionError
from ..infer.geometry import Size
from ..options import unknown_name
from ..types import Alpha, check_alpha
from .lengths import Margin, parse_aspect, parse_canvas, parse_margin, read_position
from .placement import Placement
from .subject import Box, Region, find_subject

MOST_PIXELS = 250_000_000
"""The largest canvas: four float planes of it are 4 GB."""

ENLARGE = 2.0
"""How often a subject is enlarged at most unless asked: at twice its size a sharp photo is a soft one."""

TOGETHER = 0.9
"""Share of a side that a subject and its shadow fill at most, where a scale is asked for."""

REACH = 4
"""Pixels of the photo beyond the canvas that resizing still looks at."""

WORDS = ("crop", "margin", "aspect", "canvas", "scale", "position", "enlarge", "least")
"""The names under which a frame is asked for."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What is asked for. Without any of it the photo stays as it is.

    Attributes
    ----------
    crop : bool
        Whether the subject is framed, or the whole photo.
    margin : Margin
        Kept free around it, at least.
    aspect : float or None
        Width over height of the canvas; without a canvas, it grows until it has it.
    canvas : (int, int) or None
        Height and width in pixels; None takes what subject and margin need.
    longest : int or None
        Only the canvas' longest side, instead of `canvas`.
    scale : float or None
        Share of the canvas, in [0.001, 1], that the subject fills at most: of the width or the height, whichever
        it fills more of. None fills what the margin leaves.
    position : (float, float)
        Which share of the room left over is left of and above the subject.
    enlarge : float
        The subject is never enlarged more than this, and stays smaller than asked for instead.
    least : int or None
        With it, the canvas keeps its shape and shrinks before a subject is enlarged more than `enlarge` times,
        down to this longest side; there the subject is enlarged as much as it takes.

    Raises
    ------
    OptionError
        A value that no frame can have; two that contradict each other.
    """

    crop: bool = False
    margin: Margin = field(default_factory=Margin)
    aspect: float | None = None
    canvas: Size | None = None
    longest: int | None = None
    scale: float | None = None
    position: tuple[float, float] = (0.5, 0.5)
    enlarge: float = ENLARGE
    least: int | None = None

    def __post_init__(self) -> None:
        for name, value, most in (("scale", self.scale, 1.0), ("enlarge", self.enlarge, 64.0)):
            if value is not None and not 0.001 <= value <= most:
                remedy = f"Expected a number between 0.001 and {most:g}."
                raise OptionError(f"option {name!r}", f"cannot be {value!r}", remedy)
        top, right, bottom, left = self.margin.share
        if top + bottom >= 1 or left + right >= 1:
            raise OptionError(
                "option 'margin'", "leaves no room: 100 % of a side or more", "Make it smaller."
            )
        if self.canvas and self.aspect and not _has_aspect(self.canvas, self.aspect):
            said = f"{self.canvas[1]}×{self.canvas[0]} contradicts the aspect {self.aspect:g}"
            raise OptionError("option 'canvas'", said, "Leave out one of the two, or give the longest side.")


def frame_of(words: Mapping[str, Any]) -> Frame | None:
    """Return the frame that options or a preset's table ask for; None where they ask for none.

    Parameters
    ----------
    words : mapping
        Some of :data:`WORDS`, None for what is not asked: `crop` (bool), `margin`, `aspect`, `canvas` and
        `position` as text, `scale`, `enlarge` and `least` as numbers. Margin, scale and position speak of the subject,
        so any of them means `crop` too.

    Raises
    ------
    OptionError
        An unknown name, or a value that cannot be.
    """
    for name in words:
        if name not in WORDS:
            raise unknown_name("frame option", name, WORDS)
    said = {name: value for name, value in words.items() if value is not None and value is not False}
    if not set(said) - {"enlarge", "least"}:
        return None
    about_subject = bool({"crop", "margin", "scale", "position"} & set(said))
    readers = {
        "margin": parse_margin,
        "aspect": parse_aspect,
        "canvas": parse_canvas,
        "position": read_position,
    }
    read: dict[str, Any] = {name: readers.get(name, lambda v: v)(value) for name, value in said.items()}
    if isinstance(read.get("canvas"), int):
        read["longest"] = read.pop("canvas")
    return dataclasses.replace(Frame(), **(read | {"crop": about_subject}))


def place(
    alpha: Alpha, frame: Frame, name: str = "photo", room: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> Placement:
    """Return where the subject goes.

    Parameters
    ----------
    alpha : Alpha
        H×W.
    frame : Frame
    name : str
        What to call the photo in messages.
    room : (int, int, int, int)
        Pixels of the photo above, right of, below and left of the subject that its shadow takes. Subject and shadow
        together keep the margin and fill at most :data:`TOGETHER` of a side, or the scale if that is more; the
        subject is smaller or moved for it.

    Raises
    ------
    InputError
        There is no subject to crop to.
    OptionError
        The frame is impossible: a margin larger than the canvas, a canvas too large.
    """
    check_alpha(alpha)
    height, width = alpha.shape
    region = find_subject(alpha, name) if frame.crop else _whole(height, width)
    down, across = _axes(region.box, frame, room)
    canvas, wanted = _canvas(down, across, frame)
    _check_canvas(canvas, wanted)
    if frame.least and wanted > frame.enlarge:
        canvas = _shrunk(canvas, frame.enlarge / wanted, frame.least)
        wanted = scale = min(down.factor(canvas[0]), across.factor(canvas[1]))
    else:
        scale = min(wanted, frame.enlarge)
    start = down.start(canvas[0], scale, frame.position[1]), across.start(canvas[1], scale, frame.position[0])
    window = left, top, right, bottom = _visible(region, canvas, start, scale)
    content = max(1, round((bottom - top) * scale)), max(1, round((right - left) * scale))
    offset = (
        round(start[0] - (region.box[1] - top) * scale),
        round(start[1] - (region.box[0] - left) * scale),
    )
    return Placement((height, width), canvas, window, content, offset, scale < wanted)


@dataclass(frozen=True, slots=True)
class _Axis:
    """One direction: the subject's side, the margins before and behind it, the share it may fill, its shadow's room."""

    side: int
    pixels: tuple[float, float]
    share: tuple[float, float]
    fill: float
    room: tuple[int, int] = (0, 0)

    @property
    def whole(self) -> int:
        """The side of the subject with its shadow."""
        return self.side + sum(self.room)

    @property
    def most(self) -> float:
        """The share that both together may fill."""
        return max(self.fill, TOGETHER) if any(self.room) else 1.0

    def factor(self, outer: float) -> float:
        """Return how much the subject is scaled on a canvas of this side."""
        inner = outer * (1 - sum(self.share)) - sum(self.pixels)
        return min(inner / self.whole, outer * self.fill / self.side, outer * self.most / self.whole)

    def outer(self, factor: float) -> float:
        """Return the least side of a canvas for a subject scaled so much."""
        scaled, whole = self.side * factor, self.whole * factor
        least = (whole + sum(self.pixels)) / (1 - sum(self.share))
        return max(least, scaled / self.fill, whole / self.most)

    def start(self, outer: float, factor: float, position: float) -> float:
        """Return where the subject begins."""
        before, behind = (p + s * outer for p, s in zip(self.pixels, self.share, strict=True))
        start = before + position * (outer - before - behind - self.side * factor)
        if not any(self.room):
            return start
        free = outer * (1 - self.most) / 2
        last = outer - max(behind, free) - (self.side + self.room[1]) * factor
        return max(min(start, last), max(before, free) + self.room[0] * factor)


def _axes(box: Box, frame: Frame, room: tuple[int, int, int, int]) -> tuple[_Axis, _Axis]:
    left, top, right, bottom = box
    pixels, share, fill = frame.margin.pixels, frame.margin.share, frame.scale or 1.0
    down = _Axis(bottom - top, (pixels[0], pixels[2]), (share[0], share[2]), fill, (room[0], room[2]))
    across = _Axis(right - left, (pixels[3], pixels[1]), (share[3], share[1]), fill, (room[3], room[1]))
    return down, across


def _canvas(down: _Axis, across: _Axis, frame: Frame) -> tuple[Size, float]:
    """Return the canvas and how much the subject is scaled on it."""
    canvas = frame.canvas
    if frame.longest and frame.aspect:
        canvas = _of_longest(frame.longest, frame.aspect)
    if canvas:
        return canvas, min(down.factor(canvas[0]), across.factor(canvas[1]))
    factor = 1.0
    if frame.longest:
        factor = min(down.factor(frame.longest), across.factor(frame.longest))
    height, width = down.outer(factor), across.outer(factor)
    if frame.aspect:
        width, height = max(width, height * frame.aspect), max(height, width / frame.aspect)
    return (max(1, round(height)), max(1, round(width))), factor


def _check_canvas(canvas: Size, factor: float) -> None:
    if factor <= 0:
        remedy = "Make it smaller, or the canvas larger."
        raise OptionError("option 'margin'", f"leaves no room on {canvas[1]}×{canvas[0]} pixels", remedy)
    if canvas[0] * canvas[1] > MOST_PIXELS:
        said = (
            f"would be {canvas[1]}×{canvas[0]} pixels, and at most {MOST_PIXELS // 10**6} megapixels are made"
        )
        raise OptionError("option 'canvas'", said, "Give a smaller canvas, or a smaller margin.")


def _visible(region: Region, canvas: Size, start: tuple[float, float], scale: float) -> Box:
    """Return the part of the window that the canvas shows, so that nothing is resized only to be cut."""
    left, top = region.box[0] - start[1] / scale, region.box[1] - start[0] / scale
    right, bottom = left + canvas[1] / scale, top + canvas[0] / scale
    window = region.window
    return (
        max(window[0], math.floor(left) - REACH),
        max(window[1], math.floor(top) - REACH),
        min(window[2], math.ceil(right) + REACH),
        min(window[3], math.ceil(bottom) + REACH),
    )


def _shrunk(canvas: Size, share: float, least: int) -> Size:
    """Return the canvas made smaller to that share, but its longest side not below `least`."""
    share = max(share, min(1.0, least / max(canvas)))
    return max(1, round(canvas[0] * share)), max(1, round(canvas[1] * share))


def _of_longest(longest: int, aspect: float) -> Size:
    height, width = (longest / aspect, longest) if aspect >= 1 else (longest, longest * aspect)
    return max(1, round(height)), max(1, round(width))


def _has_aspect(canvas: Size, aspect: float) -> bool:
    return abs(canvas[1] - canvas[0] * aspect) <= 1 or abs(canvas[0] - canvas[1] / aspect) <= 1


def _whole(height: int, width: int) -> Region:
    box = (0, 0, width, height)
    return Region(box, box)
