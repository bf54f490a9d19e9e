"""Animated WebP: still pictures put one after the other (WebP Container Specification, "Animation").

FFmpeg writes them only at the end and does not read them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from ..encode import encode
from ..errors import InputError
from ..types import Alpha, Picture, Pixels
from .frame import Clip, Colour, Footage, Frame

_TICKS = 1000
_LONGEST = 2**24 - 1
_ALPHA, _ANIMATION = 0x10, 0x02
# Replace what was there, and leave it: every frame is whole.
_REPLACE = 0x02
_PICTURE = (b"ALPH", b"VP8 ", b"VP8L")


def is_webp(path: Path) -> bool:
    """Whether a file begins as WebP does."""
    with path.open("rb") as file:
        head = file.read(12)
    return head[:4] == b"RIFF" and head[8:] == b"WEBP"


def open_webp(path: Path) -> Footage:
    """Look at an animated WebP and return how to read it.

    Raises
    ------
    InputError
        It is broken.
    """
    try:
        with Image.open(path) as image:
            width, height = image.size
            count = int(getattr(image, "n_frames", 1))
    except OSError as error:
        raise InputError(str(path), f"is a broken WebP ({error})", "Get it whole.") from error
    lengths = _lengths(path) or [40]
    seconds = Fraction(sum(lengths), _TICKS)
    rate = Fraction(count) / seconds if seconds else Fraction(25)
    clip = Clip(path.name, width, height, rate, count, seconds, Colour(matrix=0), 8, sound=False)

    def frames(start: int = 0) -> Iterator[Frame]:
        times = np.concatenate([[0], np.cumsum(lengths)])
        with Image.open(path) as image:
            for index in range(start, count):
                image.seek(index)
                rgba = np.asarray(image.convert("RGBA"))
                yield Frame(index, Fraction(int(times[index]), _TICKS), rgba[..., :3].copy(), _alpha(rgba))

    return Footage(clip, frames)


def _alpha(rgba: Pixels) -> Alpha | None:
    alpha = rgba[..., 3].astype(np.float32) / np.float32(255)
    return alpha if alpha.min() < 1 else None


def chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Yield the name and the content of each chunk of a WebP file."""
    file.seek(12)
    while len(head := file.read(8)) == 8:
        name, size = struct.unpack("<4sI", head)
        yield name, file.read(size)
        file.seek(size % 2, 1)


def _lengths(path: Path) -> list[int]:
    with path.open("rb") as file:
        return [int.from_bytes(data[12:15], "little") for name, data in chunks(file) if name == b"ANMF"]


class WebpFile:
    """Writes an animated WebP as its frames come; the sizes in its head are filled in at the end.

    Parameters
    ----------
    file : BinaryIO
        To write to; it can seek.
    shape : (int, int)
        Height and width.
    quality : int or None
        1 to 100; None is lossless.
    """

    def __init__(self, file: BinaryIO, shape: tuple[int, int], quality: int | None) -> None:
        self.file, self.shape, self.quality = file, shape, quality
        self.held: tuple[int, bytes] | None = None
        size = _three(shape[1] - 1) + _three(shape[0] - 1)
        self.file.write(b"RIFF\0\0\0\0WEBP")
        self._chunk(b"VP8X", struct.pack("<I", _ALPHA | _ANIMATION) + size)
        self._chunk(b"ANIM", struct.pack("<IH", 0, 0))

    def write(self, tick: int, pixels: Pixels) -> None:
        """Add a frame, shown from `tick` (milliseconds) until the next one's."""
        picture = Picture(pixels)
        data = encode(picture, "webp", quality=self.quality) if self.quality else _lossless(picture)
        self.add(tick, b"".join(_packed(name, part) for name, part in _parts(data) if name in _PICTURE))

    def add(self, tick: int, picture: bytes) -> None:
        """Add a frame that is encoded already."""
        self._flush(tick)
        self.held = (tick, picture)

    def close(self, end: int) -> None:
        """End the file; its last frame is shown until `end`."""
        self._flush(end)
        # RIFF counts what follows its own eight bytes.
        size = self.file.tell()
        self.file.seek(4)
        self.file.write(struct.pack("<I", size - 8))

    def _flush(self, until: int) -> None:
        # The length stands before the picture, and is known only when the next one comes.
        if self.held is None:
            return
        tick, picture = self.held
        place = _three(0) * 2 + _three(self.shape[1] - 1) + _three(self.shape[0] - 1)
        head = place + _three(min(until - tick, _LONGEST)) + bytes([_REPLACE])
        self._chunk(b"ANMF", head + picture)
        self.held = None

    def _chunk(self, name: bytes, data: bytes) -> None:
        self.file.write(_packed(name, data))


def frames_in(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield each frame's length in milliseconds and its encoded picture."""
    with path.open("rb") as file:
        for name, data in chunks(file):
            if name == b"ANMF":
                yield int.from_bytes(data[12:15], "little"), data[16:]


def _parts(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    import io

    return chunks(io.BytesIO(data))


def _lossless(picture: Picture) -> bytes:
    import io

    from ..depth import eight_bits

    stream = io.BytesIO()
    # `exact` keeps the colours where alpha is 0 too: they are the file's, not the encoder's to choose.
    Image.fromarray(eight_bits(picture.pixels)).save(
        stream, "WEBP", lossless=True, quality=40, method=1, exact=True
    )
    return stream.getvalue()


def _packed(name: bytes, data: bytes) -> bytes:
    return struct.pack("<4sI", name, len(data)) + data + b"\0" * (len(data) % 2)


def _three(value: int) -> bytes:
    return value.to_bytes(3, "little")
