"""Where the light comes from, seen on the subject itself.

At its outline a rounded body's surface faces sideways: there the normal lies in the picture plane, at right angles
to the outline. With Lambert's law the luminance just inside the outline is then ``a + b·n``, and ``b`` points
to the light (Nillius and Eklundh, "Automatic estimation of the projected light source direction", CVPR 2001).
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from ...types import Alpha, Pixels, depth_of
from ..light import to_light
from ..linear import luminance
from .look import box_of, window
from .soften import shrunken

Floats = NDArray[np.float32]

SIDE = 256  # of the copy that is looked at: shading is broad, print and fabric are not
INSIDE, DEPTH = 0.02, 0.12  # the rim that is looked at, from and to, as shares of the shorter side
LEAST_SWING = 0.12  # of the rim's mean light: a weaker gradient may as well be the subject's colour
LEAST_FIT = 0.12  # share of the variance that the light explains
ROUNDS = 8
CAUCHY = 2.385  # 95 % efficiency on normal errors


def light_direction(alpha: Alpha, photo: Pixels) -> tuple[float | None, str]:
    """Estimate the light's direction in the picture from the shading at the subject's outline.

    Parameters
    ----------
    alpha : Alpha
        float32, H×W, in [0, 1].
    photo : ndarray
        uint8 or uint16, H×W×3.

    Returns
    -------
    direction : float or None
        Degrees clockwise from the top in [0, 360); None where the shading shows none.
    note : str
        What was found.
    """
    box = box_of(alpha)
    if box is None:
        return None, "light: there is no subject"
    inside, _ = shrunken(np.ascontiguousarray(alpha[window(box)]), SIDE)
    size = inside.shape[1], inside.shape[0]
    pixels = cv2.resize(photo[window(box)], size, interpolation=cv2.INTER_AREA)
    light = to_light(pixels.astype(np.float32) / np.float32(depth_of(photo)))
    normals, rim = _rim(inside)
    if rim.sum() < 50:
        return None, "light: the subject is too small to tell"
    base, along, fit = _lambert(luminance(light)[rim], normals[rim])
    swing = float(np.hypot(*along)) / max(base, 1e-3)
    if swing < LEAST_SWING or fit < LEAST_FIT:
        return None, "light: the subject's shading shows no direction"
    direction = math.degrees(math.atan2(along[0], -along[1])) % 360
    return direction, f"light: from {direction:.0f}°, by the subject's shading"


def _rim(alpha: Alpha) -> tuple[Floats, NDArray[np.bool_]]:
    """Return unit normals, right and down, H×W×2, and where they are those of the outline."""
    framed = cv2.copyMakeBorder(alpha, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    opaque = (framed > 0.5).astype(np.uint8)
    depth = cv2.distanceTransform(opaque, cv2.DIST_L2, 5)
    smooth = cv2.GaussianBlur(depth, (0, 0), 2)
    x, y = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    length = np.hypot(x, y)
    shorter = min(alpha.shape)
    rim = (depth > 1 + INSIDE * shorter) & (depth < 2 + DEPTH * shorter) & (length > 1)
    normals = np.stack([-x, -y], axis=2) / np.maximum(length, 1e-6)[..., None]
    return normals[1:-1, 1:-1], rim[1:-1, 1:-1]


def _lambert(values: Floats, normals: Floats) -> tuple[float, tuple[float, float], float]:
    """Return ``a``, ``b`` and the share of the variance that they explain, by robust regression."""
    design = np.column_stack([np.ones(len(normals)), normals])
    weights = np.ones(len(normals))
    for _ in range(ROUNDS):
        weighted = design * weights[:, None]
        answer = np.linalg.lstsq(weighted.T @ design, weighted.T @ values, rcond=None)[0]
        error = values - design @ answer
        spread = max(1.4826 * float(np.median(np.abs(error))), 1e-4)
        weights = 1 / (1 + (error / (CAUCHY * spread)) ** 2)
    centred = values - np.average(values, weights=weights)
    fit = 1 - float((weights * error**2).sum() / max((weights * centred**2).sum(), 1e-9))
    return float(answer[0]), (float(answer[1]), float(answer[2])), fit
