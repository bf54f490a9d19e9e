"""Which colours somebody has: smoothed histograms over CIE Lab, and how much more one explains than another."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ...types import Pixels

Plane = NDArray[np.float32]
Bins = NDArray[np.int32]
"""H×W: the number of each pixel's cell of colour, from 0."""
Histogram = NDArray[np.float32]
"""`CELLS` counts of pixels, older ones faded; zeros of somebody never seen."""

SIDES = (16, 32, 32)  # cells along L, a and b: light changes more than hue does
CELLS = SIDES[0] * SIDES[1] * SIDES[2]
SPREAD = (1.4, 1.0, 1.0)  # σ in cells: a shade that was not seen is near one that was
RARE = 2e-5  # share of a cell whose colour nobody was ever seen with
MOST = 3.0  # a colour alone is never surer than this, in nats


def lab(pixels: Pixels) -> Pixels:
    """Return H×W×3 uint8 RGB as CIE Lab: L in [0, 255], a and b around 128."""
    converted: Pixels = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)
    return converted


def bins_of(picture: Pixels) -> Bins:
    """Return the cell of each pixel of a Lab picture, H×W×3 uint8."""
    light, a, b = cv2.split(picture.astype(np.int32))
    cells: Bins = ((light >> 4) * SIDES[1] + (a >> 3)) * SIDES[2] + (b >> 3)
    return cells


def histogram(bins: Bins, weight: Plane) -> Histogram:
    """Return the smoothed colours of the pixels, each counted `weight` times; zeros where nothing counts."""
    counts: NDArray[Any] = np.bincount(bins.ravel(), weight.ravel(), CELLS).reshape(SIDES)
    for axis, sigma in enumerate(SPREAD):
        counts = _smooth(counts, axis, sigma)
    return counts.ravel().astype(np.float32)


def lead(bins: Bins, first: Histogram, second: Histogram) -> Plane:
    """Return, H×W, the logarithm of how much likelier each pixel's colour is of `first` than of `second`.

    In [-`MOST`, `MOST`]; 0 where neither has the colour, and everywhere if `second` was never seen.
    """
    if not first.any() or not second.any():
        return np.zeros(bins.shape, np.float32)
    shares = [counts / counts.sum() + np.float32(RARE) for counts in (first, second)]
    ratio = np.log(shares[0] / shares[1])
    found: Plane = np.clip(ratio, -MOST, MOST).astype(np.float32)[bins]
    return found


def _smooth(counts: NDArray[np.float64], axis: int, sigma: float) -> NDArray[np.float64]:
    reach = int(np.ceil(2.5 * sigma))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    along = np.moveaxis(counts, axis, -1)
    flat = np.ascontiguousarray(along).reshape(-1, along.shape[-1])
    smoothed = cv2.filter2D(flat, -1, kernel[None], borderType=cv2.BORDER_CONSTANT)
    return np.moveaxis(smoothed.reshape(along.shape), -1, axis)
