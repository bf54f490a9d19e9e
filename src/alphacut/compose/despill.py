"""Take the light of a coloured backdrop out of a cutout's edges."""

from __future__ import annotations

import math
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from ..colours import Colour
from ..refine.bands import Tile, each_edge
from ..types import Alpha, Pixels, check_alpha, check_pixels, depth_of

REACH = 8  # pixels into the subject over which the effect fades
OPAQUE = 1 - 1 / 510  # what 8 bits round to 1
LEAST_CHROMA = 0.05  # below it a colour is a grey and has no hue to remove
SLOPE = math.tan(math.radians(30))


def despill(foreground: Pixels, alpha: Alpha, colour: Colour) -> Pixels:
    """Suppress the hue of a backdrop in and near soft edges, at the brightness that is there.

    In the plane of colours of equal mean, let ``p`` be a pixel's component along the spill's hue and ``q`` the
    one across it. ``p - |q|·tan 30°`` is taken away where it is positive: hues within 60° of the spill's move
    to the end of that range or to grey, others stay. For green this is the usual ``g ≤ max(r, b)``, with
    the mean of the three kept.

    Parameters
    ----------
    foreground : ndarray
        Straight colours: uint8 or uint16, H×W×3.
    alpha : Alpha
        float32, H×W, in [0, 1].
    colour : (int, int, int, int)
        The spill's red, green and blue, 0 to 255; the fourth is not used.

    Returns
    -------
    ndarray
        Shape and type as `foreground`, unchanged from 8 pixels inside the subject on. The array given, where
        `alpha` has no edge.

    Raises
    ------
    ValueError
        A shape, type or range is not the above, or `colour` is a grey.
    """
    check_alpha(alpha, check_pixels(foreground, name="foreground").shape[:2])
    axes = _axes(colour)
    result = foreground.copy()
    touched: list[Tile] = []

    def work(tile: Tile) -> None:
        touched.append(tile)
        weight = _weight(alpha[tile.reach])[tile.inner]
        result[tile.core] = _suppress(foreground[tile.core], weight, axes)

    each_edge(alpha, REACH + 1, work)
    return result if touched else foreground


def _axes(colour: Colour) -> NDArray[np.float32]:
    """Return two unit vectors among the colours of mean 0: along a spill's hue, and across it."""
    spill = np.array(colour[:3], np.float64) / 255
    along = spill - spill.mean()
    length = float(np.linalg.norm(along))
    if not length >= LEAST_CHROMA:
        raise ValueError(f"colour: expected one with a hue, such as green, got {tuple(colour)}")
    along /= length
    return np.stack([along, np.cross(along, np.full(3, 1 / math.sqrt(3)))]).astype(np.float32)


def _weight(alpha: Alpha) -> NDArray[np.float32]:
    """Return 1 in soft and clear pixels, falling to 0 over `REACH` pixels of opaque ones."""
    opaque = (alpha >= OPAQUE).view(np.uint8)
    depth: NDArray[np.float32] = cv2.distanceTransform(opaque, cv2.DIST_L2, 3)
    weight: NDArray[np.float32] = np.clip(1 - (depth - 1) / np.float32(REACH), 0, 1)
    return weight


def _suppress(pixels: Pixels, weight: NDArray[np.float32], axes: NDArray[np.float32]) -> Pixels:
    """Take the excess along the first axis out of H×W×3 pixels."""
    colours = pixels.astype(np.float32)
    along, across = cv2.split(cv2.transform(colours, axes))
    excess = np.maximum(along - np.float32(SLOPE) * np.abs(across), 0)
    excess *= weight
    kind = cv2.CV_8U if depth_of(pixels) == 255 else cv2.CV_16U
    planes = (
        cv2.addWeighted(plane, 1, excess, -float(share), 0, dtype=kind)  # it rounds and saturates
        for plane, share in zip(cv2.split(colours), axes[0], strict=True)
    )
    return cast(Pixels, cv2.merge(list(planes)))
