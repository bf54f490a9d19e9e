"""A TIFF writer: deflated strips, 8 and 16 bits, grey, RGB and RGBA, with an ICC profile.

Pillow writes no 16-bit RGB, and OpenCV no profile.
"""

from __future__ import annotations

import itertools
import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from ..types import Metadata, Pixels
from .png import in_parallel, strips_of

Field = tuple[int, int, bytes | dict[int, Any]]
"""Type number, count and value of a directory's entry; a dict is a directory of its own."""

_SUBDIRECTORIES = (34665, 34853)  # EXIF, GPS
_HEADER = struct.Struct("<2sHI")
_LARGEST = 2**32 - 2**20


def tiff_bytes(
    pixels: Pixels, icc: bytes | None = None, metadata: Metadata | None = None, *, small: bool = False
) -> bytes:
    """Encode pixels as a little-endian TIFF file.

    Parameters
    ----------
    pixels : ndarray
        uint8 or uint16, H×W×1 (grey), ×3 (RGB) or ×4 (RGB + straight alpha, declared as unassociated).
    icc : bytes, optional
        Profile to write as tag 34675.
    metadata : Metadata, optional
        Written as EXIF and GPS directories, XMP and resolution; nothing is written of what is empty.
    small : bool
        Deflate at level 9 instead of 1.

    Raises
    ------
    OverflowError
        More than the 4 GiB that the format's offsets can reach.

    References
    ----------
    TIFF 6.0, Adobe 1992; TIFF Technical Note 2 (deflate), Adobe 2002.
    """
    packed = in_parallel(lambda strip: _packed(pixels[strip], 9 if small else 1), strips := strips_of(pixels))
    sizes = [len(data) for data in packed]
    end = _HEADER.size + sum(sizes)
    if end > _LARGEST:
        raise OverflowError(f"{end} bytes do not fit a TIFF file")
    fields = _layout(pixels, strips[0].stop) | _described(icc, metadata or Metadata())
    fields[273] = _numbers("I", *itertools.accumulate(sizes[:-1], initial=_HEADER.size))
    fields[279] = _numbers("I", *sizes)
    return b"".join([_HEADER.pack(b"II", 42, end), *packed, _directory(fields, end)])


def _numbers(code: str, *values: int) -> Field:
    return {"H": 3, "I": 4}[code], len(values), struct.pack(f"<{len(values)}{code}", *values)


def _rational(value: float) -> Field:
    return 5, 1, struct.pack("<II", round(value * 10_000), 10_000)


def _layout(pixels: Pixels, rows_a_strip: int) -> dict[int, Field]:
    height, width, channels = pixels.shape
    layout = {256: _numbers("I", width), 257: _numbers("I", height)}
    layout[258] = _numbers("H", *(8 * pixels.itemsize,) * channels)
    layout[278] = _numbers("I", rows_a_strip)
    short = {259: 8, 262: 1 if channels == 1 else 2, 277: channels, 284: 1, 317: 2}
    if channels == 4:
        short[338] = 2
    return layout | {tag: _numbers("H", value) for tag, value in short.items()}


def _packed(rows: Pixels, level: int) -> bytes:
    little_endian = rows.astype(rows.dtype.newbyteorder("<"), order="C")
    np.subtract(rows[:, 1:], rows[:, :-1], out=little_endian[:, 1:])
    packed = zlib.compress(little_endian.tobytes(), level)
    return packed + b"\0" * (len(packed) % 2)  # offsets have to be even


def _described(icc: bytes | None, metadata: Metadata) -> dict[int, Field]:
    exif = Image.Exif()
    if metadata.exif:
        exif.load(metadata.exif)
    fields: dict[int, Field] = {}
    for tag, value in exif.items():
        if isinstance(value, str):
            text = value.encode("utf-8", "replace") + b"\0"
            fields[tag] = 2, len(text), text
    for tag in _SUBDIRECTORIES:
        if inner := exif.get_ifd(tag):
            fields[tag] = 4, 1, inner
    if icc:
        fields[34675] = 7, len(icc), icc
    if metadata.xmp:
        fields[700] = 1, len(metadata.xmp), metadata.xmp
    if metadata.dpi:
        fields |= {282: _rational(metadata.dpi[0]), 283: _rational(metadata.dpi[1]), 296: _numbers("H", 2)}
    return fields


def _directory(fields: dict[int, Field], start: int) -> bytes:
    """Lay out a directory that begins at byte `start`: its entries, then the values over four bytes."""
    entries, values = [struct.pack("<H", len(fields))], bytearray()
    behind = start + 2 + 12 * len(fields) + 4
    for tag, (kind, count, value) in sorted(fields.items()):
        position = behind + len(values)
        data = value if isinstance(value, bytes) else _subdirectory(tag, value, position)
        inline = isinstance(value, bytes) and len(value) <= 4
        entries.append(struct.pack("<HHI", tag, kind, count))
        entries.append(data.ljust(4, b"\0") if inline else struct.pack("<I", position))
        if not inline:
            values += data + b"\0" * (len(data) % 2)
    return b"".join([*entries, b"\0\0\0\0", values])


def _subdirectory(group: int, inner: dict[int, Any], start: int) -> bytes:
    directory = ImageFileDirectory_v2(ifh=b"II\x2a\0\0\0\0\0", group=group)
    for tag, value in inner.items():
        directory[tag] = value
    return directory.tobytes(start)
