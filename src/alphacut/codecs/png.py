"""A PNG writer that works in parallel: 8 and 16 bits, grey, RGB and RGBA, with an ICC profile.

A library's encoder deflates on one core. Here the picture is cut into strips of rows, each strip is filtered
and deflated on its own, and the pieces are joined to the single zlib stream that the format asks for.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ..types import Metadata, Pixels

Rows = NDArray[np.uint8]
T = TypeVar("T")

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPE = {1: 0, 3: 2, 4: 6}
_STRIP_BYTES = 1 << 19
_ADLER_BASE = 65521
_METRES_AN_INCH = 0.0254


def png_bytes(
    pixels: Pixels, icc: bytes | None = None, metadata: Metadata | None = None, *, small: bool = False
) -> bytes:
    """Encode pixels as a PNG file.

    Parameters
    ----------
    pixels : ndarray
        uint8 or uint16, H×W×1 (grey), ×3 (RGB) or ×4 (RGB + straight alpha).
    icc : bytes, optional
        Profile to write as iCCP.
    metadata : Metadata, optional
        Written as eXIf, iTXt (XMP) and pHYs; nothing is written of what is empty.
    small : bool
        Try all five filters on each row and deflate at level 9, about ten times slower.

    References
    ----------
    PNG (third edition), W3C 2025; RFC 1950 (zlib); RFC 1951 (deflate).
    """
    height, width, channels = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, 8 * pixels.itemsize, _COLOUR_TYPE[channels], 0, 0, 0)
    pieces = [_SIGNATURE, *_chunk(b"IHDR", header)]
    for kind, data in _described(icc, metadata or Metadata()):
        pieces += _chunk(kind, data)
    for data in _image_data(pixels, small):
        pieces += _chunk(b"IDAT", data)
    pieces += _chunk(b"IEND", b"")
    return b"".join(pieces)


def strips_of(pixels: Pixels) -> list[slice]:
    """Return slices of rows of about half a megabyte each, which together cover the picture once."""
    rows = max(1, _STRIP_BYTES // pixels[0].nbytes)
    return [slice(top, min(top + rows, len(pixels))) for top in range(0, len(pixels), rows)]


def in_parallel(work: Callable[[slice], T], strips: Iterable[slice]) -> list[T]:
    """Return `work` of each strip, in order; worthwhile where the work releases the interpreter's lock."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(work, strips))


def _chunk(kind: bytes, data: bytes) -> tuple[bytes, bytes, bytes]:
    checksum = zlib.crc32(data, zlib.crc32(kind))
    return struct.pack(">I", len(data)) + kind, data, struct.pack(">I", checksum)


def _described(icc: bytes | None, metadata: Metadata) -> Iterator[tuple[bytes, bytes]]:
    if icc:
        yield b"iCCP", b"ICC profile\0\0" + zlib.compress(icc, 9)
    if metadata.dpi:
        yield b"pHYs", struct.pack(">IIB", *(round(dots / _METRES_AN_INCH) for dots in metadata.dpi), 1)
    if metadata.exif:
        yield b"eXIf", metadata.exif.removeprefix(b"Exif\0\0")
    if metadata.xmp:
        yield b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + metadata.xmp


def _image_data(pixels: Pixels, small: bool) -> list[bytes]:
    strips = strips_of(pixels)

    def work(strip: slice) -> tuple[bytes, int, int]:
        rows = _filtered(pixels, strip, small)
        return _deflated(rows, strip is strips[-1], small), zlib.adler32(rows.data), rows.nbytes

    done = in_parallel(work, strips)
    checksum = 1
    for _, piece, size in done:
        checksum = _adler32_combine(checksum, piece, size)
    streams = [stream for stream, _, _ in done]
    streams[0] = b"\x78\x01" + streams[0]
    streams[-1] += struct.pack(">I", checksum)
    return streams


def _deflated(rows: Rows, last: bool, small: bool) -> bytes:
    level, strategy = (9, zlib.Z_FILTERED) if small else (1, zlib.Z_DEFAULT_STRATEGY)
    packer = zlib.compressobj(level, zlib.DEFLATED, -15, 9, strategy)
    # A sync flush ends on a byte without closing the stream, so that the next strip's blocks can follow.
    return packer.compress(rows.data) + packer.flush(zlib.Z_FINISH if last else zlib.Z_SYNC_FLUSH)


def _adler32_combine(first: int, second: int, size: int) -> int:
    """Return the Adler-32 of two joined pieces from theirs; `size` is the second one's, in bytes."""
    low = (first & 0xFFFF) + (second & 0xFFFF) - 1
    high = (first >> 16) + (second >> 16) + ((first & 0xFFFF) - 1) * size
    return (high % _ADLER_BASE) << 16 | low % _ADLER_BASE


def _filtered(pixels: Pixels, strip: slice, small: bool) -> Rows:
    """Return the strip's rows as the format stores them: a filter's number, then big-endian differences."""
    top = max(strip.start - 1, 0)
    big_endian = pixels[top : strip.stop].astype(pixels.dtype.newbyteorder(">"), order="C", copy=False)
    raw = big_endian.view(np.uint8).reshape(strip.stop - top, -1)
    rows = raw[strip.start - top :]
    above = raw[0] if strip.start else np.zeros_like(raw[0])
    if small:
        return _filtered_best(rows, above, pixels.shape[2] * pixels.itemsize)
    # Up is the cheapest filter, and on photos at deflate's level 1 it also gave the smallest files.
    out = np.empty((rows.shape[0], rows.shape[1] + 1), np.uint8)
    out[:, 0] = 2
    np.subtract(rows[0], above, out=out[0, 1:])
    np.subtract(rows[1:], rows[:-1], out=out[1:, 1:])
    return out


def _filtered_best(rows: Rows, above: Rows, step: int) -> Rows:
    """Choose each row's filter by the least sum of absolute differences (PNG, section 12.7)."""
    up = np.concatenate([above[None], rows[:-1]])
    left, corner = np.zeros_like(rows), np.zeros_like(rows)
    left[:, step:], corner[:, step:] = rows[:, :-step], up[:, :-step]
    average = (left & up) + ((left ^ up) >> 1)  # the mean rounded down, without leaving 8 bits
    best = np.empty((rows.shape[0], rows.shape[1] + 1), np.uint8)
    least = np.full(rows.shape[0], np.iinfo(np.int64).max)
    for number, guess in enumerate((np.zeros_like(rows), left, up, average, _paeth(left, up, corner))):
        difference = rows - guess
        cost = np.minimum(difference, -difference).sum(axis=1, dtype=np.int64)
        better = cost < least
        best[better, 0], best[better, 1:], least[better] = number, difference[better], cost[better]
    return best


def _paeth(left: Rows, up: Rows, corner: Rows) -> Rows:
    """Predict each byte by whichever neighbour is nearest to left + up − corner (PNG, section 9.4)."""
    wide = [part.astype(np.int16) for part in (left, up, corner)]
    target = wide[0] + wide[1] - wide[2]
    to_left, to_up, to_corner = (np.abs(target - part) for part in wide)
    from_above = np.where(to_up <= to_corner, up, corner)
    return np.where((to_left <= to_up) & (to_left <= to_corner), left, from_above)
