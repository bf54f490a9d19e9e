"""Gradients: colours along a line or from a centre, even to the eye.

Stops are joined in Oklab (B. Ottosson, "A perceptual color space for image processing", 2020), as CSS Color 4 does:
equal steps look equal, and the way from one hue to another does not pass through mud. Linear light would keep
most of a ramp from white to black near white. Translucent stops are joined premultiplied, so that a transparent
stop lends no colour.
"""

from __future__ import annotations

import math

import numpy as np

from ..backdrops import Gradient
from ..position import Point
from ..refine.bands import each_strip
from ..types import Pixels
from .dither import SIDE, Target
from .light import Floats, from_oklab, to_oklab

STEPS = 65536


def paint_gradient(gradient: Gradient, shape: tuple[int, int], target: Target) -> Pixels:
    """Paint a gradient.

    The centres of the outermost pixels have the colours of the ends exactly: a linear one runs from corner to
    corner of the canvas as in CSS, a radial one is an ellipse whose last stop meets the corner farthest away.

    Returns
    -------
    ndarray
        H×W×3, or H×W×4 with straight alpha if a stop is translucent.
    """
    table = ramp(gradient)
    result = np.empty((*shape, table.shape[1]), target.dtype)
    x = np.arange(shape[1], dtype=np.float32)[None]

    def work(rows: slice) -> None:
        y = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None]
        along = share_along(gradient.angle, gradient.centre, shape, x, y)
        index = np.rint(along * (STEPS - 1)).astype(np.uint16)
        result[rows] = target.integers(np.take(table, index, axis=0), rows.start)

    each_strip(shape[0], work, SIDE)
    return result


def ramp(gradient: Gradient) -> Floats:
    """Return `STEPS` sRGB colours in [0, 1], `STEPS`×3 or, with straight alpha, `STEPS`×4."""
    places = [place for place, _ in gradient.stops]
    colours = np.array([colour for _, colour in gradient.stops]) / 255
    opacity = colours[:, 3:]
    weighted = np.concatenate([to_oklab(colours[:, :3]) * opacity, opacity], axis=1)
    steps = np.linspace(0, 1, STEPS)
    mixed = np.stack([np.interp(steps, places, channel) for channel in weighted.T], axis=1)
    rgb = from_oklab(mixed[:, :3] / np.where(mixed[:, 3:] > 0, mixed[:, 3:], 1))
    return np.concatenate([rgb, mixed[:, 3:]] if opacity.min() < 1 else [rgb], axis=1).astype(np.float32)


def share_along(angle: float | None, centre: Point, shape: tuple[int, int], x: Floats, y: Floats) -> Floats:
    """Return how far along a gradient places are, in [0, 1].

    Parameters
    ----------
    angle, centre
        As in :class:`alphacut.backdrops.Gradient`.
    shape : (int, int)
        Height and width of the canvas.
    x, y : ndarray
        Places on it: whole numbers are the centres of pixels.
    """
    height, width = shape[0] - 1, shape[1] - 1
    if angle is None:
        radii = [math.sqrt(2) * max(at, 1 - at) for at in centre]
        across = (x / max(width, 1) - centre[0]) / radii[0]
        down = (y / max(height, 1) - centre[1]) / radii[1]
        return np.minimum(np.hypot(across, down), 1)
    turn = math.radians(angle)
    right, below = math.sin(turn), -math.cos(turn)
    length = abs(right) * width + abs(below) * height or 1.0
    place = (x - width / 2) * (right / length) + (y - height / 2) * (below / length)
    return np.clip(place + 0.5, 0, 1)
