"""Resize a foreground with its alpha, so that no colour that cannot be seen bleeds into one that can."""

from __future__ import annotations

import cv2
import numpy as np

from ..infer.geometry import Size, resize
from ..types import Alpha, Pixels, check_pixels

LEAST = 2.0**-12
"""Added to every weight: where nothing is opaque, the colours that lie there are averaged, not lost."""

_FAINT = 1 / 256


def resample(foreground: Pixels, alpha: Alpha, size: Size) -> tuple[Pixels, Alpha]:
    """Return foreground and alpha at another size.

    Colours are weighed by their alpha (premultiplied; Porter and Duff 1984), averaged over areas downwards
    and by a cubic kernel upwards, and divided by the new alpha. One plane at a time is held as float.

    Parameters
    ----------
    foreground : ndarray
        H×W×3 uint8 or uint16, straight.
    alpha : Alpha
        H×W.
    size : (int, int)
        Height and width of the result.

    Returns
    -------
    foreground : ndarray
        Straight, of the same type.
    alpha : Alpha
    """
    weight = alpha + np.float32(LEAST)
    total = resize(weight, size)
    share = np.reciprocal(total)
    depth = cv2.CV_8U if foreground.dtype == np.uint8 else cv2.CV_16U
    planes = []
    for channel in range(3):
        plane = cv2.multiply(cv2.extractChannel(foreground, channel), weight, dtype=cv2.CV_32F)
        planes.append(cv2.multiply(resize(plane, size), share, dtype=depth))
    colours = cv2.merge(planes)
    if size[0] > alpha.shape[0] or size[1] > alpha.shape[1]:
        # A cubic kernel's undershoot beside an edge leaves next to nothing to divide by.
        plain = cv2.resize(foreground, size[::-1], interpolation=cv2.INTER_LINEAR)
        cv2.copyTo(plain, cv2.compare(total, _FAINT, cv2.CMP_LT), colours)
    total -= np.float32(LEAST)
    return check_pixels(colours, (3,)), np.clip(total, 0, 1, out=total)
