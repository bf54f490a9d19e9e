"""A frame's alpha where it looks like neither key frame: told from its colours by what is known around.

Flow loses a limb that swings out and back between two key frames, and what shows between two legs meanwhile. There
alpha is taken as a linear function of the colour, as in a guided filter [1]_, but the lines are fitted only to what
was brought, each pixel by how far it looks as it should. They are fitted on a copy half as large [2]_.

References
----------
.. [1] K. He, J. Sun, X. Tang, "Guided Image Filtering", TPAMI 2013, eq. 4-8; here with a weight for each pixel.
.. [2] K. He, J. Sun, "Fast Guided Filter", 2015.
"""

from __future__ import annotations

import cv2
import numpy as np

from ...depth import eight_bits
from ...foreground import CLEAR
from ...refine.guided_filter import Box
from ...types import Alpha, Pixels
from .flow import Plane

REACH = 0.04
"""Of the windows, to each side, as a share of the longer side."""
RIDGE = 1e-3
"""Variance added to the colours, which lie in [0, 1]: a difference below it tells nothing."""
FLAT = 0.01
"""Variance of an alpha below which it needs no colours to be explained."""
FEW = 0.05
"""Share of the windows that must be known, and explained by colours, for these to be believed."""
PAIRS = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))


def filled(alpha: Alpha, pixels: Pixels, known: Plane) -> Alpha:
    """Return an alpha that is told from the colours where it is not known.

    Parameters
    ----------
    alpha : Alpha
        float32, H×W.
    pixels : ndarray
        uint8 or uint16, H×W×3: the frame.
    known : ndarray
        float32, h×w, in [0, 1]: how far the frame looks as it does where the alpha is from.

    Returns
    -------
    Alpha
        H×W, in [0, 1]; as it was where all is known.
    """
    height, width = known.shape
    small = cv2.resize(alpha, (width, height), interpolation=cv2.INTER_AREA)
    reduced = eight_bits(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA))
    image: Plane = reduced.astype(np.float32) / np.float32(255)
    reach = max(1, round(REACH * max(height, width)))
    change = np.zeros_like(small)
    box = _around(small, 2 * reach)
    change[box] = _change(small[box], image[box], known[box], reach)
    result: Alpha = alpha + cv2.resize(change, alpha.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.clip(result, 0, 1, out=result)


def _around(alpha: Plane, margin: int) -> Box:
    left, top, width, height = cv2.boundingRect((alpha > CLEAR).astype(np.uint8))
    down, right = (
        slice(max(0, start - margin), start + side + margin) for start, side in ((top, height), (left, width))
    )
    return down, right


def _change(alpha: Plane, image: Plane, known: Plane, reach: int) -> Plane:
    """Return by how much what is told differs from an alpha, as far as that is not known."""
    height, width = alpha.shape
    half = max(1, width // 2), max(1, height // 2)
    copies = [cv2.resize(plane, half, interpolation=cv2.INTER_AREA) for plane in (image, alpha, known)]
    lines = _lines(copies[0], copies[1], copies[2], reach // 2 * 2 + 1)
    lines = cv2.resize(lines, (width, height), interpolation=cv2.INTER_LINEAR)
    told = (lines[..., :3] * image).sum(2) + lines[..., 3]
    belief = (1 - known) * np.clip(lines[..., 4] / FEW, 0, 1)
    # A line goes on beyond what it was fitted to.
    change: Plane = belief * (np.clip(told, alpha.min(), alpha.max()) - alpha)
    return change


def _lines(image: Plane, alpha: Plane, weight: Plane, side: int) -> Plane:
    """Return h×w×5: the mean line (red, green, blue, level) of the windows around each pixel, and how sure it is."""

    def mean(plane: Plane) -> Plane:
        return np.asarray(cv2.blur(plane, (side, side)), np.float32)

    products = np.dstack([image, *(image[..., i] * image[..., j] for i, j in PAIRS)])
    with_alpha = np.dstack([image * alpha[..., None], alpha, np.square(alpha)])
    total = mean(weight)
    sums = np.dstack([mean(products * weight[..., None]), mean(with_alpha * weight[..., None])])
    means = sums / np.maximum(total, 1e-4)[..., None]
    centre, level = means[..., :3], means[..., 12]
    matrix = np.empty((*alpha.shape, 3, 3), np.float32)
    for k, (i, j) in enumerate(PAIRS):
        matrix[..., i, j] = matrix[..., j, i] = means[..., 3 + k] - centre[..., i] * centre[..., j]
    matrix += RIDGE * np.eye(3, dtype=np.float32)
    tilt = means[..., 9:12] - centre * level[..., None]
    slope = np.linalg.solve(matrix, tilt[..., None])[..., 0]
    spread = np.maximum(means[..., 13] - np.square(level), 0)
    # A window whose colours do not explain its alpha says nothing of a pixel in it.
    sure = total * np.square(((slope * tilt).sum(2) + FLAT) / (spread + FLAT)).clip(0, 1)
    line = np.dstack([slope, level - (slope * centre).sum(2), np.ones_like(level)])
    lines = mean(line * sure[..., None])
    lines[..., :4] /= np.maximum(lines[..., 4:], 1e-4)
    return lines
