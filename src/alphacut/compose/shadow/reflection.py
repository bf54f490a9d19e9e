"""A reflection: the subject upside down below its foot line, fading, as on polished stone."""

from __future__ import annotations

import math

import cv2
import numpy as np

from ...types import Alpha, Pixels, check_pixels
from .drop import REACH
from .look import Box, Room, Shadow, Style, box_of, foot_of, nothing
from .soften import soften

TINY = 1e-6


def reflection(alpha: Alpha, foreground: Pixels, style: Style) -> Shadow:
    """Return the subject's colours and alpha mirrored at its lowest row.

    Parameters
    ----------
    alpha : Alpha
        float32, H×W, in [0, 1].
    foreground : ndarray
        The subject's straight colours, H×W×3.
    style : Style
        The opacity falls from `opacity` at the foot line to 0 at `length` below it, faster first; `softness` blurs.

    Returns
    -------
    Shadow
        With a `layer` of the foreground's type; outside the reflection it is black.
    """
    box = box_of(alpha)
    if box is None:
        return nothing(alpha, "no reflection: there is no subject")
    foot = foot_of(alpha, box)
    height = foot - box[0]
    count = min(math.ceil(style.length * height), height, len(alpha) - foot)
    opacity, layer = np.zeros_like(alpha), np.zeros_like(foreground)
    if count <= 0:
        return Shadow(opacity, layer=layer, notes=("no reflection: there is no room below the subject",))
    source, target = slice(foot - count, foot), slice(foot, foot + count)
    left = 1 - (np.arange(count, dtype=np.float32) + 0.5) / np.float32(style.length * height)
    fade = style.opacity * np.maximum(left, 0) ** 2
    mirrored = alpha[source][::-1] * fade[:, None]
    colours = check_pixels(np.ascontiguousarray(foreground[source][::-1]))
    opacity[target], layer[target] = _blurred(mirrored, colours, style.softness * height)
    return Shadow(opacity, layer=layer)


def reflection_room(box: Box, style: Style) -> Room:
    """Return the pixels that the reflection needs around a subject's box."""
    height = box[2] - box[0]
    beside = math.ceil(REACH * style.softness * height)
    return 0, beside, min(math.ceil(style.length * height), height), beside


def _blurred(alpha: Alpha, colours: Pixels, sigma: float) -> tuple[Alpha, Pixels]:
    """Blur a straight picture: its premultiplied colours and its alpha, then divided again."""
    soft = soften(alpha, sigma)
    if soft is alpha:
        return alpha, colours
    premultiplied = soften(colours.astype(np.float32) * alpha[..., None], sigma)
    straight = premultiplied / np.maximum(soft, TINY)[..., None]
    kind = cv2.CV_8U if colours.dtype == np.uint8 else cv2.CV_16U
    return soft, cv2.merge([cv2.add(plane, 0, dtype=kind) for plane in cv2.split(straight)])
