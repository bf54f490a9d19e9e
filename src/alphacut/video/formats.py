"""The containers that are written: a table."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from ..errors import OptionError
from ..options import unknown_name

STREAM = "-"
"""Standard output, as a target."""
_DEVICE = re.compile(r"/dev/video\d+")
_FREE = 90_000
"""Ticks a second of containers that take any: all whole rates up to 60 divide it, as do 24 and 25."""


@dataclass(frozen=True, slots=True)
class Format:
    """How one kind of file is written.

    Attributes
    ----------
    name : str
    suffix : str
        Of its files, without a dot; of each picture, in a sequence.
    kind : str
        Who writes it: "film" (FFmpeg), "webp", "pictures" (one file a frame), "camera" or "raw".
    container : str
        FFmpeg's name.
    encoders : tuple of (str, str, str)
        FFmpeg's encoders that will do, the best first, each with its pixel formats with and without alpha.
    tag : str
        The codec's name in the container, where players want another than FFmpeg's.
    alpha : str
        "soft", "one bit" or "none": then the frames need a background.
    bits : int
        A channel that it keeps.
    copies : tuple of str
        Sound codecs whose packets are copied as they are.
    sound : str
        Encoder of the others; empty where the format has no sound.
    options : dict of str to str
        Of the encoder.
    grade : (str, int, int, int) or None
        The encoder's option for quality, its value at quality 100, at 0, and when nobody says.
    tick : int
        Ticks a second of its times; 0 where it keeps none.
    even : bool
        Whether its sides must be even.
    remedy : str
        What to do where no encoder can.
    limited : bool
        Colours as Y'CbCr in limited range; otherwise RGB.
    muxing : dict of str to str
        Options of the container.
    """

    name: str
    suffix: str
    kind: str
    container: str = ""
    encoders: tuple[tuple[str, str, str], ...] = ()
    tag: str = ""
    alpha: str = "soft"
    bits: int = 8
    copies: tuple[str, ...] = ()
    sound: str = ""
    options: dict[str, str] = field(default_factory=dict)
    grade: tuple[str, int, int, int] | None = None
    tick: int = _FREE
    even: bool = False
    remedy: str = ""
    limited: bool = True
    muxing: dict[str, str] = field(default_factory=dict)


# Frames in the order in which they are shown: packets of any segment can then follow those of another.
_IN_ORDER = {"bf": "0", "g": "120"}
_QUICKTIME = ("aac", "mp3", "ac3", "eac3", "alac")
_PCM = ("pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_s32be", "pcm_f32le", "pcm_u8")
# A copy of a film's first frames starts to play before the rest has come.
_FAST_START = {"movflags": "+faststart"}

_TABLE = (
    Format(
        "webm",
        "webm",
        "film",
        container="webm",
        encoders=(("libvpx-vp9", "yuva420p", "yuv420p"),),
        copies=("opus", "vorbis"),
        sound="libopus",
        # Without alternate references: libvpx cannot keep those of the colours and the alpha in step.
        options={
            "auto-alt-ref": "0",
            "deadline": "good",
            "cpu-used": "5",
            "row-mt": "1",
            "b": "0",
            "g": "120",
        },
        grade=("crf", 4, 60, 22),
        tick=1000,
    ),
    Format(
        "mov",
        "mov",
        "film",
        container="mov",
        encoders=(("prores_ks", "yuva444p10le", "yuv444p10le"),),
        tag="ap4h",
        bits=10,
        copies=_QUICKTIME + _PCM,
        sound="aac",
        options={"profile": "4444", "vendor": "apl0"},
    ),
    Format(
        "hevc",
        "mov",
        "film",
        container="mov",
        encoders=(("libx265", "yuva420p", "yuv420p"), ("hevc_videotoolbox", "bgra", "nv12")),
        copies=_QUICKTIME,
        sound="aac",
        tag="hvc1",
        remedy="A Mac has one, and so has a PyAV whose libx265 is built with ENABLE_ALPHA; or choose webm or mov.",
        options={"preset": "veryfast", "x265-params": "log-level=none", "alpha_quality": "0.8"} | _IN_ORDER,
        grade=("crf", 8, 45, 22),
        even=True,
        muxing=_FAST_START,
    ),
    Format(
        "mp4",
        "mp4",
        "film",
        container="mp4",
        encoders=(("libx264", "", "yuv420p"),),
        alpha="none",
        copies=_QUICKTIME,
        sound="aac",
        options={"preset": "veryfast"} | _IN_ORDER,
        grade=("crf", 4, 45, 18),
        even=True,
        muxing=_FAST_START,
    ),
    Format(
        "apng",
        "apng",
        "film",
        container="apng",
        encoders=(("apng", "rgba", "rgb24"),),
        # Prediction by what suits each row: smaller, and as exact.
        options={"pred": "mixed"},
        tick=1000,
        limited=False,
        muxing={"plays": "0"},
    ),
    Format(
        "gif",
        "gif",
        "film",
        container="gif",
        encoders=(("gif", "pal8", "pal8"),),
        alpha="one bit",
        # Whole frames with palettes of their own: packets of any segment can then follow those of another.
        options={"gifflags": "-offsetting-transdiff", "global_palette": "0"},
        tick=100,
        limited=False,
        muxing={"loop": "0"},
    ),
    Format("webp", "webp", "webp", tick=1000, limited=False),
    Format("png-sequence", "png", "pictures", bits=16, tick=0, limited=False),
    Format("webp-sequence", "webp", "pictures", tick=0, limited=False),
    Format("raw", "rgba", "raw", tick=0, limited=False),
    Format("virtual-camera", "", "camera", alpha="none", even=True),
)

FORMATS = {entry.name: entry for entry in _TABLE}
"""Every format by its name."""

_SUFFIXES = {
    "webm": "webm",
    "mov": "mov",
    "mp4": "mp4",
    "m4v": "mp4",
    "apng": "apng",
    "gif": "gif",
    "webp": "webp",
    "rgba": "raw",
}
_PICTURES = {"png": "png-sequence", "webp": "webp-sequence"}


def find_format(target: str | os.PathLike[str], name: str | None = None) -> Format:
    """Return the format of an output: the one named, else the one of its suffix.

    A pattern such as ``shots/%04d.png`` and a folder (no suffix, or a slash at its end) are sequences of
    pictures, PNG where nothing else is said; ``-`` is raw RGBA; ``/dev/video9`` is a virtual camera.

    Raises
    ------
    OptionError
        No such format, or the suffix is none's.
    """
    text = os.fspath(target)
    if name is not None:
        if name not in FORMATS:
            raise unknown_name("format", name, FORMATS)
        return FORMATS[name]
    if text == STREAM:
        return FORMATS["raw"]
    if _DEVICE.fullmatch(text):
        return FORMATS["virtual-camera"]
    suffix = Path(text).suffix.removeprefix(".").lower()
    known = _PICTURES if is_pattern(text) else _SUFFIXES
    if not suffix or text.endswith("/"):
        return FORMATS["png-sequence"]
    if suffix not in known:
        remedy = f"Use one of {', '.join('.' + other for other in sorted(known))}, or say --format."
        raise OptionError(text, f"has the suffix {'.' + suffix!r}, which is no format of a clip", remedy)
    return FORMATS[known[suffix]]


def ticks_of(form: Format, rate: Fraction) -> int:
    """Return the ticks a second to write with: rates such as 30000/1001 are exact where the format allows it."""
    return rate.numerator if form.tick == _FREE and 10_000 <= rate.numerator <= 100_000 else form.tick


def is_pattern(target: str | os.PathLike[str]) -> bool:
    """Whether a path stands for numbered pictures, as ``shots/%04d.png`` does."""
    return "%" in Path(target).name


def check_alpha_kept(form: Format, opaque: bool) -> None:
    """Refuse a format without transparency for frames that have some.

    Raises
    ------
    OptionError
        MP4, and the frames are not opaque.
    """
    if form.alpha == "none" and not opaque:
        remedy = "Give one, for instance --background white, or choose webm or mov."
        raise OptionError(f"format {form.name!r}", "has no transparency, so it needs a background", remedy)
