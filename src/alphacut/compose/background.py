"""Put a colour behind the subject."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from ..colours import Colour
from ..types import Alpha, Pixels, check_pixels, depth_of

BAND = 512
"""Rows composited at a time: bounds the float copies of a large picture."""


def over(foreground: Pixels, alpha: Alpha, colour: Colour, icc: bytes | None = None) -> Pixels:
    """Composite a straight foreground over a colour, in the encoded values that the alpha was estimated in.

    Parameters
    ----------
    foreground : ndarray
        H×W×3, straight.
    alpha : Alpha
        H×W.
    colour : Colour
        sRGB; converted to the space of `icc`.
    icc : bytes, optional
        The profile of the foreground; sRGB without it.

    Returns
    -------
    ndarray
        Of the foreground's type; H×W×3 on an opaque colour, H×W×4 (straight) on a translucent one.
        ``C = F·α + B·(1 - α)`` (Porter and Duff 1984, *over*).
    """
    limit = depth_of(foreground)
    behind = np.array(_in_profile(colour, icc), np.float32) * (limit / 255)
    opacity = colour[3] / 255
    channels = 3 if colour[3] == 255 else 4
    result = np.empty((*alpha.shape, channels), foreground.dtype)
    for top in range(0, alpha.shape[0], BAND):
        rows = slice(top, top + BAND)
        result[rows] = _over_band(foreground[rows], alpha[rows], behind, opacity, limit)[..., :channels]
    return check_pixels(result, (channels,))


def _over_band(
    foreground: Pixels, alpha: Alpha, behind: NDArray[np.float32], opacity: float, limit: int
) -> Pixels:
    weight = alpha[..., None]
    rest = opacity * (1 - weight)
    total = weight + rest
    # Where nothing at all is left, 0 / 1 keeps the colour black and the alpha zero.
    mixed = (foreground * weight + behind * rest) / np.where(total > 0, total, 1)
    rounded = np.rint(np.concatenate([mixed, total * limit], axis=2))
    return check_pixels(rounded.astype(foreground.dtype), (4,))


def _in_profile(colour: Colour, icc: bytes | None) -> tuple[int, ...]:
    if not icc:
        return colour[:3]
    pixel = Image.new("RGB", (1, 1), colour[:3])
    profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    converted = ImageCms.profileToProfile(pixel, ImageCms.createProfile("sRGB"), profile)
    return tuple(int(value) for value in np.asarray(converted)[0, 0])
