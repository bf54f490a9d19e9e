"""FFmpeg's frames ↔ arrays: the stated matrix and range, alpha in its own depth, the turn that a file asks for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from ..types import Alpha, Pixels, depth_of
from .frame import Colour

if TYPE_CHECKING:
    from av import VideoFrame

LIMITED, FULL = 1, 2
_UNSAID = 2
_BT709, _BT601, _BT2020 = 1, 6, 9
_SCALERS = {1: 1, 4: 4, 5: 5, 6: 5, 7: 7, 9: 9, 10: 9}
"""Matrices of H.273 → those of FFmpeg's scaler, which has one number for BT.601's two."""
_LUMA = {
    1: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    6: (0.299, 0.114),
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
    10: (0.2627, 0.0593),
}
"""Matrices of H.273, table 4 → their weights of red and blue."""
_HD_HEIGHT, _HD_WIDTH = 576, 1280
_BICUBIC = 4
# And accurate rounding, with the chroma of every pixel taken.
_CAREFUL = _BICUBIC | 0x40000 | 0x4000


def colour_of(frame: VideoFrame) -> Colour:
    """Return what a decoded frame says about its colours."""
    said = [frame.color_primaries, frame.color_trc, frame.colorspace]
    primaries, transfer, matrix = (None if value == _UNSAID else int(value) for value in said)
    if not (frame.format.is_rgb or frame.format.has_palette) and matrix == 0:
        # "RGB" on Y'CbCr is an encoder's mistake.
        matrix = None
    return Colour(primaries, transfer, matrix, int(frame.color_range) or None)


def matrix_for(colour: Colour, width: int, height: int) -> int:
    """Return the matrix to use: the one stated, else BT.709 from high definition on and BT.601 below.

    A film that says nothing is read by that rule in most players.
    """
    if colour.matrix in _SCALERS:
        return colour.matrix
    return _BT709 if width >= _HD_WIDTH or height > _HD_HEIGHT else _BT601


def rgb_of(frame: VideoFrame, deep: bool = False) -> Pixels:
    """Return a frame's colours, not yet turned.

    Parameters
    ----------
    frame : VideoFrame
        Of any pixel format.
    deep : bool
        As uint16.

    Returns
    -------
    ndarray
        H×W×3 RGB in full range, uint8 or uint16.
    """
    if frame.format.is_rgb or frame.format.has_palette or len(frame.format.components) < 3:
        wanted = "rgb48le" if deep else "rgb24"
        plain = frame.reformat(format=wanted, src_color_range=_range_of(frame), dst_color_range=FULL)
        return cast(Pixels, plain.to_ndarray())
    limits = _range_of(frame)
    # The scaler dithers where it takes bits away; 16 bits are rounded below instead.
    bits = 16 if deep or max(part.bits for part in frame.format.components) > 8 else 8
    full_chroma = frame.reformat(
        format="yuv444p16le" if bits == 16 else "yuv444p",
        interpolation=_BICUBIC,
        src_color_range=limits,
        dst_color_range=limits,
    )
    layers = [_plane(full_chroma, number, bits, big_endian=False) for number in range(3)]
    matrix = matrix_for(colour_of(frame), frame.width, frame.height)
    pixels: Pixels = cv2.transform(cv2.merge(layers), _to_rgb(matrix, limits == FULL, bits))
    return cv2.convertScaleAbs(pixels, alpha=1 / 257) if bits == 16 and not deep else pixels


def _to_rgb(matrix: int, full: bool, bits: int) -> NDArray[np.float64]:
    """Y'CbCr → R'G'B' as 3×4 (H.273, equations 23 to 28 and 38 to 40 turned round)."""
    red, blue = _LUMA[matrix]
    green = 1 - red - blue
    top, step = 2**bits - 1, 2 ** (bits - 8)
    luma, chroma = (1.0, 1.0) if full else (top / (219 * step), top / (224 * step))
    turn = np.array(
        [
            [luma, 0, 2 * (1 - red) * chroma],
            [luma, -2 * blue * (1 - blue) / green * chroma, -2 * red * (1 - red) / green * chroma],
            [luma, 2 * (1 - blue) * chroma, 0],
        ]
    )
    zero = np.array([0 if full else 16 * step, 128 * step, 128 * step])
    return np.column_stack([turn, -turn @ zero])


def _range_of(frame: VideoFrame) -> int:
    if frame.format.is_rgb or frame.format.has_palette or frame.format.name.startswith("yuvj"):
        return FULL
    grey = len(frame.format.components) < 3
    return int(frame.color_range) or (FULL if grey else LIMITED)


def alpha_of(frame: VideoFrame) -> Alpha | None:
    """Return a frame's alpha in the file's own depth, H×W in [0, 1], not yet turned; None if it has none."""
    layers = [part for part in frame.format.components if part.is_alpha]
    if frame.format.has_palette:
        return _scaled(frame.reformat(format="rgba").to_ndarray()[..., 3], 8)
    if not layers:
        return None
    if layers[0].plane < 3:  # interleaved with the colours
        deep = layers[0].bits > 8
        return _scaled(
            frame.reformat(format="rgba64le" if deep else "rgba").to_ndarray()[..., 3], 16 if deep else 8
        )
    return _scaled(_plane(frame, layers[0].plane, layers[0].bits, frame.format.is_big_endian), layers[0].bits)


def _scaled(values: NDArray[Any], bits: int) -> Alpha:
    return cast(Alpha, np.minimum(values.astype(np.float32) / np.float32(2**bits - 1), np.float32(1)))


def _plane(frame: VideoFrame, number: int, bits: int, big_endian: bool) -> NDArray[Any]:
    plane = frame.planes[number]
    kind: np.dtype[Any] = np.dtype(np.uint8 if bits <= 8 else (">u2" if big_endian else "<u2"))
    rows = np.frombuffer(cast(Any, plane), kind).reshape(-1, plane.line_size // kind.itemsize)
    return rows[: frame.height, : frame.width]


def frame_of(pixels: Pixels, pix_fmt: str, colour: Colour) -> VideoFrame:
    """Return RGB or RGBA as FFmpeg's frame in another pixel format, tagged with its colours.

    Parameters
    ----------
    pixels : ndarray
        H×W×3 or H×W×4 (straight alpha), uint8 or uint16.
    pix_fmt : str
        Y'CbCr becomes limited range by `colour`'s matrix; RGB stays as it is.
    colour : Colour
    """
    import av

    deep = pixels.dtype == np.uint16
    if pix_fmt in ("rgba", "bgra"):
        plain = av.VideoFrame.from_ndarray(_with_alpha(pixels), "rgba64le" if deep else "rgba")
        return plain.reformat(format=pix_fmt)
    source = av.VideoFrame.from_ndarray(
        cast(Any, np.ascontiguousarray(pixels[..., :3])), "rgb48le" if deep else "rgb24"
    )
    matrix = matrix_for(colour, source.width, source.height)
    result = source.reformat(
        format=pix_fmt,
        interpolation=_CAREFUL,
        src_color_range=FULL,
        dst_colorspace=_SCALERS[matrix],
        dst_color_range=LIMITED,
    )
    if len(result.planes) == 4 and pixels.shape[2] == 4:
        bits = result.format.components[3].bits
        _fill(result, 3, np.rint(pixels[..., 3] * ((2**bits - 1) / depth_of(pixels))), bits)
    result.colorspace, result.color_range = matrix, LIMITED
    result.color_primaries = colour.primaries or _UNSAID
    result.color_trc = colour.transfer or _UNSAID
    return result


def _with_alpha(pixels: Pixels) -> Pixels:
    if pixels.shape[2] == 4:
        return cast(Pixels, np.ascontiguousarray(pixels))
    opaque = np.full((*pixels.shape[:2], 1), depth_of(pixels), pixels.dtype)
    return np.concatenate([pixels, opaque], axis=2)


def _fill(frame: VideoFrame, number: int, values: NDArray[Any], bits: int) -> None:
    plane = frame.planes[number]
    kind = np.dtype(np.uint8 if bits <= 8 else "<u2")
    # Rows are padded to what the processor likes; the padding is never seen.
    rows = np.zeros((plane.buffer_size // plane.line_size, plane.line_size // kind.itemsize), kind)
    rows[: values.shape[0], : values.shape[1]] = values
    plane.update(rows.tobytes())


def turn_of(frame: VideoFrame) -> tuple[int, int, int, int]:
    """Return the display matrix's a, b, c, d as -1, 0 or 1; (1, 0, 0, 1) where there is none.

    A point (x, y) of the file is shown at (a·x + c·y, b·x + d·y), y down (ISO/IEC 14496-12, 6.2.2).
    Angles between the right ones are taken as the nearest.
    """
    for data in cast(Any, frame.side_data):
        if data.type.name == "DISPLAYMATRIX":
            values = np.frombuffer(bytes(data), f"{'<' if sys.byteorder == 'little' else '>'}i4")
            a, b, c, d = (float(values[k]) / 65536 for k in (0, 1, 3, 4))
            straight = abs(a) + abs(d) >= abs(b) + abs(c)
            signs = [int(np.sign(value)) for value in (a, b, c, d)]
            return (signs[0], 0, 0, signs[3]) if straight else (0, signs[1], signs[2], 0)
    return 1, 0, 0, 1


def turned(values: NDArray[Any], turn: tuple[int, int, int, int]) -> NDArray[Any]:
    """Return H×W or H×W×C as it is to be shown; see :func:`turn_of`."""
    a, b, c, d = turn
    if a == 0:
        values = values.swapaxes(0, 1)
    across, down = a or c, d or b
    return np.ascontiguousarray(values[:: down or 1, :: across or 1])
