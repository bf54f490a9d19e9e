"""How far apart key frames may be, by what is known of who is who: nothing else tells when two cross."""

from __future__ import annotations

import math

import cv2
import numpy as np

from .hold import FADE, NEAR, SIDE, Held

BESIDE = 4
"""Frames from one key frame to the next, at the most, where somebody is beside the subject."""
HIDDEN = 0.2
"""Of the subject's size: where so much of somebody went out of sight between two key frames, or came back, every frame
is one."""


def room(before: Held, after: Held) -> float:
    """Return how many frames two key frames in a row may be apart, at least 1; infinity while nobody is near."""
    near, seen = False, []
    for held in (before, after):
        # More than a belief that faded: who is hidden is beside nobody.
        subject, others = held.subject > FADE, held.others > FADE
        grown = cv2.dilate(subject.astype(np.uint8), None, iterations=round(NEAR * SIDE))
        near |= bool((grown.astype(np.bool_) & others).any())
        seen.append((np.count_nonzero(subject), np.count_nonzero(others)))
    if not near:
        return math.inf
    changed = max(abs(first - second) for first, second in zip(*seen, strict=True))
    return 1 if changed > HIDDEN * before.size else BESIDE
