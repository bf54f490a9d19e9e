"""A drop shadow: the subject's outline, moved away from the light and blurred, as on a wall close behind."""

from __future__ import annotations

import math

import cv2
import numpy as np

from ...types import Alpha
from .look import Box, Room, Shadow, Style, box_of, nothing, placed, widened, window
from .soften import soften

REACH = 3.0
"""Standard deviations after which a blurred edge is below 1/255 at every usual opacity."""


def drop_shadow(alpha: Alpha, style: Style, *, whole: bool = True) -> Shadow:
    """Return the alpha moved by `length` away from the light and blurred by `softness`.

    It is moved by whole pixels, which keeps it sharp, or, on a copy so small that this shows, by parts of them.
    """
    box = box_of(alpha)
    if box is None:
        return nothing(alpha, "no shadow: there is no subject")
    height = box[2] - box[0]
    area = widened(box, drop_room(box, style), alpha.shape)
    right, down = (part * style.length * height for part in style.fall)
    part = alpha[window(area)]
    moved = _moved(part, round(right), round(down)) if whole else _slid(part, right, down)
    return Shadow(
        placed(soften(moved, style.softness * height) * style.opacity, area, alpha.shape), style.colour
    )


def drop_room(box: Box, style: Style) -> Room:
    """Return the pixels that the shadow needs around a subject's box."""
    height = box[2] - box[0]
    right, down = (part * style.length * height for part in style.fall)
    edge = REACH * style.softness * height + 2
    above, beside, below, before = (max(0, math.ceil(far + edge)) for far in (-down, right, down, -right))
    return above, beside, below, before


def _moved(plane: Alpha, right: int, down: int) -> Alpha:
    height, width = plane.shape
    moved = np.zeros_like(plane)
    rows = slice(max(down, 0), height + min(down, 0))
    columns = slice(max(right, 0), width + min(right, 0))
    source = slice(max(-down, 0), height - max(down, 0)), slice(max(-right, 0), width - max(right, 0))
    moved[rows, columns] = plane[source]
    return moved


def _slid(plane: Alpha, right: float, down: float) -> Alpha:
    matrix = np.array([[1, 0, right], [0, 1, down]])
    moved: Alpha = cv2.warpAffine(plane, matrix, (plane.shape[1], plane.shape[0]), flags=cv2.INTER_LINEAR)
    return moved
