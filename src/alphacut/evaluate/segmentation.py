"""How well the subject was found: MAE, IoU, boundary F and smear."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from ..types import Alpha

SMEARED = 0.05
"""More alpha than this on true background is seen on a new ground."""


def mae(alpha: Alpha, truth: Alpha) -> float:
    """Return the mean absolute difference of two H×W mattes in [0, 1]."""
    return float(np.mean(np.abs(alpha - truth), dtype=np.float64))


def iou(alpha: Alpha, truth: Alpha) -> float:
    """Return the intersection over the union of the pixels above 0.5; 1 if neither has any."""
    ours, true = alpha > 0.5, truth > 0.5
    union = int(np.count_nonzero(ours | true))
    return int(np.count_nonzero(ours & true)) / union if union else 1.0


def boundary_f(alpha: Alpha, truth: Alpha, reach: int = 2) -> float:
    """Return the F measure of the outlines at 0.5, matched within `reach` pixels.

    Perazzi et al. 2016, *A Benchmark Dataset and Evaluation Methodology for Video Object Segmentation*, with the
    reach in pixels. An outline is the subject's outermost pixels (8 neighbours); the frame is none. 1 if neither
    matte has an outline, 0 if only one has.
    """
    return outlines_f(_outline(alpha > 0.5), _outline(truth > 0.5), reach)


def outlines_f(ours: NDArray[np.bool_], true: NDArray[np.bool_], reach: int) -> float:
    """Return the F measure of two H×W outlines whose pixels match within `reach` pixels.

    Perazzi et al. 2016, section 5: 1 if neither has a pixel, 0 if only one has.
    """
    if not ours.any() or not true.any():
        return float(ours.any() == true.any())
    precision = np.count_nonzero(ours & _grown(true, reach)) / np.count_nonzero(ours)
    recall = np.count_nonzero(true & _grown(ours, reach)) / np.count_nonzero(true)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def smear(alpha: Alpha, truth: Alpha) -> float:
    """Return the share of true background (truth = 0) with an alpha above 0.05; NaN if there is none."""
    background = truth == 0
    count = int(np.count_nonzero(background))
    return int(np.count_nonzero(alpha[background] > SMEARED)) / count if count else math.nan


def _outline(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    # erode takes what lies beyond the frame for subject, so that a subject cut by it has no outline there.
    inner = cv2.erode(mask.view(np.uint8), np.ones((3, 3), np.uint8))
    return np.asarray(mask & ~inner.astype(bool))


def _grown(mask: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    y, x = np.ogrid[-reach : reach + 1, -reach : reach + 1]
    # OpenCV's own ellipse also takes pixels at a distance of 2.24.
    disc = (x**2 + y**2 <= reach**2).astype(np.uint8)
    return np.asarray(cv2.dilate(mask.view(np.uint8), disc), bool)
