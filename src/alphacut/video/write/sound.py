"""The source's sound beside new pictures: packets copied where the container takes them, otherwise coded again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from ..formats import Format
from ..opening import open_container

if TYPE_CHECKING:
    import av
    from av.audio.frame import AudioFrame
    from av.container import InputContainer, OutputContainer

_USUAL_RATE = 48000
_AAC_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)
_LAYOUTS = ("mono", "stereo", "5.1", "7.1")
_BITS_A_CHANNEL = 96_000
_SAMPLES = "fltp"
_TOLERANCE = Fraction(1, 50)
"""Seconds that a time may differ from the samples counted: coarser clocks than the sound's own are usual."""
_MOST_SILENCE = 3600
"""Seconds of silence, in all: a clock that jumps by days is broken, or the film is a trap."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Where the sound comes from.

    Attributes
    ----------
    source : Path
        A file whose best sound track is taken.
    origin : Fraction
        Time on its clock at which the pictures begin, in seconds.
    """

    source: Path
    origin: Fraction = Fraction(0)


class Track:
    """One sound track of a container that is being written; make it before the container's first packet.

    Parameters
    ----------
    container : OutputContainer
    sound : Sound
    form : Format
    """

    def __init__(self, container: OutputContainer, sound: Sound, form: Format) -> None:
        import av

        self.container, self.sound = container, sound
        self.notes: list[str] = []
        self.source: InputContainer = open_container(str(sound.source))
        self.packets: Iterator[tuple[Fraction, av.Packet[Any]]] = iter(())
        self.next: tuple[Fraction, av.Packet[Any]] | None = None
        best = self.source.streams.best("audio")
        if not isinstance(best, av.AudioStream) or not form.sound:
            return
        if best.codec_context.codec.canonical_name in form.copies:
            self.packets = self._copied(best)
        else:
            self.notes.append(f"sound coded again, from {best.codec_context.name} to {form.sound}")
            self.packets = self._coded(best, form.sound)
        # The stream must exist before the container's head is written, so the first packet is fetched now.
        self.next = next(self.packets, None)

    def pump(self, until: Fraction | None) -> None:
        """Write what is heard before `until` (seconds of the new film); all that is left, without it."""
        while self.next is not None and (until is None or self.next[0] < until):
            self.container.mux(self.next[1])
            self.next = next(self.packets, None)

    def close(self) -> None:
        """Close the source."""
        self.source.close()

    def _demuxed(self, stream: av.AudioStream) -> Iterator[av.Packet[Any]]:
        import av

        packets = self.source.demux(stream)
        while True:
            try:
                packet = next(packets, None)
            except av.error.FFmpegError as error:
                self.notes.append(f"the sound cannot be read to its end ({error.strerror})")
                return
            if packet is None:
                return
            if packet.size:
                yield packet

    def _copied(self, stream: av.AudioStream) -> Iterator[tuple[Fraction, av.Packet[Any]]]:
        target = self.container.add_stream_from_template(stream)
        last = None
        for packet in self._demuxed(stream):
            if packet.pts is None or (last is not None and packet.pts <= last):
                continue
            last = packet.pts
            time = packet.pts * packet.time_base - self.sound.origin
            # The one before the beginning is kept: a decoder needs it to come to its first sample.
            if time + 2 * (packet.duration or 0) * packet.time_base <= 0:
                continue
            packet.pts -= round(self.sound.origin / packet.time_base)
            packet.dts = packet.pts
            packet.stream = target
            yield time, packet

    def _coded(self, stream: av.AudioStream, encoder: str) -> Iterator[tuple[Fraction, av.Packet[Any]]]:
        kept = encoder == "aac" and stream.rate in _AAC_RATES
        rate = stream.rate if kept else _USUAL_RATE
        layout = stream.layout.name.replace("(side)", "")
        if layout not in _LAYOUTS:
            self.notes.append(f"its sound of {stream.channels} channels becomes stereo")
            # Opus has no order for other sets of channels.
            layout = "stereo"
        target = cast("av.AudioStream", self.container.add_stream(encoder, rate=rate, layout=layout))
        target.bit_rate = _BITS_A_CHANNEL * target.channels
        for frame in self._on_time(stream, rate, layout):
            for packet in target.encode(frame):
                yield (packet.pts or 0) * packet.time_base, packet
        for packet in target.encode(None):
            yield (packet.pts or 0) * packet.time_base, packet

    def _on_time(self, stream: av.AudioStream, rate: int, layout: str) -> Iterator[AudioFrame]:
        """Yield the sound from the pictures' beginning on, without gaps: silence where there is none."""
        import av

        done = silent = 0
        for samples, time in self._decoded(stream, rate, layout):
            at = done if time is None else round((time - self.sound.origin) * rate)
            moved = done == 0 or abs(at - done) > _TOLERANCE * rate
            late = at - done if moved else 0
            silent += max(late, 0)
            if silent > _MOST_SILENCE * rate:
                self.notes.append(f"its sound jumps to {at / rate:.0f} s: it is left out from there")
                return
            for placed in _placed(samples, late, rate):
                frame = av.AudioFrame.from_ndarray(placed, _SAMPLES, layout)
                frame.sample_rate, frame.pts, frame.time_base = rate, done, Fraction(1, rate)
                done += placed.shape[1]
                yield frame

    def _decoded(
        self, stream: av.AudioStream, rate: int, layout: str
    ) -> Iterator[tuple[NDArray[Any], Fraction | None]]:
        import av

        resampler = av.AudioResampler(format=_SAMPLES, layout=layout, rate=rate)
        damaged = 0
        for packet in self._demuxed(stream):
            try:
                frames = stream.decode(packet)
            # What is missing becomes silence, by the time of what follows.
            except av.error.FFmpegError:
                damaged += 1
                continue
            for frame in frames:
                yield from map(_samples, resampler.resample(frame))
        for last in [*stream.decode(None), None]:
            yield from map(_samples, resampler.resample(last))
        if damaged:
            self.notes.append(f"{damaged} packets of its sound are damaged: silence in their place")


def _samples(frame: AudioFrame) -> tuple[NDArray[Any], Fraction | None]:
    known = frame.pts is not None and frame.time_base is not None
    time = Fraction(frame.pts or 0) * (frame.time_base or 0) if known else None
    return cast(NDArray[Any], frame.to_ndarray()), time


def _placed(samples: NDArray[Any], late: int, most: int) -> Iterator[NDArray[Any]]:
    """Yield C×N samples after so many of silence, at most `most` at a time, or without so many of the first."""
    for begin in range(0, late, most):
        yield np.zeros((samples.shape[0], min(most, late - begin)), samples.dtype)
    if samples.shape[1] > -late:
        yield np.ascontiguousarray(samples[:, max(-late, 0) :])
