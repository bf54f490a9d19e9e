"""Frames through FFmpeg's encoders into a container."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import cv2

from ...depth import eight_bits
from ...types import Pixels
from ..formats import ticks_of
from ..planes import frame_of
from .bleed import bled
from .mux import Mux, written_size
from .palette import Palette, alone
from .plan import Plan, written_colour


class FilmSink:
    """Encodes frames and muxes them with the plan's sound."""

    def __init__(self, part: Path, plan: Plan) -> None:
        self.plan = plan
        self.tick = Fraction(1, ticks_of(plan.form, plan.rate))
        self.colour = written_colour(plan)
        is_gif = plan.form.name == "gif"
        self.palette = Palette(plan.width, plan.height, self.tick) if is_gif else None
        with as_system():
            self.mux = Mux(part, plan)

    def write(self, tick: int, pixels: Pixels) -> None:
        """Encode a frame; what comes out is written."""
        form = self.plan.form
        # Rounded here: FFmpeg's scaler would dither.
        pixels = eight_bits(pixels) if form.bits == 8 else pixels
        if form.limited and pixels.shape[2] == 4:
            pixels = bled(pixels)
        width, height = written_size(self.plan)
        if (height, width) != pixels.shape[:2]:
            more = (height - pixels.shape[0], width - pixels.shape[1])
            pixels = cv2.copyMakeBorder(pixels, 0, more[0], 0, more[1], cv2.BORDER_REPLICATE)
        stream = self.mux.stream
        frame = frame_of(pixels, "rgba" if self.palette else stream.codec_context.pix_fmt or "", self.colour)
        frame.pts, frame.time_base = tick, self.tick
        with as_system():
            self._encode(frame)

    def _encode(self, frame: av.VideoFrame | None) -> None:
        stream = self.mux.stream
        frames = [frame] if self.palette is None else self.palette.paint(frame)
        for ready in frames:
            for packet in stream.encode(ready):
                self.mux.put(alone(packet) if self.palette else packet)
        if frame is None and self.palette is not None:
            for packet in stream.encode(None):
                self.mux.put(alone(packet))

    def close(self, end: Fraction, whole: bool) -> tuple[str, ...]:
        """Take out what is left in the encoder and end the file."""
        with as_system():
            # Without a frame the encoder was never opened, and has nothing to give.
            if self.mux.stream.codec_context.is_open:
                self._encode(None)
            return self.mux.close(end, whole)


@contextmanager
def as_system() -> Iterator[None]:
    """Raise what FFmpeg says as the system would say it."""
    try:
        yield
    except av.error.FFmpegError as error:
        raise OSError(error.errno or 0, error.strerror or str(error)) from error
