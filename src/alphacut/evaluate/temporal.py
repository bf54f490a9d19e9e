"""How steady a clip's mattes are: dtSSD, flow-warp error and flicker, each of two frames that follow each other."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..types import Alpha
from .motion import Motion

Error = NDArray[np.float32]
"""A matte less its truth: H×W in [-1, 1]."""


def dtssd(before: Error, now: Error) -> float:
    """Return how far the matte's change from one frame to the next is from the truth's, in % of full alpha.

    Erofeev et al. 2015, *Perceptually Motivated Benchmark for Video Matting*: the root of the squared differences of
    the two changes, frame by frame. The paper sums over the pixels; here, as in Lin et al. 2021 (*Robust
    High-Resolution Video Matting with Temporal Guidance*), it is the root of their mean, times 100, so that clips of
    different sizes compare. A constant error has none.

    Parameters
    ----------
    before, now : ndarray
        float32 H×W; the matte less the truth in either frame.
    """
    # The change of the difference is the difference of the changes.
    return 100 * math.sqrt(float(np.mean((now - before) ** 2, dtype=np.float64)))


def warp_error(before: Alpha, now: Alpha, motion: Motion) -> float:
    """Return the mean squared change of a matte along the motion, in thousandths; NaN if no motion is trusted.

    Lai et al. 2018, *Learning Blind Video Temporal Consistency*, equation for E_warp, of the matte instead of the
    colours: over the pixels whose motion is trusted. It needs no truth, and the truth's own is not 0: a motion
    estimated from the photo does not follow every edge.
    """
    return 1000 * _mean((now - motion.carried(before)) ** 2, motion)


def flicker(before: Error, now: Error, motion: Motion) -> float:
    """Return the mean absolute change of the error along the motion, in thousandths; NaN if no motion is trusted.

    Erofeev et al. 2015 follow the motion and compare squared errors (MESSDdt); here the errors themselves are
    compared, so that one that changes its sign counts. Where the truth stays as it is along the motion, this is how
    much the matte changes; a wrong matte that moves with its subject has none.

    Parameters
    ----------
    before, now : ndarray
        float32 H×W; the matte less the truth in either frame.
    motion : Motion
    """
    return 1000 * _mean(np.abs(now - motion.carried(before)), motion)


def _mean(change: NDArray[np.float32], motion: Motion) -> float:
    found = change[motion.trusted]
    return float(np.mean(found, dtype=np.float64)) if found.size else math.nan
