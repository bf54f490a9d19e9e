"""An outline around the subject, as a sticker has, and a glow.

The edge is where alpha crosses ½, between two pixels as between two samples of a line. A pixel's distance to it is
looked for only near the outline's own edge: from the distance to the nearest pixel of the subject, which OpenCV gives
exactly, the way back along its gradient leads to within a pixel or two of the nearest crossing.
"""

from __future__ import annotations

import itertools
import math

import cv2
import numpy as np
from numpy.typing import NDArray

from ..colours import Colour
from ..refine.bands import Tile, each_edge, each_strip
from ..types import Alpha, Pixels, check_alpha, check_pixels, depth_of

EDGE = 0.5  # the alpha of the subject's edge
WIDEST, SOFTEST = 400.0, 200.0  # pixels
NEAR = 2  # pixels around the foot of a distance in which the crossing is looked for
WIDE = 4.0  # pixels: a fade so wide hides what looking less far costs
Floats = NDArray[np.float32]
Places = NDArray[np.intp]


def outline(alpha: Alpha, width: float, softness: float = 0.0, rounding: float = 0.0) -> Alpha:
    """Return the alpha of a subject together with an outline around it, outside and in its holes.

    Parameters
    ----------
    alpha : Alpha
        float32, H×W, in [0, 1].
    width : float
        Pixels, in [0, 400]; 0 gives back the array given.
    softness : float
        Pixels over which the outline fades, half of them within its width, in [0, 200]; 0 is an edge of 1 pixel.
    rounding : float
        Pixels, in [0, 400]: the least radius of the outline's inner corners, so that it runs smoothly past teeth,
        fingers and locks; gaps narrower than twice this and the width are filled.

    Returns
    -------
    Alpha
        H×W: 1 up to `width` from the edge, and nowhere below `alpha`. Outer corners are round. Strands fainter than ½
        get no outline of their own and stay.

    Raises
    ------
    ValueError
        `alpha` is no alpha, or a number is out of its range.
    """
    check_alpha(alpha)
    _check_range("width", width, WIDEST)
    _check_range("softness", softness, SOFTEST)
    _check_range("rounding", rounding, WIDEST)
    if width == 0:
        return alpha
    if rounding == 0:
        return _grown(alpha, width, 1 + softness)
    # A closing: what a disc of the rounding's radius cannot enter from outside is filled. The disc may come from
    # beyond the frame, where the picture goes on as at its border.
    reach = math.ceil(width + 2 * rounding) + 1
    wide = cv2.copyMakeBorder(alpha, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    room = 1 - _grown(wide, width + rounding, 1)
    closed = _grown(room, rounding, 1 + softness)[reach:-reach, reach:-reach]
    return np.maximum(alpha, 1 - closed)


def stick(foreground: Pixels, alpha: Alpha, ring: Alpha, colour: Colour) -> tuple[Pixels, Alpha]:
    """Put a subject on its outline in a colour.

    Parameters
    ----------
    foreground : ndarray
        Straight colours: uint8 or uint16, H×W×3.
    alpha, ring : Alpha
        float32, H×W: the subject's, and what :func:`outline` made of it.
    colour : Colour
        Red, green, blue and alpha, 0 to 255, in the foreground's space.

    Returns
    -------
    foreground, alpha
        Of both together, straight: ``α = α_F + (1 - α_F)·α_R`` (Porter and Duff 1984, *over*).

    Raises
    ------
    ValueError
        A shape, type or range is not the above.
    """
    check_alpha(alpha, check_pixels(foreground, name="foreground").shape[:2])
    check_alpha(ring, alpha.shape, "ring")
    paint = np.array(colour[:3], np.float32) * np.float32(depth_of(foreground) / 255)
    pixels, covered = foreground.copy(), alpha.copy()

    def work(rows: slice) -> None:
        # Nothing shows where the subject is opaque or the ring is not: most of a picture.
        shows = (ring[rows] > 0) & (alpha[rows] < 1)
        own = alpha[rows][shows]
        under = (1 - own) * ring[rows][shows] * np.float32(colour[3] / 255)
        both = own + under
        share = (under / np.maximum(both, np.float32(1e-9)))[:, None]
        mixed = foreground[rows][shows] * (1 - share) + paint * share
        pixels[rows][shows] = np.rint(mixed).astype(foreground.dtype)
        covered[rows][shows] = np.minimum(both, 1)

    each_strip(len(alpha), work)
    return pixels, covered


def _check_range(name: str, value: float, high: float) -> None:
    if not 0 <= value <= high:  # written so that NaN fails too
        raise ValueError(f"{name}: expected a number between 0 and {high:g}, got {value!r}")


def _grown(alpha: Alpha, width: float, fade: float) -> Alpha:
    """Return an alpha whose edge is moved out by `width` and fades over `fade` pixels."""
    result = alpha.copy()

    def work(tile: Tile) -> None:
        ring = _outline(alpha[tile.reach], width, fade)
        result[tile.core] = np.maximum(alpha[tile.core], ring[tile.inner])

    each_edge(alpha, math.ceil(width + fade) + 2 * NEAR + 2, work)
    return result


def _outline(alpha: Alpha, width: float, fade: float) -> Floats:
    """Return the outline of a window: 1 near the subject, falling to 0 over `fade` pixels around `width`."""
    outside = (alpha < EDGE).view(np.uint8)
    if outside.all():
        return np.zeros_like(alpha)
    distance = cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    reach = np.float32(fade / 2 + 1.5)
    rim = np.nonzero((outside > 0) & (np.abs(distance - np.float32(width)) < reach))
    ring: Floats = (distance < width).astype(np.float32)
    if len(rim[0]):
        exact = _to_edge(alpha, distance, rim, NEAR if fade < WIDE else 1)
        share = np.clip((np.float32(width) - exact) / np.float32(fade) + np.float32(0.5), 0, 1)
        ring[rim] = share if fade == 1 else share * share * (3 - 2 * share)
    return ring


def _to_edge(alpha: Alpha, distance: Floats, at: tuple[Places, ...], near: int) -> Floats:
    """Return the distance of pixels to the nearest place, `near` their foot, where alpha crosses ½."""
    own, slope = distance[at], _slope(distance, at)
    room = near + 1
    padded = cv2.copyMakeBorder(alpha, room, room, room, room, cv2.BORDER_REPLICATE)
    levels, stride = padded.ravel(), padded.shape[1]
    row, column = (
        np.clip(place - np.rint(own * part).astype(np.intp), 0, side - 1)
        for place, part, side in zip(at, slope, alpha.shape, strict=True)
    )
    foot = (row + room) * stride + column + room
    down, right = (row - at[0]).astype(np.float32), (column - at[1]).astype(np.float32)
    nearest = np.full(len(own), np.inf, np.float32)
    steps = range(-near, near + 1)
    for y, x, beneath in itertools.product(steps, steps, (0, 1)):
        first = foot + (y * stride + x)
        here, there = levels[first], levels[first + (stride if beneath else 1)]
        share = _crossing(here, there)
        far_y, far_x = down + (y + beneath * share), right + (x + (1 - beneath) * share)
        crosses = (here >= EDGE) != (there >= EDGE)
        np.minimum(nearest, far_y * far_y + far_x * far_x, out=nearest, where=crosses)
    # Where no crossing is found (two edges are as near), the distance to the pixel, less half of it, is kept.
    found: Floats = np.where(np.isfinite(nearest), np.sqrt(nearest), own - np.float32(0.5))
    return found


def _crossing(here: Floats, there: Floats) -> Floats:
    """Return where between two neighbours, in [0, 1] from the first, alpha crosses ½.

    On a slope it is the line's ``(here - ½) / (here - there)``. A steeper one than ½ a pixel is an edge that covers a
    pixel in part: there ``here + there - ½`` counts what is covered. The two meet at ½.
    """
    steep = np.minimum(2 * np.abs(here - there), 1)
    falls = np.sign(here - there)
    share: Floats = np.float32(0.5) + falls * (here + there - 1) / np.maximum(steep, np.float32(1e-6))
    return share


def _slope(distance: Floats, at: tuple[Places, ...]) -> tuple[Floats, Floats]:
    """Return the unit gradient, down and to the right, at some pixels."""
    y, x = at
    height, width = distance.shape
    down = distance[np.minimum(y + 1, height - 1), x] - distance[np.maximum(y - 1, 0), x]
    right = distance[y, np.minimum(x + 1, width - 1)] - distance[y, np.maximum(x - 1, 0)]
    length = np.maximum(np.hypot(down, right), np.float32(1e-6))
    return down / length, right / length
