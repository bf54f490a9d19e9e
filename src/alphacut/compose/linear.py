"""Whole pictures in linear light and Oklab, quickly; :mod:`.light` has the curve and the matrices."""

from __future__ import annotations

import functools
from typing import cast

import cv2
import numpy as np
from numpy.typing import DTypeLike, NDArray

from ..types import Pixels, depth_of
from .light import OPPONENTS, TO_CONES, from_light, light_table

Planar = NDArray[np.float32]
"""H×W×3 float32: linear sRGB, 1 is white; or Oklab."""

LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""Shares of linear red, green and blue in relative luminance (ITU-R BT.709)."""

_STEPS = 65535

Gains = tuple[float, float, float]
"""Factors of linear red, green and blue."""

NEUTRAL: Gains = (1.0, 1.0, 1.0)


def to_linear(pixels: Pixels) -> Planar:
    """Return the linear light of sRGB pixels as float32 in [0, 1], of the same shape."""
    table = light_table(depth_of(pixels))
    if pixels.dtype == np.uint8:
        return cast(Planar, cv2.LUT(np.ascontiguousarray(pixels), table).reshape(pixels.shape))
    return table[pixels]


def to_pixels(linear: Planar, dtype: DTypeLike) -> Pixels:
    """Return linear light as sRGB pixels of a type, clipped to [0, 1] and rounded to the nearest."""
    clipped = np.clip(linear, 0, 1)
    if np.dtype(dtype) == np.uint8:
        # 65536 steps of linear light are 20 times finer than 8 bits even in the darkest tones.
        clipped *= _STEPS
        clipped += np.float32(0.5)
        return cast(Pixels, _encoding()[clipped.astype(np.uint16)])
    bright = np.float32(1.055) * cv2.pow(clipped, 1 / 2.4).reshape(clipped.shape) - np.float32(0.055)
    encoded = np.where(clipped <= 0.0031308, clipped * np.float32(12.92), bright)
    return cast(Pixels, np.rint(np.clip(encoded, 0, 1) * 65535).astype(np.uint16))


@functools.cache
def _encoding() -> NDArray[np.uint8]:
    table: NDArray[np.uint8] = np.rint(from_light(np.arange(_STEPS + 1) / _STEPS) * 255).astype(np.uint8)
    return table


def to_cones(linear: Planar) -> Planar:
    """Return the cube roots of the cones' answers to linear sRGB, of which Oklab is a matrix: see `OPPONENTS`."""
    cones = cv2.transform(linear, TO_CONES)
    np.maximum(cones, 0, out=cones)
    # pow by OpenCV: numpy's cbrt takes three times as long.
    return cast(Planar, cv2.pow(cones, 1 / 3))


def from_cones(cones: Planar) -> Planar:
    """Return linear sRGB, outside [0, 1] where out of gamut: the inverse of :func:`to_cones`."""
    return cast(Planar, cv2.transform(cones * cones * cones, np.linalg.inv(TO_CONES)))


def to_oklab(linear: Planar) -> Planar:
    """Return the Oklab of linear sRGB: L in [0, 1], a (green to red), b (blue to yellow).

    References
    ----------
    B. Ottosson, "A perceptual color space for image processing", 2020.
    """
    return cast(Planar, cv2.transform(to_cones(linear), OPPONENTS))


def luminance(linear: Planar) -> NDArray[np.float32]:
    """Return the relative luminance of linear sRGB, without the last axis."""
    return cast(NDArray[np.float32], linear @ LUMINANCE)


def sampled(pixels: Pixels, alpha: NDArray[np.float32] | None, side: int) -> tuple[Pixels, Planar]:
    """Return about side × side pixels of a picture as they are, as an N×1×3 list, and their alpha (N).

    Whole pixels taken at even steps, not averages: averaging would lessen the spread of colours, and would mix
    those of clear pixels in. Pixels of alpha 0 are left out; without an alpha, all count 1.
    """
    height, width = pixels.shape[:2]
    rows = np.unique(np.linspace(0, height - 1, min(side, height)).round().astype(np.intp))
    columns = np.unique(np.linspace(0, width - 1, min(side, width)).round().astype(np.intp))
    at = np.ix_(rows, columns)
    weight = np.ones(len(rows) * len(columns), np.float32) if alpha is None else alpha[at].ravel()
    listed = pixels[at].reshape(-1, 1, 3)
    if alpha is None:
        return listed, weight
    counts = weight > 0
    return listed[counts], weight[counts]
