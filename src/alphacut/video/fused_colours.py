"""The subject's own colours in its soft edges, in a fraction of the time that a photo's take.

The energy is that of :mod:`alphacut.foreground`, solved once for windows around the cells of one coarse grid. What
that misses of a pixel is then shared out by its alpha [1]_.

References
----------
.. [1] M. Forte, "Approximate Fast Foreground Colour Estimation", ICIP 2021, equation 7.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..foreground import CLEAR
from ..types import Alpha, Pixels, check_alpha, check_pixels, depth_of

CELL = 4
"""Pixels a side."""
REACH = 2
"""Radius of a window, in cells."""
STIFF = np.float32(1e-3)
"""Weight of the plain means."""
LEAST = 1e-3
"""Share of a window below which nothing of that side is seen in it."""

Floats = NDArray[np.float32]


def fused_colours(pixels: Pixels, alpha: Alpha) -> Pixels:
    """Estimate a subject's own colours.

    Parameters
    ----------
    pixels : ndarray
        H×W×3 RGB, uint8 or uint16.
    alpha : Alpha
        H×W.

    Returns
    -------
    ndarray
        Same shape and type. Where alpha is 1 they are the given ones; where it is 0 the colours of the edge go on for
        some pixels, and beyond it is black.
    """
    check_alpha(alpha, check_pixels(pixels).shape[:2])
    colours = np.zeros_like(pixels)
    box = _seen(alpha)
    inside, share = pixels[box], alpha[box]
    if not share.size:
        return colours
    front, back = _sides(inside, share)
    cv2.copyTo(inside, cv2.inRange(share, 1 - CLEAR, 1), front)
    soft = cv2.inRange(share, CLEAR, 1 - CLEAR) > 0
    weight = share[soft][:, None]
    near, behind = front[soft].astype(np.float32), back[soft]
    near += weight * (inside[soft] - weight * near - (1 - weight) * behind)
    front[soft] = np.rint(np.clip(near, 0, depth_of(pixels)))
    colours[box] = front
    return colours


def _seen(alpha: Alpha) -> tuple[slice, slice]:
    """Return the box around all that is seen, and as far as its colours go on."""
    left, top, width, height = cv2.boundingRect(cv2.inRange(alpha, CLEAR, 1))
    if not width:
        return slice(0, 0), slice(0, 0)
    margin = CELL * REACH
    rows = slice(max(top - margin, 0), top + height + margin)
    return rows, slice(max(left - margin, 0), left + width + margin)


def _sides(pixels: Pixels, alpha: Alpha) -> tuple[Pixels, Pixels]:
    """Return the colours of the subject and of the background around each pixel; black where neither is near."""
    height, width = alpha.shape
    size = -(-width // CELL), -(-height // CELL)
    lit = cv2.multiply(pixels, cv2.merge([alpha] * 3), dtype=cv2.CV_32F)
    means = (_around(image, size) for image in (pixels, lit, alpha, alpha * alpha))
    sides = []
    for colours in _solved(*means):
        coarse = np.rint(np.clip(colours, 0, depth_of(pixels))).astype(pixels.dtype)
        sides.append(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR))
    return sides[0], sides[1]


def _solved(whole: Floats, lit: Floats, share: Floats, square: Floats) -> tuple[Floats, Floats]:
    """Return F and B, from the means of I, α·I, α and α², that minimise the mean of (I - α·F - (1 - α)·B)².

    Where alpha hardly varies that leaves both open: a little weight is on the means of I by α and by 1 - α.
    """
    dark, cross, rest = whole - lit, share - square, 1 - 2 * share + square
    front, back = (
        total / np.maximum(weight, LEAST)[..., None] for total, weight in ((lit, share), (dark, 1 - share))
    )
    known, other, cross = square[..., None] + STIFF, rest[..., None] + STIFF, cross[..., None]
    first, second = lit + STIFF * front, dark + STIFF * back
    scale = 1 / (known * other - cross * cross)
    sides = scale * (other * first - cross * second), scale * (known * second - cross * first)
    return np.asarray(sides[0], np.float32), np.asarray(sides[1], np.float32)


def _around(image: NDArray[Any], size: tuple[int, int]) -> Floats:
    """Return the means of windows around coarse cells."""
    means = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.float32, copy=False)
    blurred: Floats = cv2.blur(means, (2 * REACH + 1,) * 2, borderType=cv2.BORDER_REPLICATE)
    return blurred
