"""Edge cleanup by name: shift an edge by fractions of a pixel, feather it, change its contrast.

All lengths are pixels of the photo. At its neutral value each function gives back the array it was given.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from ..types import Alpha, check_alpha
from .bands import Tile, each_edge, each_strip

SHIFT_LIMIT = 20.0
FEATHER_LIMIT = 100.0
CONTRAST_LIMITS = (0.1, 10.0)
NORMAL_SCALE = 1.5  # σ of the directions against the shift: far enough that they are known where it reaches
RIDGE = 2.5  # σ·|∇²A| / |∇A| beyond which a place is the crest of a strand and not an edge's flank
FINEST = 4.0  # a blur with a larger σ is made at half the resolution, and so on


def shift(alpha: Alpha, pixels: float) -> Alpha:
    """Move the subject's edge outwards or, with a negative amount, inwards (choke).

    Each point takes the largest alpha (to choke: the smallest) within `pixels` along the edge's normal, so an
    edge of any width keeps its profile. The normals are those of the blurred alpha ``A``. To choke, nothing
    moves on the crest of a strand, where ``|∇²A|`` outweighs ``|∇A|``: hair becomes thinner, and does not
    vanish as under an erosion. Nor does a narrow gap when expanding.

    Parameters
    ----------
    alpha : Alpha
        float32, H×W, in [0, 1].
    pixels : float
        In [-20, 20]; 0 does nothing. Fractions count: -0.5 takes half a pixel off a disc's radius.

    Returns
    -------
    Alpha
        H×W.

    Raises
    ------
    ValueError
        `alpha` is no alpha or `pixels` is out of its range.
    """
    check_alpha(alpha)
    _check_range("pixels", pixels, -SHIFT_LIMIT, SHIFT_LIMIT)
    if pixels == 0:
        return alpha
    sigma = max(1.0, NORMAL_SCALE * abs(pixels))
    result = alpha.copy()

    def work(tile: Tile) -> None:
        result[tile.core] = _shift(alpha[tile.reach], pixels, sigma)[tile.inner]

    each_edge(alpha, _margin(sigma), work)
    return result


def feather(alpha: Alpha, radius: float) -> Alpha:
    """Soften the edges: a hard one fades over `radius` pixels on each side (Gaussian, σ = radius / 2).

    Parameters
    ----------
    alpha : Alpha
        float32, H×W, in [0, 1].
    radius : float
        Pixels, in [0, 100]; 0 does nothing.

    Returns
    -------
    Alpha
        H×W. The photo's borders are no edges: a subject that they cut stays opaque there.

    Raises
    ------
    ValueError
        `alpha` is no alpha or `radius` is out of its range.
    """
    check_alpha(alpha)
    _check_range("radius", radius, 0, FEATHER_LIMIT)
    if radius == 0:
        return alpha
    sigma = radius / 2
    result = alpha.copy()

    def work(tile: Tile) -> None:
        result[tile.core] = np.clip(_blur(alpha[tile.reach], sigma), 0, 1)[tile.inner]

    each_edge(alpha, _margin(sigma), work)
    return result


def contrast(alpha: Alpha, gain: float) -> Alpha:
    """Make soft edges steeper or, with a gain below 1, softer: ``α^g / (α^g + (1 - α)^g)``.

    0, ½ and 1 stay, the slope at ½ is `gain`, nothing is cut off, and `1 / gain` undoes it.

    Parameters
    ----------
    alpha : Alpha
        float32, H×W, in [0, 1].
    gain : float
        In [0.1, 10]; 1 does nothing.

    Returns
    -------
    Alpha
        H×W.

    Raises
    ------
    ValueError
        `alpha` is no alpha or `gain` is out of its range.
    """
    check_alpha(alpha)
    _check_range("gain", gain, *CONTRAST_LIMITS)
    if gain == 1:
        return alpha
    result = np.empty_like(alpha)

    def work(rows: slice) -> None:
        high = np.power(alpha[rows], np.float32(gain))
        low = np.power(1 - alpha[rows], np.float32(gain))
        np.divide(high, high + low, out=result[rows])

    each_strip(len(alpha), work)
    return result


def _shift(alpha: Alpha, pixels: float, sigma: float) -> Alpha:
    """Sample a window of an alpha `pixels` away along its normals."""
    smooth = _blur(alpha, sigma)
    across = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, ksize=1, scale=0.5)
    down = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, ksize=1, scale=0.5)
    slope = cv2.magnitude(across, down) + np.float32(1e-6)
    # A choke spares crests, where ∇²A is negative; an expansion spares the bottoms of gaps.
    bend = np.maximum(cv2.Laplacian(smooth, cv2.CV_32F) * np.float32(math.copysign(sigma / RIDGE, pixels)), 0)
    bend /= slope
    bend *= bend
    step = np.exp2(-bend * bend) * np.float32(pixels)
    step /= slope
    across *= step
    down *= step
    return _sweep(alpha, across, down, pixels)


def _sweep(alpha: Alpha, across: NDArray[np.float32], down: NDArray[np.float32], pixels: float) -> Alpha:
    """Return the largest alpha on each point's way along a displacement; the smallest, for a choke.

    A far end alone would jump over strands and gaps that are thinner than the shift.
    """
    height, width = alpha.shape
    x, y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)[:, None]
    extreme = cv2.min if pixels < 0 else cv2.max
    result: Alpha = alpha
    stops = math.ceil(abs(pixels))
    for stop in range(1, stops + 1):
        share = np.float32(stop / stops)
        method = cv2.INTER_CUBIC if stop == stops else cv2.INTER_LINEAR
        there = cv2.remap(
            alpha, across * share + x, down * share + y, method, borderMode=cv2.BORDER_REPLICATE
        )
        result = extreme(result, there)
    return np.clip(result, 0, 1, out=result)


def _blur(window: Alpha, sigma: float) -> NDArray[np.float32]:
    """Blur by a Gaussian; a wide one at a lower resolution, which its result cannot be told from."""
    cell = _cell(sigma)
    height, width = window.shape
    if cell > 1:
        window = cv2.copyMakeBorder(window, 0, -height % cell, 0, -width % cell, cv2.BORDER_REPLICATE)
        size = window.shape[1] // cell, window.shape[0] // cell
        window = cv2.resize(window, size, interpolation=cv2.INTER_AREA)
    reach = 2 * math.ceil(3.5 * sigma / cell) + 1
    window = cv2.GaussianBlur(window, (reach, reach), sigma / cell, borderType=cv2.BORDER_REPLICATE)
    if cell > 1:
        window = cv2.resize(window, (0, 0), fx=cell, fy=cell, interpolation=cv2.INTER_LINEAR)
    blurred: NDArray[np.float32] = window[:height, :width]
    return blurred


def _cell(sigma: float) -> int:
    """Return the side of the cells, in pixels, in which a blur is made."""
    return 1 << max(0, math.ceil(math.log2(sigma / FINEST)))


def _margin(sigma: float) -> int:
    """Return how far a blur looks, in whole cells, so that the tiles' cells meet."""
    cell = _cell(sigma)
    return math.ceil(4 * sigma / cell + 2) * cell


def _check_range(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:  # written so that NaN fails too
        raise ValueError(f"{name}: expected a number between {low:g} and {high:g}, got {value!r}")
