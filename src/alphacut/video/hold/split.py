"""A region of two is split: each pixel's odds are smoothed along colours, and patches too weak to stand turned over.

What came into view goes rather to who lacks it.
"""

from __future__ import annotations

import numpy as np

from ...refine.closed_form import Laplacian
from ...types import Pixels
from .appearance import Plane
from .regions import Mask, Region, islands

PATCH, PART, TELLING = 0.03, 0.3, 1.0
"""Of the subject's size: smaller patches inside somebody else are errors; so are somewhat larger ones if their
colours lead by less than so many nats in the mean, as faces and hands, which are alike, do."""
ALL, FIRM = 4.0, 2.0
"""Nats of a region that is somebody's as a whole; of a part of one, at least."""
KNOWN = 0.25
"""Belief under which nothing was carried to a pixel."""
LEAST, SHARE = 0.9, 0.9
"""Of its usual size, what the subject has at the least in any pose; and how likely anything new is its at the most."""
RADIUS, RIDGE = 3, 0.05
"""Of the guided filter's windows, in pixels, and the variance added in each, times their pixels."""


def unexplained(mine: Plane, theirs: Plane, seen: Mask, size: float) -> Plane:
    """Return, H×W, by how many nats what came into view is rather the subject's: it is as far as that lacks something.

    Parameters
    ----------
    mine, theirs : ndarray
        float32, H×W, in [0, 1]: what was carried of the subject and of others.
    seen : ndarray
        bool, H×W: where either may be.
    size : float
        How many pixels the subject has.
    """
    new = seen & (np.maximum(mine, theirs) < KNOWN)
    there = np.count_nonzero(~new & (mine > theirs))
    lacks = float(LEAST * size - there) / max(int(np.count_nonzero(new)), 1)
    share = float(np.clip(lacks, 1 - SHARE, SHARE))
    return np.asarray(new * np.log(share / (1 - share)), np.float32)


def smooth(picture: Pixels, region: Region, odds: Plane) -> Plane:
    """Filter a region's odds, in its box, so that they change where the picture's colours do."""
    image = picture[region.box].astype(np.float32) / 255
    line = Laplacian(image, RADIUS, RIDGE).mean_line(np.where(region.mask, odds[region.box], np.float32(0)))
    filtered: Plane = (line[..., :3] * image).sum(2) + line[..., 3]
    return filtered


def tidy(odds: Plane, colour: Plane, region: Region, size: float) -> Plane:
    """Return the odds of a region's pixels, small patches that their colours do not speak for turned over."""
    odds = np.where(odds == 0, np.float32(-1e-3), odds)
    colour = colour[region.box]
    for sign in (1, -1):
        patches = islands(region.mask & (sign * odds > 0))
        if sum(patch.size for patch in patches) == region.size:
            break
        for patch in patches:
            weak = patch.size < PART * size and sign * patch.mean(colour) < TELLING
            if weak or patch.size < PATCH * size:
                odds[patch.box][patch.mask] *= -1
    settled = odds[region.mask]
    # A decision is carried on as one: doubt would grow from key frame to key frame.
    firm = ALL if (settled > 0).all() or (settled < 0).all() else FIRM
    return np.asarray(np.copysign(np.maximum(np.abs(settled), np.float32(firm)), settled), np.float32)
