"""A key frame's alpha, between what the network answers and what the key frames before it lead to expect."""

from __future__ import annotations

import cv2
import numpy as np

from ...types import Alpha
from .flow import Plane, warp
from .propagate import Side

SUPPORT = 3.0
"""How many answers like the new one, at the most, it has to outweigh."""
FADE = 0.75
"""What of older, better answers is left from one key frame to the next, at the least."""
DOUBT = 0.025
"""What an answer leaves open, as a share of its subject, up to which it counts whole: right answers leave 0.015 to
0.03 open, wrong ones 0.04 to 0.4."""
LEAST = 0.01
"""How much an answer counts at the least."""
FAINT = 0.1
"""How far a way that is not sure is followed all the same where the answer is vague."""
GRID, EDGE = 432, 5
"""Pixels of the longer side at which an answer's vagueness is seen, and how wide an edge may be there that has none."""
VAGUE = 0.1
"""Area that is open beyond edges, as a share of the subject, from which an answer is as vague as can be: nine in ten
right ones leave less than 0.025, half of the wrong ones more than 0.08."""
SURE = (0.4, 0.8)
"""Trust up to which a way is not sure at all, and from which it is: half a ghost is one."""


def calm(answer: Alpha, before: Side, support: Plane) -> tuple[Alpha, Plane]:
    """Return a key frame's alpha between the network's answer and what the key frame before it leads to expect.

    It is the mean of the answers that a place has had, followed along its way, each by how decided it was: a single
    wrong one is outvoted. Where the way is not sure the answer stands alone, unless it is vague.

    Parameters
    ----------
    answer : Alpha
        The network's, H×W.
    before : Side
        The key frame before, as this one sees it.
    support : ndarray
        float32, h×w: how many answers stand behind each place of the key frame before.

    Returns
    -------
    Alpha
        H×W.
    ndarray
        float32, h×w: how many stand behind this one.
    """
    height, width = answer.shape
    sure, behind = sureness(before.path.trust), warp(support, before.path.field)
    counts = np.float32(decided(answer))
    expected = np.maximum(sure, FAINT * vagueness(answer)) * behind
    weight = cv2.resize(expected / (expected + counts), (width, height), interpolation=cv2.INTER_LINEAR)
    calmed: Alpha = answer + weight * (warp(before.alpha, before.path.field) - answer)
    known = sure * behind
    support = np.minimum(known + counts, np.maximum(known * np.float32(FADE), SUPPORT * counts))
    return np.clip(calmed, 0, 1, out=calmed), support


def sureness(trust: Plane) -> Plane:
    """Return how far a way of that trust is followed, in [0, 1]."""
    return np.asarray(np.clip((trust - SURE[0]) / (SURE[1] - SURE[0]), 0, 1), np.float32)


def decided(answer: Alpha) -> float:
    """Return how much a network's answer counts, in (0, 1]: less the more of it is neither subject nor background."""
    open_ = float(np.minimum(answer, 1 - answer).sum()) / max(float(answer.sum()), 1.0)
    return max(LEAST, min(1.0, (DOUBT / max(open_, DOUBT)) ** 2))


def vagueness(answer: Alpha) -> float:
    """Return how vague a network's answer is, in [0, 1]: how much of it is open over wide areas, not at edges alone."""
    scale = min(1.0, GRID / max(answer.shape))
    height, width = (max(1, round(side * scale)) for side in answer.shape)
    small = cv2.resize(answer, (width, height), interpolation=cv2.INTER_AREA)
    around = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (EDGE, EDGE))
    wide = cv2.erode(np.minimum(small, 1 - small), around)
    return min(1.0, float(wide.sum()) / max(float(small.sum()), 1.0) / VAGUE)
