"""Small clips with known alpha, times and sound, drawn in code and written with PyAV alone: nothing of ours."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import av
import numpy as np

RATE = Fraction(25)
WIDTH, HEIGHT = 64, 48
CODECS = {  # suffix → codec, pixel format, options
    "mp4": ("libx264", "yuv420p", {"crf": "12", "g": "6"}),
    "mkv": ("ffv1", "bgra", {}),
    "webm": (
        "libvpx-vp9",
        "yuva420p",
        {"crf": "8", "b": "0", "auto-alt-ref": "0", "cpu-used": "5", "g": "6"},
    ),
    "mov": ("prores_ks", "yuva444p10le", {"profile": "4444"}),
    "gif": ("gif", "rgb8", {}),
    "apng": ("apng", "rgba", {}),
}


def disc(number, width=WIDTH, height=HEIGHT, size=12.0):
    """RGBA of frame `number`: a soft-edged disc that goes right, 2 pixels a frame, over a smooth picture."""
    rows, columns = np.mgrid[:height, :width]
    pixels = np.empty((height, width, 4), np.uint8)
    pixels[..., 0] = columns * 255 // max(width - 1, 1)
    pixels[..., 1] = rows * 255 // max(height - 1, 1)
    pixels[..., 2] = 20 * number % 256
    reach = np.hypot(columns - 12 - 2 * number, rows - height / 2)
    pixels[..., 3] = np.rint(np.clip((size - reach) / 4 + 0.5, 0, 1) * 255)
    return pixels


def steady(count, rate=RATE):
    """Return the times of `count` frames at a steady rate."""
    return [k / rate for k in range(count)]


@dataclass(frozen=True)
class Drawing:
    """A clip to be written: its frames' times, whether turned and tagged, and its sound."""

    times: list = field(default_factory=lambda: steady(10))
    rate: Fraction = RATE
    codec: tuple = ()
    rotate: int = 0
    colour: dict = field(default_factory=dict)
    sound: str = ""
    clicks: tuple = ()
    shape: tuple = (HEIGHT, WIDTH)
    layout: str = "mono"


def write_clip(path, drawing=None, frame=disc):
    """Write a clip; `frame(number, width, height)` draws RGBA."""
    drawing = drawing or Drawing()
    codec, pix_fmt, options = drawing.codec or CODECS[path.suffix[1:]]
    height, width = drawing.shape
    ticks = {"webm": 1000, "mkv": 1000, "gif": 100, "apng": 1000}.get(path.suffix[1:], 90000)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=drawing.rate, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
        stream.codec_context.time_base = stream.time_base = Fraction(1, ticks)
        for name, value in drawing.colour.items():
            setattr(stream.codec_context, name, value)
        if drawing.rotate:
            stream.set_display_rotation(drawing.rotate)
        heard = _begin_sound(container, drawing) if drawing.sound else None
        for number, time in enumerate(drawing.times):
            image = _image(frame(number, width, height), pix_fmt, drawing)
            image.pts, image.time_base = round(time * ticks), Fraction(1, ticks)
            container.mux(stream.encode(image))
            if heard:
                heard(time)
        container.mux(stream.encode(None))
        if heard:
            heard(None)
    return path


def _image(rgba, pix_fmt, drawing):
    space = drawing.colour.get("colorspace", 5)
    image = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgba), "rgba")
    return image.reformat(
        format=pix_fmt,
        dst_colorspace=5 if space == 6 else space,
        dst_color_range=drawing.colour.get("color_range", 1),
    )


def _begin_sound(container, drawing):
    length = float(drawing.times[-1] + 1 / drawing.rate)
    samples = clicks(length, drawing.clicks)
    stream = container.add_stream(drawing.sound, rate=48000, layout=drawing.layout)
    stream.bit_rate = 128000
    state = {"done": 0}

    def go_on(until):
        end = len(samples) if until is None else min(len(samples), int(until * 48000) // 1024 * 1024)
        while state["done"] < end:
            part = samples[state["done"] : state["done"] + 1024]
            channels = av.AudioLayout(drawing.layout).nb_channels
            frame = av.AudioFrame.from_ndarray(
                np.repeat(part[None], channels, axis=0), "fltp", drawing.layout
            )
            frame.sample_rate, frame.pts, frame.time_base = 48000, state["done"], Fraction(1, 48000)
            container.mux(stream.encode(frame))
            state["done"] += len(part)
        if until is None:
            container.mux(stream.encode(None))

    return go_on


def clicks(seconds, at):
    """Return mono sound at 48 kHz: silence with a short burst of 1 kHz at each time."""
    samples = np.zeros(round(seconds * 48000), np.float32)
    for time in at:
        begin = round(time * 48000)
        burst = np.sin(np.arange(480) * (2 * np.pi / 48)).astype(np.float32)
        samples[begin : begin + 480] = burst[: len(samples) - begin] * 0.8
    return samples


def heard_clicks(path):
    """Return when bursts begin in a file's sound, in seconds on the clock of its first picture."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        first = next(f for p in container.demux(stream) for f in stream.decode(p))
        begin = float(first.pts * first.time_base)
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        parts = [(float(f.pts * f.time_base), np.abs(f.to_ndarray()[0].astype(np.float64)), f.rate, f.format.name)
                 for p in container.demux(stream) for f in stream.decode(p)]  # fmt: skip
    found, quiet = [], 1.0
    for time, samples, rate, kind in parts:
        loud = samples > 0.25 * (32768 if kind.startswith("s16") else 1)
        for k in np.flatnonzero(loud):
            moment = time + k / rate - begin
            if not found or moment - quiet > 0.03:
                found.append(moment)
            quiet = moment
    return found


def read_back(path, decoder=None):
    """Decode a file with PyAV alone: a list of (seconds, H×W×4 RGBA)."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        if decoder:
            context = av.CodecContext.create(decoder, "r")
            context.extradata = stream.codec_context.extradata
        return [
            (f.pts * f.time_base, f.reformat(format="rgba").to_ndarray())
            for p in container.demux(stream)
            for f in context.decode(p if p.size else None)
        ]
