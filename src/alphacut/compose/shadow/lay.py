"""Put a shadow between the subject and what is behind it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ...types import Alpha, Pixels, check_alpha, check_pixels, depth_of
from .look import Shadow

BAND = 512
"""Rows composited at a time: bounds the float copies of a large picture."""

Floats = NDArray[np.float32]


def lay(shadow: Shadow, backdrop: Pixels) -> Pixels:
    """Return a backdrop with the shadow on it; the subject then goes over that.

    Parameters
    ----------
    shadow : Shadow
        H×W.
    backdrop : ndarray
        uint8 or uint16, H×W×3.

    Returns
    -------
    ndarray
        Shape and type as `backdrop`: ``B·(1 - o) + S·o`` in encoded values, which for black is the backdrop
        multiplied by ``1 - o``. The same as :func:`under` composited over the backdrop, to a rounding.

    Raises
    ------
    ValueError
        Shapes or types do not fit.
    """
    _check(shadow, check_pixels(backdrop, name="backdrop"))
    result = backdrop.copy()
    for part in _parts(shadow.opacity):
        opacity = shadow.opacity[part][..., None]
        mixed = backdrop[part] * (1 - opacity) + _colours(shadow, part, depth_of(backdrop)) * opacity
        result[part] = np.rint(mixed)
    return result


def under(foreground: Pixels, alpha: Alpha, shadow: Shadow) -> tuple[Pixels, Alpha]:
    """Return a transparent picture of the subject over its shadow.

    Parameters
    ----------
    foreground : ndarray
        Straight colours, uint8 or uint16, H×W×3.
    alpha : Alpha
        float32, H×W, in [0, 1].
    shadow : Shadow
        H×W.

    Returns
    -------
    foreground : ndarray
        Straight colours, shape and type as given; the given ones exactly where there is no shadow or the
        subject is opaque.
    alpha : Alpha
        ``α + o·(1 - α)`` (Porter and Duff 1984, *over*).

    Raises
    ------
    ValueError
        Shapes or types do not fit.
    """
    check_alpha(alpha, check_pixels(foreground, name="foreground").shape[:2])
    _check(shadow, foreground)
    colours, total = foreground.copy(), alpha.copy()
    for part in _parts(shadow.opacity):
        rest = shadow.opacity[part] * (1 - alpha[part])
        both = alpha[part] + rest
        share = (rest / np.where(both > 0, both, 1))[..., None]
        mixed = foreground[part] * (1 - share) + _colours(shadow, part, depth_of(foreground)) * share
        colours[part] = np.rint(mixed)
        total[part] = np.clip(both, 0, 1)
    return colours, total


def _check(shadow: Shadow, pixels: Pixels) -> None:
    check_alpha(shadow.opacity, pixels.shape[:2], "shadow.opacity")
    layer = shadow.layer
    if layer is not None and (layer.shape != pixels.shape or layer.dtype != pixels.dtype):
        got = f"{layer.dtype} {layer.shape}"
        raise ValueError(f"shadow.layer: expected {pixels.dtype} {pixels.shape} as the picture, got {got}")


def _parts(opacity: Alpha) -> Iterator[tuple[slice, slice]]:
    """Yield rectangles, a band of rows high at most, that hold all of the shadow."""
    for top in range(0, len(opacity), BAND):
        rows = slice(top, top + BAND)
        columns = np.flatnonzero(opacity[rows].any(axis=0))
        if len(columns):
            yield rows, slice(int(columns[0]), int(columns[-1]) + 1)


def _colours(shadow: Shadow, part: tuple[slice, slice], limit: int) -> Floats | Pixels:
    if shadow.layer is not None:
        return shadow.layer[part]
    return np.array(shadow.colour, np.float32) * np.float32(limit / 255)
