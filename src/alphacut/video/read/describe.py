"""What a film says of itself, as a :class:`Clip`."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from ..frame import Clip
from ..opening import Opened
from ..planes import colour_of, matrix_for, turn_of

if TYPE_CHECKING:
    import av

_USUAL_RATE = Fraction(25)
_TRANSFERS = {16: "PQ", 18: "HLG"}


def rate_of(stream: av.VideoStream) -> Fraction:
    """Return a stream's mean frames a second."""
    return stream.average_rate or stream.guessed_rate or _USUAL_RATE


def describe(name: str, film: Opened, image: av.VideoFrame) -> Clip:
    """Return what is known of a film whose first frame is `image`."""
    stream = film.stream
    rate = rate_of(stream)
    seconds = _seconds(film)
    count = stream.frames or (None if seconds is None else max(1, round(seconds * rate)))
    aspect = stream.sample_aspect_ratio or Fraction(1)
    clip = Clip(
        name=Path(name).name,
        width=image.width,
        height=image.height,
        rate=rate,
        count=count,
        seconds=seconds,
        colour=colour_of(image),
        bits=max(part.bits for part in image.format.components),
        sound=bool(film.container.streams.audio),
        notes=film.notes,
        pixel_aspect=aspect,
    )
    notes = _notes(clip, film, image)
    # A quarter turn exchanges the sides, and a pixel's too.
    if turn_of(image)[0] == 0:
        clip = replace(clip, width=image.height, height=image.width, pixel_aspect=1 / aspect)
    return replace(clip, notes=clip.notes + notes)


def _seconds(film: Opened) -> Fraction | None:
    # Matroska says only how long all of it is.
    if film.stream.duration is not None and film.stream.time_base is not None:
        return film.stream.duration * film.stream.time_base
    length = film.container.duration
    return None if length is None else Fraction(length, 1_000_000)


def _notes(clip: Clip, film: Opened, image: av.VideoFrame) -> tuple[str, ...]:
    stream, turn = film.stream, turn_of(image)
    transfer = _TRANSFERS.get(clip.colour.transfer or 0)
    # The least step between frames against the mean one; a steady film's differ by a rounding only.
    steady = stream.base_rate is None or abs(clip.rate / stream.base_rate - 1) < Fraction(1, 50)
    coded = not (image.format.is_rgb or image.format.has_palette)
    matrix = "BT.709" if matrix_for(clip.colour, image.width, image.height) == 1 else "BT.601"
    said = {
        f"HDR ({transfer}): its colours stay as they are coded": transfer is not None,
        "turned upright, as it asks for": turn != (1, 0, 0, 1),
        "its frame rate varies: each frame keeps its time": not steady,
        f"does not say how its colours are coded: read as {matrix}, by its size": coded
        and clip.colour.matrix is None
        and len(image.format.components) >= 3,
        "interlaced: both fields are taken as one frame": image.interlaced_frame,
        f"its pixels are not square ({clip.pixel_aspect})": clip.pixel_aspect != 1,
        "has several sound tracks: the first is kept": len(film.container.streams.audio) > 1,
    }
    return tuple(sentence for sentence, holds in said.items() if holds)
