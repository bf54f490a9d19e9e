"""Segments and the source's sound → one film, by copying packets: nothing is encoded again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from ..formats import is_pattern, ticks_of
from ..webp import WebpFile, frames_in
from .passing import discard, named, part_of, speaking_of
from .plan import Plan
from .sinks import picture_name

if TYPE_CHECKING:
    from av import Packet


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece that a :class:`~alphacut.video.write.writer.Writer` has written with :meth:`Plan.segment`.

    Attributes
    ----------
    path : Path
    start : Fraction
        Time of its first frame in the whole, in seconds: what `Plan.segment` was given.
    """

    path: Path
    start: Fraction


def join(
    segments: Sequence[Segment],
    target: str | os.PathLike[str],
    plan: Plan,
    *,
    end: Fraction,
    whole: bool = True,
) -> tuple[str, ...]:
    """Put segments one after the other, with the plan's sound.

    The segments stay as they are.

    Parameters
    ----------
    segments : sequence of Segment
        In order, each written by the same plan.
    target : path
    plan : Plan
        The whole's: with sound, from its beginning.
    end : Fraction
        Until when the last frame is shown, in seconds.
    whole : bool
        Whether the last segment ends the clip; otherwise the sound ends with the pictures.

    Returns
    -------
    tuple of str
        What there is to say of the sound.

    Raises
    ------
    InputError
        There is no segment, or one is not readable.
    OutputError
        It cannot be written there.
    """
    name = os.fspath(target)
    if not segments:
        raise InputError(name, "has no segment to be made of", "Write at least one frame.")
    with speaking_of(name):
        part = part_of(name, plan)
        if part is None:
            raise OSError(0, "is no file")
        try:
            said = _JOINS[plan.form.kind](segments, part, _Whole(name, plan, end, whole))
            named(part, name)
        finally:
            discard(part)
    return said


@dataclass(frozen=True, slots=True)
class _Whole:
    target: str
    plan: Plan
    end: Fraction
    whole: bool


def _films(segments: Sequence[Segment], part: Path, whole: _Whole) -> tuple[str, ...]:
    import av

    from .film_sink import as_system
    from .mux import Mux
    from .palette import untimed

    plan, mux = whole.plan, None
    ticks = ticks_of(plan.form, plan.rate)
    with as_system():
        for segment in segments:
            with av.open(f"file:{segment.path}") as source:
                stream = source.streams.video[0]
                mux = mux or Mux(part, plan, stream)
                # One packet at a time: memory does not grow with the film.
                for packet in source.demux(stream):
                    if packet.size:
                        own = untimed(packet) if plan.form.name == "apng" else packet
                        mux.put(_moved(own, round(segment.start * ticks), ticks))
        if mux is None:
            raise OSError(0, "has no segment")
        return mux.close(whole.end, whole.whole)


def _moved(packet: Packet[Any], offset: int, ticks: int) -> Packet[Any]:
    """Return a packet with its place in the whole, in the same ticks in which it was encoded."""
    tick = round((packet.pts or 0) * packet.time_base * ticks) + offset
    packet.time_base = Fraction(1, ticks)
    packet.pts = packet.dts = tick
    return packet


def _webps(segments: Sequence[Segment], part: Path, whole: _Whole) -> tuple[str, ...]:
    plan = whole.plan
    with part.open("xb") as stream:
        file = WebpFile(stream, (plan.height, plan.width), plan.quality)
        for segment in segments:
            tick = round(segment.start * 1000)
            # Lengths and not times are in the file; the last one's is replaced by the next segment's beginning.
            for length, picture in frames_in(segment.path):
                file.add(tick, picture)
                tick += length
        file.close(round(whole.end * 1000))
    return ()


def _pictures(segments: Sequence[Segment], part: Path, whole: _Whole) -> tuple[str, ...]:
    part.mkdir()
    suffix = whole.plan.form.suffix
    for segment in segments:
        for file in sorted(segment.path.iterdir()):
            number = int(file.stem)
            name = picture_name(whole.target, suffix, number) if is_pattern(whole.target) else file.name
            _linked(file, part / name)
    return ()


def _linked(file: Path, target: Path) -> None:
    """Give a file a second name, so that no data is moved; a copy where the disk knows no such thing."""
    try:
        os.link(file, target)
    except OSError:
        shutil.copyfile(file, target)


def _raws(segments: Sequence[Segment], part: Path, whole: _Whole) -> tuple[str, ...]:
    with part.open("xb") as target:
        for segment in segments:
            with segment.path.open("rb") as source:
                shutil.copyfileobj(source, target)
    return ()


_JOINS = {"film": _films, "webp": _webps, "pictures": _pictures, "raw": _raws}
