"""Blur planes by any radius in about the same time."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
"""H×W, or H×W×C."""

WORK = 1024
"""The longest side, in pixels, of the copies on which shadows that are soft anyway are drawn and measured."""

SHARP = 0.3  # a blur of this many pixels or less changes nothing that anyone could see
FINE = 3.0  # the standard deviation, in pixels of the shrunken copy, from which a coarser copy would show


def soften(plane: Plane, sigma: float) -> Plane:
    """Blur by a Gaussian of `sigma` pixels; outside the plane is 0.

    A wide Gaussian is applied to a shrunken copy, less the widths that shrinking and enlarging add themselves.
    """
    if sigma <= SHARP:
        return plane
    cell = max(1, int(sigma / FINE))
    if cell == 1:
        return _gaussian(plane, sigma)
    height, width = plane.shape[:2]
    padded = cv2.copyMakeBorder(plane, 0, -height % cell, 0, -width % cell, cv2.BORDER_CONSTANT)
    small = cv2.resize(padded, None, fx=1 / cell, fy=1 / cell, interpolation=cv2.INTER_AREA)
    # In squared cells: a box adds 1/12, linear interpolation 1/6.
    rest = math.sqrt((sigma / cell) ** 2 - 0.25)
    large = cv2.resize(_gaussian(small, rest), (padded.shape[1], padded.shape[0]))
    result: Plane = large[:height, :width]
    return result


def graded(plane: Plane, sigmas: Plane) -> Plane:
    """Blur each row by its own radius.

    Parameters
    ----------
    plane : ndarray
        float32, H×W.
    sigmas : ndarray
        float32, H: each row's standard deviation in pixels.

    Returns
    -------
    ndarray
        H×W: between planes blurred by 0, 1, 2, 4 … pixels, the mean of the nearest two.
    """
    steps = max(0, math.ceil(math.log2(max(float(sigmas.max()), 1)))) + 1
    levels = np.concatenate([[0.0], 2.0 ** np.arange(steps)])
    position = np.interp(sigmas, levels, np.arange(len(levels)))
    result = np.zeros_like(plane)
    for index, sigma in enumerate(levels):
        weight = np.maximum(1 - np.abs(position - index), 0).astype(np.float32)
        if weight.any():
            result += soften(plane, float(sigma)) * weight[:, None]
    return result


def shrunken(plane: NDArray[np.float32], longest: int = WORK) -> tuple[Plane, float]:
    """Return a copy whose longest side is at most `longest`, and how many of its pixels make one of the plane's."""
    height, width = plane.shape[:2]
    scale = min(1.0, longest / max(height, width))
    if scale == 1:
        return plane, 1.0
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(plane, size, interpolation=cv2.INTER_AREA), scale


def enlarged(plane: Plane, shape: tuple[int, ...]) -> Plane:
    """Return a plane at another size, interpolated."""
    result: Plane = cv2.resize(plane, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
    return result


def _gaussian(plane: Plane, sigma: float) -> Plane:
    result: Plane = cv2.GaussianBlur(plane, (0, 0), sigma, borderType=cv2.BORDER_CONSTANT)
    return result
