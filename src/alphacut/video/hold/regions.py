"""What hangs together in a reduced alpha, and regions taken out of the full one along the network's own edges."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ...types import Alpha
from .appearance import Plane

Mask = NDArray[np.bool_]
Box = tuple[slice, slice]

SEEN = 0.5
"""A region that reaches this nowhere is haze, and nobody."""
BLEND = 4.0
"""Reduced pixels over which haze between who is kept and who is taken away fades."""


@dataclass(frozen=True, slots=True)
class Region:
    """One region: its box, its pixels in that box, and how many they are."""

    box: Box
    mask: Mask
    size: int

    def mean(self, plane: Plane) -> float:
        """Return the mean of a plane over the region."""
        return float(plane[self.box][self.mask].mean())


def find_regions(alpha: Alpha, least: float) -> list[Region]:
    """Return what hangs together where an alpha, float32 H×W, is above `least` and somewhere more than haze."""
    found = (alpha > least).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(found, connectivity=8, ltype=cv2.CV_32S)
    regions = []
    for index in range(1, count):
        left, top, width, height, size = (int(number) for number in stats[index])
        box = slice(top, top + height), slice(left, left + width)
        mask = labels[box] == index
        if alpha[box][mask].max() > SEEN:
            regions.append(Region(box, mask, size))
    return regions


def islands(mask: Mask) -> list[Region]:
    """Return what hangs together in a mask, H×W."""
    return find_regions(mask.astype(np.float32), SEEN)


def union(regions: list[Region], shape: tuple[int, ...]) -> Mask:
    """Return the pixels of all the regions."""
    whole = np.zeros(shape, np.bool_)
    for region in regions:
        whole[region.box] |= region.mask
    return whole


def take_away(alpha: Alpha, kept: Mask, taken: Mask) -> Alpha:
    """Return an alpha without somebody.

    Parameters
    ----------
    alpha : Alpha
        float32, H×W.
    kept, taken : ndarray
        bool, h×w: who stays and who goes, reduced; what is neither goes with the nearest.

    Returns
    -------
    Alpha
        `alpha` itself where nobody goes, zeros where nobody stays; in between exactly `alpha` around who stays.
    """
    if not taken.any():
        return alpha
    if not kept.any():
        return np.zeros_like(alpha)
    lead = (_distance(taken) - _distance(kept)) / np.float32(BLEND) + np.float32(0.5)
    weight = np.where(kept, np.float32(1), np.where(taken, np.float32(0), np.clip(lead, 0, 1)))
    large = cv2.resize(weight, alpha.shape[::-1], interpolation=cv2.INTER_LINEAR)
    # Interpolation of ones can leave a bit less than one.
    return np.where(large > 0.999, alpha, alpha * large).astype(np.float32)


def _distance(mask: Mask) -> Plane:
    distance: Plane = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 3)
    return distance
