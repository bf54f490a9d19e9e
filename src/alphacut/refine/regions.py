"""Keep or remove whole parts of an alpha: specks and islands, all but the largest subject.

A *region* is what hangs together where alpha reaches `LINKED`, so that a lock of hair that only soft strands
tie to a head belongs to it. Its *size* is its number of pixels. What is fainter than `LINKED` goes or stays with
the nearest region.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..types import Alpha, check_alpha
from .bands import each_strip

Mask = NDArray[np.uint8]
"""H×W, 0 or 255."""

LINKED = 0.1
SEEN = 0.5  # a region that reaches this nowhere is haze, not a subject
CELL = 4  # pixels a side of the cells in which the nearest region is looked for
BLEND = 8.0  # pixels over which haze between a kept and a removed region fades


def remove_specks(alpha: Alpha, share: float) -> Alpha:
    """Remove regions that are small against the largest one.

    Parameters
    ----------
    alpha : Alpha
        float32, H×W, in [0, 1].
    share : float
        In [0, 1]: regions smaller than this share of the largest are removed; 0 does nothing.

    Returns
    -------
    Alpha
        H×W; the kept regions have their own alpha exactly. The array given, where nothing is removed.

    Raises
    ------
    ValueError
        `alpha` is no alpha or `share` is out of its range.
    """
    check_alpha(alpha)
    if not 0 <= share <= 1:  # written so that NaN fails too
        raise ValueError(f"share: expected a number between 0 and 1, got {share!r}")
    if share == 0:
        return alpha
    regions = _regions(alpha)
    return _drop(alpha, regions, regions.sizes < share * regions.subjects.max(initial=0))


def keep_largest(alpha: Alpha) -> Alpha:
    """Keep the largest region, with its soft surroundings, and nothing else.

    Parameters
    ----------
    alpha : Alpha
        float32, H×W, in [0, 1].

    Returns
    -------
    Alpha
        H×W; the kept region has its own alpha exactly. The array given, where there is nothing else, or only haze.

    Raises
    ------
    ValueError
        `alpha` is no alpha.
    """
    check_alpha(alpha)
    regions = _regions(alpha)
    if not regions.seen.any():
        return alpha
    return _drop(alpha, regions, np.arange(len(regions.sizes)) != regions.subjects.argmax())


@dataclass(frozen=True, slots=True)
class _Regions:
    """What hangs together: each pixel's region (0: none, then from 1), and of each its box, size and substance."""

    linked: Mask
    labels: NDArray[np.int32]
    boxes: NDArray[np.int32]
    sizes: NDArray[np.int32]
    seen: NDArray[np.bool_]  # false for haze

    @property
    def subjects(self) -> NDArray[np.int32]:
        """The sizes, with 0 for haze: the largest one is the subject."""
        return self.sizes * self.seen

    def mask(self, chosen: NDArray[np.bool_]) -> Mask:
        """Return the pixels of the chosen regions, box by box: those to remove are many and small."""
        mask = np.zeros_like(self.linked)
        for index in np.flatnonzero(chosen):
            left, top, width, height = self.boxes[index]
            box = slice(top, top + height), slice(left, left + width)
            mask[box][self.labels[box] == index + 1] = 255
        return mask


def _regions(alpha: Alpha) -> _Regions:
    """Find the regions of an alpha."""
    linked = cv2.inRange(alpha, LINKED, 1)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(linked, connectivity=8, ltype=cv2.CV_32S)
    seen = np.zeros(len(stats), np.bool_)
    each_strip(len(alpha), lambda rows: np.put(seen, labels[rows][alpha[rows] > SEEN], True))
    return _Regions(linked, labels, stats[1:, :4], stats[1:, cv2.CC_STAT_AREA], seen[1:])


def _drop(alpha: Alpha, regions: _Regions, unwanted: NDArray[np.bool_]) -> Alpha:
    """Return `alpha` without the unwanted regions and the haze nearest to them."""
    if not unwanted.any() or unwanted.all():
        return alpha
    removed = regions.mask(unwanted)
    kept = cv2.subtract(regions.linked, removed)
    near = _nearness(kept, removed)
    result = alpha.copy()

    def join(rows: slice) -> None:
        weight = _enlarge(near, rows, alpha.shape[1])
        if weight.min() == 1:
            return
        changed = cv2.multiply(alpha[rows], weight)
        cv2.copyTo(alpha[rows], kept[rows], changed)
        changed[removed[rows] > 0] = 0
        result[rows] = changed

    each_strip(len(alpha), join)
    return result


def _nearness(kept: Mask, removed: Mask) -> NDArray[np.float32]:
    """Return cells of 1 where a kept region is nearer than a removed one, of 0 where it is the other way."""
    to_kept, to_removed = _distances(kept), _distances(removed)
    lead = (to_removed - to_kept) * np.float32(CELL / BLEND) + np.float32(0.5)
    near: NDArray[np.float32] = np.clip(lead, 0, 1)
    return near


def _distances(mask: Mask) -> NDArray[np.float32]:
    """Return each cell's distance, in cells, to the nearest one that the mask touches."""
    below, beside = (-side % CELL for side in mask.shape)
    if below or beside:
        mask = cv2.copyMakeBorder(mask, 0, below, 0, beside, cv2.BORDER_REPLICATE)
    size = mask.shape[1] // CELL, mask.shape[0] // CELL
    clear = cv2.inRange(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), 0, 0)
    distances: NDArray[np.float32] = cv2.distanceTransform(clear, cv2.DIST_L2, 3)
    return distances


def _enlarge(cells: NDArray[np.float32], rows: slice, width: int) -> NDArray[np.float32]:
    """Return some rows of the cells at full size, interpolated."""
    low, high = max(rows.start // CELL - 1, 0), -(-rows.stop // CELL) + 1
    large = cv2.resize(cells[low:high], (0, 0), fx=CELL, fy=CELL, interpolation=cv2.INTER_LINEAR)
    start = rows.start - low * CELL
    part: NDArray[np.float32] = large[start : start + rows.stop - rows.start, :width]
    return part
