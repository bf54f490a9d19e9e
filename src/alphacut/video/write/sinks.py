"""What frames go into that is no film: pictures, an animated WebP, raw bytes."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np

from ...depth import eight_bits
from ...encode import encode
from ...types import Picture, Pixels, depth_of
from ..formats import is_pattern
from ..read.sequences import split_pattern
from ..webp import WebpFile
from .plan import Plan

_FOLDER_PATTERN = "%06d"


class Sink(Protocol):
    """What the frames of one kind of file go into."""

    def write(self, tick: int, pixels: Pixels) -> None:
        """Add a frame, shown from `tick` on."""

    def close(self, end: Fraction, whole: bool) -> tuple[str, ...]:
        """End the file; the last frame is shown until `end` seconds. Return what there is to say."""


class PicturesSink:
    """A picture for each frame, numbered as the frames are, in a folder that `part` names for the time being."""

    def __init__(self, part: Path, target: str, plan: Plan) -> None:
        self.part, self.target, self.plan = part, target, plan
        self.number = plan.first
        part.mkdir()

    def write(self, tick: int, pixels: Pixels) -> None:
        """Write the next picture."""
        form = self.plan.form
        data = encode(
            Picture(pixels if form.bits > 8 else eight_bits(pixels)), form.suffix, quality=self.plan.quality
        )
        (self.part / picture_name(self.target, form.suffix, self.number)).write_bytes(data)
        self.number += 1

    def close(self, end: Fraction, whole: bool) -> tuple[str, ...]:
        """Do nothing: every picture is whole already."""
        return ()


def picture_name(target: str, suffix: str, number: int) -> str:
    """Return the file name of a sequence's picture: by the pattern, or with six digits in a folder."""
    pattern = Path(target).name if is_pattern(target) else f"{_FOLDER_PATTERN}.{suffix}"
    before, width, after = split_pattern(pattern)
    return f"{before}{number:0{width}d}{after}"


class WebpSink:
    """An animated WebP."""

    def __init__(self, part: Path, plan: Plan) -> None:
        self.stream = part.open("xb")
        self.file = WebpFile(self.stream, (plan.height, plan.width), plan.quality)

    def write(self, tick: int, pixels: Pixels) -> None:
        """Add a frame; ticks are milliseconds."""
        self.file.write(tick, pixels)

    def close(self, end: Fraction, whole: bool) -> tuple[str, ...]:
        """End the file."""
        self.file.close(round(end * 1000))
        self.stream.close()
        return ()


class RawSink:
    """RGBA of 8 bits, frame after frame, to a file, a pipe or a stream."""

    def __init__(self, target: str, part: Path | None, stream: BinaryIO | None) -> None:
        self.own = part is not None or (stream is None and target != "-")
        self.file: BinaryIO = (part or Path(target)).open("wb") if self.own else stream or sys.stdout.buffer

    def write(self, tick: int, pixels: Pixels) -> None:
        """Write the frame's bytes."""
        rgba = eight_bits(pixels)
        if rgba.shape[2] == 3:
            rgba = np.dstack([rgba, np.full(rgba.shape[:2], depth_of(rgba), rgba.dtype)])
        self.file.write(rgba.tobytes())
        # Whoever shows frames as they come waits for this one.
        self.file.flush()

    def close(self, end: Fraction, whole: bool) -> tuple[str, ...]:
        """Send what is left; standard output stays open, for it is not ours."""
        self.file.flush()
        if self.own:
            self.file.close()
        return ()
