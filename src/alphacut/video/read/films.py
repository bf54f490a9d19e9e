"""Films, as FFmpeg reads them: one stream of frames with their times, from any frame on."""

from __future__ import annotations

import bisect
import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2

from ...errors import InputError
from ...options import Options
from ...types import Alpha, Pixels
from ..frame import Clip, Footage, Frame
from ..opening import Opened, opened
from ..planes import alpha_of, rgb_of, turn_of, turned
from .bridge import Shown, Step, bridged
from .describe import describe, rate_of

if TYPE_CHECKING:
    import av

_FILMS = ("h264", "hevc", "vp9", "libvpx-vp9", "av1", "libdav1d", "mpeg2video", "mpeg4", "mjpeg")
_STUDIO = ("prores", "dnxhd", "ffv1", "huffyuv", "qtrle", "rawvideo")
ONE_TO_ONE = frozenset((*_FILMS, *_STUDIO, "png", "apng", "gif"))
"""Decoders that show exactly one frame a packet; VP8, for one, has packets that are never shown."""
_REORDERED = 64
"""Packets beyond a frame among which one for an earlier time may still be: four times H.264's most."""
_SLACK = Fraction(1, 10)


def open_film(source: str | os.PathLike[str], deep: bool = False, max_pixels: int | None = None) -> Footage:
    """Look at a film's first frame and return how to read it.

    Parameters
    ----------
    source : path or address
    deep : bool
        Frames as uint16, where the film has more than 8 bits a channel.
    max_pixels : int, optional
        Largest frame that is decoded; the options' default without it.

    Raises
    ------
    NotFoundInput
        No such file.
    InputError
        FFmpeg does not read it, or no frame of it; there is only sound in it.
    TooLarge
    """
    name = os.fspath(source)
    limit = Options().max_pixels if max_pixels is None else max_pixels
    with opened(name, limit) as film:
        first = next(bridged(_steps(film, [])), None)
        if first is None:
            raise InputError(
                name, "no frame of it can be decoded", "Is it whole? Copy it or export it again."
            )
        clip = describe(name, film, first.image)
        base = film.stream.time_base or Fraction(1)
    problems: list[str] = []
    deep = deep and clip.bits > 8

    def frames(start: int = 0) -> Iterator[Frame]:
        return _frames(name, _Reading(clip, first.tick, deep, limit, problems), start)

    source_file = None if "://" in name else Path(name)
    return Footage(clip, frames, problems, source_file if clip.sound else None, first.tick * base)


@dataclass(frozen=True, slots=True)
class _Reading:
    clip: Clip
    origin: int
    deep: bool
    max_pixels: int
    problems: list[str]


def _frames(name: str, reading: _Reading, start: int) -> Iterator[Frame]:
    with ExitStack() as files:
        film = files.enter_context(opened(name, reading.max_pixels))
        ticks = _enter(name, film, start, reading.max_pixels)
        if ticks is None:
            film, ticks = files.enter_context(opened(name, reading.max_pixels)), []
        base = film.stream.time_base or Fraction(1)
        index, end, turns = 0, Fraction(0), dict[int, tuple[int, int, int, int]]()
        seen: tuple[Any, tuple[Pixels, Alpha | None]] | None = None
        for shown in bridged(_steps(film, reading.problems)):
            if ticks:
                index = bisect.bisect_left(ticks, shown.tick)
                ticks = ticks if index < start else []
            if index >= start:
                # A bridged frame is the same image again: it is converted once.
                if seen is None or seen[0] is not shown.image:
                    seen = (shown.image, _upright(shown, reading, _turn(shown.image, turns)))
                yield Frame(index, (shown.tick - reading.origin) * base, *seen[1], shown.problem)
            index += 1
            end = (shown.tick - reading.origin + (shown.image.duration or 0)) * base
        _check_whole(reading, film, index, end)


def _turn(image: av.VideoFrame, known: dict[int, tuple[int, int, int, int]]) -> tuple[int, int, int, int]:
    # Whoever looks at an image's side data ties the image to itself: it stays, with its buffers and the scaler's
    # threads, until garbage is collected. So that is done once for each rotation, which can be had without.
    if image.rotation not in known:
        known[image.rotation] = turn_of(image)
    return known[image.rotation]


def _upright(shown: Shown, reading: _Reading, turn: tuple[int, int, int, int]) -> tuple[Pixels, Alpha | None]:
    alpha = alpha_of(shown.image)
    pixels = turned(rgb_of(shown.image, reading.deep), turn)
    alpha = None if alpha is None else turned(alpha, turn)
    size = (reading.clip.width, reading.clip.height)
    if pixels.shape[1::-1] != size:
        _say(
            reading.problems,
            "changes its size: the frames that are larger or smaller than the first are resized",
        )
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        alpha = None if alpha is None else cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)
    return pixels, alpha


def _check_whole(reading: _Reading, film: Opened, count: int, end: Fraction) -> None:
    clip, expected = reading.clip, film.stream.frames
    known = film.stream.duration is not None or not clip.sound
    # A last frame may be shown for long; where frames are counted, the count tells better than the length.
    if expected and film.decoder.name in ONE_TO_ONE:
        if count < expected:
            _say(reading.problems, f"ends early, after {count} of {expected} frames")
    elif known and clip.seconds is not None and end + 1 / clip.rate + _SLACK < clip.seconds:
        said = f"ends early, after {float(end):.2f} of {float(clip.seconds):.2f} seconds"
        _say(reading.problems, said)


def _say(problems: list[str], problem: str) -> None:
    """Add what went wrong, once: a clip may be read more than once."""
    if problem not in problems:
        problems.append(problem)


def _steps(film: Opened, problems: list[str]) -> Iterator[Step]:
    import av

    counts = film.decoder.name in ONE_TO_ONE
    clock = _Clock(film.stream)
    packets = film.container.demux(film.stream)
    while True:
        try:
            packet = next(packets, None)
        except av.error.FFmpegError as error:
            _say(problems, f"cannot be read to its end ({error.strerror})")
            packet = None
        # AVI says so that a frame was dropped; an empty packet would end the decoder.
        if packet is not None and packet.size == 0 and packet.dts is not None:
            continue
        try:
            images = film.decoder.decode(packet if packet is not None and packet.size else None)
        except av.error.FFmpegError:
            images = []
        expected = counts and packet is not None and packet.size > 0 and not packet.is_discard
        tick = packet.pts if expected and packet is not None else None
        yield Step(tick, bool(packet and packet.is_keyframe), tuple((clock.tick(i), i) for i in images))
        if packet is None or not packet.size:
            return


class _Clock:
    """Gives an image that has no time the one that follows from the rate."""

    def __init__(self, stream: av.VideoStream) -> None:
        base = stream.time_base or Fraction(1)
        self.step = max(1, round(1 / (rate_of(stream) * base)))
        self.next = 0

    def tick(self, image: av.VideoFrame) -> int:
        tick = image.pts if image.pts is not None else self.next
        self.next = tick + self.step
        return tick


def _enter(name: str, film: Opened, start: int, max_pixels: int) -> list[int] | None:
    """Seek to a key frame before frame `start` and return the times of the first frames.

    Only where packets tell which frame is which: each has a time of its own, and the first begins the film.
    Otherwise [] is returned, and the film is where it was; None where the container cannot seek to a packet.
    """
    if start == 0 or film.decoder.name not in ONE_TO_ONE:
        return []
    ticks, keys = _scan(name, start, max_pixels)
    if len(ticks) <= start or len(set(ticks)) < len(ticks) or not keys or keys[0] != ticks[0]:
        return []
    # Strictly before: if frame `start` is damaged, the one before it is needed.
    entry = max([key for key in keys if key < ticks[start]])
    if entry == ticks[0]:
        return []
    # A seek by time lands before or after what was meant, as containers differ: so look where it is.
    film.container.seek(entry, stream=film.stream)
    landed = next((packet for packet in film.container.demux(film.stream) if packet.size), None)
    if landed is None or not landed.is_keyframe or landed.pts not in keys or landed.pts > entry:
        return None
    film.container.seek(entry, stream=film.stream)
    return ticks


def _scan(name: str, start: int, max_pixels: int) -> tuple[list[int], list[int]]:
    """Return the times of all packets up to frame `start` and some more, and those of the key frames, sorted."""
    times: list[int] = []
    keys: list[int] = []
    with opened(name, max_pixels) as again:
        for packet in again.container.demux(again.stream):
            if not packet.size or packet.is_discard:
                continue
            if packet.pts is None or len(times) > start + _REORDERED:
                break
            times.append(packet.pts)
            if packet.is_keyframe:
                keys.append(packet.pts)
    return sorted(times), sorted(keys)
