"""GIF's 256 colours, one of them transparent; and packets of GIF and APNG that stand alone."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
from av import Packet

if TYPE_CHECKING:
    from av import VideoFrame

# Ordered dither stays where it is from frame to frame; diffused errors would swim.
_USE = "new=1:dither=bayer:bayer_scale=3:alpha_threshold=128"
_FRESH = 2


class Palette:
    """Gives each frame a palette of its own, by FFmpeg's palettegen (median cut) and paletteuse.

    Parameters
    ----------
    width, height : int
    tick : Fraction
        Seconds.
    """

    def __init__(self, width: int, height: int, tick: Fraction) -> None:
        self.graph = av.filter.Graph()
        rgba = av.VideoFormat("rgba")
        source = self.graph.add_buffer(width=width, height=height, format=rgba, time_base=tick)
        split, make = self.graph.add("split"), self.graph.add("palettegen", "stats_mode=single")
        use, sink = self.graph.add("paletteuse", _USE), self.graph.add("buffersink")
        source.link_to(split)
        split.link_to(use, 0, 0)
        split.link_to(make, 1, 0)
        make.link_to(use, 0, 1)
        use.link_to(sink)
        self.graph.configure()

    def paint(self, frame: VideoFrame | None) -> list[VideoFrame]:
        """Take a frame in rgba, or None for the end, and return those that are ready, in pal8."""
        self.graph.vpush(frame)
        ready = []
        while True:
            try:
                ready.append(self.graph.vpull())
            except (av.error.BlockingIOError, av.error.EOFError):
                return ready


def alone(packet: Packet[Any]) -> Packet[Any]:
    """Return a GIF packet that clears the canvas when its time is over.

    FFmpeg leaves an opaque frame standing, and it would be seen through the next one's transparency.
    Disposal method 2 of the graphic control extension (GIF89a, section 23).
    """
    data = bytearray(bytes(packet))
    at = data.find(b"\x21\xf9\x04")
    data[at + 3] = (data[at + 3] & ~0x1C) | (_FRESH << 2)
    return _with(packet, data)


def untimed(packet: Packet[Any]) -> Packet[Any]:
    """Return an APNG packet that was read from a file, without the time for which it was shown there.

    FFmpeg gives it a new one where it has none (PNG, third edition, section 11.3.6: fcTL's delay).
    """
    data = bytearray(bytes(packet))
    at = data.find(b"fcTL")
    if at >= 0:
        data[at + 24 : at + 28] = bytes(4)
    return _with(packet, data)


def _with(packet: Packet[Any], data: bytearray) -> Packet[Any]:
    changed: Packet[Any] = Packet(bytes(data))
    changed.time_base, changed.pts, changed.dts = packet.time_base, packet.pts, packet.dts
    changed.is_keyframe = packet.is_keyframe
    return changed
