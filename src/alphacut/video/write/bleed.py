"""Colours where nothing is seen: those of the nearest that is, so that compression does not mix in others."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from ...depth import at_depth, eight_bits
from ...types import Pixels

_COARSE = 4
"""Sides of the squares that share a colour: less than a codec's block."""
_LEAST = np.float32(1)
"""Of 255: average alpha from which an average of colours can be told from its rounding."""


def bled(pixels: Pixels) -> Pixels:
    """Return straight RGBA with the colours of alpha 0 taken from around.

    A codec with a quarter of the chroma, or with blocks, mixes the colours of neighbours, seen or not. Averages
    of what is seen, weighted by alpha, are made coarser and coarser; each pixel takes the finest that has any
    (pull and push; Gortler et al., "The Lumigraph", 1996, section 3.4).

    Parameters
    ----------
    pixels : ndarray
        H×W×4, uint8 or uint16, straight alpha.

    Returns
    -------
    ndarray
        Same shape and type; where alpha is above 0, the same values.
    """
    unseen = (pixels[..., 3] == 0).view(np.uint8)
    count = cv2.countNonZero(unseen)
    if count in (0, unseen.size):
        return pixels
    height, width = unseen.shape
    small = eight_bits(pixels)
    alpha = small[..., 3]
    weighted = cv2.multiply(small[..., :3], cv2.merge([alpha] * 3), scale=1 / 255)
    size = (-(-width // _COARSE), -(-height // _COARSE))
    coarse = cv2.resize(cv2.merge([*cv2.split(weighted), alpha]), size, interpolation=cv2.INTER_AREA)
    filled = np.clip(_filled(coarse.astype(np.float32))[..., :3] * 255 + 0.5, 0, 255).astype(np.uint8)
    fill = cast(NDArray[np.uint8], cv2.resize(filled, (width, height), interpolation=cv2.INTER_LINEAR))
    colours = np.ascontiguousarray(pixels[..., :3])
    cv2.copyTo(at_depth(fill, 8 * pixels.itemsize), unseen, colours)
    return cast(Pixels, cv2.merge([*cv2.split(colours), np.ascontiguousarray(pixels[..., 3])]))


def _filled(weighted: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return colours in [0, 1] for each pixel; the last of the four channels is the weight of the others."""
    height, width = weighted.shape[:2]
    weight = weighted[..., 3:]
    colours = weighted / np.maximum(weight, _LEAST / 64)
    if height * width == 1 or float(weight.min()) >= _LEAST:
        return cast(NDArray[np.float32], colours)
    half = cv2.resize(weighted, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
    around = cv2.resize(_filled(half), (width, height), interpolation=cv2.INTER_LINEAR)
    trust = np.minimum(weight / _LEAST, np.float32(1))
    return cast(NDArray[np.float32], colours * trust + around * (1 - trust))
