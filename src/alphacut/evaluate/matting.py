"""Rhemann et al. 2009, *A Perceptually Motivated Online Benchmark for Image Matting*: SAD, MSE, Grad, Conn.

The definitions are those of the benchmark's MATLAB programs, less one step: they stretch both mattes to their own
minimum and maximum first, which would hide a matte that is grey where it should be white. Values of SAD, Grad and
Conn are in thousands, as the benchmark prints them.
"""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..types import Alpha

Where = NDArray[np.bool_] | None

SIGMA = 1.4
"""Standard deviation of the Gaussian whose derivative `grad` takes, in pixels."""
CUT_OFF = 0.01
"""The filter ends where the Gaussian's density falls below this."""
STEP = 0.1
"""Distance between the thresholds of `conn`."""
TOLERANCE = 0.15
"""How far a pixel may stand above the level at which it is connected before `conn` counts it."""


def sad(alpha: Alpha, truth: Alpha, where: Where = None) -> float:
    """Return the sum of absolute differences, in thousands.

    Parameters
    ----------
    alpha, truth : Alpha
        float32 H×W in [0, 1].
    where : ndarray of bool, optional
        H×W; the pixels that count, the whole image without it.
    """
    return _total(np.abs(alpha - truth), where) / 1000


def mse(alpha: Alpha, truth: Alpha, where: Where = None) -> float:
    """Return the mean squared difference over the pixels that count; NaN if there are none."""
    count = alpha.size if where is None else int(np.count_nonzero(where))
    return _total((alpha - truth) ** 2, where) / count if count else math.nan


def grad(alpha: Alpha, truth: Alpha, where: Where = None) -> float:
    """Return the sum of squared differences of the gradients' lengths, in thousands.

    The gradient is the image's convolution with the derivatives of a Gaussian of 1.4 pixels, each filter of unit
    energy; the frame is continued by its last pixel.
    """
    return _total((_slope(alpha) - _slope(truth)) ** 2, where) / 1000


def conn(alpha: Alpha, truth: Alpha, where: Where = None) -> float:
    """Return the difference in connectivity to what both mattes agree is the subject, in thousands.

    At each threshold 0.1, 0.2 … 1 the largest region (4 neighbours) where both mattes reach it is found. A pixel's
    level is the last threshold at which it belonged to that region; a matte loses what it has above that level,
    unless it is less than 0.15.
    """
    level = _connected_level(alpha, truth)
    return _total(np.abs(_connectivity(alpha, level) - _connectivity(truth, level)), where) / 1000


def _total(error: NDArray[np.floating[Any]], where: Where) -> float:
    return float(np.sum(error if where is None else error[where], dtype=np.float64))


def _slope(image: Alpha) -> NDArray[np.float64]:
    half = math.ceil(SIGMA * math.sqrt(-2 * math.log(math.sqrt(2 * math.pi) * SIGMA * CUT_OFF)))
    x = np.arange(-half, half + 1)
    bell = np.exp(-(x**2) / (2 * SIGMA**2))
    ramp = -x * bell
    bell, ramp = bell / np.linalg.norm(bell), ramp / np.linalg.norm(ramp)
    wide = image.astype(np.float64)
    across = cv2.sepFilter2D(wide, cv2.CV_64F, ramp, bell, borderType=cv2.BORDER_REPLICATE)
    down = cv2.sepFilter2D(wide, cv2.CV_64F, bell, ramp, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(np.hypot(across, down))


def _connected_level(alpha: Alpha, truth: Alpha) -> NDArray[np.float64]:
    both = np.minimum(alpha, truth)
    level = np.ones(both.shape)
    inside = np.ones(both.shape, bool)
    for step in range(1, round(1 / STEP) + 1):
        # float32, as the mattes are: 0.6 as float64 is more than 0.6 as float32.
        region = _largest_region(both >= np.float32(step * STEP))
        level[inside & ~region] = (step - 1) * STEP
        inside &= region
    return level


def _largest_region(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    count, labels, facts, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=4)
    if count == 1:
        return np.zeros_like(mask)
    return np.asarray(labels == 1 + int(np.argmax(facts[1:, cv2.CC_STAT_AREA])))


def _connectivity(image: Alpha, level: NDArray[np.float64]) -> NDArray[np.float64]:
    above = image - level
    return np.where(above >= TOLERANCE, 1 - above, 1.0)
