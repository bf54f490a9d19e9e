"""A contact shadow: thin and dark where the subject stands, wider and softer a little away from it."""

from __future__ import annotations

import math

import cv2
import numpy as np

from ...types import Alpha
from .look import Box, Room, Shadow, Style, box_of, nothing, placed, widened, window
from .soften import Plane, enlarged, shrunken, soften

FLAT = 0.35  # height over width of a circle on the floor, as a camera a little above it sees one
LAYERS = ((0.35, 0.8), (1.0, 0.55), (2.5, 0.35))
"""Standard deviation, in units of the softness, and strength: the dark line, its surroundings, the haze."""


def contact_shadow(alpha: Alpha, style: Style) -> Shadow:
    """Return darkness under the parts of the subject that are within `length` of its lowest one."""
    box = box_of(alpha)
    if box is None:
        return nothing(alpha, "no shadow: there is no subject")
    area = widened(box, contact_room(box, style), alpha.shape)
    part, scale = shrunken(alpha[window(area)])
    height = (box[2] - box[0]) * scale
    sole = _sole(part, (box[2] - area[0]) * scale, max(style.length * height, 1.0))
    light = np.ones_like(part)
    for width, strength in LAYERS:
        light *= 1 - strength * _spread(sole, width * style.softness * height)
    opacity = enlarged((1 - light) * style.opacity, alpha[window(area)].shape)
    return Shadow(placed(opacity, area, alpha.shape), style.colour)


def contact_room(box: Box, style: Style) -> Room:
    """Return the pixels that the shadow needs around a subject's box."""
    wide = math.ceil(3 * LAYERS[-1][0] * style.softness * (box[2] - box[0])) + 4
    return 0, wide, math.ceil(FLAT * wide) + 4, wide


def _sole(alpha: Plane, foot: float, reach: float) -> Plane:
    """Return 1 in the lowest pixels of the columns that end near the foot line, less the higher they end."""
    height = alpha.shape[0]
    rows = np.arange(height, dtype=np.float32)[:, None]
    seen = alpha >= 0.5
    lowest = height - np.argmax(seen[::-1], axis=0).astype(np.float32)
    gap = np.maximum(foot - lowest, 0) / reach
    near = np.where(seen.any(axis=0), np.exp(-gap * gap), 0).astype(np.float32)
    thick = np.float32(max(2.0, reach * FLAT))
    sole: Plane = near * np.clip(1 - np.abs(rows - lowest + thick / 2) / thick, 0, 1)
    return sole


def _spread(sole: Plane, sigma: float) -> Plane:
    """Return the sole blurred as on a floor, at the brightness of its darkest place."""
    # The height is stretched so that one round blur is flat on the floor.
    tall = cv2.resize(sole, None, fx=1, fy=1 / FLAT, interpolation=cv2.INTER_LINEAR)
    blurred = enlarged(soften(tall, sigma), sole.shape)
    top = float(blurred.max())
    return blurred / np.float32(top) if top > 0 else blurred
