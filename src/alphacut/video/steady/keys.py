"""Which frames the network is asked for: as few as flow allows, chosen in order.

The first frame of a shot is a key frame, and its last. In between the next one comes after at most `most` frames,
sooner where the way back to the last one is lost around the subject's outline, or over the whole frame: something
came into view.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...types import Alpha
from .flow import Path, Plane, warp

RIM = 0.02
"""Distance from the outline within which the way must be known, as a share of the longer side."""
LEAST = 0.002
"""Share of the frame that an outline's surroundings count as at the least: specks ask for nothing."""


@dataclass(frozen=True, slots=True)
class Spacing:
    """How far apart key frames are.

    The limits are those of three clips of DAVIS with their truth. With half of `lost` nearly every frame of a fast
    one was asked for, and the mattes were hardly nearer to the truth; what was left then were the network's errors.

    Attributes
    ----------
    most : int
        Frames from one to the next, at least 1: then every frame is one.
    lost : float
        Share of the outline's surroundings, in [0, 1], to which the way may be lost at the next key frame.
    fresh : float
        The same for the whole frame.
    apart : float
        How far apart the two sides may see the outline of a frame between them before one more key frame is put
        there: on average, in pixels of the grid of flow.
    """

    most: int = 4
    lost: float = 0.7
    fresh: float = 0.8
    apart: float = 3.0


def rim(alpha: Alpha, shape: tuple[int, ...]) -> Plane:
    """Return where an alpha's outline, at ½, is near: 0 or 1, on a grid of height and width `shape`."""
    small = cv2.resize(alpha, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    solid = (small > 0.5).astype(np.float32)
    reach = 2 * max(1, round(RIM * max(shape[:2]))) + 1
    near: Plane = cv2.morphologyEx(solid, cv2.MORPH_GRADIENT, np.ones((reach, reach), np.uint8))
    return near


def lost(path: Path, near: Plane) -> float:
    """Return to how much of the outline's surroundings the way is lost, in [0, 1].

    Parameters
    ----------
    path : Path
        From a frame to the last key frame.
    near : ndarray
        float32, h×w: the key frame's :func:`rim`.
    """
    # Where the way is lost, so is the outline: it is looked for where it was, too.
    here = np.maximum(near, warp(near, path.field))
    return float((here * (1 - path.trust)).sum() / max(here.sum(), LEAST * here.size))


def due(path: Path, near: Plane, since: int, spacing: Spacing) -> bool:
    """Return whether a frame, `since` frames after the last key frame, must be the next one."""
    if since >= spacing.most:
        return True
    return lost(path, near) > spacing.lost or float(1 - path.trust.mean()) > spacing.fresh
