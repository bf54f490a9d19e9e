"""A cast shadow: the matte laid on the floor, away from the light, softer and fainter the farther it falls."""

from __future__ import annotations

import math

import cv2
import numpy as np

from ...types import Alpha
from .drop import REACH
from .look import Box, Room, Shadow, Style, box_of, foot_of, nothing, placed, widened, window
from .soften import Plane, enlarged, graded, shrunken

FLAT = 0.45  # how much shorter a length on the floor looks that leads away from the camera
LEAST = 0.22  # of the length: a light exactly from the side still throws a shadow as thick as the subject
SIDE = 1e-6  # a light from exactly the side throws its shadow to the back
FADED = 0.55  # of the opacity is gone at the far end


def cast_shadow(alpha: Alpha, style: Style) -> Shadow:
    """Return the matte projected from the foot line, the lowest row of the subject.

    A pixel `h` above the foot line falls ``h·length`` away from the light, with the part along the picture's
    height shortened to `FLAT`. The blur grows in proportion to that distance, to `softness` at the far end, and
    the opacity falls by `FADED`.
    """
    box = box_of(alpha)
    if box is None:
        return nothing(alpha, "no shadow: there is no subject")
    area = widened(box, cast_room(box, style), alpha.shape)
    part, scale = shrunken(alpha[window(area)])
    foot, height = (foot_of(alpha, box) - area[0]) * scale, (box[2] - box[0]) * scale
    right, down = _slope(style)
    laid = _project(part, right, down, foot)
    rows = np.arange(len(part), dtype=np.float32)
    far = np.clip((rows + 0.5 - foot) / np.float32(down * height), 0, 1)
    soft = graded(laid, far * np.float32(style.softness * height))
    soft *= (style.opacity * (1 - FADED * far))[:, None]
    return Shadow(placed(enlarged(soft, alpha[window(area)].shape), area, alpha.shape), style.colour)


def cast_room(box: Box, style: Style) -> Room:
    """Return the pixels that the shadow needs around a subject's box."""
    height = box[2] - box[0]
    right, down = (part * height for part in _slope(style))
    edge = REACH * style.softness * height + 2
    above = max(0.0, -down - height + edge)
    sizes = (above, max(0.0, right + edge), max(down, 0.0) + edge, max(0.0, edge - right))
    top, beside, below, before = (math.ceil(size) for size in sizes)
    return top, beside, below, before


def _slope(style: Style) -> tuple[float, float]:
    """Return how far a pixel falls to the right and down, per pixel of its height over the foot line."""
    right, down = style.fall
    least = max(LEAST * style.length, 0.01)
    return right * style.length, math.copysign(max(abs(down) * FLAT * style.length, least), down - SIDE)


def _project(alpha: Plane, right: float, down: float, foot: float) -> Plane:
    # Pixel centres are whole numbers here, the foot line is an edge between two rows.
    line = foot - 0.5
    matrix = np.array([[1, -right, right * line], [0, -down, line + down * line]], np.float64)
    # Rows are squeezed to a fraction: averaged first, or the warp would skip most of them.
    squeezed = cv2.blur(alpha, (1, max(1, round(1 / abs(down)))))
    laid: Plane = cv2.warpAffine(squeezed, matrix, (alpha.shape[1], alpha.shape[0]), flags=cv2.INTER_LINEAR)
    return laid
