"""What no alpha metric sees: old background left in the colours of soft pixels."""

from __future__ import annotations

import math

import numpy as np

from ..types import Alpha, Pixels, depth_of

GROUNDS = (0.0, 1.0)
"""Black and white: what a cutout is put on, as a share of full intensity."""


def edge_colour(alpha: Alpha, foreground: Pixels, truth: Alpha, true_foreground: Pixels) -> float:
    """Return the mean error in soft pixels after compositing on black and on white, in steps of 255.

    Parameters
    ----------
    alpha, truth : Alpha
        H×W in [0, 1]; soft is where the truth is neither 0 nor 1.
    foreground, true_foreground : ndarray
        H×W×3 straight colours, uint8 or uint16, each in the full range of its type.

    Returns
    -------
    float
        The error against the truth composited on the same grounds; NaN if no pixel is soft.
    """
    soft = (truth > 0) & (truth < 1)
    if not soft.any():
        return math.nan
    a, t = alpha[soft][:, None].astype(np.float64), truth[soft][:, None].astype(np.float64)
    subject = a * foreground[soft] / depth_of(foreground)
    true = t * true_foreground[soft] / depth_of(true_foreground)
    errors = [np.abs((subject + (1 - a) * ground) - (true + (1 - t) * ground)).mean() for ground in GROUNDS]
    return float(np.mean(errors) * 255)
