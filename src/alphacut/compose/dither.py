"""Smooth values → integers without steps that anyone could see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ImageCms

from ..depth import at_depth
from ..refine.bands import each_strip
from ..types import Pixels
from .light import Floats
from .profiles import conversion, convert

SIDE = 64
MARGIN = 1 / 256  # keeps whole values whole in spite of float32's last bits, even at 65535


@dataclass(frozen=True, slots=True)
class Target:
    """What integers, in whose colours, a picture is to be.

    Attributes
    ----------
    dtype : uint8 or uint16
    transform : ImageCmsTransform or None
        From sRGB; it knows 8 bits only, so that 16 then have the steps of 8, dithered.
    """

    dtype: np.dtype[Any]
    transform: ImageCms.ImageCmsTransform | None = None

    @classmethod
    def of(cls, like: Pixels, icc: bytes | None) -> Target:
        """Return the target that a photo with a profile asks for."""
        return cls(like.dtype, conversion(None, icc))

    def integers(self, values: NDArray[Any], top: int) -> Pixels:
        """Return h×w×C sRGB values in [0, 1], a strip from row `top` on, as dithered integers."""
        kind: np.dtype[Any] = np.dtype(np.uint8) if self.transform else self.dtype
        pixels = dither(np.multiply(values, np.iinfo(kind).max, dtype=np.float32), top, kind)
        if self.transform:
            pixels[..., :3] = convert(pixels[..., :3], self.transform)
        return at_depth(pixels, 8 * self.dtype.itemsize)


def thresholds() -> Floats:
    """Return the fixed pattern: `SIDE`×`SIDE` thresholds in (0, 1), evenly spaced.

    Interleaved gradient noise (J. Jimenez, "Next Generation Post Processing in Call of Duty: Advanced
    Warfare", SIGGRAPH 2014): neighbours differ widely, so the pattern is fine-grained. Ranks in place of the
    values make the mean exactly one half.
    """
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float64)
    noise = (52.9829189 * ((0.06711056 * x + 0.00583715 * y) % 1)) % 1
    ranks = np.argsort(np.argsort(noise, axis=None, kind="stable"), kind="stable")
    even = (ranks.reshape(SIDE, SIDE) + 0.5) / SIDE**2
    return (MARGIN + even * (1 - 2 * MARGIN)).astype(np.float32)


def dither(values: Floats, top: int, dtype: np.dtype[Any]) -> Pixels:
    """Round to whole numbers so that the mean over a neighbourhood is kept; overwrites `values`.

    Parameters
    ----------
    values : ndarray
        float32, h×w×C, in [0, largest of `dtype`]: a strip of a picture.
    top : int
        The strip's first row in the picture.
    dtype : uint8 or uint16

    Returns
    -------
    ndarray
        ``floor(v + threshold)``. The same threshold for all channels: a grey stays a grey.
    """
    height, width, channels = values.shape
    rows = np.arange(top, top + height) % SIDE
    pattern = np.repeat(thresholds()[rows][:, np.arange(width) % SIDE], channels, axis=1)
    values += pattern.reshape(values.shape)
    return values.astype(dtype)


def enlarge(small: Floats, factor: int, shape: tuple[int, int], target: Target) -> Pixels:
    """Enlarge a small smooth picture linearly and dither it, by strips.

    Parameters
    ----------
    small : ndarray
        float32, h×w×3, in [0, 1]; one cell covers `factor`×`factor` pixels.
    factor : int
    shape : (int, int)
        Height and width of the result, at most `factor` times those of `small`.
    target : Target
    """
    padded = cv2.copyMakeBorder(small, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    result = np.empty((*shape, 3), target.dtype)

    def work(rows: slice) -> None:
        # One cell more above and below than the strip covers: each pixel lies between two that are there.
        first, last = rows.start // factor, (rows.stop - 1) // factor
        cells = padded[first : last + 3]
        size = (padded.shape[1] * factor, cells.shape[0] * factor)
        large = cv2.resize(cells, size, interpolation=cv2.INTER_LINEAR)
        top = rows.start - first * factor + factor
        part = large[top : top + rows.stop - rows.start, factor : factor + shape[1]]
        result[rows] = target.integers(part, rows.start)

    each_strip(shape[0], work, SIDE)
    return result
