"""The motion between two frames, and where it can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..types import Pixels

SMALLEST = 16
"""Motion is not estimated in frames with a shorter side."""


@dataclass(frozen=True, slots=True)
class Motion:
    """Where the pixels of a frame were in the frame before.

    Attributes
    ----------
    places : ndarray
        float32 H×W×2; column and row in the frame before, in pixels.
    trusted : ndarray of bool
        H×W; whether the place lies in the frame, and the way there and back ends where it began.
    """

    places: NDArray[np.float32]
    trusted: NDArray[np.bool_]

    def carried(self, before: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return an H×W picture of the frame before, moved to where its pixels are now (linear in between)."""
        return np.asarray(_looked_up(before, self.places))


def motion_between(before: Pixels, now: Pixels) -> Motion | None:
    """Return the motion between two frames, uint8 H×W×3 RGB of one size; None where a side is below 16 pixels.

    Kroeger et al. 2016, *Fast Optical Flow using Dense Inverse Search*, as OpenCV has it. A pixel is trusted where
    the motion there and the motion back agree: Sundaram, Brox and Keutzer 2010, *Dense Point Trajectories by
    GPU-accelerated Large Displacement Optical Flow*, equation 5. So what was hidden before does not count.
    """
    if min(now.shape[:2]) < SMALLEST:
        return None
    first, second = (cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY) for pixels in (before, now))
    # From now to before: each pixel of this frame then has exactly one place to be fetched from.
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    there, back = flow.calc(second, first, None), flow.calc(first, second, None)
    high, wide = first.shape
    grid = np.stack(np.meshgrid(np.arange(wide), np.arange(high)), 2).astype(np.float32)
    places = grid + there
    back = _looked_up(back, places)
    miss, length = _squared(there + back), _squared(there) + _squared(back)
    inside = ((places >= 0) & (places <= (wide - 1, high - 1))).all(2)
    return Motion(places, inside & (miss < 0.01 * length + 0.5))


def _squared(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray((vectors**2).sum(2))


def _looked_up(picture: NDArray[np.float32], places: NDArray[np.float32]) -> Any:
    return cv2.remap(picture, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
